"""The canonical record as a row of the National Data Centre's tables and back, with the envelope that rows travel in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from operator import attrgetter
from typing import Any

from schemas.layout import Block, Field, Form, Rows
from schemas.media.json import tell
from schemas.media.json_values import text_of
from schemas.profiles import Profile, profiles
from schemas.record import CanonicalRecord
from schemas.values import reader, writer
from transformers.canonical import read_members, record_of

_LONGEST_ID = 150
_HIGHEST_VERSION = 99_999


class Event(StrEnum):
    """sukien: what happened to the record at its source."""

    NEW = "NEW"
    """Thêm mới"""
    UPDATE = "UPDATE"
    """Cập nhật"""
    CANCEL = "CANCEL"
    """Hủy (mềm)"""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the centre wants to know of a row beside its data."""

    record_id: str
    """idbanghi: the key by which the centre knows the row; 150 characters at most"""
    event: Event
    """sukien"""
    version: int
    """phienban: not 0, of five digits at most, above all that were sent with the same record_id"""
    updated: datetime
    """thoigiancapnhat: when the source changed the record; aware"""
    stored: datetime
    """ngaycapnhat: when the row was written; aware"""

    def __post_init__(self) -> None:
        """Refuse what the centre refuses.

        Raises:
            ValueError: an identifier or version that it would not take.
        """
        if not self.record_id.strip() or len(self.record_id) > _LONGEST_ID:
            raise ValueError("record_id has 1 to 150 characters")
        if not self.version or abs(self.version) > _HIGHEST_VERSION:
            raise ValueError("version is a whole number other than 0, of 5 digits at most")
        if self.updated.tzinfo is None or self.stored.tzinfo is None:
            raise ValueError("moments are aware")

    @classmethod
    def of(cls, record: CanonicalRecord, *, event: Event, version: int, updated: datetime) -> "Envelope":
        """The envelope of a record under its own UUID, written when it was changed."""
        return cls(record.uuid, event, version, updated, updated)


class UncodedError(ValueError):
    """A value that the table wants as a code, and that its code list does not have."""

    def __init__(self, column: str, member: str) -> None:
        self.column, self.member = column, member
        super().__init__(f"no code for {member} in {column}")


def write_row(record: CanonicalRecord, profile: Profile, envelope: Envelope) -> dict[str, Any]:
    """The row, ready for any JSON writer; what the record does not say is left out.

    Raises:
        UncodedError: a value is not in the code list that the table names.
    """
    layout = profiles()[profile.name].layout
    assert layout is not None
    row: dict[str, Any] = {}
    for child in layout.children:
        if isinstance(child, Field):
            _put(row, child, attrgetter(child.member)(record))
        elif isinstance(child, Rows):
            row[child.element] = [_written(child, each, profile) for each in attrgetter(child.member)(record)]
    for field in layout.beside:
        if field.member.startswith("envelope."):
            _put(row, field, attrgetter(field.member.removeprefix("envelope."))(envelope))
    return row


def read_row(row: Mapping[str, Any], profile: Profile) -> CanonicalRecord:
    """The canonical record in a row that the profile's checker has let pass."""
    return record_of(read_members(tell(row, profile), profile), kind=profile.kind)


def read_envelope(row: Mapping[str, Any], profile: Profile) -> Envelope:
    """The envelope of such a row."""
    told = {
        field.member.removeprefix("envelope."): text_of(row.get(field.element)) or ""
        for field in _envelope_fields(profile.name)
    }
    read_stamp = reader(Form.STAMP)
    return Envelope(
        told["record_id"],
        Event(told["event"].upper()),
        reader(Form.VERSION)(told["version"]),
        read_stamp(told["updated"]),
        read_stamp(told["stored"]),
    )


@cache
def _envelope_fields(profile_name: str) -> tuple[Field, ...]:
    layout = profiles()[profile_name].layout
    assert isinstance(layout, Block)
    return tuple(field for field in layout.beside if field.member.startswith("envelope."))


def _written(rows: Rows, entry: Any, profile: Profile) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for field in rows.fields:
        value = attrgetter(field.member)(entry)
        if field.member == "name" and field.length and isinstance(value, str) and len(value) > field.length:
            value = _short(profile, entry) or value
        _put(row, field, value)
    return row


def _short(profile: Profile, entry: Any) -> str:
    """A subject's name where its whole one does not fit into the column."""
    subject = profile.subjects.get(getattr(entry, "code", ""))
    return subject.short if subject is not None else ""


def _put(row: dict[str, Any], field: Field, value: Any) -> None:
    if value is None:
        return
    try:
        text = writer(field)(value)
    except KeyError as error:
        raise UncodedError(field.element, field.member) from error
    if text is not None and not _is_none_told_by_absence(field, value):
        row[field.element] = _as_json(field, text)


def _is_none_told_by_absence(field: Field, value: Any) -> bool:
    """Nothing missed in the year: sobuoinghi begins at 1 and may be absent."""
    return field.form is Form.NUMBER and not field.required and value == 0 and (field.least or 0) > 0


def _as_json(field: Field, text: str) -> Any:
    if field.form is Form.FLAG:
        return text == "1"
    if field.form is Form.VERSION:
        return int(text)
    if field.form is Form.NUMBER:
        number = Decimal(text)
        return int(number) if number == number.to_integral_value() else float(number)
    return text
