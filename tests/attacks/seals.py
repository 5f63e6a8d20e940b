"""The hub's own seals, put where they do not belong or told to mean something else: by a holder, by a signing service that
returns a value, by whoever has the record afterwards.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from lxml import etree
from support.authority import ec_key, institution
from support.forge import signature_of, stamp
from support.workshop import HOUR, NAMED, NOW, PRINCIPAL, SLOTS, TEACHER

from attacks.attack import Attack, Make, replaced, substituted
from attacks.site import Site
from attacks.transactions import CLOSE, OPEN, seal_of
from signing.certificates import certificate_from_x509
from signing.seal import PreparedSeal, prepare_seals, seal_record, seal_transaction, seals_for
from signing.seal.files import EcKey
from signing.seal.keys import ECDSA_SHA256

_AT = NOW - HOUR
_VALUE = re.compile("(<ds:SignatureValue>)([^<]*)")


def sealed(site: Site, unsigned: bytes | None = None) -> str:
    """A record with all its seals."""
    octets = unsigned or site.unsigned()
    seals = seals_for(etree.fromstring(octets), SLOTS, named=NAMED, keys=site.staff.keys, form="both", at=_AT)
    return seal_record(octets, seals=seals).decode()


def _another(site: Site) -> bytes:
    """Another pupil's record, unsigned."""
    uuid = site.uuid[:-4] + "beef"
    return site.unsigned().replace(site.uuid.encode(), uuid.encode()).replace("Việt Nam".encode(), "Lào".encode())


def _edited(old: str, new: str) -> Make:
    return lambda site: substituted(old, new, sealed(site), count=1).encode()


def _exchanged(slot: str, change: Callable[[Site, str], str]) -> Make:
    """The record with one seal changed."""

    def make(site: Site) -> bytes:
        text = sealed(site)
        seal = signature_of(text, slot)
        return replaced(text, seal, change(site, seal))

    return make


def _with_value(seal: str, value: str) -> str:
    return _VALUE.sub(lambda found: found[1] + value, seal, count=1)


def _of_other_record(site: Site, _: str) -> str:
    return signature_of(sealed(site, _another(site)), "KY_PHAT_HANH")


def _value_of_other_record(site: Site, seal: str) -> str:
    found = _VALUE.search(_of_other_record(site, seal))
    assert found is not None
    return _with_value(seal, found[2])


def _value_of_other_slot(site: Site, seal: str) -> str:
    found = _VALUE.search(signature_of(sealed(site), "GVCN"))
    assert found is not None
    return _with_value(seal, found[2])


def _prepared(site: Site) -> PreparedSeal:
    octets = site.unsigned()
    seals = seals_for(etree.fromstring(octets), SLOTS, named=NAMED, keys=site.staff.keys, form="both", at=_AT)
    return prepare_seals(octets, seals=seals)[1]


def _over_the_digest(site: Site, seal: str) -> str:
    """The service digests once more what it was given as a digest."""
    digest = _prepared(site).signature.digest
    key = site.staff.keys.key(site.unit, "CBQL", PRINCIPAL)
    return _with_value(seal, b64encode(key.sign(digest)).decode())


def _as_der(site: Site) -> bytes:
    """An elliptic value as most libraries return it: ASN.1 where XMLDSig wants the two numbers side by side."""
    holder = site.issuing.issue(institution("Trường", site.unit), key=ec_key())
    key = EcKey((certificate_from_x509(holder.certificate),), holder.key, ECDSA_SHA256)
    whole = seal_transaction(OPEN + site.good + CLOSE, key=key, signature_id="sig-giao-dich-1", at=_AT).decode()
    found = _VALUE.search(seal_of(whole.encode()).decode())
    assert found is not None
    raw = b64decode(found[2])
    half = len(raw) // 2
    der = encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))
    return replaced(whole, found[2], b64encode(der).decode())


def _moved(slot: str, other: str, *, cccd: str = "") -> Make:
    """All that a slot says, in another slot; its own is empty then."""

    def make(site: Site) -> bytes:
        text = sealed(site)
        (content,) = re.findall(f"<{slot}>(.*?)</{slot}>", text, re.DOTALL)
        text = text.replace(content, "", 1)
        content = re.sub("<SO_CCCD>.*?</SO_CCCD>", "", content)
        named = f"<SO_CCCD>{cccd}</SO_CCCD>" if cccd else ""
        content = content.replace("<ds:Signature", f"{named}<ds:Signature", 1)
        return substituted(f"<{other}>.*?</{other}>", f"<{other}>{content}</{other}>", text).encode()

    return make


def _older_inside(_: Site, seal: str) -> str:
    return substituted("(SigningTime>)2026[^<]*", rf"\g<1>{_DAY_BEFORE}", seal)


def _transaction(site: Site, *records: bytes) -> bytes:
    key = site.staff.keys.transaction_key(site.unit)
    return seal_transaction(OPEN + b"".join(records) + CLOSE, key=key, signature_id="sig-giao-dich-1", at=_AT)


def _of_other_batch(site: Site) -> bytes:
    return OPEN + site.good + seal_of(_transaction(site, site.good, sealed(site, _another(site)).encode())) + CLOSE


def _record_as_transaction(site: Site) -> bytes:
    """A record's seal by the same certificate at the end of a list."""
    return OPEN + site.good + signature_of(sealed(site, _another(site)), "KY_PHAT_HANH").encode() + CLOSE


def _transaction_as_record(site: Site, _: str) -> str:
    return seal_of(_transaction(site, site.good)).decode()


_SCHOOL = "KY_PHAT_HANH"
_DAY_BEFORE = stamp(_AT - 24 * HOUR)

ATTACKS = (
    Attack("seal-moved-to-another-record", f"{_SCHOOL}:digest-data", _exchanged(_SCHOOL, _of_other_record),
           "The school sealed another pupil's record with it."),
    Attack("seal-with-the-value-of-another-record", f"{_SCHOOL}:value-wrong", _exchanged(_SCHOOL, _value_of_other_record),
           "A service that answers two orders in the wrong order."),
    Attack("seal-with-the-value-of-another-slot", "CBQL:value-wrong", _exchanged("CBQL", _value_of_other_slot),
           "A service that lets one holder answer for another."),
    Attack("seal-over-a-digest-digested-again", "CBQL:value-wrong", _exchanged("CBQL", _over_the_digest),
           "A service that takes a digest for the text."),
    Attack("seal-with-an-elliptic-value-in-asn-1", "value-wrong", _as_der,
           "A service that returns what its library returns.", door="transaction"),
    Attack("seal-of-the-school-as-the-principals", "CBQL:signer-differs", _moved(_SCHOOL, "CBQL", cccd=PRINCIPAL),
           "The same data, the right day, a sound seal: of somebody else."),
    Attack("seal-of-the-principal-as-the-schools", f"{_SCHOOL}:certificate-not-approved", _moved("CBQL", _SCHOOL),
           "A person does not issue records."),
    Attack("seal-told-to-be-older", f"{_SCHOOL}:signing-date-differs",
           _edited(f"(<{_SCHOOL}><NGAY_KY>)[^<]*", rf"\g<1>{_DAY_BEFORE}"),
           "NGAY_KY is not signed; it must be what the signature says."),
    Attack("seal-told-to-be-another-persons", "CBQL:signer-differs",
           _edited(f"(<CBQL>.*?<SO_CCCD>){PRINCIPAL}", rf"\g<1>{TEACHER}"),
           "SO_CCCD is not signed; it must be the certificate's."),
    Attack("seal-with-another-time-inside", f"{_SCHOOL}:digest-properties",
           _exchanged(_SCHOOL, _older_inside),
           "The time that is signed is under a digest."),
    Attack("record-issued-on-another-day-than-sealed", "GVCN:digest-data",
           _edited("(<NGAY_KY_PHAT_HANH_HOC_BA>)[^<]*", rf"\g<1>{_DAY_BEFORE}"),
           "The date of issue is fixed before the first seal, and stays."),
    Attack("seal-of-another-batch", "digest-data", _of_other_batch,
           "A record was taken out, the batch's seal stayed.", door="transaction"),
    Attack("seal-of-a-record-on-a-batch", "reference-foreign", _record_as_transaction,
           "The same certificate has signed a record: that is no consent to a transaction.", door="transaction"),
    Attack("seal-of-a-batch-on-a-record", f"{_SCHOOL}:reference-foreign", _exchanged(_SCHOOL, _transaction_as_record),
           "The same certificate has signed a transaction: that issues no record."),
)  # fmt: skip
