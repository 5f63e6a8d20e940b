"""A started portal process with a client's side of its transactions, for the tests of the sandbox."""

import json
import sqlite3
import subprocess
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from sandbox.city.envelope import pack, unpack
from support.stand_in import started


@dataclass
class City:
    """One portal process, and a client's side of its transactions."""

    world: Path
    data: Path
    arguments: list[str]
    port: int = 0
    process: subprocess.Popen[str] | None = None
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30))
    tokens: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        places = ("--data", str(self.data), "--world", str(self.world))
        self.process, self.port = started("sandbox.city", self.port, *places, *self.arguments)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.http.close()
        self.http = httpx.Client(timeout=30)

    def stop(self) -> int:
        assert self.process is not None
        self.http.close()
        self.process.terminate()
        return self.process.wait(timeout=20)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def admin(self, path: str, **body: Any) -> dict[str, Any]:
        reply = (
            self.http.post(self.url(f"/admin{path}"), json=body) if body else self.http.get(self.url(f"/admin{path}"))
        )
        reply.raise_for_status()
        return dict(reply.json())

    def account(self, unit: str) -> dict[str, str]:
        accounts = json.loads((self.world / "portal-accounts.json").read_text())
        return next(each for each in accounts if each["ma_don_vi"] == unit)

    def token(self, unit: str) -> str:
        if unit not in self.tokens:
            account = self.account(unit)
            body = {"user_name": account["user_name"], "password": account["password_sha256"]}
            self.tokens[unit] = self.http.post(self.url("/api/token"), json=body).json()["token"]
        return self.tokens[unit]

    def post(self, path: str, unit: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token(unit)}"}
        return dict(self.http.post(self.url(path), json=body, headers=headers).json())

    def head(self, unit: str, messageid: str, nam_hoc: int = 2025) -> dict[str, Any]:
        account = self.account(unit)
        return {
            "token": self.token(unit),
            "user_name": account["user_name"],
            "password": account["password_sha256"],
            "ma_don_vi": unit,
            "nam_hoc": nam_hoc,
            "messageid": messageid,
            "type": "HBS",
            "function": "1",
        }

    def submit(self, unit: str, messageid: str, text: bytes, **head: Any) -> dict[str, Any]:
        return self.submit_content(unit, messageid, pack(text), **head)

    def submit_content(self, unit: str, messageid: str, content: object, **head: Any) -> dict[str, Any]:
        body = {"authenticationRequest": {**self.head(unit, messageid), **head}, "content": content}
        return self.post("/api/giao-dich/1", unit, body)

    def result(self, unit: str, messageid: str) -> dict[str, Any]:
        body = {"messageid": messageid, "ma_don_vi": unit, "type": "HBS", "function": "2"}
        return self.post("/api/giao-dich/2", unit, body)

    def received(self, messageid: str) -> bytes:
        """The batch text of a message, out of the portal's own store."""
        with closing(sqlite3.connect(self.data / "city.sqlite3")) as store:
            ((content,),) = store.execute("SELECT content FROM messages WHERE messageid = ?", (messageid,)).fetchall()
        return unpack(content)

    def verdicts(self, unit: str, messageid: str, count: int) -> dict[str, dict[str, Any]]:
        """The verdict rows by UUID, once all have come."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            rows = self.result(unit, messageid)["data"]
            if len(rows) >= count:
                return {row["ma_tra_cuu_uuid"]: row for row in rows}
            time.sleep(0.05)
        raise AssertionError(f"{len(rows)} of {count} verdicts came")
