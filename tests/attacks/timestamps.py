"""Timestamps: made for something else, by nobody who may, changed afterwards, or telling of another time.

Where a certificate was revoked after the claimed time, only a sound timestamp from before lets the signature pass: each
false one must leave it as it was. Behind the door «stamped» a policy names every cause, and the very fault is seen.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from support.authority import Authority, rsa_key
from support.tsa import property_of, stamped, token, tsa, value_of, with_properties
from support.workshop import HOUR, NOW, SIGNED

from attacks.attack import HOLD, Attack, Make
from attacks.site import Site
from attacks.transactions import listed
from sandbox.tsa.certificates import Stamping

STAMPED = SIGNED + HOUR + timedelta(minutes=1)
"""a minute after the principal's claimed time"""
_DAY = timedelta(days=1)
_LATER = "CBQL:certificate-revoked-later"


def _revoked(site: Site, *, reason: x509.ReasonFlags = x509.ReasonFlags.superseded) -> bytes:
    """Signed by a certificate of the principal that was revoked the day after."""
    return site.styled(by=site.revoked(SIGNED + _DAY, reason))


def _by(site: Site, **how: Any) -> Any:
    return tsa(site.issuing, **how)


def _stamp(at: datetime = STAMPED, *, holder: Callable[[Site], Any] = _by, **faults: Any) -> Make:
    """The principal's signature with a timestamp of these faults."""
    return lambda site: stamped(_revoked(site), "CBQL", holder(site), at, **faults)


def _swapped(site: Site) -> bytes:
    """The sound timestamp of the teacher's signature, which is older, on the principal's."""
    record = _revoked(site)
    return with_properties(record, "CBQL", property_of(token(value_of(record, "GVCN"), _by(site), STAMPED)))


def _of_other_record(site: Site) -> bytes:
    record = _revoked(site)
    return with_properties(record, "CBQL", property_of(token(value_of(site.good, "CBQL"), _by(site), STAMPED)))


def _of_data(site: Site) -> bytes:
    """Of the record, not of the signature on it."""
    record = _revoked(site)
    return with_properties(record, "CBQL", property_of(token(record, _by(site), STAMPED)))


def _under_the_late(site: Site) -> Any:
    """Of a certificate that was revoked before it signed, under an authority that was revoked after the timestamp."""
    site.root.revoke(site.late.holder, SIGNED + _DAY)
    head = site.head(by=site.late)
    site.late.revoke(head, SIGNED)
    return stamped(site.styled(by=head), "CBQL", _by(site), STAMPED)


def _after_revocation(site: Site) -> bytes:
    return stamped(_revoked(site), "CBQL", _by(site), SIGNED + 2 * _DAY)


def _before_signing(site: Site) -> bytes:
    return stamped(site.styled(by=site.head()), "CBQL", _by(site), SIGNED - _DAY)


def _late_transaction(site: Site) -> bytes:
    return stamped(listed(site), "", _by(site), SIGNED)


def _forged_times(site: Site) -> bytes:
    time = f"<xades:SigningTime>{(SIGNED - _DAY).isoformat()}</xades:SigningTime>"
    return with_properties(site.good, "CBQL", time)


def _raw(text: str) -> Make:
    return lambda site: with_properties(_revoked(site), "CBQL", text)


def _wrapped(old: str, new: str) -> Make:
    """A sound token, written into the signature in another way."""

    def make(site: Site) -> bytes:
        record = _revoked(site)
        written = property_of(token(value_of(record, "CBQL"), _by(site), STAMPED))
        assert old in written
        return with_properties(record, "CBQL", written.replace(old, new))

    return make


def _crowd(site: Site) -> bytes:
    """The sound one after as many as are looked at."""
    record = _revoked(site)
    bad, good = token(b"x", _by(site), STAMPED), token(value_of(record, "CBQL"), _by(site), STAMPED)
    return with_properties(record, "CBQL", *[property_of(bad)] * 4, property_of(good))


def _flip(place: Callable[[bytes], int]) -> Callable[[bytes], bytes]:
    def change(octets: bytes) -> bytes:
        at = place(octets)
        return octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1 :]

    return change


def _stranger(_: Site) -> Any:
    return tsa(Authority("Ai đó"))


def _namesake(site: Site) -> Any:
    return tsa(site.foreign)


def _expired(site: Site) -> Any:
    return _by(site, ends=SIGNED - _DAY)


def _aged(site: Site) -> Any:
    return _by(site, ends=NOW - HOUR)


def _young(site: Site) -> Any:
    return _by(site, starts=SIGNED + 2 * _DAY)


def _withdrawn(moment: datetime, reason: x509.ReasonFlags) -> Callable[[Site], Any]:
    def make(site: Site) -> Any:
        holder = _by(site)
        site.issuing.revoked.append((holder.certificate.serial_number, moment, reason))
        return holder

    return make


def _authority(site: Site) -> Any:
    """The issuing authority itself, which may do much, but not that."""
    return Stamping(site.issuing.holder.certificate, site.root.holder.certificate, site.issuing.holder.key)


def _under_nobody(site: Site) -> Any:
    """Under an authority of which no revocation list is there."""
    return tsa(Authority("Cơ quan không có CRL", above=site.root))


def _path_broken(site: Site) -> Any:
    """Issued by the principal's certificate."""
    fake = Authority("x")
    fake.holder = site.principal
    return tsa(fake)


_BOTH = (ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.EMAIL_PROTECTION)
_SUPERSEDED = x509.ReasonFlags.superseded

_FALSE: tuple[tuple[str, str, Make, str], ...] = (
    ("swapped", "timestamp-imprint", _swapped, "Another signature's timestamp says nothing of this one."),
    ("of-another-record", "timestamp-imprint", _of_other_record, "The same principal signs many records."),
    ("of-the-record", "timestamp-imprint", _of_data, "The data are older than the signature on them."),
    ("other-imprint", "timestamp-imprint", _stamp(wrong_imprint=True), "A sound token for something else."),
    ("imprint-of-another-name", "timestamp-imprint", _stamp(imprint_algorithm="sha512"), "A digest under another's name."),
    ("imprint-of-sha1", "timestamp-algorithm", _stamp(imprint_algorithm="sha1"), "SHA-1 binds nothing any more."),
    ("signed-with-sha1", "timestamp-algorithm", _stamp(signing_digest="sha1"), "Whoever finds a collision stamps what he likes."),
    ("short-key", "timestamp-algorithm", _stamp(holder=lambda site: _by(site, key=rsa_key(1024))), "A key of 1024 bits can be found."),
    ("named-by-sha1", "timestamp-certificate", _stamp(ess_sha1=True), "ESSCertID of RFC 2634 names a certificate by SHA-1."),
    ("bare", "timestamp-certificate", _stamp(bare=True), "Nobody is named."),
    ("of-a-stranger", "timestamp-untrusted", _stamp(holder=_stranger), "Anybody can run a timestamping authority."),
    ("of-a-namesake", "timestamp-path", _stamp(holder=_namesake), "A name is no key."),
    ("of-a-signer", "timestamp-path", _stamp(holder=_path_broken), "Whoever has a certificate would make authorities."),
    ("of-an-authority", "timestamp-purpose", _stamp(holder=_authority), "An authority for certificates is none for times."),
    ("without-purpose", "timestamp-purpose", _stamp(holder=lambda site: _by(site, purposes=())), "A signer's certificate stamps its own signatures."),
    ("of-two-purposes", "timestamp-purpose", _stamp(holder=lambda site: _by(site, purposes=_BOTH)), "RFC 3161 wants one purpose alone."),
    ("purpose-not-critical", "timestamp-purpose", _stamp(holder=lambda site: _by(site, critical=False)), "RFC 3161 wants it critical."),
    ("of-an-expired-authority", "timestamp-expired", _stamp(holder=_expired), "Its key may be anybody's by then."),
    ("of-a-young-authority", "timestamp-not-yet-valid", _stamp(holder=_young), "Nobody vouched for it yet."),
    ("aged", "timestamp-aged", _stamp(holder=_aged), "After its certificate's end a token wants another over it."),
    ("of-a-revoked-authority", "timestamp-revoked", _stamp(holder=_withdrawn(SIGNED, _SUPERSEDED)), "It may not stamp any more."),
    ("of-a-stolen-key", "timestamp-revoked", _stamp(holder=_withdrawn(NOW - HOUR, x509.ReasonFlags.key_compromise)), "Who stole it turns back the clock."),
    ("of-an-authority-revoked-later", "timestamp-revoked-later", _stamp(holder=_withdrawn(NOW - HOUR, _SUPERSEDED)), "Nothing proves that the token is older."),
    ("of-a-suspended-authority", "timestamp-on-hold", _stamp(holder=_withdrawn(SIGNED, x509.ReasonFlags.certificate_hold)), "It may come back."),
    ("of-unknown-standing", "timestamp-revocation-unknown", _stamp(holder=_under_nobody), "What is not known is not good."),
    ("from-tomorrow", "timestamp-in-future", _stamp(NOW + _DAY), "A clock that is wrong proves nothing."),
    ("with-the-value-of-another", "timestamp-value", _stamp(tampered=True), "The signature is not over this."),
    ("with-another-time", "timestamp-changed", _stamp(change=_flip(lambda octets: octets.index(b"20260525") + 3)), "The time was changed afterwards."),
    ("cut", "timestamp-malformed", _stamp(change=lambda octets: octets[:-9]), "What cannot be read proves nothing."),
    ("with-a-tail", "timestamp-malformed", _stamp(change=lambda octets: octets + b"\0"), "One reader sees what another does not."),
    ("nested-without-end", "timestamp-malformed", _stamp(change=lambda _: b"\x30\x80" * 30_000), "A parser may be led on for long."),
    ("huge", "timestamp-malformed", _stamp(change=lambda octets: octets + bytes(200_000)), "A parser may be led on for long."),
    ("not-base64", "timestamp-malformed", _wrapped("TimeStamp>MI", "TimeStamp>*I"), "What cannot be read proves nothing."),
    ("as-xml", "timestamp-malformed", _wrapped("<xades:EncapsulatedTimeStamp>", "<xades:XMLTimeStamp/><xades:EncapsulatedTimeStamp>"), "Nobody reads it."),
    ("with-inclusion", "timestamp-malformed", _wrapped("<xades:SignatureTimeStamp>", '<xades:SignatureTimeStamp><xades:Include URI="#data"/>'), "What it covers would be its own choice."),
    ("in-another-encoding", "timestamp-malformed", _wrapped("<xades:EncapsulatedTimeStamp>", '<xades:EncapsulatedTimeStamp Encoding="x">'), "One reader sees what another does not."),
    ("by-unknown-canonicalisation", "timestamp-malformed", _wrapped("http://www.w3.org/2001/10/xml-exc-c14n#", "http://www.w3.org/TR/1999/REC-xslt-19991116"), "A transform may make anything of anything."),
    ("behind-a-crowd", "timestamp-imprint", _crowd, "Each is read: there is a bound to it."),
)  # fmt: skip

ATTACKS = (
    *(Attack(f"timestamp-{name}", f"CBQL:{cause}", make, why, door="stamped") for name, cause, make, why in _FALSE),
    *(Attack(f"timestamp-{name}-after-all", _LATER, make, why, HOLD) for name, _, make, why in _FALSE),
    Attack("timestamp-after-revocation", _LATER, _after_revocation,
           "Proven to be there only when the certificate was revoked already.", HOLD),
    Attack("timestamp-before-its-authority-was-revoked", "CBQL:certificate-revoked", _under_the_late,
           "That the authority's revocation came too late to matter says nothing of the signer's own."),
    Attack("timestamp-before-signing", "CBQL:timestamp-order", _before_signing,
           "A signature that was there a day before its own time: one of the times is a lie."),
    Attack("timestamp-before-the-transaction", "timestamp-order", _late_transaction,
           "A transaction that was there hours before its own time.", door="transaction"),
    Attack("timestamp-with-a-forged-time", "CBQL:signing-time-conflict", _forged_times,
           "A time beside the signed one, put in by anybody."),
    Attack("timestamp-outside-its-place", _LATER, _raw("<xades:SignatureTimeStamp/>"), "An empty property proves nothing.", HOLD),
)  # fmt: skip
