"""Files at every level of XAdES, by the hub and by EU DSS, and whoever judges them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from support.authority import Holder, ec_key, institution, person, rsa_key, write_p12
from support.forge import batch
from support.preserving import YEAR, Archive
from support.staff import staff_of
from support.workshop import HOUR, NOW, PRINCIPAL, SIGNED, TEACHER, Workshop

from interop.case import Case
from signing.preserve import Level, validate

LEVELS = (Level.T, Level.LT, Level.LTA)
RENEWED, LATER = "renewed", "renewed, certificates ended"
ENDS = NOW + 3 * YEAR
"""of everybody's certificate for signing"""
PASSWORD = b"thu nghiem"
_EARLY, _LATE = NOW + 4 * YEAR, NOW + 8 * YEAR
FORMS, KEYS = ("xades", "both"), ("rsa", "ec")


@dataclass(frozen=True, slots=True)
class Levelled:
    """One file at a level."""

    case: Case
    """it, with the trust and the present that it is judged by"""
    level: Level
    """that it must be found at"""
    stamps: int
    """timestamps on each of its signatures"""


class Shelves:
    """A school in two kinds of key, its archive, and folders of trust for each day."""

    def __init__(self, folder: Path, key: str) -> None:
        self.folder = folder
        self.key = key
        self.workshop = Workshop()
        # DSS walks through the whole document for each of its questions: what repeats in a record stands in it once.
        repeated = r"(<(NAM|MON_HOC)>.*?</\2>)(?:<\2>.*?</\2>)+"
        self.workshop.data = re.sub(repeated, r"\1", self.workshop.data, flags=re.DOTALL)
        self.archive = Archive(self.workshop)
        issue, make = self.workshop.issuing.issue, rsa_key if key == "rsa" else ec_key
        self.workshop.teacher = issue(person("Phạm Thị Chủ", TEACHER), key=make(), ends=ENDS)
        self.workshop.principal = issue(person("Lê Văn Hiệu", PRINCIPAL), key=make(), ends=ENDS)
        self.workshop.school = issue(institution("Trường Thử", self.workshop.unit), key=make(), ends=ENDS)

    def record(self, form: str) -> bytes:
        """Signed by all three in one form."""
        style: dict[str, Any] = {"form": form}
        return self.workshop.record(GVCN=style, CBQL=style, KY_PHAT_HANH=style)

    def trust(self, at: datetime) -> Path:
        """Anchors, and the lists of that day."""
        folder = self.folder / f"trust-{self.key}-{at:%Y%m%d%H}"
        return folder if folder.exists() else self.archive.write_trust(folder, at)

    def levelled(self, kind: str, name: str, octets: bytes, level: Level, at: datetime, stamps: int) -> Levelled:
        """A file, judged here."""
        told = validate(octets, trust=self.archive.trust(at), at=at)
        causes = [each.cause for each in told.signatures if each.cause is not None]
        cause = causes[0] if causes else "" if told.level is level else f"level {told.level}"
        return Levelled(Case(kind, name, octets, cause, self.trust(at), at), level, stamps)

    def ours(self) -> Iterator[Levelled]:
        """What the hub carries further: each level, renewed, and years after everybody's certificate has ended."""
        rsa = self.key == "rsa"
        for form in FORMS:
            octets, office = self.record(form), self.archive.office(rsa=rsa)
            for turn, level in enumerate(LEVELS):
                octets = self.archive.extended(octets, level, stamp=office)
                name = f"hub-{form}-{self.key}-{level.lower()}"
                yield self.levelled(f"hub: {level}", name, octets, level, NOW + HOUR, max(1, turn))
            renewed = self.archive.renewed(
                octets, _EARLY, stamp=self.archive.office(_EARLY, rsa=rsa), algorithm="sha512"
            )
            for kind, at in ((RENEWED, _EARLY + HOUR), (LATER, _LATE)):
                name = f"hub-{form}-{self.key}-{'renewed' if kind == RENEWED else 'later'}"
                yield self.levelled(f"hub: LTA, {kind}", name, renewed, Level.LTA, at, 3)
        yield from self._together()

    def _together(self) -> Iterator[Levelled]:
        """A batch by its own signature; the teachers' seals inside what others have signed."""
        whole = batch([self.record("both")], by=self.workshop.school, at=SIGNED + 9 * HOUR)
        octets = self.archive.extended(whole, Level.LTA)
        yield self.levelled("hub: LTA of a batch", f"hub-batch-{self.key}", octets, Level.LTA, NOW + HOUR, 2)
        staff = staff_of(self.workshop, self.folder / f"keys-{self.key}")
        octets = self.archive.extended(staff.sealed(staff.unsigned), Level.LTA, NOW + HOUR)
        yield self.levelled(
            "hub: LTA around teachers", f"hub-teachers-{self.key}", octets, Level.LTA, NOW + 2 * HOUR, 2
        )

    def orders(self) -> Iterator[tuple[str, Path, Level]]:
        """What EU DSS is to carry further, as lines of its manifest: at the present, because it looks at the clock."""
        now = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
        holder = self.archive.office(now, rsa=self.key == "rsa").holder
        store = self.folder / f"tsa-{self.key}.p12"
        write_p12(store, Holder(holder.key, holder.certificate), password=PASSWORD, chain=[self.archive.stamps])
        for form in FORMS:
            file = self.folder / f"b-{form}-{self.key}.xml"
            file.write_bytes(self.record(form))
            for level in LEVELS:
                made = self.folder / f"dss-{form}-{self.key}-{level.lower()}.xml"
                told = (now.isoformat(), self.trust(now), file, level, store, PASSWORD.decode(), made)
                yield "\t".join(("extend", *map(str, told))), made, level

    def theirs(self, made: Path, level: Level) -> Levelled:
        """What EU DSS made, judged here."""
        at = datetime.now(UTC).replace(microsecond=0) + HOUR
        stamps = 2 if level is Level.LTA else 1
        return self.levelled(f"DSS: {level}", made.stem, made.read_bytes(), level, at, stamps)
