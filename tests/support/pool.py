"""Records of two schools, sound or not, and what is said of each by a verifier that has seen nothing yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from signing.trust import TrustStore
from signing.verify import Approved, RecordValidation, RecordVerifier, SlotPolicy
from support.authority import Authority
from support.workshop import HOUR, NOW, SIGNED, SLOTS, Workshop

LISTED_UNTIL = NOW + timedelta(days=1, minutes=30)
"""The revocation lists say nothing after this."""
TIMES = (NOW, LISTED_UNTIL - timedelta(minutes=1), LISTED_UNTIL + timedelta(minutes=1))
"""The last two are in the same hour."""

Verdicts = Mapping[tuple[str, datetime], RecordValidation]


@dataclass(frozen=True, slots=True)
class Pool:
    """Everything that a verdict hangs on, as octets: another process can have it too."""

    records: Mapping[str, bytes]
    """By what is the matter with them."""
    trust: Mapping[str, list[bytes]]
    """Of both schools' authorities."""
    approved: tuple[Approved, Approved]
    """Of the one school and of the other."""

    def verifier(self) -> RecordVerifier:
        """One that has seen nothing yet."""
        return RecordVerifier(SLOTS, trust=TrustStore(**self.trust), policy=SlotPolicy.city())

    def judge(self, verifier: RecordVerifier, octets: bytes, at: datetime) -> RecordValidation:
        """With the registry of the school that the record names."""
        named = [each for each in self.approved if f"<MA_TRUONG>{each.unit}<".encode() in octets]
        return verifier.verify(octets, registry=named[0], at=at)

    def alone(self) -> Verdicts:
        """Of each record at each time, by a verifier of its own."""
        asked = ((name, octets, at) for name, octets in self.records.items() for at in TIMES)
        return {(name, at): self.judge(self.verifier(), octets, at) for name, octets, at in asked}

    def told(self) -> Mapping[tuple[str, datetime], str]:
        """All that verdicts say, in words."""
        return {asked: repr(verdict) for asked, verdict in self.alone().items()}


def pool_of(school: Workshop) -> Pool:
    """With every kind of end: passed, refused, held, to be tried again."""
    other = Workshop(unit="79760419")
    unlisted = Authority("Cơ quan không có danh sách", above=school.root)
    good = school.good.decode()
    records = {
        "good": school.good,
        "written otherwise": good.replace('Id="data"', "Id='data'").encode(),
        "inclusive": school.record(layout="pretty", GVCN={"c14n": "inc", "prefix": ""}, CBQL={"c14n": "c11"}),
        "elliptic": school.record(CBQL={"by": school.head()}),
        "changed": good.replace("2025-2026", "2024-2025", 1).encode(),
        "out of order": school.record(CBQL={"at": SIGNED - HOUR}),
        "revoked": school.record(CBQL={"by": school.revoked(SIGNED)}),
        "revoked later": school.record(CBQL={"by": school.revoked(SIGNED + 2 * HOUR)}),
        "of an authority without a list": school.record(CBQL={"by": school.head(by=unlisted)}),
        "sealed by the neighbour": school.record(KY_PHAT_HANH={"by": school.neighbour}),
        "signed tomorrow": school.record(KY_PHAT_HANH={"at": NOW + timedelta(days=1)}),
        "unsigned": school.unsigned(),
        "of another school": other.good,
        "of another school, with this one's seal": other.record(KY_PHAT_HANH={"by": school.school}),
    }
    authorities = [each for one in (school, other) for each in (one.root, one.issuing, one.stray)]
    trust = {
        "anchors": [school.root.holder.der, other.root.holder.der],
        "intermediates": [each.holder.der for each in (*authorities, unlisted) if each.above],
        "revocation_lists": [each.revocation_list(ends=LISTED_UNTIL) for each in authorities],
    }
    return Pool(records, trust, (school.approved(), other.approved()))
