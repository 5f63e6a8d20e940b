"""Field types that read what vendors really write: decomposed letters, names in capitals, decimal commas, day first."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainValidator

from connectors.vendors.faults import fault, text_of


class Part(BaseModel):
    """A block of a vendor's record: exact types, nothing unknown."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LONGEST = 20_000


def _tidy(text: str) -> str:
    tidy = unicodedata.normalize("NFC", text).strip()
    if not tidy:
        raise fault("empty")
    if _UNWRITABLE.search(tidy):
        raise fault("character")
    if len(tidy) > _LONGEST:
        raise fault("long", most=_LONGEST)
    return tidy


def _code(text: str) -> str:
    if len(text) > 100:
        raise fault("long", most=100)
    return text


def _person_name(text: str) -> str:
    name = " ".join(text.split())
    if not (name.isupper() or name.islower()):
        return name
    return re.sub(r"\w+", lambda word: word[0].capitalize(), name)


def _decimal(value: object) -> Decimal:
    text = str(value) if type(value) in (int, float, str) else ""
    if not re.fullmatch(r"[0-9]{1,6}([.,][0-9]{1,4})?", text.strip()):
        raise fault("number", form="25 · 25,5")
    return Decimal(text.strip().replace(",", "."))


def _day(value: object) -> date:
    found = _DAY.fullmatch(value.strip()) if isinstance(value, str) else None
    try:
        if found is None:
            raise ValueError
        parts = found.groupdict()
        return date(*(int(parts[name] or parts[f"{name}2"]) for name in ("year", "month", "day")))
    except ValueError:
        raise fault("date", form="2026-05-31 · 31/05/2026") from None


_DAY = re.compile(
    "(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"
    "|(?P<day2>[0-9]{1,2})/(?P<month2>[0-9]{1,2})/(?P<year2>[0-9]{4})"
)

Text = Annotated[str, AfterValidator(_tidy)]
"""Something written: NFC, no space around, never empty."""
Code = Annotated[Text, AfterValidator(_code)]
"""A short identifier."""
PersonName = Annotated[Text, AfterValidator(_person_name)]
"""A name: capitals throughout become a name as people write it."""
Number = Annotated[Decimal, PlainValidator(_decimal)]
"""A number, as JSON number or text, with decimal point or comma."""
Day = Annotated[date, PlainValidator(_day)]
"""A real day, year first or day first."""


def one_of(codes: Mapping[str, Any]) -> PlainValidator:
    """A code list: what the vendor writes → what it means."""

    def read(value: object) -> Any:
        key = text_of(value)
        if key not in codes:
            raise fault("code", allowed=" · ".join(codes))
        return codes[key]

    return PlainValidator(read)
