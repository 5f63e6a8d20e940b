"""A list of certificates to enter: CSV or XLSX, one row for each unit and role, with headers in either language."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path

from hub.failures import Failure, file_missing
from ledger.certificate_views import plain
from schemas.findings import FindingError
from schemas.media.package import opened
from schemas.media.spreadsheet import Book
from signing.verify.policy import VIETNAM

ROLES = ("KY_PHAT_HANH", "GIAO_DICH", "CBQL", "GVCN", "GVBM")
MOST_OCTETS = 16 * 1024 * 1024
MOST_ROWS = 50_000

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "unit": ("ma don vi", "ma truong", "unit"),
    "role": ("vai tro", "role"),
    "file": ("tep", "tep chung thu", "file"),
    "sha256": ("sha256", "ma bam"),
    "serial": ("serial", "so serial", "serial number", "so hieu"),
    "valid_from": ("ngay hieu luc", "tu ngay", "valid from"),
    "valid_to": ("ngay het han", "den ngay", "valid to"),
    "kind": ("kieu chu ky", "ma kieu chu ky", "kind"),
    "provider": ("nha phat hanh", "provider"),
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
    try:
        if file.stat().st_size > MOST_OCTETS:
            raise _unusable(file, "tệp lớn quá 16 MB", "it is larger than 16 MB")
        lines = _workbook(file) if file.suffix.lower() == ".xlsx" else _csv(file)
        head = next(lines, (0, ()))[1]
        columns = {place: name for place, label in enumerate(head) if (name := _column(label))}
        _check(file, set(columns.values()))
        return _rows(file, columns, lines)
    except OSError as error:
        raise file_missing(file) from error
    except FindingError as error:
        words = error.findings[0].message
        raise _unusable(file, words.vi, words.en) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise _unusable(file, "không phải CSV với mã UTF-8", "it is no CSV in UTF-8") from error


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
    text = file.read_text(encoding="utf-8-sig")
    separator = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    for cells in reader:
        yield reader.line_num, cells


def _workbook(file: Path) -> Iterator[tuple[int, Sequence[str]]]:
    with opened(file) as package:
        book = Book(package)
        for row in book.rows(book.sheets[0], set()):
            last = max(row.cells, default=0)
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
    day = text if "/" not in text else datetime.strptime(text, "%d/%m/%Y").date().isoformat()  # noqa: DTZ007 - a day
    told = datetime.fromisoformat(day)
    if len(day) == len("2026-01-01"):
        told = datetime.combine(told, time.max if end else time.min)
    return told if told.tzinfo else told.replace(tzinfo=VIETNAM)
