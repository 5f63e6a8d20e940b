"""Reading a portal's catalogues: kinds of signature, issuers of certificates, each a bare list of `{ma, ten}`."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from connectors.exchanges import Unreadable
from connectors.portal.answers import DONE, FAULTS, ROWS, Answer, cleaned, text_of
from connectors.portal.faults import TryLater

_LONGEST_CODE = 64
_LONGEST_NAME = 500
_MOST_ROWS = 5000


class Catalogue(StrEnum):
    """The catalogues of the contract; also their names in the ledger."""

    SIGNATURE_KINDS = "kieu-chu-ky"
    ISSUERS = "nha-phat-hanh"


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """One line of a catalogue."""

    code: str
    """ma"""
    name: str
    """ten"""


def read_catalogue(answer: Answer) -> tuple[CatalogueRow, ...]:
    """The lines, each code once, in the portal's order.

    An empty list is no catalogue: whoever believed it would take every code out of use.

    Raises:
        Unreadable: a line cannot be read, so that nothing can be said of those that are missing.
        PortalFault: the question was refused.
    """
    if answer.code != DONE:
        raise FAULTS.get(answer.code, TryLater)(cleaned(answer.code))
    rows = answer.document.get(ROWS)
    if not isinstance(rows, list) or not 0 < len(rows) <= _MOST_ROWS:
        raise Unreadable("catalogue-unreadable")
    by_code = {row.code: row for row in map(_row, rows)}
    return tuple(by_code.values())


def _row(row: Any) -> CatalogueRow:
    code = text_of(row.get("ma")) if isinstance(row, dict) else ""
    if not 0 < len(code) <= _LONGEST_CODE or not code.isprintable():
        raise Unreadable("catalogue-unreadable")
    return CatalogueRow(code, text_of(row.get("ten"))[:_LONGEST_NAME])
