"""How a profile says which official element, column or cell holds which member of the canonical record.

Tables, and nothing else: `schemas.media` reads documents by them, `transformers` writes by them, the coverage report
compares them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Form(StrEnum):
    """How a value is written."""

    TEXT = "text"
    """as it is"""
    NUMBER = "number"
    """decimal point, no more decimals than there are"""
    SCORE = "score"
    """a whole number, or M"""
    MARK = "mark"
    """a number with at most one decimal, or Đ, CĐ, M"""
    FLAG = "flag"
    """1 yes, 0 no"""
    CROSS = "cross"
    """x yes, empty no"""
    GRADE = "grade"
    """two digits: 01"""
    BIRTH_DATE = "birth-date"
    """dd/mm/yyyy, mm/yyyy or yyyy"""
    BIRTH_DAY = "birth-day"
    """YYYY-MM-DD; only where the day is known"""
    BIRTH_MONTH = "birth-month"
    """YYYY-MM; only where the month is known and the day is not"""
    BIRTH_YEAR = "birth-year"
    """YYYY; only where nothing more is known"""
    MOMENT = "moment"
    """YYYY-MM-DDThh:mm:ss+07:00, or YYYY-MM-DD"""
    DAY = "day"
    """YYYY-MM-DD: the hour is not carried"""
    CODE = "code"
    """a code list's text"""
    VERSION = "version"
    """a whole number other than 0"""
    STAMP = "stamp"
    """YYYY-MM-DDThh:mm:ss, in Vietnam's time without saying so"""


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a text must look like; told by profiles that have no XSD."""

    expression: str
    """regular expression of the whole text, the same in Python and in ECMA-262"""
    vi: str
    """what it is, in Vietnamese, with an example"""
    en: str
    """the same in English"""


@dataclass(frozen=True, slots=True)
class Field:
    """One element with one value; absent where the canonical record has none."""

    element: str
    """official name"""
    member: str
    """member of the canonical record, or of the row, for example pupil.name"""
    form: Form = Form.TEXT
    """how the value is written"""
    codes: Mapping[str, str] | None = None
    """for CODE: canonical value → official text"""
    required: bool = False
    """must be there; told here by profiles that have no XSD"""
    length: int | None = None
    """characters at most; told here by profiles that have no XSD"""
    least: float | None = None
    """smallest number; told here by profiles that have no XSD"""
    most: float | None = None
    """largest number; told here by profiles that have no XSD"""
    pattern: Pattern | None = None
    """what the text looks like; told here by profiles that have no XSD"""
    unless: str = ""
    """single member that, where it says yes, lets this one be absent; else it must be there (rule B14)"""
    note: str = ""
    """what it means, in the source's words"""


@dataclass(frozen=True, slots=True)
class Rows:
    """One element that holds a row per entry of a list."""

    element: str
    """official name of the whole; a path below the block around it where rows lie deeper"""
    row: str
    """official name of one row; empty where rows have none, as in JSON"""
    member: str
    """the list in the canonical record"""
    fields: tuple[Field, ...]
    """what each row holds, in order"""
    required: bool = False
    """must hold a row at least; told here by profiles that have no XSD"""
    beside: tuple[Field, ...] = ()
    """what a row may hold that is no part of the record: of an envelope, or a technical key"""
    attributes: tuple[tuple[str, str], ...] = ()
    """identifiers of each row, made of its members: («@Id», «diem-{code}»), («GVBM/@Id», …); written, never read"""


@dataclass(frozen=True, slots=True)
class Block:
    """One element that holds others, in order."""

    element: str
    """official name; empty for the document itself where that has none, as in JSON"""
    children: tuple["Block | Rows | Field", ...]
    """what it holds"""
    attributes: tuple[tuple[str, str], ...] = ()
    """attributes with a fixed value"""
    beside: tuple[Field, ...] = ()
    """what it may hold that is no part of the record: of an envelope, or a technical key"""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a workbook's sheet."""

    header: tuple[str, ...]
    """words of the header from top to bottom; a third word is understood only below the second"""
    field: Field | None = None
    """what its cells say; None for what has no place in the canonical record"""
    of: str = ""
    """code of the row of the sheet's list that it is part of; empty for a column of its own"""
    required: bool = True
    """the sheet must have it"""

    @property
    def name(self) -> str:
        """What people call it: Toán / Điểm."""
        return " / ".join(self.header[1:] or self.header)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A workbook's sheet with one pupil per row. The grade is read from the class code, which begins with it."""

    title: str
    """name of a sheet that is written"""
    columns: tuple[Column, ...]
    """in the order in which they are written; they are read in any order"""
    rows: Rows | None = None
    """the list whose rows lie side by side as columns"""
    spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """word of a header → other ways in which it is met"""

    @property
    def depth(self) -> int:
        """Rows of its header."""
        return max(len(column.header) for column in self.columns)

    @property
    def layout(self) -> Block:
        """The same as a table of members."""
        told = [column.field for column in self.columns if column.field is not None and not column.of]
        grades = [Field(each.element, "grade", Form.GRADE) for each in told if each.member == "class_name"]
        return Block("", (*told, *grades, *((self.rows,) if self.rows is not None else ())))


def fields_of(layout: Block) -> Iterator[tuple[str, Field]]:
    """Every single field with the path of the block that holds it, in order."""
    yield from _fields(layout, layout.element)


def rows_of(layout: Block) -> Iterator[tuple[str, Rows]]:
    """Every list with its own path, in order."""
    yield from _rows(layout, layout.element)


def below(path: str, name: str) -> str:
    """A path one step down."""
    return f"{path}/{name}" if path else name


def _fields(block: Block, path: str) -> Iterator[tuple[str, Field]]:
    for child in block.children:
        if isinstance(child, Field):
            yield path, child
        elif isinstance(child, Block):
            yield from _fields(child, below(path, child.element))


def _rows(block: Block, path: str) -> Iterator[tuple[str, Rows]]:
    for child in block.children:
        if isinstance(child, Rows):
            yield below(path, child.element), child
        elif isinstance(child, Block):
            yield from _rows(child, below(path, child.element))
