"""Archive timestamps: over less or more than there is, over something else, by nobody who may, or too late to help.

A sound one lets a signature pass whose certificate was revoked since; a false one must leave it held, or say that the file
was changed. Whatever a file keeps of lists, the hub's own count as well.
"""

import re
from datetime import datetime, timedelta

from cryptography import x509
from support.authority import STARTS, Authority
from support.preserving import Office
from support.tsa import tsa
from support.workshop import HOUR, NOW, SIGNED

from attacks.attack import HOLD, Attack
from attacks.site import Site
from signing.preserve import Level, extend
from signing.trust import TrustStore

STAMPED = SIGNED + 3 * HOUR
"""an hour after the last of the signatures, a day before the revocation"""
_DAY = timedelta(days=1)
_LATER, _CHANGED = "CBQL:certificate-revoked-later", "CBQL:timestamp-imprint"
_HEAD = re.compile(rb"<CBQL>.*?</CBQL>", re.DOTALL)
_TOKEN = re.compile(rb"<xades:EncapsulatedTimeStamp[^>]*>([^<]*)")
_ARCHIVE = re.compile(rb"<xades141:ArchiveTimeStamp.*?</xades141:ArchiveTimeStamp>")


def _archived(
    site: Site, *, at: datetime = STAMPED, revoked: datetime = SIGNED + _DAY, by: Authority | None = None
) -> bytes:
    """The record at level LTA, archived before anybody knew that its principal's certificate was revoked."""
    # What the file keeps is older than what everybody else has: which list counts is no matter of chance.
    head, trust = site.head(), site.trust(issued=STARTS - HOUR)
    if by is not None:
        trust = _believing(trust, by)
    office = Office(tsa(by or site.issuing), at)
    octets = extend(site.styled(by=head), level=Level.LTA, trust=trust, stamp=office, at=NOW)
    site.issuing.revoke(head, revoked, x509.ReasonFlags.superseded)
    return octets


def _believing(trust: TrustStore, stranger: Authority) -> TrustStore:
    """What somebody trusts who takes a stranger for an authority."""
    root, *others = [each.dump() for each in trust.authorities()]
    lists = [each.statements[0].octets for each in trust.evidence]
    return TrustStore(
        anchors=[root, stranger.holder.der],
        intermediates=others,
        revocation_lists=[*lists, stranger.revocation_list()],
    )


def sound(site: Site) -> bytes:
    """Archived before the principal's certificate was revoked."""
    return _archived(site)


def _without(name: str, octets: bytes) -> bytes:
    """The principal's signature without one of its unsigned properties."""
    place = re.compile(rf"<xades:{name}.*?</xades:{name}>".encode(), re.DOTALL)
    return _HEAD.sub(lambda found: place.sub(b"", found[0], count=1), octets)


def _fewer_certificates(site: Site) -> bytes:
    return _without("CertificateValues", _archived(site))


def _fewer_lists(site: Site) -> bytes:
    return _without("RevocationValues", _archived(site))


def _slipped_in(site: Site) -> bytes:
    more = b"<xades:CertificateValues></xades:CertificateValues>"
    octets = _archived(site)
    return _HEAD.sub(lambda found: _ARCHIVE.sub(lambda stamp: more + stamp[0], found[0], count=1), octets)


def _of_the_teacher(site: Site) -> bytes:
    octets = _archived(site)
    teachers, heads = (
        _TOKEN.findall(part)[-1] for part in (octets[: octets.index(b"<CBQL>")], _HEAD.findall(octets)[0])
    )
    return octets.replace(heads, teachers)


def _other_data(site: Site) -> bytes:
    octets = _archived(site)
    assert b"<DAN_TOC>" in octets
    return octets.replace(b"<DAN_TOC>", b"<DAN_TOC>X", 1)


def _of_a_stranger(site: Site) -> bytes:
    return _archived(site, by=Authority("Ai đó"))


def _too_late(site: Site) -> bytes:
    return _archived(site, at=NOW - HOUR)


def _revoked_before(site: Site) -> bytes:
    return _archived(site, revoked=SIGNED - _DAY)


ATTACKS = (
    Attack("archive-with-fewer-certificates", _CHANGED, _fewer_certificates, "What was archived is no longer there."),
    Attack("archive-with-fewer-lists", _CHANGED, _fewer_lists, "The list that says «revoked» would be left out."),
    Attack("archive-with-more", _CHANGED, _slipped_in, "What nobody stamped would count as old."),
    Attack("archive-of-another-signature", _CHANGED, _of_the_teacher, "One archive timestamp would do for all."),
    Attack("archive-of-other-data", "GVCN:digest-data", _other_data, "It proves octets, not a record."),
    Attack("archive-of-a-stranger", _LATER, _of_a_stranger, "Anybody can run a timestamping authority.", HOLD),
    Attack("archive-after-revocation", _LATER, _too_late, "By then the certificate was revoked.", HOLD),
    Attack("archive-of-what-was-revoked", "CBQL:certificate-revoked", _revoked_before,
           "Lists in the file know less than those of the hub: the worse word counts."),
)  # fmt: skip
