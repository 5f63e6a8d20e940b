"""Reading the answers to transactions 3 and 4: whether a registration was taken, and what became of it.

Transaction 4 answers with a bare list. A row that contradicts itself, or is about another message, decides nothing.
"""

from dataclasses import dataclass
from typing import Any

from connectors.exchanges import Unreadable
from connectors.portal.answers import (
    DONE,
    FAULTS,
    ROWS,
    UNKNOWN,
    Answer,
    check_ack,
    cleaned,
    text_of,
)
from connectors.portal.faults import PackageRefused, TryLater, UnknownMessage

ERROR = "error"
"""transaction 3 writes its members small"""


@dataclass(frozen=True, slots=True)
class RegistrationRow:
    """What became of one registration, as the portal gave it."""

    approved: bool
    """trang_thai_phe_duyet: 1 approved, 0 refused"""
    serial_number: str
    """of the certificate, as the portal writes it; may be empty"""
    error: str
    """the portal's code; 0 where there is none"""
    error_field_title: str
    """its title"""
    error_description: str
    """its words"""

    @property
    def malformed(self) -> bool:
        """It is the message that was refused, not the certificate."""
        return FAULTS.get(self.error) is PackageRefused


def check_registered(answer: Answer, *, messageid: str) -> None:
    """Let an acknowledgement of this registration pass; raise what the answer means otherwise.

    Raises:
        Unreadable: nothing is proven.
    """
    named = "messageid" if "messageid" in answer.document else "MessageId"
    check_ack(answer, messageid=messageid, named=named)


def read_registration(answer: Answer, *, messageid: str, ma_don_vi: str) -> RegistrationRow | None:
    """The decision on a registration; None while there is none.

    Raises:
        UnknownMessage: the portal has no such message.
        PortalFault: the question itself was refused.
    """
    if answer.code != DONE:
        raise FAULTS.get(answer.code, TryLater)(cleaned(answer.code))
    rows = answer.document.get(ROWS)
    if not isinstance(rows, list):
        raise Unreadable("rows-missing")
    ours = [row for row in rows if isinstance(row, dict) and _is_about(row, messageid, ma_don_vi)]
    if any(text_of(row.get("error")) == UNKNOWN for row in ours):
        raise UnknownMessage(UNKNOWN)
    decisions = {row for each in ours if (row := _decision(each)) is not None}
    if len({decision.approved for decision in decisions}) > 1:
        raise Unreadable("rows-contradict")
    return next(iter(decisions), None)


def _is_about(row: dict[str, Any], messageid: str, ma_don_vi: str) -> bool:
    return row.get("messageid") == messageid and text_of(row.get("ma_don_vi")) in ("", ma_don_vi)


def _decision(row: dict[str, Any]) -> RegistrationRow | None:
    status, error = row.get("trang_thai_phe_duyet"), text_of(row.get("error"))
    approved = {"1": True, "0": False}.get(str(status)) if type(status) in (int, str) else None
    if approved is None or approved != (error in ("", DONE)):
        return None
    return RegistrationRow(
        approved=approved,
        serial_number=text_of(row.get("serial_number")),
        error=error or DONE,
        error_field_title=text_of(row.get("error_field_title")),
        error_description=text_of(row.get("error_description")),
    )
