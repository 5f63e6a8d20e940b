"""The answer of a timestamping authority (RFC 3161 2.4.2): what it grants, held against what was asked."""

from typing import Any, ClassVar

from asn1crypto import cms, core, tsp

from signing.timestamps.request import TimestampRequest
from signing.timestamps.token import MOST_OCTETS, TokenUnreadable, read_token

MOST_REPLY = MOST_OCTETS + 1024
"""Largest reply, in octets."""
_GRANTED = frozenset({"granted", "granted_with_mods"})


class _Reply(core.Sequence):  # type: ignore[misc]
    """TimeStampResp, whose token is left out where none is granted; asn1crypto's own wants one always."""

    _fields: ClassVar = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]


class TimestampRefused(Exception):
    """The authority gave no token, or one for another question; `why` says so in one word of machine text."""

    def __init__(self, why: str) -> None:
        self.why = why
        """`structure`, `imprint`, `nonce`, or the authority's own status such as `rejection bad_alg`"""
        super().__init__(why)


def read_reply(reply: bytes, request: TimestampRequest) -> bytes:
    """The DER TimeStampToken in a reply to this very request; who signed it is still to be verified.

    Raises:
        TimestampRefused: a status other than granted, a token for another digest or another question, or no reply.
    """
    if len(reply) > MOST_REPLY:
        raise TimestampRefused("structure")
    try:
        parsed = _Reply.load(reply, strict=True)
        status = parsed["status"]
        granted = status["status"].native in _GRANTED
        why = "" if granted else _reason(status)
        octets: bytes = parsed["time_stamp_token"].dump() if granted else b""
    except Exception as error:
        # Parsed lazily and made by others: whatever breaks, it is no reply.
        raise TimestampRefused("structure") from error
    if not granted:
        raise TimestampRefused(why)
    try:
        token = read_token(octets)
    except TokenUnreadable as error:
        raise TimestampRefused("structure") from error
    if (token.algorithm, token.imprint) != (request.algorithm, request.digest):
        raise TimestampRefused("imprint")
    if token.nonce != request.nonce:
        raise TimestampRefused("nonce")
    return octets


def _reason(status: Any) -> str:
    """Status and failure as RFC 3161 names them; the authority's free text may be anything and is left out."""
    failure = status["fail_info"]
    named = set() if isinstance(failure, core.Void) else failure.native
    known = sorted(each for each in named if isinstance(each, str))
    return " ".join((str(status["status"].native), *known))
