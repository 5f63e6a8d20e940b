"""A vendor's client of the hub: tries again what may be tried again, for as long as it was told to."""

from dataclasses import dataclass
from typing import Any, cast

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_delay, wait_exponential_jitter

_LATER = {429, 500, 502, 503, 504}


class TryLater(Exception):
    """The hub cannot take this now."""

    def __init__(self, why: str, after: float | None = None) -> None:
        super().__init__(why)
        self.after = after


@dataclass(frozen=True, slots=True)
class Reply:
    """The hub's answer."""

    status: int
    """HTTP status."""
    body: dict[str, Any]
    """The JSON object."""
    attempts: int
    """How often it was asked."""


class HubClient:
    """The hub's API with one sender's key."""

    def __init__(self, url: str, key: str, *, patience: float) -> None:
        self._http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60)
        self._patience = patience

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def push(self, octets: bytes, *, content_type: str, key: str) -> Reply:
        """One submission; the same key on every attempt, so that the hub accepts it once."""
        headers = {"Content-Type": content_type, "Idempotency-Key": key}
        return self._ask("POST", "/v1/submissions", content=octets, headers=headers)

    def page(self, feed: str, *, after: str, limit: int) -> Reply:
        """The next page of `outcomes` or `inbox`."""
        cursor = {"after": after} if after else {}
        return self._ask("GET", f"/v1/{feed}", params={**cursor, "limit": limit})

    def confirm(self, bundle: str, *, status: str, reason: str) -> Reply:
        """Tells the hub what became of a bundle."""
        return self._ask("POST", f"/v1/inbox/{bundle}/confirm", json={"status": status, "reason": reason})

    def _ask(self, method: str, path: str, **request: Any) -> Reply:
        retrying = Retrying(
            retry=retry_if_exception_type(TryLater),
            stop=stop_after_delay(self._patience),
            wait=_wait,
            reraise=True,
        )
        for attempt in retrying:
            with attempt:
                status, body = self._ask_once(method, path, **request)
        return Reply(status, body, retrying.statistics["attempt_number"])

    def _ask_once(self, method: str, path: str, **request: Any) -> tuple[int, dict[str, Any]]:
        try:
            reply = self._http.request(method, path, **request)
        except httpx.TransportError as lost:
            raise TryLater(type(lost).__name__) from lost
        if reply.status_code in _LATER:
            after = reply.headers.get("retry-after", "")
            raise TryLater(f"HTTP {reply.status_code}", float(after) if after.isdigit() else None)
        try:
            return reply.status_code, cast("dict[str, Any]", reply.json())
        except ValueError as broken:
            raise TryLater("reply is not JSON") from broken


_backoff = wait_exponential_jitter(initial=0.2, max=10, jitter=0.3)


def _wait(state: RetryCallState) -> float:
    failure = state.outcome.exception() if state.outcome else None
    named = failure.after if isinstance(failure, TryLater) else None
    return _backoff(state) if named is None else named
