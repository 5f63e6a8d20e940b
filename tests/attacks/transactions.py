"""The transaction's signature: over the list of records, by the sender, after they were issued."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from support.authority import ec_key, institution
from support.forge import Style, batch, signature_of
from support.workshop import HOUR, NOW, SIGNED

from attacks.attack import Attack, Make, replaced, substituted
from attacks.doors import SEALED
from attacks.site import Site
from attacks.wrapping import VARIANTS

DOOR = "transaction"
OPEN = b'<?xml version="1.0" encoding="UTF-8"?>\n<DANH_SACH_HOC_BA id="dataDanhSach">'
CLOSE = b"</DANH_SACH_HOC_BA>"


def another(site: Site) -> bytes:
    """A second record of the same school, signed as the first."""
    uuid = site.uuid[:-4] + "beef"
    data = site.data.replace(site.uuid, uuid).replace("Việt Nam", "Lào")
    return site.record(data=data)


def listed(site: Site, *records: bytes, **style: Any) -> bytes:
    """A sealed list of these records, or of the good one."""
    return batch(list(records or (site.good,)), by=site.school, at=SEALED, style=Style(**style))


def seal_of(octets: bytes) -> bytes:
    """The seal alone."""
    return octets[octets.rindex(b"<ds:Signature ") :].removesuffix(CLOSE)


def _changed(old: bytes, new: bytes) -> Make:
    return lambda site: replaced(listed(site).decode(), old.decode(), new.decode())


def _styled(change: Callable[[str], str]) -> Make:
    return lambda site: listed(site, template=change)


def _other_list(site: Site) -> bytes:
    """The seal of one list at the end of another."""
    return OPEN + site.good + seal_of(listed(site, site.good, another(site))) + CLOSE


def _reordered(site: Site) -> bytes:
    first, second = site.good, another(site)
    text = listed(site, first, second)
    return text.replace(first + second, second + first)


def _exchanged(site: Site) -> bytes:
    return listed(site).replace(site.good, another(site))


def _around(site: Site) -> bytes:
    many = " ".join(f'xmlns:n{number}="urn:{number}"' for number in range(200))
    return listed(site).replace(b"<DANH_SACH_HOC_BA ", f"<DANH_SACH_HOC_BA {many} ".encode())


def _twice(site: Site) -> bytes:
    octets = listed(site)
    seal = seal_of(octets)
    return octets.replace(seal, seal + seal)


def _slot_signature(site: Site) -> bytes:
    """The school's signature on a record, at the end of the list."""
    return (
        OPEN + site.good + signature_of(site.good.decode(), "KY_PHAT_HANH").replace("sig-ky", "sig-xx").encode() + CLOSE
    )


def _wrapped(variant: int) -> Make:
    """The signed list is kept somewhere, another stands in its place."""

    def make(site: Site) -> bytes:
        octets = listed(site)
        seal = seal_of(octets).decode()
        signed = octets.partition(b"\n")[2].decode().replace(seal, "")
        false = "<HOC_BA/>"
        text = f'<DANH_SACH_HOC_BA id="dataDanhSach">{false}{seal}</DANH_SACH_HOC_BA>'
        if variant in (4, 5):
            return replaced(text, false, false + signed)
        return VARIANTS[variant][1](text, false, signed, seal).encode()

    return make


def _nested_list(site: Site) -> bytes:
    inner = listed(site).partition(b"\n")[2]
    return b'<DANH_SACH_HOC_BA id="x">' + inner + CLOSE


def _without_reference(text: str) -> str:
    return substituted(r'<ds:Reference URI="#dataDanhSach".*?</ds:Reference>', "", text, count=1)


def _without_enveloped(text: str) -> str:
    return text.replace('<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>', "")


def _lookalike(text: str) -> str:
    """An element that bears the seal's name in another namespace, inside the seal."""
    inner = '<xades:UnsignedProperties><ds:Signature xmlns:ds="urn:x"></ds:Signature></xades:UnsignedProperties>'
    return text.replace("</xades:QualifyingProperties>", inner + "</xades:QualifyingProperties>")


def _revoked(site: Site) -> bytes:
    holder = site.issuing.issue(institution("Trường Tiểu học Thử", site.unit), key=ec_key())
    site.issuing.revoke(holder, SIGNED)
    return batch([site.good], by=holder, at=SEALED)


_INSIDE_THE_SEAL = frozenset({1, 6, 8})


def _variants() -> Iterator[Attack]:
    for variant, (where, _) in VARIANTS.items():
        why = f"XSW {variant}: the sealed list is kept {where}, another stands in its place."
        cause = "signature-misplaced" if variant in _INSIDE_THE_SEAL else "identifier-repeated"
        yield Attack(f"list-xsw-{variant}", cause, _wrapped(variant), why)


ATTACKS = tuple(
    attack.through(DOOR) if attack.door == "record" else attack
    for attack in (
        *_variants(),
        Attack("namespaces-around-the-list", "too-many-attributes", _around, "All of them are in scope at every record."),
        Attack("list-of-other-records", "digest-data", _other_list, "A seal over one list under another."),
        Attack("record-taken-out", "digest-data", lambda site: listed(site, site.good, another(site)).replace(site.good, b""), "A record lost on the way must be missed."),
        Attack("record-put-in-twice", "digest-data", lambda site: listed(site).replace(site.good, site.good * 2), "A record more than was sent."),
        Attack("record-exchanged", "digest-data", _exchanged, "Each record is sound; the list is another."),
        Attack("records-reordered", "digest-data", _reordered, "Order is part of what is signed."),
        Attack("letter-changed-in-a-listed-record", "digest-data", _changed(b"<DAN_TOC>", b"<DAN_TOC>X"), "The plainest."),
        Attack("slot-stripped-in-a-listed-record", "digest-data", lambda site: re.sub(b"<CBQL>.*?</CBQL>", b"", listed(site)), "Signatures on records are part of the list."),
        Attack("white-space-between-records", "digest-data", lambda site: listed(site).replace(site.good, b"\n" + site.good), "A file that was formatted again is not the one that was sent."),
        Attack("attribute-on-the-list", "digest-data", _changed(b'id="dataDanhSach"', b'id="dataDanhSach" x="y"'), "Attributes of the list are part of it."),
        Attack("list-not-sealed", "slot-missing", lambda site: OPEN + site.good + CLOSE, "Nobody answers for the list."),
        Attack("seal-not-last", "signature-misplaced", lambda site: listed(site).replace(CLOSE, b"<A/>" + CLOSE), "What follows the seal looks unsealed."),
        Attack("seal-first", "signature-misplaced", lambda site: OPEN + seal_of(listed(site)) + site.good + CLOSE, "The declared place is the end."),
        Attack("two-seals", "signature-misplaced", _twice, "One could be verified and the other believed."),
        Attack("seal-one-level-deeper", "slot-missing", lambda site: replaced(listed(site).decode(), "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" Id=\"sig-batch\"", "<x><ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" Id=\"sig-batch\"").replace(CLOSE, b"</x>" + CLOSE), "What stands around a seal can be styled into another meaning."),
        Attack("seal-of-a-record-slot", "reference-foreign", _slot_signature, "The school signed that record, not this list."),
        Attack("seal-within-the-seal", "signature-misplaced", lambda site: listed(site, template=lambda text: text.replace("</xades:QualifyingProperties>", "<xades:UnsignedProperties>" + signature_of(site.good.decode(), "GVCN").replace("sig-", "drin-") + "</xades:UnsignedProperties></xades:QualifyingProperties>")), "A signature inside the seal would be cut out with it."),
        Attack("seal-in-another-namespace", "signature-misplaced", lambda site: OPEN + site.good + b'<Signature xmlns="urn:x"/>' + CLOSE, "What looks like a seal and is none must not be passed over."),
        Attack("lookalike-within-the-seal", "digest-data", _styled(_lookalike), "The cut that leaves the seal out must not be led astray."),
        Attack("another-root-of-the-list", "wrong-root", lambda site: site.good, "A record is not a list."),
        Attack("list-in-a-list", "wrong-root", _nested_list, "The inner one is sealed, the outer one is read."),
        Attack("identifier-of-the-list-missing", "wrong-root", _changed(b' id="dataDanhSach"', b""), "Then the reference finds something else."),
        Attack("identifier-of-the-list-repeated", "identifier-repeated", _changed(b'<HOC_BA id="', b'<HOC_BA Id="dataDanhSach" id="'), "The reference could mean one record."),
        Attack("identifier-of-the-seal-repeated", "identifier-repeated", _changed(b'<HOC_BA id="', b'<HOC_BA Id="sig-batch" id="'), "The properties could be another's."),
        Attack("instruction-after-the-list", "comment", lambda site: listed(site) + b"<?x y?>", "It is signed by nobody."),
        Attack("instruction-between-records", "comment", lambda site: listed(site).replace(site.good, b"<?x y?>" + site.good), "It may tell a reader to do something."),
        Attack("doctype-before-the-list", "doctype", lambda site: b"<!DOCTYPE DANH_SACH_HOC_BA>" + listed(site).partition(b"\n")[2], "The DTD writes into the list."),
        Attack("list-by-sha-1", "algorithm-forbidden", lambda site: listed(site, digest="sha1"), "Two lists of one SHA-1 can be made."),
        Attack("list-without-subject-name", "subject-name-missing", lambda site: listed(site, subject_name=False), "CV 2088 wants it beside the certificate."),
        Attack("list-not-covered", "data-unsigned", _styled(_without_reference), "A sound seal over nothing but its own time."),
        Attack("list-not-enveloped", "transform-forbidden", _styled(_without_enveloped), "The seal would have to cover itself."),
        Attack("list-by-another-school", "certificate-not-approved", lambda site: batch([site.good], by=site.neighbour, at=SEALED), "A sound seal, approved for its own school."),
        Attack("list-by-a-person", "certificate-not-approved", lambda site: batch([site.good], by=site.principal, at=SEALED), "A person is not the school."),
        Attack("list-by-a-revoked-seal", "certificate-revoked", _revoked, "Revoked before the list was sealed."),
        Attack("list-in-the-future", "time-in-future", lambda site: batch([site.good], by=site.school, at=NOW + HOUR), "No list is sent tomorrow."),
        Attack("list-before-its-records", "order-wrong", lambda site: listed(site), "Nothing can be sent before it is issued.", door="transaction-of-late-records"),
    )
)  # fmt: skip
