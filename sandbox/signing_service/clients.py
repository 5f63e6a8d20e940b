"""The client's account, and the tokens it was given; they do not survive the process, as a service's session store may not."""

import secrets
import time
from pathlib import Path

from sandbox.buttons import Buttons
from sandbox.signing_service.faults import Faults


class Clients:
    """The one account of a world: any name, with the world's secret."""

    def __init__(self, world: Path, buttons: Buttons[Faults]) -> None:
        self._secret = (world / "signing-secret").read_text(encoding="ascii").strip()
        self._pin = (world / "signing-pin").read_text(encoding="ascii").strip()
        self._buttons = buttons
        self._tokens: dict[str, tuple[float, str]] = {}

    def known(self, name: str, secret: str) -> bool:
        """Whether this is the account, and it is let in."""
        return bool(name) and secrets.compare_digest(secret, self._secret) and not self._buttons.now.account_refused

    def pin_is(self, pin: str) -> bool:
        """Whether this is the PIN of the seals."""
        return secrets.compare_digest(pin, self._pin)

    def admit(self, user: str = "") -> str:
        """A new token, good for a while; for this user's keys only, where one is named."""
        token = secrets.token_urlsafe(24)
        self._tokens[token] = (time.monotonic() + self._buttons.now.token_seconds, user)
        return token

    def user_of(self, authorization: str | None) -> str | None:
        """Whose token this header bears; None for no good one."""
        until, user = self._tokens.get((authorization or "").removeprefix("Bearer "), (0.0, ""))
        return user if time.monotonic() < until and not self._buttons.now.account_refused else None

    def forget(self) -> None:
        """No token is good any more."""
        self._tokens.clear()
