"""Sets a form as PDF/A-3b, with the XML of every record attached, by the templates that lie beside this module.

Texts travel as JSON and are shown as they are: nothing that a record says is ever read as the typesetter's markup.
The same records give the same octets.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
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


class Press:
    """Holds the typesetter: made once, used for any number of forms by one thread at a time."""

    def __init__(self) -> None:
        self._typst = typst.Compiler(root=str(FOLDER), ignore_system_fonts=True)

    def print(self, printables: Sequence[Printable], settings: PrintSettings | None = None) -> bytes:
        """The PDF of one record, or of several years of one pupil.

        Raises:
            NotOnePupilError, TooLongError: see `form.form_of`.
        """
        form = form_of(printables, settings)
        expected = _COVER_PAGES + _YEAR_PAGES * len(form.years)
        pdf = self._set(form, printables, pages=expected, format="pdf", pdf_standards=[STANDARD])[0]
        counted = _COUNT.search(pdf)
        if counted is None or int(counted.group(1)) != expected:
            # Some text ran over to a page of its own: the typesetter counts for itself.
            pdf = self._set(form, printables, pages=0, format="pdf", pdf_standards=[STANDARD])[0]
        return pdf

    def pictures(
        self, printables: Sequence[Printable], settings: PrintSettings | None = None, *, ppi: float = 80.0
    ) -> list[bytes]:
        """The pages as PNG, for people who look at them."""
        return self._set(form_of(printables, settings), printables, pages=0, format="png", ppi=ppi)

    def _set(self, form: Form, printables: Sequence[Printable], *, pages: int, **how: Any) -> list[bytes]:
        data = data_of(form) | {"pages": pages}
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
