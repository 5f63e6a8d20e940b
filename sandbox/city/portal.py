"""What the portal does at each transaction: token, catalogues, 1 submit, 2 result, 3 register a certificate, 4 its result,
returned records and their receipts.
"""

import asyncio
import hashlib
import hmac
import json
import re
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import orjson

from sandbox.city.envelope import PackageRefused
from sandbox.city.faults import Buttons
from sandbox.city.judge import Judge
from sandbox.city.returns import Returns
from sandbox.city.store import Store

_MESSAGEID = re.compile(r"[A-Za-z0-9-]{1,64}")
WORDS = {
    "0": "Thành công",
    "E01": "Token hết hạn hoặc không đúng",
    "E02": "Sai đơn vị, tên đăng nhập hoặc mật khẩu",
    "E04": "Sai cấu trúc",
    "E06": "Gói tin vượt quá 10 MB",
    "E08": "Hệ thống bận, hãy thử lại sau",
    "E09": "Không có messageid này",
}


@dataclass(frozen=True, slots=True)
class _Account:
    unit: str
    user_name: str
    password: str
    """Lower-case hexadecimal SHA-256."""


class Denied(Exception):
    """The call is answered with this code, and leaves no trace."""

    def __init__(self, code: str, description: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.description = description


class Portal:
    """The portal's side of every transaction, without the web around it."""

    def __init__(self, store: Store, world: Path, buttons: Buttons, judge: Judge) -> None:
        self.store = store
        self.buttons = buttons
        self.judge = judge
        self.returns = Returns(store)
        self.seen: dict[str, int] = {}
        rows = json.loads((world / "portal-accounts.json").read_text(encoding="utf-8"))
        accounts = [_Account(row["ma_don_vi"], row["user_name"], row["password_sha256"]) for row in rows]
        self._by_name = {account.user_name: account for account in accounts}
        self._by_unit = {account.unit: account for account in accounts}
        self._secret = store.secret("token", secrets.token_bytes(32))
        self._door = ThreadPoolExecutor(1, thread_name_prefix="door")

    def note(self, what: str) -> None:
        """Counts a call."""
        self.seen[what] = self.seen.get(what, 0) + 1

    def token(self, request: dict[str, Any]) -> dict[str, Any]:
        """A new token for a user name and hashed password."""
        account = self._by_name.get(str(request.get("user_name")))
        if account is None or not hmac.compare_digest(account.password.encode(), str(request.get("password")).encode()):
            raise Denied("E02")
        lifetime = self.buttons.now.token_ttl
        claim = f"{account.unit}.{time.time() + lifetime:.3f}"
        return {"token": f"{claim}.{self._sign(claim)}", "expires_in": lifetime}

    def unit_of(self, authorization: str | None) -> str:
        """The unit that a bearer token speaks for; E01 where it is wrong or too old."""
        return self._unit_of_token((authorization or "").removeprefix("Bearer ").strip())

    def _unit_of_token(self, token: str) -> str:
        unit, _, rest = token.partition(".")
        expiry, _, signature = rest.rpartition(".")
        expected = self._sign(f"{unit}.{expiry}")
        if not hmac.compare_digest(signature.encode(), expected.encode()) or float(expiry) < time.time():
            raise Denied("E01")
        return unit

    def _sign(self, claim: str) -> str:
        return hmac.new(self._secret, claim.encode(), hashlib.sha256).hexdigest()

    async def submit(self, body: bytes, unit: str) -> dict[str, Any]:
        """Transaction 1, worked on away from the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._door, self._submit, body, unit)

    def _submit(self, body: bytes, unit: str) -> dict[str, Any]:
        head, content = self._read_submission(body, unit)
        messageid = head["messageid"]
        known = self.store.message(messageid)
        if known is not None:
            self.note("messageid-again")
            return dict(json.loads(known["ack"]))
        package, error, description = None, "0", WORDS["0"]
        try:
            if self.buttons.strikes_for("refuse_package_rate", messageid):
                raise PackageRefused("E04", "gói bị từ chối (nút lỗi)")
            package = self.judge.examine(content, unit=unit, messageid=messageid)
        except PackageRefused as refused:
            error, description = refused.code, refused.description
        ack = self.store.add_message(
            messageid,
            unit=unit,
            nam_hoc=head["nam_hoc"],
            ack=json.dumps(ack_of(messageid, error, description), ensure_ascii=False),
            error=error,
            content=content if package else None,
            records=len(package.records) if package else 0,
        )
        if package:
            self.judge.take(messageid, package)
        return dict(json.loads(ack))

    def _read_submission(self, body: bytes, unit: str) -> tuple[dict[str, Any], str]:
        try:
            request = orjson.loads(body)
            head, content = request["authenticationRequest"], request["content"]
            claimed = {name: head[name] for name in ("token", "user_name", "password", "ma_don_vi", "type", "function")}
            messageid, nam_hoc = head["messageid"], head["nam_hoc"]
        except (orjson.JSONDecodeError, KeyError, TypeError) as broken:
            raise Denied("E04", "thiếu trường bắt buộc") from broken
        account = self._by_unit[unit]
        if self._unit_of_token(str(claimed["token"])) != unit:
            raise Denied("E01")
        if (claimed["user_name"], claimed["password"]) != (account.user_name, account.password):
            raise Denied("E02")
        if claimed["ma_don_vi"] != unit:
            raise Denied("E02")
        named = isinstance(messageid, str) and _MESSAGEID.fullmatch(messageid)
        if not named or type(nam_hoc) is not int or not isinstance(content, str):
            raise Denied("E04", "messageid, nam_hoc hoặc content không đúng kiểu")
        if (claimed["type"], claimed["function"]) != ("HBS", "1"):
            raise Denied("E04", "type phải là HBS, function phải là 1")
        return head, content

    def result(self, request: dict[str, Any], unit: str) -> dict[str, Any]:
        """Transaction 2."""
        messageid = str(request.get("messageid"))
        if request.get("ma_don_vi") != unit:
            raise Denied("E02")
        if (request.get("type"), request.get("function")) != ("HBS", "2"):
            raise Denied("E04", "type phải là HBS, function phải là 2")
        message = self.store.message(messageid)
        if message is None or message["ma_don_vi"] != unit:
            return {**ack_of(messageid, "E09", WORDS["E09"]), "data": []}
        ack = json.loads(message["ack"])
        if message["error"] != "0":
            return {**ack, "data": []}
        return {**ack, "data": self._verdict_rows(messageid)}

    def _verdict_rows(self, messageid: str) -> list[dict[str, Any]]:
        rows = [
            {
                "ma_hoc_sinh": row["ma_hoc_sinh"],
                "ten_hoc_sinh": row["ten_hoc_sinh"],
                "so_cccd": row["so_cccd"],
                "ma_tra_cuu_uuid": row["uuid"],
                "trang_thai": row["trang_thai"],
                "error": row["error"],
                "error_field_title": row["field"],
                "error_description": row["description"],
            }
            for row in self.store.verdicts(messageid)
            if not self.buttons.strikes_for("missing_verdict_rate", row["uuid"])
        ]
        buttons = self.buttons.now
        if buttons.foreign_verdicts and rows:
            foreign = f"00000000-0000-4000-8000-{int(hashlib.sha256(messageid.encode()).hexdigest()[:12], 16):012x}"
            rows.append({**rows[0], "ma_tra_cuu_uuid": foreign})
            self.buttons.count("foreign_verdicts")
        if buttons.duplicate_verdicts and rows:
            rows += rows
            self.buttons.count("duplicate_verdicts")
        if buttons.shuffled_verdicts and len(rows) > 1:
            Random(messageid).shuffle(rows)
            self.buttons.count("shuffled_verdicts")
        return rows

    def register(self, request: dict[str, Any], unit: str) -> dict[str, Any]:
        """Transaction 3."""
        messageid = request.get("messageid")
        if request.get("ma_don_vi") != unit:
            raise Denied("E02")
        if (request.get("type"), request.get("function")) != ("HBS", "3"):
            raise Denied("E04", "type phải là HBS, function phải là 3")
        if not isinstance(messageid, str) or not _MESSAGEID.fullmatch(messageid):
            raise Denied("E04", "messageid không đúng")
        return self.judge.registrations.take(request, messageid)

    def registration_result(self, request: dict[str, Any], unit: str) -> object:
        """Transaction 4: a bare list; a messageid that is not here is answered as a package's would be."""
        messageid = str(request.get("messageid"))
        if request.get("ma_don_vi") != unit:
            raise Denied("E02")
        if type(request.get("ma_nam_hoc")) is not int:
            raise Denied("E04", "ma_nam_hoc phải là số")
        rows = self.judge.registrations.result(messageid, unit)
        return ack_of(messageid, "E09", WORDS["E09"]) if rows is None else rows

    def catalogue(self, rows: list[dict[str, str]]) -> list[dict[str, str]]:
        """A catalogue, without what was withdrawn from it."""
        return [row for row in rows if row["ma"] not in self.buttons.now.withdrawn_catalogue_codes]

    def returned(self, unit: str, *, after: str, limit: int) -> dict[str, Any]:
        """The next returned bundles."""
        if not re.fullmatch(r"\d{0,18}", after):
            raise Denied("E04", "sau không đúng")
        cursor, bundles = self.returns.page(unit=unit, after=int(after or 0), limit=min(max(limit, 1), 200))
        return {"cursor": str(cursor), "data": bundles}

    def acknowledge(self, request: dict[str, Any], unit: str) -> dict[str, Any]:
        """The receipt for one bundle."""
        code, school, status = (request.get(name) for name in ("ma_tra_hoc_ba", "ma_truong_den", "trang_thai"))
        if status not in (0, 1) or unit not in {school, "79"}:
            raise Denied("E04" if status not in (0, 1) else "E02")
        done = self.returns.acknowledge(
            str(code), school=str(school), status=int(status), reason=str(request.get("ly_do") or "")
        )
        return ack_of(str(code), "0" if done else "E09", WORDS["0" if done else "E09"])


def ack_of(messageid: str, error: str, description: str) -> dict[str, Any]:
    """The portal's word that a message came, or why it did not."""
    return {
        "MessageId": messageid,
        "Error": error,
        "ErrorDescription": "" if error == "0" else description,
        "ResponseCode": "00" if error == "0" else error,
        "ResponseDescription": description,
    }
