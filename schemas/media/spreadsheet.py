"""The sheets of a workbook as plain rows of texts: what stands in each cell, and what is hidden, merged or worked out.

Values are told as Excel shows them: dates as dd/mm/yyyy, numbers with the fifteen digits that Excel keeps.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from schemas.findings import FindingError
from schemas.media.package import CHUNK, Package, broken, too_large
from schemas.media.sheet_parts import RawRow, SheetPart, StringsPart, StylesPart, WorkbookPart, letters, place_of
from schemas.rules import workbook as faults

MOST_EMPTY = 1_000
"""empty rows in a row; what follows them is not looked for, but must not be data"""
MOST_MERGES = 500
"""merged areas of a sheet"""
MOST_SHEETS = 200
"""sheets that are looked at"""

_AFTER = re.compile(rb"</(?:\w+:)?sheetData\s*>|<(?:\w+:)?sheetData\s*/>")
_MERGE = re.compile(rb"""<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*["']([A-Z]{1,3}[0-9]{1,7}):([A-Z]{1,3}[0-9]{1,7})["']""")
_DATA = re.compile(rb"<(?:\w+:)?(?:v|t)[\s>/]")


@dataclass(frozen=True, slots=True)
class Merge:
    """Cells made one; their value stands in the first."""

    top: int
    """first row, 1-based"""
    left: int
    """first column, 1-based"""
    bottom: int
    """last row"""
    right: int
    """last column"""

    @property
    def name(self) -> str:
        """A5:B7"""
        return f"{letters(self.left)}{self.top}:{letters(self.right)}{self.bottom}"


@dataclass(frozen=True, slots=True)
class RawSheet:
    """One sheet of the file."""

    name: str
    """as its tab shows it"""
    part: str
    """where in the file it lies"""
    hidden: bool
    """its tab is not shown"""


@dataclass(slots=True)
class Book:
    """An open workbook: its sheets, and what their cells refer to."""

    package: Package
    """the open file"""
    sheets: list[RawSheet] = field(default_factory=list)
    """in the order of their tabs"""
    _strings: list[str] = field(default_factory=list)
    _dates: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        office = self.package.relations("")
        part = next((target for kind, target in office.values() if kind == "officeDocument"), "xl/workbook.xml")
        told, related = WorkbookPart(), self.package.relations(part)
        self.package.parse(part, told)
        if told.from_1904:
            raise FindingError([faults.DATES_OF_1904.finding()])
        for name, hidden, relation in told.sheets[:MOST_SHEETS]:
            kind, target = related.get(relation, ("", ""))
            if kind == "worksheet" and self.package.has(target):
                self.sheets.append(RawSheet(name, target, hidden))
        if not self.sheets:
            raise broken("tệp không có trang tính nào", "the file has no sheet")
        kinds = dict(related.values())
        if self.package.has(strings := kinds.get("sharedStrings", "")):
            shared = StringsPart(self._strings)
            for _ in self.package.steps(strings, shared):
                pass
        if self.package.has(styles := kinds.get("styles", "")):
            told_styles = StylesPart()
            self.package.parse(styles, told_styles)
            self._dates = told_styles.dates()

    def rows(self, sheet: RawSheet, hidden_columns: set[int]) -> Iterator[RawRow]:
        """Rows that have something, in order; hidden columns are added to the set before the first row comes."""
        handler = SheetPart(self._strings, self._dates, hidden_columns)
        last = 0
        for _ in self.package.steps(sheet.part, handler):
            for row in handler.take():
                if row.number - last > MOST_EMPTY:
                    raise _far_below(sheet, row.number)
                last = row.number
                yield row
            if handler.done:
                return
            if handler.number - last > MOST_EMPTY:
                if self._values(sheet) > handler.values:
                    raise _far_below(sheet, last + MOST_EMPTY)
                return

    def _values(self, sheet: RawSheet) -> int:
        """How many cells of a sheet have a value, counted without reading them."""
        count, tail = 0, b""
        for chunk in self.package.chunks(sheet.part):
            window, _, rest = (tail + chunk).rpartition(b"<")
            count += len(_DATA.findall(window))
            tail = b"<" + rest[:CHUNK]
        return count

    def merges(self, sheet: RawSheet) -> list[Merge]:
        """Merged cells, which stand at the end of a sheet's part."""
        tail, after, kept = b"", False, b""
        for chunk in self.package.chunks(sheet.part):
            if after:
                kept += chunk
            elif found := _AFTER.search(window := tail + chunk):
                after, kept = True, window[found.end() :]
            tail = chunk[-40:]
            if len(kept) > 2**20:
                break
        merges = [_merge(*found.groups()) for found in _MERGE.finditer(kept)]
        if len(merges) > MOST_MERGES:
            raise too_large("quá nhiều ô gộp", "too many merged cells")
        return merges


def _far_below(sheet: RawSheet, number: int) -> FindingError:
    finding = faults.FAR_BELOW.finding(path=f"{sheet.name}!{number}:{number}", values={"most": f"{MOST_EMPTY:,}"})
    return FindingError([finding])


def _merge(first: bytes, last: bytes) -> Merge:
    (left, top), (right, bottom) = place_of(first.decode()), place_of(last.decode())
    return Merge(top, left, bottom, right)
