"""A list of certificates to enter: CSV or XLSX, one row for each unit and role, with headers in either language."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from itertools import islice
from pathlib import Path
from typing import TextIO

from hub.failures import Failure, file_missing
from ledger.certificate_views import plain
from schemas.findings import FindingError
from schemas.media.package import opened
from schemas.media.spreadsheet import Book
from signing.verify.policy import VIETNAM

ROLES = ("KY_PHAT_HANH", "GIAO_DICH", "CBQL", "GVCN", "GVBM")
MOST_OCTETS = 16 * 1024 * 1024
MOST_ROWS = 50_000
MOST_COLUMNS = 100
LONGEST_LINE = 64 * 1024
HEAD_WITHIN = 20
"""lines in which the headers are looked for: a title may stand above them"""
FIRST_YEAR = 1990
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "unit": ("ma don vi", "ma truong", "ma truong hoc", "unit"),
    "role": ("vai tro", "vai tro ky", "role"),
    "file": ("tep", "ten tep", "tep chung thu", "file"),
    "sha256": ("sha256", "sha-256", "ma bam"),
    "serial": ("serial", "so serial", "so seri", "serial chung thu so", "serial number", "so hieu"),
    "valid_from": ("ngay hieu luc", "tu ngay", "ngay bat dau", "valid from"),
    "valid_to": ("ngay het han", "ngay het hieu luc", "den ngay", "ngay ket thuc", "valid to"),
    "kind": ("kieu chu ky", "kieu chu ky so", "ma kieu chu ky", "kind"),
    "provider": ("nha phat hanh", "nha cung cap", "provider"),
}
"""column → its headers, without diacritics, case, or `_`"""


@dataclass(frozen=True, slots=True)
class ListedRow:
    """One row, as it was written."""

    number: int
    """1-based, as the file shows it"""
    values: Mapping[str, str]
    """column → text; only what is there"""

    def text(self, column: str) -> str:
        """A column's text; empty where there is none."""
        return self.values.get(column, "")


def read_list(file: Path) -> list[ListedRow]:
    """The rows of a list.

    Raises:
        Failure: the file cannot be read, is too large, or lacks a column.
    """
    if not file.is_file():
        raise file_missing(file)
    try:
        if file.stat().st_size > MOST_OCTETS:
            raise _unusable(file, "tệp lớn quá 16 MB", "it is larger than 16 MB")
        lines = _workbook(file) if file.suffix.lower() == ".xlsx" else _csv(file)
        columns = _head(file, lines)
        return _rows(file, columns, lines)
    except OSError as error:
        raise file_missing(file) from error
    except FindingError as error:
        words = error.findings[0].message
        raise _unusable(file, words.vi.rstrip("."), words.en.rstrip(".")) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise _unusable(file, "không phải CSV với mã UTF-8", "it is no CSV in UTF-8") from error


def _head(file: Path, lines: Iterator[tuple[int, Sequence[str]]]) -> Mapping[int, str]:
    """Place → column, of the first line that names unit and role."""
    first: set[str] = set()
    for _, cells in islice(lines, HEAD_WITHIN):
        columns = {place: name for place, label in enumerate(cells[:MOST_COLUMNS]) if (name := _column(label))}
        there = list(columns.values())
        if {"unit", "role"} <= set(there):
            _check(file, set(there))
            twice = next((name for name in there if there.count(name) > 1), None)
            if twice is not None:
                raise _unusable(file, f"cột «{COLUMNS[twice][0]}» có hai lần", f"it has the column {twice} twice")
            return columns
        first = first or set(there)
    _check(file, first)
    return {}


def _rows(file: Path, columns: Mapping[int, str], lines: Iterator[tuple[int, Sequence[str]]]) -> list[ListedRow]:
    rows = []
    for number, cells in lines:
        values = {columns[place]: text.strip() for place, text in enumerate(cells) if place in columns and text.strip()}
        if values:
            rows.append(ListedRow(number, values))
        if len(rows) > MOST_ROWS:
            raise _unusable(file, f"nhiều hơn {MOST_ROWS} dòng", f"it has more than {MOST_ROWS} rows")
    return rows


def _csv(file: Path) -> Iterator[tuple[int, Sequence[str]]]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        head = stream.read(LONGEST_LINE)
        stream.seek(0)
        reader = csv.reader(_lines(stream), delimiter=max(",;\t", key=head.count), strict=True)
        for cells in reader:
            yield reader.line_num, cells


def _lines(stream: TextIO) -> Iterator[str]:
    while line := stream.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE or "\0" in line:
            raise csv.Error
        yield line


def _workbook(file: Path) -> Iterator[tuple[int, Sequence[str]]]:
    with opened(file) as package:
        book = Book(package)
        for row in book.rows(book.sheets[0], set()):
            last = min(max(row.cells, default=0), MOST_COLUMNS)
            yield row.number, [row.cells[place].text if place in row.cells else "" for place in range(1, last + 1)]


def _column(label: str) -> str | None:
    folded = plain(label.replace("_", " "))
    return next((name for name, labels in COLUMNS.items() if folded in labels), None)


def _check(file: Path, there: set[str]) -> None:
    missing = [name for name in ("unit", "role") if name not in there]
    if not there & {"file", "sha256", "serial"}:
        missing.append("file")
    if missing:
        names = ", ".join(f"«{COLUMNS[name][0]}»" for name in missing)
        raise _unusable(file, f"thiếu cột {names}", f"it lacks the columns {', '.join(missing)}")


def _unusable(file: Path, vi: str, en: str) -> Failure:
    return Failure(
        vi=f"Không dùng được danh sách {file.name}: {vi}.",
        en=f"{file.name} is no list of certificates: {en}.",
        do_vi="Cột cần có: ma_don_vi, vai_tro, rồi tep, sha256 hoặc serial; thêm ngay_hieu_luc nếu cần.",
        do_en="Columns: unit, role, and file, sha256 or serial; valid_from where needed.",
        code=65,
    )


def moment(text: str, *, end: bool = False) -> datetime:
    """An instant, or a day in Vietnam (YYYY-MM-DD or dd/mm/yyyy): its first or last moment.

    Raises:
        ValueError: neither.
    """
    written = text.strip()
    if "/" in written:
        written = datetime.strptime(written, "%d/%m/%Y").date().isoformat()  # noqa: DTZ007 - a day
    told = datetime.fromisoformat(written)
    if _DAY.fullmatch(written):
        told = datetime.combine(told, time.max if end else time.min)
    elif "T" not in written.replace(" ", "T"):
        raise ValueError
    if told.year < FIRST_YEAR:
        raise ValueError
    return told if told.tzinfo else told.replace(tzinfo=VIETNAM)
