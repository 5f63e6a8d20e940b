"""One record at the checkers: what a worker process does, or this one when the input is small."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

from connectors.official import read_record
from hub.checking.items import Item, Kind, Outcome
from hub.checking.sources import LIMITS
from schemas.check import Checked, Checker, unknown_version
from schemas.findings import Finding, FindingError
from schemas.identity import RecordIdentity
from schemas.octets import parse_record
from schemas.policies import SlotsPolicy
from schemas.profiles import Medium, Profile, profile_of, profiles
from schemas.rules.batch import BatchEntry
from schemas.rules.files import NOT_LOOKED_AT
from schemas.rules.roster import Roster
from schemas.told import Told, mapped

_MEDIA = {Kind.XML: Medium.XML, Kind.JSON: Medium.JSON, Kind.WORKBOOK: Medium.WORKBOOK}
CITY = SlotsPolicy("hcmc")
"""the hub's own default"""


@dataclass(frozen=True, slots=True)
class Terms:
    """What records are held against."""

    profile: str | None = None
    """name of the profile, or None: by each record's own word"""
    slots: SlotsPolicy = CITY
    """who must sign"""
    roster: Path | None = None
    """file that tells schools, pupils and who teaches what; None: what needs it is not checked"""
    roster_of: tuple[str, str] | None = None
    """MA_TRUONG and school year of a roster that does not say so itself"""


class Desk:
    """Checkers, made when first wanted; one per process."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._checkers: dict[str, Checker] = {}
        self._roster: Roster | None = None
        if terms.roster is not None:
            from hub.checking.rostering import roster_from

            self._roster = roster_from(terms.roster, terms.roster_of)

    def look(self, item: Item) -> Outcome:
        """Everything about one record, placed in its file."""
        try:
            outcome = self._looked(item)
        except FindingError as error:
            outcome = Outcome(item.file, item.number, None, None, error.findings)
        findings = tuple(_placed(finding, item) for finding in outcome.findings)
        return replace(outcome, findings=findings, offset=item.offset, line=item.line)

    def _looked(self, item: Item) -> Outcome:
        if item.kind is Kind.XML:
            return self._xml(item)
        return self._json(item) if item.kind is Kind.JSON else self._row(item)

    def _xml(self, item: Item) -> Outcome:
        # The door's own reading, placed as if the record were alone: `look` moves every finding to its place at the end.
        arrival = read_record(item.content, LIMITS, offset=0, line=1)
        identity = arrival.identity
        if identity is None:
            return Outcome(item.file, item.number, None, None, arrival.findings)
        root = parse_record(item.content)
        profile = self._named(Medium.XML) or profile_of(identity.version, identity.level)
        if profile is None:
            uuid = identity.uuid or None
            findings = (*arrival.findings, replace(unknown_version(root), uuid=uuid))
            return Outcome(item.file, item.number, uuid, None, findings)
        checked = self._checker(profile).examine(root)
        entry = _entry_of_xml(item, identity, root, profile)
        return _outcome(item, profile, checked, entry, before=arrival.findings)

    def _json(self, item: Item) -> Outcome:
        from schemas.media import json

        profile = self._named(Medium.JSON) or json.profile_of_document(item.content)
        if profile is None:
            return Outcome(item.file, item.number, None, None, (json.unknown_profile(),))
        told = json.tell(item.content, profile)
        # Versions of one document share its UUID: to the rules between records they are one.
        series = _digest(str(item.content.get("idbanghi", "")).encode("utf-8", "replace"))
        return self._judged(item, profile, told, json.faults(item.content, profile), series=series)

    def _row(self, item: Item) -> Outcome:
        from schemas.media import workbook

        # Its header says whose a sheet is: no word of the user's could make another of it.
        profile = item.content.profile
        told = workbook.tell(item.content, profile)
        return self._judged(item, profile, told, workbook.faults(item.content, profile))

    def _judged(
        self, item: Item, profile: Profile, told: Told, faults: Sequence[Finding], *, series: bytes = b""
    ) -> Outcome:
        checked = self._checker(profile).judge(told, faults)
        return _outcome(item, profile, checked, _entry_of(item, told.values, series=series))

    def _named(self, medium: Medium) -> Profile | None:
        """The profile that the user named, where it is of the file's kind."""
        named = None if self._terms.profile is None else profiles()[self._terms.profile]
        return named if named is not None and named.medium is medium else None

    def _checker(self, profile: Profile) -> Checker:
        checker = self._checkers.get(profile.name)
        if checker is None:
            checker = Checker(profile, required_slots=self._terms.slots, roster=self._roster)
            self._checkers[profile.name] = checker
        return checker


def _outcome(
    item: Item, profile: Profile, checked: Checked, entry: BatchEntry, *, before: tuple[Finding, ...] = ()
) -> Outcome:
    findings = (*before, *checked.findings)
    return Outcome(
        item.file, item.number, checked.uuid, profile.name, findings, checked.not_checked, checked.beyond, entry
    )


def broken(item: Item, reason: str) -> Outcome:
    """What is told of a record that could not be looked at to the end."""
    finding = NOT_LOOKED_AT.finding(line=item.line, offset=item.offset, values={"reason": reason})
    return Outcome(item.file, item.number, None, None, (finding,), offset=item.offset, line=item.line)


def _placed(finding: Finding, item: Item) -> Finding:
    """Where it stands in the file, not in the record."""
    if item.offset is None:
        return finding
    first = item.line or 1
    return replace(finding, line=first + (finding.line or 1) - 1, offset=item.offset + (finding.offset or 0))


def _entry_of_xml(item: Item, identity: RecordIdentity, root: Any, profile: Profile) -> BatchEntry:
    path = mapped(profile.name).paths.get("occasion")
    return BatchEntry(
        number=item.number,
        uuid=identity.uuid,
        pupil_code=identity.pupil_code,
        personal_id=identity.personal_id,
        school_code=identity.school_code,
        school_year=identity.school_year,
        level=identity.level,
        occasion="" if path is None else (root.findtext(path) or "").strip(),
        octets=item.size,
        digest=_digest(item.content),
    )


def _entry_of(item: Item, values: Mapping[str, str], *, series: bytes) -> BatchEntry:
    def text(member: str) -> str:
        return values.get(member, "").strip()

    return BatchEntry(
        number=item.number,
        uuid=text("uuid"),
        pupil_code=text("pupil.code"),
        personal_id=text("pupil.personal_id"),
        school_code=text("school.code"),
        school_year=text("school_year"),
        level=text("level"),
        occasion=text("occasion"),
        octets=item.size,
        series=series,
    )


def _digest(octets: bytes) -> bytes:
    """Empty for what does not say."""
    return b"" if not octets else blake2b(octets, digest_size=16).digest()
