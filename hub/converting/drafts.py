"""One record written as the target, and read back: what is missing, what does not fit, what is no longer there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from hub.converting.defaults import fields_for
from hub.converting.reading import Reader, errors_of
from schemas.findings import Finding
from schemas.layout import Form
from schemas.octets import parse_record
from schemas.profiles import Medium, Profile
from schemas.record import CanonicalRecord, Sex
from schemas.told import Told, mapped
from schemas.values import writer
from transformers.canonical import Members, read_members, record_of
from transformers.ndc import Envelope, Event, write_row
from transformers.places import places_of


@dataclass(frozen=True, slots=True)
class Draft:
    """One record as the target has it."""

    uuid: str
    """MA_TRA_CUU_UUID; empty where the record has none"""
    content: Any
    """octets of an XML record, a JSON row, members of a sheet's row"""
    lost: tuple[str, ...]
    """members of the source that have no place in the target; of a list's rows below the list's"""
    changed: tuple[str, ...]
    """members that have a place there and are not what they were"""


class MissingError(Exception):
    """Members that the target must have and nothing gives."""

    def __init__(self, members: Sequence[str], uncoded: Sequence[str] = ()) -> None:
        self.members = tuple(members)
        self.uncoded = tuple(uncoded)
        """those that the record says, in words that the target's code list lacks"""
        super().__init__(", ".join([*self.members, *self.uncoded]))


class MisfitError(Exception):
    """The target does not take the record: its own words, or a member that cannot be used at all."""

    def __init__(self, findings: Sequence[Finding], member: str = "") -> None:
        self.findings = tuple(findings)
        self.member = member
        super().__init__(member or ", ".join(finding.rule for finding in findings))


@dataclass(frozen=True, slots=True)
class Stamp:
    """What goes into the envelope of a row."""

    event: Event
    """what happened to the record"""
    version: int
    """above those that were sent before"""
    now: datetime
    """when the conversion was started"""


def draft_of(source: Members, full: Members, target: Profile, *, stamp: Stamp, reader: Reader) -> Draft:
    """A record as the target has it; `full` is what the source says, with defaults.

    Raises:
        MissingError: something must be there and is not.
        MisfitError: the target does not take it.
    """
    wanted = _of_this_form(full, target)
    uncoded = set(_uncoded(wanted, target))
    wanted = _without(wanted, uncoded)
    missing = list(missing_of(wanted, target))
    if missing:
        raise MissingError(
            [each for each in missing if each not in uncoded], [each for each in missing if each in uncoded]
        )
    content, told = _written(wanted, target, stamp, reader)
    lost, changed = _no_longer(source, _read_again(told, target), target)
    return Draft(str(wanted.get("uuid", "")).lower(), content, lost, changed)


def missing_of(members: Members, target: Profile) -> Iterator[str]:
    """What the target must have and the members do not say: a cross too, since an empty cell would say no."""
    crosses = mapped(target.name).crosses
    for member, place in places_of(target).items():
        if (
            not (place.required or member in crosses)
            or place.shared
            or (place.unless and members.get(place.unless) is True)
        ):
            continue
        if not place.list:
            if members.get(member) in (None, ()):
                yield member
            continue
        inner = member.removeprefix(f"{place.list}.")
        rows = (row for row in members.get(place.list, ()) if not place.columns or row.get("code") in place.columns)
        if any(row.get(inner) is None for row in rows):
            yield member


def _of_this_form(members: Members, target: Profile) -> Members:
    """PHIEN_BAN says which form a record has: of another form it is another one."""
    if not target.versions or members.get("version") in target.versions:
        return members
    return {**members, "version": max(target.versions)}


def _uncoded(members: Members, target: Profile) -> Iterator[str]:
    """Members whose values the target's code lists lack."""
    for name, value in members.items():
        told = [(name, value)]
        if isinstance(value, tuple):
            told = [(f"{name}.{inner}", each) for row in value for inner, each in row.items()]
        for member, each in told:
            fields = fields_for(member, target)
            if fields and fields[0].form is Form.CODE and each is not Sex.UNKNOWN and not _has_code(fields[0], each):
                yield member


def _has_code(field: Any, value: Any) -> bool:
    try:
        return writer(field)(value) is not None
    except KeyError:
        return False


def _without(members: Members, uncoded: set[str]) -> Members:
    if not uncoded:
        return members
    kept = {name: value for name, value in members.items() if name not in uncoded}
    for name in [name for name, value in kept.items() if isinstance(value, tuple)]:
        kept[name] = tuple(
            {inner: each for inner, each in row.items() if f"{name}.{inner}" not in uncoded} for row in kept[name]
        )
    return kept


def _written(members: Members, target: Profile, stamp: Stamp, reader: Reader) -> tuple[Any, Told]:
    if target.medium is Medium.WORKBOOK:
        return _row(members, target)
    record = _record(members, target)
    if target.medium is Medium.XML:
        return _octets(record, target, reader)
    return _document(record, target, stamp, reader)


def _record(members: Members, target: Profile) -> CanonicalRecord:
    try:
        return record_of(members, kind=target.kind)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
    missing = [_member(fault["loc"]) for fault in faults if fault["type"] == "missing"]
    if missing:
        raise MissingError(missing)
    raise MisfitError((), _member(faults[0]["loc"]))


def _member(place: tuple[int | str, ...]) -> str:
    """A dotted name: neither numbers of rows nor the kind of the outcome are part of it."""
    return ".".join(str(step) for step in place if not isinstance(step, int) and step not in ("primary", "secondary"))


def _octets(record: CanonicalRecord, target: Profile, reader: Reader) -> tuple[bytes, Told]:
    from schemas.media import xml
    from transformers.official import write_record

    octets = write_record(record, target)
    root, checker = parse_record(octets), reader.checker(target)
    if not checker.fits(root):
        raise MisfitError(errors_of(checker.examine(root).findings))
    return octets, xml.tell(root, target)


def _document(record: CanonicalRecord, target: Profile, stamp: Stamp, reader: Reader) -> tuple[dict[str, Any], Told]:
    from schemas.media import json

    envelope = Envelope.of(record, event=stamp.event, version=stamp.version, updated=stamp.now)
    row = write_row(record, target, envelope)
    told = json.tell(row, target)
    _refuse(json.faults(row, target), told, target, reader)
    return row, told


def _row(members: Members, target: Profile) -> tuple[Members, Told]:
    from schemas.media import workbook
    from schemas.tidy import tidied
    from transformers.workbook import texts_of

    assert target.sheet is not None
    own = {name: value for name, value in members.items() if name in places_of(target)}
    texts = texts_of(own, target)
    values = {
        column.name: tidied(texts.get(column.name, ""), column.field, path=column.name).text
        for column in target.sheet.columns
    }
    row = workbook.SheetRow(target.name, target.sheet.title, 1, texts, values, {})
    if errors := errors_of(workbook.faults(row, target)):
        raise MisfitError(errors)
    return own, workbook.tell(row, target)


def _refuse(faults: Sequence[Finding], told: Told, target: Profile, reader: Reader) -> None:
    if errors_of(faults) and (errors := errors_of(reader.checker(target).judge(told, faults).findings)):
        raise MisfitError(errors)


def _read_again(told: Told, target: Profile) -> Members:
    members = read_members(told, target)
    if target.medium is Medium.WORKBOOK and members.get("results.subjects"):
        from transformers.workbook import named

        return named(members, target)
    return members


def _no_longer(before: Members, after: Members, target: Profile) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What has no place, and what has one and is not what it was; each member once."""
    places, lost, changed = places_of(target), dict[str, None](), dict[str, None]()
    for member in _differing(before, after):
        if member == "version":
            continue
        around = next((name for name in mapped(target.name).rows if member.startswith(f"{name}.")), "")
        (changed if member in places or (around and member == around) else lost)[member] = None
    return tuple(lost), tuple(changed)


def _differing(before: Members, after: Members) -> Iterator[str]:
    for name, value in before.items():
        if not isinstance(value, tuple):
            if after.get(name) != value:
                yield name
        elif value and name not in after:
            yield name
        else:
            yield from _differing_rows(name, value, after.get(name, ()))


def _differing_rows(name: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[str]:
    """Rows with a code are found by it; a row that is gone counts as the list."""
    by_code = {row["code"]: row for row in after if "code" in row}
    for number, row in enumerate(before):
        other = by_code.get(row["code"]) if "code" in row else after[number] if number < len(after) else None
        if other is None:
            yield name
            continue
        for inner, value in row.items():
            if other.get(inner) != value:
                yield f"{name}.{inner}"
