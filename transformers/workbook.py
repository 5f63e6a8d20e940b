"""Year results as the sector database's workbook and back, by the sheet's own table of columns.

The sheet lacks most of a record: school, year, UUID and who signs are the caller's to give when it is read.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.cell_range import CellRange

from schemas.layout import Column, Field, Sheet
from schemas.media.workbook import rows, tell
from schemas.profiles import Profile, profiles
from schemas.record import CanonicalRecord, Sex
from schemas.values import writer
from transformers.canonical import Members, members_of, read_members

RESULTS = "sector-workbook/results"
PUPILS = "sector-workbook/pupils"

_ESCAPED = re.compile("_x[0-9A-Fa-f]{4}_")


def write_results(records: Iterable[CanonicalRecord], stream: BinaryIO) -> None:
    """The result import of these records, one row each, in flat memory."""
    _write(records, profiles()[RESULTS], stream)


def write_pupils(records: Iterable[CanonicalRecord], stream: BinaryIO) -> None:
    """The list of the pupils of these records; what it says of their status is left open."""
    _write(records, profiles()[PUPILS], stream)


def read_results(source: bytes | Path, *, defaults: Mapping[str, Any]) -> Iterator[Members]:
    """Members of every row over the caller's own: what the sheet says stands before the defaults.

    Raises:
        FindingError: the file is refused.
        UnreadableError: a value is none; the checker says so in words before anybody reads.
    """
    profile = profiles()[RESULTS]
    for row in rows(source):
        if row.profile_name == RESULTS:
            yield {**defaults, **named(read_members(tell(row, profile), profile), profile)}


def named(members: Members, profile: Profile) -> Members:
    """Subjects with their names, which the sheet has in its header only."""
    subjects = members.get("results.subjects", ())
    return {
        **members,
        "results.subjects": tuple({"name": profile.subjects[row["code"]].name, **row} for row in subjects),
    }


def _write(records: Iterable[CanonicalRecord], profile: Profile, stream: BinaryIO) -> None:
    write_members((members_of(record, profile) for record in records), profile, stream)


def write_members(told: Iterable[Members], profile: Profile, stream: BinaryIO) -> None:
    """A sheet of whatever is known of each record, one row each, in flat memory: a row may say less than a record does."""
    sheet = profile.sheet
    assert sheet is not None
    book = Workbook(write_only=True)
    page = book.create_sheet(sheet.title)
    page.freeze_panes = f"A{sheet.depth + 1}"
    for number in range(1, len(sheet.columns) + 1):
        page.column_dimensions[get_column_letter(number)].width = 14
    for line in range(sheet.depth):
        page.append([_heading(page, column, line) for column in sheet.columns])
    for merged in _merges(sheet):
        page.merged_cells.ranges.add(CellRange(merged))
    for number, members in enumerate(told, start=1):
        page.append([_cell(page, text) for text in _texts(number, members, sheet)])
    book.save(stream)


def texts_of(members: Members, profile: Profile) -> Mapping[str, str]:
    """What the cells of such a row hold, by column."""
    assert profile.sheet is not None
    return {
        column.name: text
        for column, text in zip(profile.sheet.columns, _texts(1, members, profile.sheet), strict=True)
        if text
    }


def _texts(number: int, members: Members, sheet: Sheet) -> Iterator[str]:
    listed = {} if sheet.rows is None else {row["code"]: row for row in members.get(sheet.rows.member, ())}
    for column in sheet.columns:
        if column.field is None:
            yield str(number) if column.header == ("STT",) else ""
            continue
        value = (listed.get(column.of, {}) if column.of else members).get(column.field.member)
        yield "" if value is None else _text(column.field, value)


def _text(field: Field, value: Any) -> str:
    """A sex that is not known is left open."""
    return "" if value is Sex.UNKNOWN else writer(field)(value) or ""


def _heading(page: Any, column: Column, line: int) -> Any:
    cell = _cell(page, column.header[line] if line < len(column.header) else "")
    if cell is not None:
        cell.font = Font(bold=True)
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    return cell


def _cell(page: Any, text: str) -> Any:
    """A text and nothing else: what begins with «=» is no formula, what looks like an escape is none."""
    if not text:
        return None
    cell = WriteOnlyCell(page, _ESCAPED.sub(lambda found: f"_x005F{found[0]}", text).replace("\r", "_x000D_"))
    cell.data_type = "s"
    return cell


def _merges(sheet: Sheet) -> Iterator[str]:
    """Groups across their columns, last words down to the header's last row."""
    for line in range(sheet.depth - 1):
        start = 1
        for group, columns in groupby(sheet.columns, key=lambda column: column.header[: line + 1]):
            end = start + len(list(columns)) - 1
            if end > start:
                yield f"{get_column_letter(start)}{line + 1}:{get_column_letter(end)}{line + 1}"
            elif len(group) == line + 1 == len(sheet.columns[start - 1].header):
                yield f"{get_column_letter(start)}{line + 1}:{get_column_letter(start)}{sheet.depth}"
            start = end + 1
