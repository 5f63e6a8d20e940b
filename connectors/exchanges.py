"""What every exchange over HTTP with somebody outside has: a bounded reply, faults told apart, patience, whom TLS trusts."""

import ssl
from pathlib import Path

import httpx
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

NOT_BEGUN = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""The line was never opened: not one byte of the request left."""

BROKEN_LINE = (httpx.TransportError, OSError)
"""Whatever else a line can do; a deadline that passed is among them."""


class Unreadable(Exception):
    """Not an answer in the words that were agreed; `code` says why in short machine text."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


async def read_bounded(reply: httpx.Response, *, most: int, refusal: Exception) -> bytes:
    """The octets of a reply that is being received, as they came; raises `refusal` as soon as there are more than `most`.

    One that claims to be compressed stays so: it would unpack before it could be measured.
    """
    octets = bytearray()
    async for part in reply.aiter_raw():
        if len(octets) + len(part) > most:
            raise refusal
        octets += part
    return bytes(octets)


def attempts(*errors: type[Exception], patience_seconds: float) -> AsyncRetrying:
    """Try again after these errors, with short pauses, as long as the patience lasts; then raise the last of them."""
    return AsyncRetrying(
        retry=retry_if_exception_type(errors),
        stop=stop_after_delay(patience_seconds),
        wait=wait_random_exponential(multiplier=0.1, max=1),
        reraise=True,
    )


def trust_for(url: str, ca_file: Path | None) -> ssl.SSLContext:
    """Whom to trust at an address: these authorities, the system's where none are named, nobody without TLS."""
    if httpx.URL(url).scheme == "http":
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # never used; it would trust nobody
    return ssl.create_default_context(cafile=ca_file)
