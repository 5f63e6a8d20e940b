"""Timestamps as the journey needs them: asked for, proven, and from another authority where one is no good."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from connectors.tsa import TimestampDown, Timestampers, Useless
from routes.signing_settings import SigningSettings
from routes.trust import trust_of
from signing.timestamps import (
    TimestampRefused,
    TimestampRequest,
    make_request,
    read_reply,
    verify_timestamp,
)
from signing.timestamps.verify import CLOCKS
from signing.trust import Trust

__all__ = ["Stamper", "TimestampDown", "stamp", "stamp_all", "stamper_of"]

_UNKNOWN_YET = "timestamp-revocation-unknown"
"""A list that is missing today may come tomorrow; whoever verifies asks again. Everything else is refused at once."""


@dataclass(frozen=True, slots=True)
class Stamper:
    """The authorities, and what decides whether they are believed."""

    client: Timestampers
    """who is asked"""
    trust: Trust
    """anchors and revocation data, the same as for signatures"""


def stamper_of(settings: SigningSettings, trust: Trust | None = None) -> Stamper:
    """As the settings say; whoever makes it closes its client."""
    return Stamper(Timestampers(settings.timestamps), trust_of(settings) if trust is None else trust)


async def stamp(stamper: Stamper, digest: bytes, *, algorithm: str = "sha256") -> bytes:
    """A DER TimeStampToken over a digest, proven.

    Raises:
        TimestampDown: no authority gave one that holds.
    """
    request = make_request(digest, algorithm=algorithm)
    return await stamper.client.obtain(request.der, partial(_proven, request=request, trust=stamper.trust))


async def stamp_all(stamper: Stamper, imprints: Sequence[bytes], *, algorithm: str = "sha256") -> list[bytes]:
    """A token for each digest, in their order; at once as far as the settings' concurrency allows.

    Raises:
        TimestampDown: one of them could not be had; the others are given up.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(stamp(stamper, each, algorithm=algorithm)) for each in imprints]
    except ExceptionGroup as failed:
        down = failed.subgroup(TimestampDown)
        if down is None:
            raise
        raise _first(down) from failed
    return [task.result() for task in tasks]


def _first(group: BaseExceptionGroup[TimestampDown]) -> TimestampDown:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


def _proven(reply: bytes, *, request: TimestampRequest, trust: Trust) -> bytes:
    try:
        token = read_reply(reply, request)
    except TimestampRefused as error:
        raise Useless(error.why) from error
    now = datetime.now(UTC)
    found = verify_timestamp(token, digest=request.digest, trust=trust, at=now)
    if not found.passed and found.cause != _UNKNOWN_YET:
        raise Useless(found.cause or "")
    if found.time is None or abs(found.time - now) > CLOCKS:
        # RFC 3161 2.2: the time is compared with a trusted clock.
        raise Useless("clock")
    return token
