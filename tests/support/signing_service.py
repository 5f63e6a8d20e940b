"""A started signing service of the sandbox, with its buttons, its holders' answers and its ledger."""

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from connectors.signers import ServiceSettings
from support.stand_in import started

PATHS = {"csc": "/csc/v2", "smartca": "/sca/sp769", "mysign": ""}
"""Where each provider's API begins at the stand-in."""


@dataclass
class SigningService:
    """One process of `sandbox.signing_service`."""

    world: Path
    data: Path
    port: int = 0
    process: subprocess.Popen[str] | None = None
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30, trust_env=False))

    def start(self) -> None:
        """Starts it, again at the same port if it was stopped."""
        places = ("--world", str(self.world), "--data", str(self.data))
        self.process, self.port = started("sandbox.signing_service", self.port, *places)

    def stop(self) -> None:
        """Ends it."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def url(self, path: str) -> str:
        """An address of it."""
        return f"http://127.0.0.1:{self.port}{path}"

    def settings(self, adapter: str = "csc", **changes: Any) -> ServiceSettings:
        """How the hub's settings name it, impatient as tests are."""
        known: dict[str, Any] = {
            "adapter": adapter,
            "url": self.url(PATHS[adapter]),
            "credentials": self.world / "signing-credentials.json",
            "client_id": "hub",
            "client_secret_file": self.world / "signing-secret",
            "pin_file": self.world / "signing-pin",
            "patience_seconds": 0.2,
        }
        return ServiceSettings.model_validate(known | changes)

    def credential(self, place: str) -> str:
        """The service's name of the key of «unit/role» or «unit/role-cccd»."""
        return str(json.loads((self.world / "signing-credentials.json").read_bytes())[place])

    def press(self, **buttons: Any) -> None:
        """Presses these buttons and lets go of all others."""
        self.http.delete(self.url("/admin/faults")).raise_for_status()
        if buttons:
            self.http.post(self.url("/admin/faults"), json=buttons).raise_for_status()

    def forget_tokens(self) -> None:
        """No token is good any more."""
        self.http.delete(self.url("/admin/tokens")).raise_for_status()

    def decide(self, identifier: str, *, agreed: bool) -> str:
        """A holder answers; the state of the order afterwards."""
        word = "approve" if agreed else "refuse"
        reply = self.http.post(self.url(f"/admin/orders/{identifier}/{word}")).raise_for_status()
        return str(reply.json()["state"])

    def orders(self) -> list[dict[str, Any]]:
        """The orders, newest first."""
        return list(self.http.get(self.url("/admin/orders")).raise_for_status().json()["orders"])

    def signed(self, after: int = 0) -> list[dict[str, Any]]:
        """Every hash signed, in order, after a position of its ledger."""
        reply = self.http.get(self.url("/admin/signed"), params={"after": after}).raise_for_status()
        return list(reply.json()["signed"])

    def asked(self) -> dict[str, int]:
        """How often it was asked for what."""
        return dict(self.http.get(self.url("/admin/state")).json()["asked"])
