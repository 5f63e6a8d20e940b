"""Signature wrapping: the signed octets are kept where a verifier finds them, others stand where people look."""

import re
from collections.abc import Callable, Iterator, Mapping

from support.forge import XMLDSIG, signature_of, stamp
from support.workshop import SIGNED

from attacks.attack import Attack, Make, replaced
from attacks.site import Site

SLOTS = ("GVCN", "CBQL", "KY_PHAT_HANH")


def forged(site: Site, identifier: str = 'Id="data"') -> str:
    """The data with the marks an attacker would like."""
    better = site.data.replace("<MUC_DAT_DUOC>H</MUC_DAT_DUOC>", "<MUC_DAT_DUOC>T</MUC_DAT_DUOC>")
    return better.replace('Id="data"', identifier).replace("<DAN_TOC>", "<DAN_TOC>X")


# Each takes a record with the forged data in their place, those data, the signed ones and a slot's signature.
Wrap = Callable[[str, str, str, str], str]


def _into(pattern: str) -> Wrap:
    """The signed data put into the signature, where this is."""
    return lambda text, _, data, own: text.replace(own, own.replace(pattern, data + pattern, 1))


VARIANTS: Mapping[int, tuple[str, Wrap]] = {
    1: ("as the last child of the signature", _into("</ds:Signature>")),
    2: ("before the signature in its slot", lambda text, _, data, own: text.replace(own, data + own)),
    3: ("behind the forged data", lambda text, false, data, _: text.replace(false, false + data)),
    4: ("inside the forged data", lambda text, false, data, _: text.replace(false, _enclosing(false, data))),
    5: ("at the end of the record", lambda text, _, data, __: text.replace("</HOC_BA>", f"{data}</HOC_BA>")),
    6: ("inside KeyInfo", _into("</ds:KeyInfo>")),
    7: ("in an element of extensions", lambda text, false, data, _: text.replace(false, f"<MO>{data}</MO>{false}")),
    8: ("in an Object of the signature", lambda text, _, data, own: text.replace(own, _in_object(own, data))),
}
"""XSW 1 to 8: where the signed data are kept."""


def _enclosing(false: str, data: str) -> str:
    return false.replace("</DU_LIEU_HOC_BA>", f"{data}</DU_LIEU_HOC_BA>")


def _in_object(own: str, data: str) -> str:
    return own.replace("</ds:Signature>", f"<ds:Object>{data}</ds:Object></ds:Signature>")


def _insider(slot: str, variant: int) -> Make:
    """The others of the school sign forged data; this slot's true signature is made to fit by wrapping."""

    def make(site: Site) -> bytes:
        false = _enclosing(forged(site), site.data) if variant == 4 else forged(site)
        text = site.record(data=false).decode()
        own = signature_of(site.good.decode(), slot)
        text = text.replace(signature_of(text, slot), own)
        return (text if variant == 4 else VARIANTS[variant][1](text, false, site.data, own)).encode()

    return make


def _nameless(variant: int) -> Make:
    """Nobody signs anew: the forged data bear no identifier, so that only the wrapped ones answer to it."""

    def make(site: Site) -> bytes:
        false, own = forged(site, ""), signature_of(site.good.decode(), "GVCN")
        return VARIANTS[variant][1](site.good.decode().replace(site.data, false), false, site.data, own).encode()

    return make


def _variants() -> Iterator[Attack]:
    for slot in SLOTS:
        for variant, (where, _) in VARIANTS.items():
            name = f"xsw-{variant}-{slot.lower().replace('_', '-')}"
            why = f"XSW {variant}: {slot}'s true signature finds its data {where}, while everybody else signed others."
            yield Attack(name, "identifier-repeated", _insider(slot, variant), why)
    for variant, (where, _) in VARIANTS.items():
        why = f"XSW {variant} without an identifier: the signed data stand {where}, and no identifier repeats."
        yield Attack(f"xsw-{variant}-nameless", "GVCN:data-missing", _nameless(variant), why)


def _beside(identifier: str) -> Make:
    """The forged data in their place, the signed ones kept at the end."""

    def make(site: Site) -> bytes:
        text = site.good.decode().replace(site.data, forged(site, identifier))
        return text.replace("</HOC_BA>", f"<BOC>{site.data}</BOC></HOC_BA>").encode()

    return make


def _nested_record(site: Site) -> bytes:
    return (f'<HOC_BA id="hb-x">{forged(site)}{site.good.decode()}</HOC_BA>').encode()


def _second_region(site: Site) -> bytes:
    return replaced(site.good.decode(), "<DANH_SACH_THONG", forged(site, 'Id="other"') + "<DANH_SACH_THONG")


def _properties_named_data(site: Site) -> bytes:
    return site.styled(template=lambda text: re.sub(r'Id="sig-cbql-[^"]*-props"', 'Id="data"', text))


def _signature_named_data(site: Site) -> bytes:
    return site.good.replace(f'Id="sig-cbql-{site.uuid}"'.encode(), b'Id="data"', 1)


def _namespaced(site: Site) -> bytes:
    return site.good.replace(b"<CBQL>", b'<CBQL xmlns:u="urn:u" u:Id="data">')


# The same with signed properties: an earlier time where people look, the signed one where the digest is taken.


def _false_time(signature: str) -> tuple[str, str]:
    """The signed properties of a signature, and the same an hour earlier, without identifier."""
    found = re.search(r"<xades:SignedProperties .*?</xades:SignedProperties>", signature, re.DOTALL)
    assert found is not None
    false = re.sub(r'(<xades:SignedProperties) Id="[^"]*"', r"\1", found[0])
    return found[0], false.replace(stamp(SIGNED)[:13], stamp(SIGNED)[:11] + "08")


def _wrapped_properties(place: Callable[[str, str, str], str]) -> Make:
    def make(site: Site) -> bytes:
        text = site.good.decode()
        signature = signature_of(text, "GVCN")
        true, false = _false_time(signature)
        changed = place(signature.replace(true, false), false, true)
        return replaced(text, signature, changed)

    return make


_PROPERTIES = {
    "in-unsigned-properties": (
        "reference-foreign",
        lambda text, false, true: text.replace(
            false, f"{false}<xades:UnsignedProperties>{true}</xades:UnsignedProperties>"
        ),
    ),
    "in-a-second-object": (
        "signature-malformed",
        lambda text, _, true: text.replace(
            "</ds:Signature>",
            '<ds:Object><xades:QualifyingProperties xmlns:xades="http://uri.etsi.org/01903/v1.3.2#">'
            f"{true}</xades:QualifyingProperties></ds:Object></ds:Signature>",
        ),
    ),
    "beside-each-other": ("signature-malformed", lambda text, false, true: text.replace(false, false + true)),
    "after-the-signature": (
        "reference-foreign",
        lambda text, _, true: (
            text + f'<x xmlns:xades="http://uri.etsi.org/01903/v1.3.2#" xmlns:ds="{XMLDSIG}">{true}</x>'
        ),
    ),
    "gone": ("reference-foreign", lambda text, _, __: text),
}

ATTACKS = (
    *_variants(),
    Attack("wrapped-under-another-spelling", "identifier-repeated", _beside('id="data"'),
           "Verifiers differ in which of Id, id, ID and xml:id they heed: each may see other data."),
    Attack("wrapped-under-capitals", "identifier-repeated", _beside('ID="data"'),
           "ID is an identifier to some parsers and a plain attribute to others."),
    Attack("wrapped-under-xml-id", "identifier-repeated", _beside('xml:id="data"'),
           "xml:id is an identifier by a recommendation of its own."),
    Attack("wrapped-under-a-mixed-spelling", "identifier-repeated", _beside('iD="data"'),
           "A verifier that compares names without regard to case would take it."),
    Attack("identifier-in-a-namespace", "identifier-repeated", _namespaced,
           "A verifier that looks at local names only finds two elements."),
    Attack("wrapped-under-a-new-identifier", "GVCN:data-missing", _beside('Id="data2"'),
           "The place is right and the identifier is not: the signature means other data."),
    Attack("record-in-a-record", "identifier-repeated", _nested_record,
           "A search for HOC_BA or for data finds the outer one first, the signatures are the inner one's."),
    Attack("second-region", "GVCN:data-missing", _second_region,
           "Two regions in the place of one: which one people see is left to chance."),
    Attack("properties-named-as-the-data", "identifier-repeated", _properties_named_data,
           "The signature's own properties bear the data's identifier: the reference could mean either."),
    Attack("signature-named-as-the-data", "identifier-repeated", _signature_named_data,
           "The signature itself answers to the data's identifier."),
    Attack("identifiers-shared-by-two-signatures", "identifier-repeated",
           lambda site: site.good.replace(f"sig-cbql-{site.uuid}".encode(), f"sig-gvcn-{site.uuid}".encode()),
           "One signature's properties could be found in the other."),
    *(Attack(f"properties-wrapped-{name}", f"GVCN:{cause}", _wrapped_properties(place),
             "The time that is read must be the one that is signed, not one of the same shape in another place.")
      for name, (cause, place) in _PROPERTIES.items()),
)  # fmt: skip
