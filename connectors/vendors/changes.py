"""What reading changed of a vendor's values, told to who sent them: nothing is made regular in silence."""

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from pydantic import BaseModel

from connectors.vendors.faults import SHOWN
from schemas.findings import Finding
from schemas.rules import notes
from schemas.rules.rule import Rule

_STEPS: tuple[tuple[Rule, Callable[[str], str]], ...] = (
    (notes.UNICODE, lambda text: unicodedata.normalize("NFC", text)),
    (notes.SPACES, str.strip),
    (notes.SPACES, lambda text: " ".join(text.split())),
)
"""in the order in which the field types take them"""


def changes(raw: object, read: object, *, uuid: str, path: str = "") -> Iterator[Finding]:
    """A note for every value that was taken otherwise than it was written; form alone, such as 31/05/2026, is no change."""
    if isinstance(read, BaseModel) and isinstance(raw, Mapping):
        for name in type(read).model_fields:
            yield from changes(raw.get(name), getattr(read, name), uuid=uuid, path=f"{path}.{name}" if path else name)
    elif isinstance(read, (list, tuple)) and isinstance(raw, Sequence) and not isinstance(raw, str):
        for number, (was, became) in enumerate(zip(raw, read, strict=False)):
            yield from changes(was, became, uuid=uuid, path=f"{path}[{number}]")
    elif isinstance(raw, str):
        for note in _of_value(raw, read, path):
            yield replace(note, uuid=uuid)


def _of_value(raw: str, read: object, path: str) -> Iterator[Finding]:
    if isinstance(read, Decimal) and "," in raw:
        yield _note(notes.COMMA, path, raw, str(read))
    elif type(read) is str:
        yield from _of_text(raw, read, path)


def _of_text(text: str, read: str, path: str) -> Iterator[Finding]:
    for rule, change in _STEPS:
        if text == read:
            return
        became = change(text)
        if became != text:
            yield _note(rule, path, text, became)
            text = became
    if text != read and text.casefold() == read.casefold():
        yield _note(notes.LETTER_CASE, path, text, read)


def _note(rule: Rule, path: str, was: str, became: str) -> Finding:
    return rule.finding(path=path, seen=was[:SHOWN], expected=became[:SHOWN], personal=True)
