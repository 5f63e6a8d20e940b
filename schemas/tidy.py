"""Values of vendors' formats made regular on the way in, each change with a note. Never used on what was signed."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from schemas.findings import Finding, Words
from schemas.layout import Field, Form
from schemas.rules import notes
from schemas.rules.rule import Rule

_SPACES = re.compile("[\\s\u00a0\u200b\ufeff]+")
_SPACED = re.compile("^[\\s\u200b\ufeff]|[\\s\u200b\ufeff]$|[\\s\u200b\ufeff]{2}|[\u00a0\u200b\ufeff\t\r\n]")
_COMMA = re.compile(r"-?\d{1,9},\d{1,9}", re.ASCII)
_WHOLE = re.compile(r"(-?\d{1,9})\.0+", re.ASCII)
_SERIAL = re.compile(r"(\d{5})(\.\d+)?", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4}|\d\d)", re.ASCII)
_MONTH_FIRST = re.compile(r"(\d{1,2})[/.\-](\d{4})", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ][\d:.]+)?", re.ASCII)
_TEMPORARY = re.compile(r"TAM-\d{1,20}", re.ASCII)
_DAY_ZERO = date(1899, 12, 30)
_SERIALS = range(7_306, 73_051)
"""1/1/1920 to 31/12/2099: who goes to school was born then"""
_CENTURY = 50
"""two digits from here on mean 19.., below 20.."""
_YES = frozenset({"x", "có", "1", "true", "✓", "v"})
_NO = frozenset({"", "không", "0", "false", "-"})
_NUMBERS = frozenset({Form.NUMBER, Form.SCORE, Form.MARK})


@dataclass(frozen=True, slots=True)
class Note:
    """One change of one value."""

    path: str
    """where the value stands"""
    was: str
    """as the file had it"""
    became: str
    """as the hub takes it"""
    rule: Rule
    """which kind of change"""

    @property
    def why(self) -> Words:
        """What was done, for people."""
        return self.rule.message

    def finding(self) -> Finding:
        """The note as who sent it is told."""
        return self.rule.finding(path=self.path, seen=self.was, expected=self.became, personal=True)


@dataclass(frozen=True, slots=True)
class Tidied:
    """A value after all changes."""

    text: str
    notes: tuple[Note, ...] = ()
    """in the order in which they were made"""


_Step = tuple[Rule, Callable[[str], str]]


def tidied(text: str, field: Field | None, *, path: str) -> Tidied:
    """A value as its field wants it, as far as that is beyond doubt; the rest is left for the checker to tell."""
    made: list[Note] = []
    for rule, change in _steps(field):
        became = change(text)
        if became != text:
            made.append(Note(path, text, became, rule))
            text = became
    if field is not None and field.member == "pupil.code" and _TEMPORARY.fullmatch(text):
        made.append(Note(path, text, text, notes.TEMPORARY))
    return Tidied(text, tuple(made))


def _steps(field: Field | None) -> Iterator[_Step]:
    yield notes.UNICODE, composed
    yield notes.LOOKALIKE, with_vietnamese_d
    yield notes.SPACES, spaced
    if field is None:
        return
    if field.form in _NUMBERS:
        yield notes.COMMA, with_point
        yield notes.WHOLE, whole
    elif field.form is Form.BIRTH_DATE:
        yield notes.SERIAL, from_serial
        yield notes.DATE_FORM, day_first
    elif field.form is Form.CROSS:
        yield notes.CROSS, crossed
    elif field.form is Form.CODE and field.codes is not None:
        codes = field.codes
        yield notes.LETTER_CASE, lambda text: _in_case(text, codes)
    elif field.member.rpartition(".")[2] == "name" and field.member != "school.name":
        yield notes.LETTER_CASE, name_case


def composed(text: str) -> str:
    """Precomposed letters."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def with_vietnamese_d(text: str) -> str:
    """Đ U+0110 where the Icelandic letter of the same looks stands."""
    return text if text.isascii() else text.replace("\u00d0", "\u0110").replace("\u00f0", "\u0111")


def spaced(text: str) -> str:
    """One plain space between words, none around."""
    return _SPACES.sub(" ", text).strip() if _SPACED.search(text) else text


def with_point(text: str) -> str:
    """8,5 is 8.5."""
    return text.replace(",", ".") if _COMMA.fullmatch(text) else text


def whole(text: str) -> str:
    """9.0 is 9."""
    found = _WHOLE.fullmatch(text)
    return found[1] if found else text


def from_serial(text: str) -> str:
    """A day number of the 1900 system as a date; a number that no pupil was born on stays what it is."""
    found = _SERIAL.fullmatch(text)
    if found is None or int(found[1]) not in _SERIALS:
        return text
    return f"{_DAY_ZERO + timedelta(days=int(found[1])):%d/%m/%Y}"


def day_first(text: str) -> str:
    """dd/mm/yyyy, or mm/yyyy, of what is written otherwise; day comes before month, as in Vietnam."""
    if found := _DAY_FIRST.fullmatch(text):
        return f"{int(found[1]):02d}/{int(found[2]):02d}/{_year(found[3])}"
    if found := _MONTH_FIRST.fullmatch(text):
        return f"{int(found[1]):02d}/{found[2]}"
    if found := _YEAR_FIRST.fullmatch(text):
        return f"{int(found[3]):02d}/{int(found[2]):02d}/{found[1]}"
    return text


def crossed(text: str) -> str:
    """x, or nothing."""
    told = text.casefold()
    if told in _YES:
        return "x"
    return "" if told in _NO else text


def name_case(text: str) -> str:
    """A name in capitals throughout as people write it: Nguyễn Văn An."""
    if not text.isupper() or len(text) < 2:
        return text
    return re.sub(r"[^\W\d_]+", lambda word: word[0][0] + word[0][1:].lower(), text)


def _in_case(text: str, codes: Mapping[str, str]) -> str:
    """A code in the case of the list, where that leaves no doubt."""
    if not text or text in codes.values():
        return text
    alike = [code for code in codes.values() if code.casefold() == text.casefold()]
    return alike[0] if len(alike) == 1 else text


def _year(text: str) -> str:
    if len(text) == 4:
        return text
    return f"19{text}" if int(text) >= _CENTURY else f"20{text}"
