"""One record of the input as members, or why its structure does not let it be read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.official import read_record
from hub.checking.items import Item, Kind
from hub.checking.sources import LIMITS
from schemas.check import Checker, unknown_version
from schemas.findings import Finding, FindingError, Severity
from schemas.octets import parse_record
from schemas.profiles import Profile, profile_of
from schemas.rules import structure
from schemas.told import Told
from transformers.canonical import Members, UnreadableError, read_members

_SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"
_CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True)
class Source:
    """One record that was read."""

    profile: Profile
    """what it is"""
    members: Members
    """what it says"""
    signed: bool = False
    """somebody has signed it"""
    cancelled: bool = False
    """its envelope takes it back"""
    beside: tuple[str, ...] = ()
    """official names of what it says beside the members of a record"""

    @property
    def known(self) -> Members:
        """What it says, with the level where its profile has one only: that need not be told."""
        levels = self.profile.levels
        return {"level": min(levels), **self.members} if len(levels) == 1 else self.members


class Reader:
    """Reads records of every medium; one per run."""

    def __init__(self) -> None:
        self._checkers: dict[str, Checker] = {}

    def read(self, item: Item) -> Source:
        """What a record says.

        Raises:
            FindingError: its structure has errors: all of them, in the catalogue's words.
        """
        if item.kind is Kind.XML:
            return self._xml(item)
        return self._json(item.content) if item.kind is Kind.JSON else self._row(item.content)

    def checker(self, profile: Profile) -> Checker:
        """The checker of a profile that asks for no signature."""
        checker = self._checkers.get(profile.name)
        if checker is None:
            checker = self._checkers[profile.name] = Checker(profile, required_slots=frozenset())
        return checker

    def _xml(self, item: Item) -> Source:
        from schemas.media import xml

        arrival = read_record(item.content, LIMITS, offset=0, line=item.line or 1)
        _refuse(arrival.findings)
        root, identity = parse_record(item.content), arrival.identity
        profile = None if identity is None else profile_of(identity.version, identity.level)
        if profile is None:
            raise FindingError([unknown_version(root)])
        if not self.checker(profile).fits(root):
            _refuse(self.checker(profile).examine(root).findings)
        signed = next(root.iter(_SIGNATURE), None) is not None
        return Source(profile, _read(xml.tell(root, profile), profile), signed=signed)

    def _json(self, document: Any) -> Source:
        from schemas.media import json

        profile = json.profile_of_document(document)
        if profile is None:
            raise FindingError([json.unknown_profile()])
        told = json.tell(document, profile)
        self._refuse_faults(told, json.faults(document, profile), profile)
        cancelled = str(document.get("sukien", "")).upper() == _CANCEL
        return Source(profile, _read(told, profile), cancelled=cancelled, beside=tuple(_keys(document, profile)))

    def _row(self, row: Any) -> Source:
        from schemas.media import workbook
        from transformers.workbook import named

        profile = row.profile
        told = workbook.tell(row, profile)
        self._refuse_faults(told, workbook.faults(row, profile), profile)
        members = _read(told, profile)
        members = named(members, profile) if members.get("results.subjects") else members
        columns = () if profile.sheet is None else profile.sheet.columns
        beside = (each.name for each in columns if each.field is None and each.header != ("STT",))
        return Source(profile, members, beside=tuple(name for name in beside if row.cells.get(name, "").strip()))

    def _refuse_faults(self, told: Told, faults: Sequence[Finding], profile: Profile) -> None:
        """Warnings refuse nobody; how much a fault weighs is the checker's word."""
        if any(fault.severity is Severity.ERROR for fault in faults):
            _refuse(self.checker(profile).judge(told, faults).findings)


def errors_of(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Those that refuse a record."""
    return tuple(each for each in findings if each.severity is Severity.ERROR)


def _refuse(findings: Sequence[Finding]) -> None:
    if errors := errors_of(findings):
        raise FindingError(errors)


def _read(told: Told, profile: Profile) -> Members:
    try:
        return read_members(told, profile)
    except UnreadableError as error:
        raise FindingError([structure.OTHERWISE.finding(path=error.place)]) from error


def _keys(document: Any, profile: Profile) -> Iterator[str]:
    """The centre's technical keys: the envelope is not named, since the target has its own or none."""
    for field in () if profile.layout is None else profile.layout.beside:
        if not field.member.startswith("envelope.") and document.get(field.element) not in (None, ""):
            yield field.element
