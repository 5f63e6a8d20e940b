"""Reading pushed bodies in child processes that may be killed: a body that breaks its reader harms nobody else.

Small pushes have a child of their own, so that one record does not wait behind ten megabytes. A child that dies or takes
too long is replaced; the push that broke it is refused in clear words.
"""

import asyncio
import hashlib
import multiprocessing
import os
import resource
import signal
from concurrent.futures import Future
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import orjson
from pebble import ProcessExpired, ProcessPool

from connectors.arrivals import Arrival, Limits
from connectors.official import read_batch_xml, read_packed_json
from connectors.vendors import formats
from console.problems import Problem, fault
from console.settings import WebSettings
from schemas.findings import Finding, FindingError, Words


@dataclass(frozen=True, slots=True)
class Push:
    """A body as it came."""

    kind: str
    """xml or json"""
    format: str
    """the sender's own format: official, or a vendor's folder"""
    body: bytes
    """octets as received"""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a child made of a body."""

    arrival: Arrival | None
    """the submission, unless the body is refused whole"""
    findings: tuple[Finding, ...]
    """why it is refused whole"""
    sha256: bytes
    """tells a repeated push from another one under the same idempotency key"""


def read_push(push: Push, limits: Limits) -> Reading:
    """Read a body by its kind; runs in a child process."""
    try:
        packed = push.kind == "json" and _is_transaction(push.body)
        arrival = _read(push, limits, packed=packed)
    except FindingError as error:
        return Reading(None, error.findings, b"")
    # A transaction's token differs from one push to the next: what counts is the batch that it carries.
    return Reading(arrival, (), _content_sha256(arrival) if packed else hashlib.sha256(push.body).digest())


def _read(push: Push, limits: Limits, *, packed: bool) -> Arrival:
    if push.kind == "xml":
        return read_batch_xml(push.body, limits)
    own = formats().get(push.format)
    if packed or own is None:
        return read_packed_json(push.body, limits)
    return own.read(push.body, limits)


def _is_transaction(body: bytes) -> bool:
    if b'"authenticationRequest"' not in body:
        return False
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return False  # whoever reads it says what is wrong
    return isinstance(document, dict) and "authenticationRequest" in document


def _content_sha256(arrival: Arrival) -> bytes:
    digest = hashlib.sha256(arrival.gaps[0])
    for item, gap in zip(arrival.items, arrival.gaps[1:], strict=True):
        digest.update(item.octets)
        digest.update(gap)
    return digest.digest()


def _settle_child(octets: int) -> None:
    # Ctrl-C in a terminal reaches the whole group: the parent alone decides when its children end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (octets, octets))
    formats()


class Intake:
    """The children, and what their deaths mean."""

    def __init__(self, settings: WebSettings, limits: Limits) -> None:
        self._settings = settings
        self._limits = limits
        self._small = self._pool(1)
        self._large = self._pool(settings.children)

    def _pool(self, workers: int) -> ProcessPool:
        return ProcessPool(
            max_workers=workers,
            context=multiprocessing.get_context("spawn"),
            initializer=_settle_child,
            initargs=[self._settings.child_octets],
        )

    def warm(self) -> None:
        """Start the children before the first push needs them."""
        for pool in (self._small, self._large):
            pool.schedule(os.getpid)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pool in (self._small, self._large):
            pool.stop()
            pool.join(timeout=5)

    async def read(self, push: Push) -> Reading:
        """What the push carries.

        Raises:
            Problem: the body is refused whole.
        """
        pool = self._small if len(push.body) <= self._settings.small_octets else self._large
        task: Future[Reading] = pool.schedule(
            read_push, args=[push, self._limits], timeout=self._settings.child_seconds
        )
        try:
            reading = await asyncio.wrap_future(task)
        except TimeoutError as error:
            raise _broken(_TOO_LONG) from error
        except (ProcessExpired, MemoryError) as error:
            raise _broken(_DIED) from error
        if reading.arrival is None:
            raise Problem("unreadable", findings=reading.findings)
        return reading


def _broken(finding: Finding) -> Problem:
    return Problem("unreadable", finding.message, (finding,))


_REMEDY = Words(
    vi="Chia nhỏ lô để tìm hồ sơ gây lỗi; gửi mã lỗi này cho đội vận hành hub.",
    en="Split the batch to find the record at fault; tell the hub's operators this code.",
)
_TOO_LONG = fault(
    "P98", Words(vi="Đọc nội dung mất quá nhiều thời gian.", en="Reading the body takes too long."), _REMEDY
)
_DIED = fault(
    "P99", Words(vi="Nội dung làm hỏng tiến trình đọc.", en="The body breaks the process that reads it."), _REMEDY
)
