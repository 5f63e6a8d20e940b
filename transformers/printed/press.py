"""Sets a form as PDF/A-3b, with the XML of every record attached, by the templates that lie beside this module.

Texts travel as JSON and are shown as they are: nothing that a record says is ever read as the typesetter's markup.
The same records give the same octets.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime, time
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import orjson
import segno
import typst

from schemas.record import VIETNAM
from transformers.printed import words
from transformers.printed.form import Form, Printable, TooLongError, form_of
from transformers.printed.seal import Seal, SealPlace
from transformers.printed.settings import PrintSettings

FOLDER = Path(__file__).parent
STANDARD = "a-3b"
_COVER_PAGES, _YEAR_PAGES = 2, 2
"""pages where no text runs over: cover and second page, and the two of each year's leaf"""
_COUNT = re.compile(rb"/Type\s*/Pages\s*/Count\s+(\d+)")
"""where the typesetter writes how many pages there are"""
_MASK = 4
"""any mask reads as well: trying all eight would take longer than setting the page"""
_GREY = bytes([255, 0, *range(2, 256)])
"""light and dark modules as grey values; the page's own white is the quiet zone"""
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
"""date of a seal's picture: when it was signed is said by the signature"""


@dataclass(frozen=True, slots=True)
class Unsealed:
    """A form set to be signed as PDF."""

    pdf: bytes
    """the form, with the place of the school's frame left free"""
    place: SealPlace | None
    """where the visible seal belongs; None where the newest year has not one leader's and one school's signature"""


class Press:
    """Holds the typesetter: made once, used for any number of forms by one thread at a time."""

    def __init__(self) -> None:
        self._typst = typst.Compiler(root=str(FOLDER), ignore_system_fonts=True)

    def print(self, printables: Sequence[Printable], settings: PrintSettings | None = None) -> bytes:
        """The PDF of one record, or of several years of one pupil.

        Raises:
            NotOnePupilError, TooLongError: see `form.form_of`.
        """
        return self._press(printables, settings, to_be_sealed=False)

    def print_to_seal(self, printables: Sequence[Printable], settings: PrintSettings | None = None) -> Unsealed:
        """The same with room for the visible seal of a PDF signature, and where that is (QĐ 1789/QĐ-SGDĐT Điều 11).

        Raises:
            NotOnePupilError, TooLongError: see `form.form_of`.
        """
        pdf = self._press(printables, settings, to_be_sealed=True)
        return Unsealed(pdf, SealPlace.of(json.loads(self._typst.query("<seal>", field="value"))))

    def seal(self, seal: Seal, place: SealPlace) -> bytes:
        """The picture of a visible seal: one PDF page as large as its place."""
        data = _settable(seal) | {"width": place.width, "height": place.height}
        picture = self._typst.compile(
            str(FOLDER / "seal.typ"),
            sys_inputs={"seal": orjson.dumps(data).decode()},
            timestamp=_EPOCH,
            format="pdf",
            pdf_tags=False,
        )
        assert isinstance(picture, bytes)
        return picture

    def _press(self, printables: Sequence[Printable], settings: PrintSettings | None, *, to_be_sealed: bool) -> bytes:
        form = form_of(printables, settings)
        expected = _COVER_PAGES + _YEAR_PAGES * len(form.years)

        how: dict[str, Any] = {"format": "pdf", "pdf_standards": [STANDARD], "to_be_sealed": to_be_sealed}
        pdf = self._set(form, printables, pages=expected, **how)[0]
        counted = _COUNT.search(pdf)
        if counted is None or int(counted.group(1)) != expected:
            # Some text ran over to a page of its own: the typesetter counts for itself.
            pdf = self._set(form, printables, pages=0, **how)[0]
        return pdf

    def pictures(
        self, printables: Sequence[Printable], settings: PrintSettings | None = None, *, ppi: float = 80.0
    ) -> list[bytes]:
        """The pages as PNG, for people who look at them."""
        return self._set(form_of(printables, settings), printables, pages=0, format="png", ppi=ppi)

    def _set(
        self, form: Form, printables: Sequence[Printable], *, pages: int, to_be_sealed: bool = False, **how: Any
    ) -> list[bytes]:
        data = data_of(form) | {"pages": pages, "to_be_sealed": to_be_sealed}
        try:
            octets = self._typst.compile(
                str(FOLDER / f"{form.kind}.typ"),
                sys_inputs={"form": orjson.dumps(data).decode(), **_attached(printables)},
                timestamp=_moment(form.issued),
                **how,
            )
        except typst.TypstError as error:
            # Its own words may quote a pupil's data.
            raise TooLongError("the typesetter refuses the form") from error
        assert octets is not None
        return octets if isinstance(octets, list) else [octets]


def data_of(form: Form) -> dict[str, Any]:
    """What the templates read: every text as it can be set, codes as rows of pixels."""
    data: dict[str, Any] = _settable(form)
    moment = form.issued
    data["day"] = [moment.year, moment.month, moment.day]
    data["code"] = code_of(form.lookup_url)
    for told, year in zip(data["years"], form.years, strict=True):
        told["code"] = code_of(year.lookup_url) if year.lookup_url != form.lookup_url else None
    return data


def _settable(value: Any) -> Any:
    if isinstance(value, str):
        return words.settable(value)
    if isinstance(value, tuple):
        return [_settable(each) for each in value]
    if is_dataclass(value):
        return {name: _settable(getattr(value, name)) for name in _names(value.__class__)}
    return value if isinstance(value, bool) else str(value)


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


@lru_cache(maxsize=64)
def code_of(url: str) -> Mapping[str, Any]:
    """The QR code of an address: grey values of its modules, row by row."""
    code = segno.make_qr(url, error="m", mask=_MASK, boost_error=False)
    rows = [bytes(row) for row in code.matrix]
    return {"size": len(rows), "pixels": list(b"".join(rows).translate(_GREY))}


def _attached(printables: Sequence[Printable]) -> dict[str, str]:
    return {f"xml-{each.record.uuid}": each.octets.decode("utf-8") for each in printables}


def _moment(issued: date) -> datetime:
    moment = issued if isinstance(issued, datetime) else datetime.combine(issued, time(), VIETNAM)
    return moment.astimezone(UTC)
