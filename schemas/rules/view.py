"""What rules look at: one record read into plain values, once, whatever its medium and structure. Absent things are empty.

Members are those of the canonical record (`pupil.name`, `results.subjects`), so that one rule serves every profile; a
rule asks `told` for the text as written, `value` for what it means, and `found` for the words of a place.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType
from typing import Any

from schemas.policies import SlotsPolicy
from schemas.profiles import Profile, Slot, Tie
from schemas.record import Assessment, Attainment
from schemas.rules.roster import Roster
from schemas.rules.rule import Found
from schemas.told import Row, Told, mapped

SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"
SUBJECTS = "results.subjects"
HISTORY = "history"

PERIODS = ("term1", "term2", "year", "again")
"""What secondary school has a mark for, and a result: the terms, the year, and again after the summer."""

_JUDGED = ("results.competences.", "results.qualities.")
_NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Mark:
    """One line of primary school's mark table."""

    place: int
    """1-based"""
    code: str
    """MA_MON_HOC"""
    level: str
    """MUC_DAT_DUOC as written"""
    attained: Attainment | None
    """MUC_DAT_DUOC; None where it cannot be read"""
    score: str
    """DIEM_KIEM_TRA_DINH_KY as written"""
    points: int | None
    """the score as a number; None where it is none"""


@dataclass(frozen=True, slots=True)
class SecondaryMark:
    """One line of secondary school's mark table."""

    place: int
    """1-based"""
    code: str
    """mamonhoc"""
    in_words: bool | None
    """judged Đ or CĐ, never by a score; None for a subject that the profile does not know"""
    told: Mapping[str, str]
    """term1, term2, year, again as written"""
    marks: Mapping[str, Decimal | str | None]
    """the same as scores of 0 to 10, or Đ, CĐ, M; None where there is none or it cannot be read"""


@dataclass(frozen=True, slots=True)
class SignedSlot:
    """One slot that is present in the record."""

    slot: Slot
    """its declaration"""
    path: str
    """where this one stands"""
    date: str
    """NGAY_KY"""
    holder: str
    """SO_CCCD"""
    signed: bool
    """there is a Signature"""
    row: int | None = None
    """1-based number of the row that it signs, for a slot tied to one; None for others, and where there is not one"""


class RecordView:
    """One record, read for the rules."""

    def __init__(
        self,
        told: Told,
        profile: Profile,
        required_slots: frozenset[str] | SlotsPolicy,
        roster: Roster | None = None,
    ) -> None:
        self.profile = profile
        self._required = required_slots
        self.roster = roster
        """who is at which school; None: rules that need it are not checked"""
        self.values = told.values
        """single member → text as written"""
        self.rows = told.rows
        """list member → rows"""
        self.unknown: list[str] = []
        """ids of rules that the roster could not answer for this record; rules add themselves"""
        self.root = told.root
        """the parsed element; None for what is not XML"""
        self._places = told.places
        self._map = mapped(profile.name)

    def told(self, member: str) -> str:
        """Text as written; empty where there is none."""
        return self.values.get(member, "")

    def value(self, member: str) -> Any:
        """What the text means; None where there is none or it cannot be read."""
        text = self.values.get(member)
        return self._read(member, text) if text or (text == "" and member in self._map.crosses) else None

    def _read(self, name: str, text: str) -> Any:
        try:
            return self._map.readers[name](text)
        except (KeyError, ValueError):
            return None

    def written(self, member: str, value: Any) -> str:
        """A canonical value as this profile writes it."""
        write = self._map.writers.get(member)
        try:
            return str(value) if write is None else write(value) or ""
        except KeyError:
            return str(value)

    def has(self, member: str) -> bool:
        """The profile has a place for it."""
        return member in self._map.readers or member in self._map.rows

    def element(self, member: str) -> str:
        """Official name of a member, for words."""
        return self._map.elements.get(member, member)

    def path(self, member: str) -> str:
        """Where a single member stands, or should."""
        return self._places.of(member)

    def found(
        self,
        member: str,
        *,
        expected: str | None = None,
        seen: str | None = None,
        values: Mapping[str, object] = _NOTHING,
    ) -> Found:
        """A fault at a single member; its text is what was seen, its official name fills {element}."""
        told = self.values.get(member) if seen is None else seen
        names = {"element": self.element(member), **values}
        return Found(self.path(member), seen=told or None, expected=expected, values=names, member=member)

    def found_in(
        self,
        rows: str,
        number: int,
        member: str | None = None,
        *,
        expected: str | None = None,
        seen: str | None = None,
        values: Mapping[str, object] = _NOTHING,
    ) -> Found:
        """A fault in a row, 1-based; number 0: of the list as a whole."""
        told = seen
        if told is None and number and member is not None:
            told = self.rows[rows][number - 1].get(member)
        name = rows if member is None else f"{rows}.{member}"
        names = {"element": self.element(name), **values}
        path = self._places.of_row(rows, number, member)
        return Found(path, seen=told or None, expected=expected, values=names, member=name)

    def row_value(self, rows: str, row: Row, member: str) -> Any:
        """What the text of a row's member means; None where there is none or it cannot be read."""
        text = row.get(member)
        return None if not text else self._read(f"{rows}.{member}", text)

    def row_written(self, rows: str, member: str, value: Any) -> str:
        """A row's value as this profile writes it."""
        return self.written(f"{rows}.{member}", value)

    @cached_property
    def grade(self) -> int | None:
        """MA_KHOI as a number of the profile's level; None where it is none."""
        grade = self.value("grade")
        return grade if isinstance(grade, int) and 1 <= grade <= 12 else None

    @cached_property
    def years(self) -> list[Row]:
        """QUA_TRINH_HOC_TAP: a mapping per year."""
        return list(self.rows.get(HISTORY, ()))

    @cached_property
    def marks(self) -> list[Mark]:
        """BANG_DIEM of primary school."""
        return [self._mark(place, row) for place, row in enumerate(self.rows.get(SUBJECTS, ()), start=1)]

    def _mark(self, place: int, row: Row) -> Mark:
        score = row.get("score", "")
        level = row.get("attainment", "")
        points = int(score) if score.isascii() and score.isdigit() and len(score) < 4 else None
        attained = self._read(f"{SUBJECTS}.attainment", level) if level else None
        return Mark(place, row.get("code", ""), level, attained, score, points)

    @cached_property
    def secondary_marks(self) -> list[SecondaryMark]:
        """BANG_DIEM of secondary school."""
        return [self._secondary_mark(place, row) for place, row in enumerate(self.rows.get(SUBJECTS, ()), start=1)]

    def _secondary_mark(self, place: int, row: Row) -> SecondaryMark:
        told = {period: row.get(period, "") for period in PERIODS}
        marks = {period: self._mark_of(period, text) if text else None for period, text in told.items()}
        code = row.get("code", "")
        subject = self.profile.subjects.get(code)
        return SecondaryMark(place, code, None if subject is None else subject.in_words, told, marks)

    def _mark_of(self, period: str, text: str) -> Decimal | str | None:
        mark = self._read(f"{SUBJECTS}.{period}", text)
        return None if isinstance(mark, Decimal) and not 0 <= mark <= 10 else mark

    @cached_property
    def judged(self) -> Mapping[str, Assessment | None]:
        """Competences and qualities that are there: member → level; None where it cannot be read."""
        return {
            name: self._read(name, text) if text else None
            for name, text in self.values.items()
            if name.startswith(_JUDGED)
        }

    @cached_property
    def not_assessed(self) -> bool:
        """A pupil with a disability who is not assessed (cokhuyettatkhongdanhgia)."""
        return self.value("not_assessed") is True

    @cached_property
    def day(self) -> date | None:
        """The day that the record was issued, by its own word."""
        for member in ("issued", "created"):
            moment = self.value(member)
            if moment is not None:
                return moment.date() if isinstance(moment, datetime) else date.fromisoformat(str(moment))
        return None

    @cached_property
    def required_slots(self) -> frozenset[str]:
        """Slots that must be signed, by the policy in force on the day of issue."""
        wanted = self._required
        return wanted.required(self.profile, self.day) if isinstance(wanted, SlotsPolicy) else wanted

    @cached_property
    def slots(self) -> list[SignedSlot]:
        """Slots present in the record, in the order of the profile."""
        return [] if self.root is None else list(self._slots())

    def _slots(self) -> Iterator[SignedSlot]:
        for slot in self.profile.slots:
            rows = None if slot.tie is None else self._tied_rows(slot, slot.tie)
            for number, element in enumerate(self.root.findall(slot.path), start=1):
                texts = {child.tag: child.text or "" for child in element}
                path = slot.path if slot.tie is None else f"{slot.path}[{number}]"
                row = None if rows is None or slot.tie is None else rows.get(element.get(slot.tie.attribute))
                signed = SIGNATURE in texts
                yield SignedSlot(slot, path, texts.get("NGAY_KY", ""), texts.get("SO_CCCD", ""), signed, row)

    def _tied_rows(self, slot: Slot, tie: Tie) -> Mapping[str | None, int]:
        """Mark → the one row that bears it."""
        rows: dict[str | None, set[int]] = {}
        for number, region in enumerate(self.root.findall(slot.region_path), start=1):
            for mark in region.iterfind(tie.mark):
                rows.setdefault(mark.get(tie.attribute), set()).add(number)
        return {mark: numbers.pop() for mark, numbers in rows.items() if mark and len(numbers) == 1}

    @cached_property
    def moments(self) -> list[tuple[Found, str]]:
        """Every moment of the record: where it stands, and its text."""
        told = [(self.found(member), self.told(member)) for member in ("created", "issued") if self.has(member)]
        if f"{HISTORY}.arrived" in self._map.readers:
            for place, year in enumerate(self.years, start=1):
                told.append((self.found_in(HISTORY, place, "arrived"), year.get("arrived", "")))
        for slot in self.slots:
            told.append((Found(f"{slot.path}/NGAY_KY", seen=slot.date or None, member="NGAY_KY"), slot.date))
        return told

    def named(self, slot: SignedSlot) -> str:
        """Who the data say signs a slot; empty where they do not."""
        member = self.profile.signed.get(slot.slot.name)
        if member is None or slot.slot.tie is None:
            return "" if member is None else self.told(member)
        rows = next((rows for rows in self.rows if member.startswith(f"{rows}.")), "")
        if slot.row is None or not rows:
            return ""
        return self.rows[rows][slot.row - 1].get(member.removeprefix(f"{rows}."), "")


__all__ = ["HISTORY", "PERIODS", "SUBJECTS", "Mark", "RecordView", "SecondaryMark", "SignedSlot"]
