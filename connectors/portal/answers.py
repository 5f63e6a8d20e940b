"""Reading what a portal answers: JSON from outside, of which nothing is believed before it is looked at.

The code decides, not HTTP, wherever a code can be read. Where none can, HTTP alone proves only two things: 401 means
the request was not applied, 413 that it was not processed (RFC 9110 §15.5.2, §15.5.14).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

import orjson

from connectors.exchanges import Unreadable
from connectors.portal.faults import (
    CertificateRefused,
    LoginRefused,
    PackageRefused,
    PortalFault,
    TryLater,
    UnknownMessage,
)

DONE = "0"
TOKEN_EXPIRED = "E01"  # noqa: S105 - a code, not a secret
UNKNOWN = "E09"
FAULTS: Mapping[str, type[PortalFault]] = {
    "E01": TryLater,
    "E02": LoginRefused,
    "E03": PackageRefused,
    "E04": PackageRefused,
    "E05": PackageRefused,
    "E06": PackageRefused,
    "E07": CertificateRefused,
    "E08": TryLater,
    UNKNOWN: UnknownMessage,
}
"""Codes of the contract. After E01 a fresh token was tried already: what is left is to try later."""

ROWS = "[]"
"""Instead of a member's name: the good answer is a bare list, and stands in the document under this name."""

_CODES_IN = ("Error", "error")
"""Members that hold the code: transaction 3 writes its own small."""
_HTTP_CODES = {401: TOKEN_EXPIRED, 413: "E06"}
_TEXT = 4000


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back over HTTP."""

    status: int
    """HTTP status"""
    body: bytes
    """octets as received"""


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply that speaks the contract."""

    code: str
    """`Error`; 0 where the reply has none because it is what was asked for"""
    document: Mapping[str, Any]
    """the JSON object"""


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One verdict, as the portal gave it."""

    uuid: UUID
    """ma_tra_cuu_uuid"""
    trang_thai: int
    """1 approved, 0 refused"""
    error: str
    """the portal's code"""
    error_field_title: str
    """its title"""
    error_description: str
    """its words"""


@dataclass(frozen=True, slots=True)
class ResultRows:
    """The answer to transaction 2."""

    rows: tuple[ResultRow, ...]
    """verdicts so far, in the portal's order"""
    unreadable: int
    """rows that name no UUID or contradict themselves"""
    refused: str = ""
    """the portal's code where it refused the package whole; empty where it took it"""


@dataclass(frozen=True, slots=True)
class ReturnedBundle:
    """Records that the portal gives back, as one row of its list."""

    ma_tra_hoc_ba: str
    """the portal's name for the bundle"""
    ngay_tra: str
    """day of return"""
    ma_truong_di: str
    """school it comes from"""
    ma_truong_den: str
    """school it goes to"""
    ten_truong_den: str
    """that school's name"""
    so_cccd: str
    """the pupil's personal number"""
    ma_hoc_sinh: str
    """the pupil's code"""
    ho_va_ten: str
    """the pupil's name"""
    nam_hoc: str
    """school year"""
    content: str
    """the packed records"""

    def about(self) -> dict[str, object]:
        """The columns about the pupil and the school: personal, for the inbox only."""
        return {
            "ten_truong_den": self.ten_truong_den,
            "so_cccd": self.so_cccd,
            "ma_hoc_sinh": self.ma_hoc_sinh,
            "ho_va_ten": self.ho_va_ten,
            "nam_hoc": self.nam_hoc,
        }


@dataclass(frozen=True, slots=True)
class ReturnedPage:
    """One page of returned records."""

    bundles: tuple[ReturnedBundle, ...]
    """in the portal's order"""
    cursor: str
    """where the next page begins"""


def read_answer(reply: Reply, *, expected: str = "Error") -> Answer:
    """The reply's code and content; `expected` names the member that a good answer must have."""
    document = _object(reply, bare=expected == ROWS)
    if document is None or not ("Error" in document or expected in document):
        code = _HTTP_CODES.get(reply.status)
        if code is None:
            raise Unreadable(f"http-{reply.status}")
        return Answer(code, {})
    code = next((_code(document[name]) for name in _CODES_IN if name in document), DONE)
    if code == DONE and reply.status != 200:
        raise Unreadable(f"http-{reply.status}")
    return Answer(code, document)


def _object(reply: Reply, *, bare: bool) -> Mapping[str, Any] | None:
    try:
        document = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return None
    if bare and isinstance(document, list):
        return {ROWS: document}
    return document if isinstance(document, dict) else None


def _code(value: object) -> str:
    if type(value) is int:
        return str(value)
    if not isinstance(value, str) or not 0 < len(value) <= 20 or not value.isascii():
        raise Unreadable("error-unreadable")
    return value


def check_ack(answer: Answer, *, messageid: str, named: str = "MessageId") -> None:
    """Let an acknowledgement of this message pass; raise what the answer means otherwise.

    Raises:
        Unreadable: nothing is proven.
    """
    if answer.code == DONE:
        if answer.document.get(named) not in (None, "", messageid):
            raise Unreadable("ack-of-another")
        return
    if answer.code == UNKNOWN or answer.code not in FAULTS:
        raise Unreadable(cleaned(answer.code))
    raise FAULTS[answer.code](answer.code)


def read_result(answer: Answer, *, messageid: str) -> ResultRows:
    """Verdict rows; a package that was refused whole has none, and says its code.

    Raises:
        UnknownMessage: the portal has no such message.
        PortalFault: the question itself was refused.
    """
    data = answer.document.get("data")
    whole = answer.code != DONE and answer.document.get("MessageId") == messageid
    if answer.code == UNKNOWN or (answer.code != DONE and not (whole and isinstance(data, list))):
        raise FAULTS.get(answer.code, TryLater)(cleaned(answer.code))
    if not isinstance(data, list):
        raise Unreadable("data-missing")
    read = [_row(row) for row in data]
    rows = tuple(row for row in read if row is not None)
    return ResultRows(rows, len(read) - len(rows), refused=answer.code if whole else "")


def _row(row: object) -> ResultRow | None:
    if not isinstance(row, dict):
        return None
    uuid, status, error = _uuid(row.get("ma_tra_cuu_uuid")), row.get("trang_thai"), text_of(row.get("error"))
    approved = {"1": True, "0": False}.get(str(status)) if type(status) in (int, str) else None
    if uuid is None or approved is None or approved != (error in ("", DONE)):
        return None
    return ResultRow(
        uuid=uuid,
        trang_thai=int(approved),
        error=error or DONE,
        error_field_title=text_of(row.get("error_field_title")),
        error_description=text_of(row.get("error_description")),
    )


def _uuid(value: object) -> UUID | None:
    if not isinstance(value, str) or len(value) != 36:
        return None
    try:
        return UUID(value)
    except ValueError:
        return None


def read_page(answer: Answer) -> ReturnedPage:
    """Returned records; a row that cannot be read is kept as it came, so that it fails where people see it."""
    if answer.code != DONE:
        raise FAULTS.get(answer.code, TryLater)(cleaned(answer.code))
    data, cursor = answer.document.get("data"), answer.document.get("cursor")
    if not isinstance(data, list) or type(cursor) not in (str, int):
        raise Unreadable("page-unreadable")
    return ReturnedPage(tuple(_bundle(row) for row in data), cleaned(str(cursor)))


def _bundle(row: object) -> ReturnedBundle:
    told = row if isinstance(row, dict) else {}
    values = {each.name: text_of(told.get(each.name)) for each in fields(ReturnedBundle)}
    content = told.get("content")
    whole = isinstance(content, str) and values["ma_tra_hoc_ba"] != ""
    if not whole:
        octets = orjson.dumps(row)
        values["ma_tra_hoc_ba"] = values["ma_tra_hoc_ba"] or f"unreadable-{hashlib.sha256(octets).hexdigest()[:32]}"
        content = octets.decode()
    return ReturnedBundle(**{**values, "content": str(content)})


def text_of(value: object) -> str:
    """Text for a table: never endless, never with what a database cannot hold."""
    if type(value) is int:
        return str(value)
    return cleaned(value) if isinstance(value, str) else ""


def cleaned(text: str) -> str:
    """Text that a database can hold, and not more of it than is worth keeping."""
    return text[:_TEXT].replace("\0", "")
