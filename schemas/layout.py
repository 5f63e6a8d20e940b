"""How a profile says which official element holds which member of the canonical record: tables, read by `transformers`."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Form(StrEnum):
    """How a value is written."""

    TEXT = "text"
    """as it is"""
    NUMBER = "number"
    """decimal point, no more decimals than there are"""
    SCORE = "score"
    """a whole number, or M"""
    FLAG = "flag"
    """1 yes, 0 no"""
    GRADE = "grade"
    """two digits: 01"""
    BIRTH_DATE = "birth-date"
    """dd/mm/yyyy, mm/yyyy or yyyy"""
    MOMENT = "moment"
    """YYYY-MM-DDThh:mm:ss+07:00, or YYYY-MM-DD"""
    CODE = "code"
    """a code list's text"""


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


@dataclass(frozen=True, slots=True)
class Rows:
    """One element that holds a row per entry of a list."""

    element: str
    """official name of the whole"""
    row: str
    """official name of one row"""
    member: str
    """the list in the canonical record"""
    fields: tuple[Field, ...]
    """what each row holds, in order"""


@dataclass(frozen=True, slots=True)
class Block:
    """One element that holds others, in order."""

    element: str
    """official name"""
    children: tuple["Block | Rows | Field", ...]
    """what it holds"""
    attributes: tuple[tuple[str, str], ...] = ()
    """attributes with a fixed value"""
