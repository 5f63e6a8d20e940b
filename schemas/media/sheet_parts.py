"""The parts of a workbook as their parsers tell them: the list of sheets, shared texts, styles, and the rows of a sheet."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from typing_extensions import override

from schemas.media.package import Attributes, Handler, broken, too_large

LONGEST_TEXT = 32_767
"""characters of a cell"""
MOST_IDLE = 100_000
"""elements of a sheet between two rows with data"""
MOST_STRINGS = 150_000
"""shared texts"""
WIDEST = 16_384
"""columns of a sheet"""
TALLEST = 1_048_576
"""rows of a sheet"""
DAY_ZERO = date(1899, 12, 30)
"""of the 1900 system, from 1/3/1900 on"""
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
_REFERENCE = re.compile("([A-Z]{1,3})([0-9]{1,7})")
_BUILTIN_DATES = frozenset({*range(14, 18), 22, *range(27, 32), *range(34, 37), *range(50, 59)})
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^]]*]')


@dataclass(slots=True)
class Cell:
    """One cell with something in it."""

    text: str = ""
    """as Excel shows it"""
    formula: bool = False
    """worked out, not written"""
    error: bool = False
    """Excel shows an error"""
    number: bool = False
    """a plain number, not a text"""
    long: bool = False
    """more text than a cell may hold; the text is cut"""


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row with something in it."""

    number: int
    """1-based"""
    hidden: bool
    """not shown, or filtered away"""
    cells: Mapping[int, Cell]
    """by column, 1-based"""


def letters(column: int) -> str:
    """Of a column, 1-based: 28 is AB."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def column_of(name: str) -> int:
    """Number of a column's letters."""
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - 64
    return number


def place_of(reference: str) -> tuple[int, int]:
    """Column and row of an address, both 1-based."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise broken("địa chỉ ô sai", "the address of a cell is wrong")
    column, row = column_of(found[1]), int(found[2])
    if column > WIDEST or row > TALLEST:
        raise broken("địa chỉ ô sai", "the address of a cell is wrong")
    return column, row


class WorkbookPart(Handler):
    """The list of sheets, and which system dates follow."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, bool, str]] = []
        self.from_1904 = False

    @override
    def start(self, name: str, attributes: Attributes) -> None:
        if name == "sheet":
            relation = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            hidden = attributes.get("state", "visible") != "visible"
            self.sheets.append((attributes.get("name", ""), hidden, relation))
        elif name == "workbookPr":
            self.from_1904 = attributes.get("date1904") in ("1", "true")


class StringsPart(Handler):
    """The texts that cells refer to by number; phonetic hints are no text."""

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts
        self.pieces: list[str] = []
        self.inside = self.phonetic = False

    @override
    def start(self, name: str, attributes: Attributes) -> None:
        if name == "si":
            self.pieces = []
        elif name == "rPh":
            self.phonetic = True
        self.inside = name == "t" and not self.phonetic

    @override
    def end(self, name: str) -> None:
        self.inside = False
        if name == "rPh":
            self.phonetic = False
        elif name == "si":
            if len(self.texts) >= MOST_STRINGS:
                raise too_large("quá nhiều chuỗi chữ", "too many texts")
            self.texts.append(unescaped("".join(self.pieces)))

    @override
    def text(self, data: str) -> None:
        if self.inside:
            self.pieces.append(data)


class StylesPart(Handler):
    """Which cell styles show a date."""

    def __init__(self) -> None:
        self.formats: dict[str, str] = {}
        self.cells: list[str] = []
        self.inside = False

    @override
    def start(self, name: str, attributes: Attributes) -> None:
        if name == "numFmt":
            self.formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self.inside = True
        elif name == "xf" and self.inside:
            self.cells.append(attributes.get("numFmtId", "0"))

    @override
    def end(self, name: str) -> None:
        if name == "cellXfs":
            self.inside = False

    def dates(self) -> frozenset[str]:
        """Numbers of cell styles that show a date."""
        return frozenset(str(number) for number, style in enumerate(self.cells) if self._is_date(style))

    def _is_date(self, style: str) -> bool:
        code = self.formats.get(style)
        if code is None:
            return style.isdigit() and int(style) in _BUILTIN_DATES
        shown = _LITERAL.sub("", code).lower()
        return "d" in shown or "yy" in shown


class SheetPart(Handler):
    """Rows of one sheet as they end; flat memory, whatever the file says."""

    def __init__(self, strings: list[str], dates: frozenset[str], hidden_columns: set[int]) -> None:
        self.strings, self.dates, self.hidden_columns = strings, dates, hidden_columns
        self.ready: list[RawRow] = []
        self.number = self.column = self.idle = 0
        self.values = 0
        """values and texts met so far"""
        self._cells: dict[int, Cell] = {}
        self._cell = Cell()
        self._kind = self._style = ""
        self._pieces: list[str] = []
        self._length = 0
        self._hidden = self._inside = self._phonetic = False

    def take(self) -> list[RawRow]:
        """Rows that ended since."""
        rows, self.ready = self.ready, []
        return rows

    @override
    def start(self, name: str, attributes: Attributes) -> None:
        self.idle += 1
        if self.idle > MOST_IDLE:
            raise too_large("quá nhiều ô trống đã định dạng", "too many formatted empty cells")
        if name == "c":
            self._open_cell(attributes)
        elif name == "row":
            self.number = _number(attributes.get("r"), self.number + 1, TALLEST)
            self.column, self._cells = 0, {}
            self._hidden = attributes.get("hidden") in ("1", "true")
        elif name == "f":
            self._cell.formula = True
        elif name in ("v", "t"):
            self.values += 1
            self._inside = not self._phonetic
        elif name == "rPh":
            self._phonetic = True
        elif name == "col" and attributes.get("hidden") in ("1", "true"):
            first = _number(attributes.get("min"), 1, WIDEST)
            self.hidden_columns.update(range(first, _number(attributes.get("max"), first, WIDEST) + 1))

    @override
    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self._inside = False
        elif name == "c":
            self._close_cell()
        elif name == "row":
            if self._cells:
                self.ready.append(RawRow(self.number, self._hidden, self._cells))
                self.idle = 0
        elif name == "rPh":
            self._phonetic = False
        elif name == "sheetData":
            self.done = True

    @override
    def text(self, data: str) -> None:
        if self._inside:
            self._length += len(data)
            if self._length <= 2 * LONGEST_TEXT:
                self._pieces.append(data)

    def _open_cell(self, attributes: Attributes) -> None:
        reference = attributes.get("r")
        self.column = self.column + 1 if reference is None else place_of(reference)[0]
        self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "")
        self._cell, self._pieces, self._length = Cell(), [], 0

    def _close_cell(self) -> None:
        cell, told = self._cell, "".join(self._pieces)
        cell.text = self._shown(told, cell)
        cell.error = self._kind == "e"
        if len(cell.text) > LONGEST_TEXT or self._length > 2 * LONGEST_TEXT:
            cell.text, cell.long = cell.text[:LONGEST_TEXT], True
        if cell.formula or cell.text.strip():
            self._cells[self.column] = cell

    def _shown(self, told: str, cell: Cell) -> str:
        if self._kind == "s":
            place = _number(told, 0, len(self.strings)) if told else len(self.strings)
            return self.strings[place] if place < len(self.strings) else ""
        if self._kind == "n" and told:
            cell.number = self._style not in self.dates
            return _plain(told) if cell.number else _day(told)
        if self._kind == "d":
            return told[:10]
        return unescaped(told)


def unescaped(text: str) -> str:
    """_x000D_ is how a sheet writes a character that XML cannot."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _number(text: str | None, otherwise: int, most: int) -> int:
    if text is None:
        return otherwise
    if not (text.isascii() and text.isdigit() and len(text) < 10) or int(text) > most:
        raise broken("số thứ tự dòng, cột sai", "the number of a row or column is wrong")
    return int(text)


def _plain(text: str) -> str:
    """A number with the digits that Excel keeps; no exponent for what people write without one."""
    try:
        number = float(text)
    except ValueError:
        return text
    return f"{int(number)}" if number.is_integer() and abs(number) < 1e15 else f"{number:.15g}"


def _day(text: str) -> str:
    """The day that a number in a date's dress shows; the number itself where no day has it."""
    try:
        return f"{DAY_ZERO + timedelta(days=int(float(text))):%d/%m/%Y}" if float(text) >= 61 else _plain(text)
    except (OverflowError, ValueError):
        return text
