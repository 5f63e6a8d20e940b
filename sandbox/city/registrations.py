"""Transactions 3 and 4: certificates that units register, kept until somebody decides on them.

Nobody sits at this portal, so a registration approves itself a short time after it came, unless a button says
otherwise or somebody has decided before. An approved one counts from its `ngay_hieu_luc` on.
"""

import base64
import binascii
import json
import re
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from sandbox.city.certificates import Approval, Approvals, Signer, Trust
from sandbox.city.envelope import SIGNATURE, PackageRefused, parse, unpack
from sandbox.city.faults import Buttons
from sandbox.city.signatures import BadSignature, verify_signature
from sandbox.city.store import Store

VIETNAM = timezone(timedelta(hours=7))
ROOT, IDENTIFIER, CERTIFICATE = "DANG_KY_CHUNG_THU_SO", "dataChungThuSo", "CHUNG_THU_SO"
_WORDS = ("ma_don_vi", "serial_number", "ngay_hieu_luc", "ma_kieu_chu_ky", "nha_phat_hanh", "content")
_SERIAL = re.compile(r"[0-9A-F]{1,64}")


@dataclass(frozen=True, slots=True)
class Registration:
    """One request of transaction 3, looked at."""

    signer: Signer
    """Whose certificate it is."""
    serial: str
    """As written in the request."""
    starts: date
    """`ngay_hieu_luc`."""


class Registrations:
    """Takes registrations, decides on them, and answers for those it approved."""

    def __init__(self, store: Store, trust: Trust, buttons: Buttons) -> None:
        self._store = store
        self._trust = trust
        self._buttons = buttons

    def take(self, request: dict[str, Any], messageid: str) -> dict[str, Any]:
        """The acknowledgement: of the first request under a messageid, whatever comes under it later."""
        known = self._row(messageid)
        if known is None:
            error, description, found = "0", "", None
            try:
                found = examine(request, self._trust)
            except PackageRefused as refused:
                error, description = refused.code, refused.description
            self._keep(request, messageid, found, error=error, ack=acknowledgement(messageid, error, description))
            known = self._row(messageid) or {}
        return dict(json.loads(known["ack"]))

    def result(self, messageid: str, unit: str) -> list[dict[str, Any]] | None:
        """Rows of transaction 4, none while nobody has decided; None for a messageid that is not here."""
        self.settle()
        row = self._row(messageid)
        if row is None or row["ma_don_vi"] != unit:
            return None
        if row["state"] == "waiting":
            return []
        return [
            {
                "messageid": messageid,
                "ma_don_vi": unit,
                "serial_number": row["serial"],
                "trang_thai_phe_duyet": int(row["state"] == "approved"),
                "error": row["error"],
                "error_field_title": "" if row["error"] == "0" else "serial_number",
                "error_description": row["reason"],
            }
        ]

    def settle(self) -> None:
        """Decides what has waited long enough."""
        before = time.time() - self._buttons.now.approval_delay_ms / 1000
        due = self._store.rows(
            "SELECT messageid FROM registrations WHERE state = 'waiting' AND received_at <= ?", (before,)
        )
        for row in due:
            refused = self._buttons.strikes_for("refuse_registration_rate", row["messageid"])
            self.decide(row["messageid"], approved=not refused, reason="từ chối (nút lỗi)" if refused else "")

    def decide(self, messageid: str, *, approved: bool, reason: str) -> bool:
        """Approves or refuses one that waits; False where none does."""
        with self._store.writing() as db:
            changed = db.execute(
                "UPDATE registrations SET state = ?, error = ?, reason = ?, decided_at = ?"
                " WHERE messageid = ? AND state = 'waiting'",
                (*(("approved", "0", "") if approved else ("refused", "R03", reason)), time.time(), messageid),
            )
        return changed.rowcount == 1

    def approvals(self) -> Approvals:
        """Unit and certificate → from when to when it counts."""
        self.settle()
        rows = self._store.rows(
            "SELECT ma_don_vi, sha256, min(starts) AS starts, ends FROM registrations WHERE state = 'approved'"
            " GROUP BY ma_don_vi, sha256"
        )
        return {
            (row["ma_don_vi"], row["sha256"]): Approval(
                datetime.fromisoformat(row["starts"]).replace(tzinfo=VIETNAM).astimezone(UTC),
                datetime.fromisoformat(row["ends"]),
            )
            for row in rows
        }

    def rows(self) -> list[dict[str, Any]]:
        """All registrations, for the sandbox's own eyes."""
        return self._store.rows(
            "SELECT messageid, ma_don_vi, serial, sha256, starts, kind, issuer, state, error, reason, received_at,"
            " decided_at FROM registrations ORDER BY received_at"
        )

    def _row(self, messageid: str) -> dict[str, Any] | None:
        return next(iter(self._store.rows("SELECT * FROM registrations WHERE messageid = ?", (messageid,))), None)

    def _keep(
        self, request: dict[str, Any], messageid: str, found: Registration | None, *, error: str, ack: dict[str, Any]
    ) -> None:
        ends = found.signer.certificate.not_valid_after_utc.isoformat() if found else ""
        with self._store.writing() as db:
            db.execute(
                "INSERT OR IGNORE INTO registrations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
                (
                    *(messageid, str(request["ma_don_vi"]), json.dumps(ack, ensure_ascii=False)),
                    *((found.serial, found.signer.sha256, found.starts.isoformat()) if found else ("", "", "")),
                    *(ends, str(request.get("ma_kieu_chu_ky")), str(request.get("nha_phat_hanh"))),
                    *("waiting" if found else "refused", error, ack["error_description"], time.time()),
                ),
            )


def acknowledgement(messageid: str, error: str, description: str) -> dict[str, Any]:
    """What transaction 3 answers, the official slip in `error_filed_title` included."""
    title = "" if error == "0" else "content"
    return {
        "messageid": messageid,
        "error": error,
        "error_filed_title": title,
        "error_description": description,
    }


def examine(request: dict[str, Any], trust: Trust) -> Registration:
    """Whether a request says what it must, and its content is signed by the very certificate it holds."""
    told = {name: request.get(name) for name in _WORDS}
    if not all(isinstance(value, str) and value for value in told.values()):
        raise PackageRefused("E04", "thiếu trường bắt buộc")
    try:
        starts = date.fromisoformat(str(told["ngay_hieu_luc"])[:10])
    except ValueError as wrong:
        raise PackageRefused("E04", "ngay_hieu_luc không đúng") from wrong
    der, signer = _signed(unpack(str(told["content"])), trust)
    if signer.certificate.public_bytes(Encoding.DER) != der:
        raise PackageRefused("E05", "chữ ký không do chứng thư đăng ký tạo ra")
    serial = str(told["serial_number"])
    if not _SERIAL.fullmatch(serial) or int(serial, 16) != signer.certificate.serial_number:
        raise PackageRefused("E04", "serial_number khác với chứng thư")
    return Registration(signer, serial, starts)


def _signed(text: bytes, trust: Trust) -> tuple[bytes, Signer]:
    root = parse(text)
    children = [child for child in root if isinstance(child.tag, str)]
    named = [child.tag for child in children]
    if root.tag != ROOT or root.items() != [("id", IDENTIFIER)] or named[:1] != [CERTIFICATE]:
        raise PackageRefused("E04", f'phần tử gốc phải là {ROOT} id="{IDENTIFIER}"')
    if named[1:] != [SIGNATURE] or sum(1 for _ in root.iter(SIGNATURE)) != 1:
        raise PackageRefused("E05", "phải có đúng một chữ ký ở cuối")
    try:
        signed = verify_signature(children[1], target=root, target_id=IDENTIFIER, trust=trust)
    except BadSignature as why:
        raise PackageRefused("E05", f"chữ ký đăng ký: {why}") from why
    return _der(children[0]), signed.signer


def _der(element: etree._Element) -> bytes:
    try:
        return base64.b64decode("".join((element.text or "").split()), validate=True)
    except binascii.Error as broken:
        raise PackageRefused("E04", "CHUNG_THU_SO không phải Base64") from broken
