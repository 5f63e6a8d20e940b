"""A workbook of the sector database as texts by member, row by row: each row below a known header is one pupil.

Sheets that no profile's header fits are catalogues and are passed over. Values are made regular as they are read, and
every change is a finding of the row.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import MappingProxyType

from schemas.findings import Finding, FindingError
from schemas.layout import Column
from schemas.media.headers import DEEPEST, Header, header_of
from schemas.media.package import opened, reading
from schemas.media.sheet_parts import LONGEST_TEXT, Cell, RawRow, letters
from schemas.media.spreadsheet import Book, Merge, RawSheet
from schemas.media.workbook_faults import value_faults
from schemas.profiles import Profile, profiles
from schemas.rules import workbook as rules
from schemas.tidy import tidied
from schemas.told import Row, Told

MOST_ROWS = 50_000
"""pupils on one sheet"""
_MOST_STRAY = 20
"""cells outside the columns, of one row, that are told"""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One pupil's row."""

    profile_name: str
    """whose header stands above it"""
    sheet: str
    """name of the sheet"""
    number: int
    """of the row, 1-based"""
    cells: Mapping[str, str]
    """column → text as Excel shows it; absent where the cell is empty"""
    values: Mapping[str, str]
    """column → text made regular; of every column that the sheet has"""
    letters: Mapping[str, str]
    """column → its letters"""
    findings: tuple[Finding, ...] = ()
    """what is wrong with its cells, and what was made regular in them"""

    @property
    def profile(self) -> Profile:
        """Whose header stands above it."""
        return profiles()[self.profile_name]

    @property
    def places(self) -> Mapping[str, str]:
        """Column → address of its cell: TH_L4!F12."""
        return {name: self.place(name) for name in self.letters}

    def place(self, column: str) -> str:
        """Address of a cell; of the whole row where the sheet has no such column."""
        letter = self.letters.get(column)
        return f"{self.sheet}!{self.number}:{self.number}" if letter is None else f"{self.sheet}!{letter}{self.number}"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Places of members in one row."""

    row: SheetRow
    """where they stand"""
    listed: tuple[str, ...] = ()
    """codes of the list's rows that are told, in order"""

    def of(self, member: str) -> str:
        """Of the member's column; the grade stands in the class code."""
        wanted = "class_name" if member == "grade" else member
        return self.row.place(_singles(self.row.profile).get(wanted, ""))

    def of_row(self, rows: str, number: int, member: str | None = None) -> str:
        """Of the column of that row of the list; of its first column where none is named."""
        code = self.listed[number - 1] if 0 < number <= len(self.listed) else None
        for column in _columns(self.row.profile):
            if column.of == code and column.field is not None and member in (None, "code", "name", column.field.member):
                return self.row.place(column.name)
        return self.row.place("")


def rows(source: bytes | Path) -> Iterator[SheetRow]:
    """Every pupil of every known sheet, in order, as they are read.

    Raises:
        FindingError: the file cannot be read safely, or a sheet's header is wrong: before the first row, as far as that
            can be known then.
    """
    with opened(source) as package, reading():
        book = Book(package)
        known = count = 0
        for sheet in book.sheets:
            hidden: set[int] = set()
            lines = book.rows(sheet, hidden)
            head = _head(lines)
            merges = book.merges(sheet) if head else []
            header = header_of(sheet.name, head, merges)
            if header is None:
                continue
            known += 1
            _refuse(sheet, header, hidden)
            below = [merge for merge in merges if merge.bottom > header.last]
            for row in _pupils(sheet, header, below, chain(head, lines), hidden):
                count += 1
                yield row
        if not known:
            raise FindingError([rules.NO_HEADER.finding(expected=_expected())])
        if not count:
            raise FindingError([rules.NO_ROWS.finding()])


def tell(row: SheetRow, profile: Profile) -> Told:
    """What a row says. The grade is the number that its class code begins with, where the sheet says none otherwise."""
    values: dict[str, str] = {}
    listed: dict[str, dict[str, str]] = {}
    member_of_list = profile.sheet.rows.member if profile.sheet is not None and profile.sheet.rows is not None else ""
    for column in _columns(profile):
        text = row.values.get(column.name)
        if column.field is None or text is None:
            continue
        if column.of:
            if text:
                listed.setdefault(column.of, {"code": column.of})[column.field.member] = text
        elif text or column.field.form == "cross":
            values[column.field.member] = text
    if grade := _grade(values.get("class_name", "")):
        values["grade"] = grade
    told: Mapping[str, Sequence[Row]] = {member_of_list: tuple(listed.values())} if member_of_list else {}
    return Told(values, told, Addresses(row, tuple(listed)))


def faults(row: SheetRow, profile: Profile) -> Sequence[Finding]:
    """What is wrong with a row's cells, what is missing or no such value, and what was made regular."""
    refused = {finding.path for finding in row.findings if finding.rule.startswith("W")}
    return [*row.findings, *(each for each in value_faults(row.values, row.place, profile) if each.path not in refused)]


def _head(lines: Iterator[RawRow]) -> list[RawRow]:
    """Rows among which the header must be."""
    head: list[RawRow] = []
    for row in lines:
        head.append(row)
        if row.number >= DEEPEST or len(head) >= DEEPEST:
            break
    return head


def _refuse(sheet: RawSheet, header: Header, hidden: set[int]) -> None:
    """A header with faults: nothing below it can be believed."""
    found = list(header.findings)
    if sheet.hidden:
        found.append(_hidden(f"{sheet.name}!1:{header.last}", f"Trang tính {sheet.name}", f"The sheet {sheet.name}"))
    for number in sorted(hidden & header.labels.keys()):
        letter = letters(number)
        found.append(_hidden(f"{sheet.name}!{letter}{header.last}", f"Cột {letter}", f"Column {letter}"))
    if found:
        raise FindingError(found)


def _pupils(
    sheet: RawSheet, header: Header, merges: Sequence[Merge], lines: Iterator[RawRow], hidden: set[int]
) -> Iterator[SheetRow]:
    placed = MappingProxyType({column.name: letters(number) for number, column in header.columns.items()})
    stray_told: set[int] = set()
    count = 0
    for line in lines:
        if line.number <= header.last or not any(number in header.columns for number in line.cells):
            continue
        count += 1
        if count > MOST_ROWS:
            values = {"most": f"{MOST_ROWS:,}"}
            raise FindingError([rules.TOO_MANY_ROWS.finding(path=f"{sheet.name}!A{line.number}", values=values)])
        found = list(_row_faults(sheet, line, merges))
        found += _stray(sheet, header, line, hidden, stray_told)
        cells, values = {}, {}
        for number, column in header.columns.items():
            cell = line.cells.get(number)
            if cell is None:
                values[column.name] = ""
                continue
            place = f"{sheet.name}!{letters(number)}{line.number}"
            found += _cell_faults(column, cell, place)
            tidy = tidied(cell.text, column.field, path=place)
            found += [note.finding() for note in tidy.notes]
            cells[column.name], values[column.name] = cell.text, tidy.text
        yield SheetRow(header.profile.name, sheet.name, line.number, cells, values, dict(placed), tuple(found))


def _row_faults(sheet: RawSheet, line: RawRow, merges: Sequence[Merge]) -> Iterator[Finding]:
    place = f"{sheet.name}!{line.number}:{line.number}"
    if line.hidden:
        yield _hidden(place, f"Dòng {line.number}", f"Row {line.number}")
    for merge in merges:
        if merge.top <= line.number <= merge.bottom:
            yield rules.MERGED.finding(path=place, values={"range": merge.name})
            return


def _stray(sheet: RawSheet, header: Header, line: RawRow, hidden: set[int], told: set[int]) -> Iterator[Finding]:
    """Cells below no header: told once for each column, of a hidden one as hidden."""
    for number in [each for each in line.cells if each not in header.columns and each not in told][:_MOST_STRAY]:
        told.add(number)
        letter = letters(number)
        place = f"{sheet.name}!{letter}{line.number}"
        if number in hidden:
            yield _hidden(place, f"Cột {letter}", f"Column {letter}")
        else:
            yield rules.COLUMN_UNKNOWN.finding(path=place, seen=line.cells[number].text, personal=True)


def _cell_faults(column: Column, cell: Cell, place: str) -> Iterator[Finding]:
    named = {"element": column.name}
    if cell.formula:
        yield rules.FORMULA.finding(path=place, seen=cell.text or None, personal=True, values=named)
    if cell.error:
        yield rules.CELL_ERROR.finding(path=place, seen=cell.text or None, values=named)
    if cell.long:
        values = {**named, "most": f"{LONGEST_TEXT:,}"}
        yield rules.TOO_LONG.finding(path=place, seen=cell.text[:80], personal=True, values=values)


def _hidden(place: str, vi: str, en: str) -> Finding:
    return rules.HIDDEN.finding(path=place, values={"what_vi": vi, "what_en": en})


def _grade(class_name: str) -> str:
    """4A1 is grade 4; 01A, 10B too. Empty where the code does not begin with a grade."""
    digits = class_name[:2] if class_name[:2].isdecimal() else class_name[:1]
    return f"{int(digits):02d}" if digits.isdecimal() and digits.isascii() and 1 <= int(digits) <= 12 else ""


def _columns(profile: Profile) -> tuple[Column, ...]:
    return () if profile.sheet is None else profile.sheet.columns


def _singles(profile: Profile) -> Mapping[str, str]:
    """Single member → its column."""
    return {each.field.member: each.name for each in _columns(profile) if each.field is not None and not each.of}


def _expected() -> str:
    sheets = [profile.sheet for profile in profiles().values() if profile.sheet is not None]
    return " | ".join(", ".join(column.name for column in sheet.columns[:6]) + ", …" for sheet in sheets)
