"""The question to a timestamping authority (RFC 3161 2.4.1)."""

import secrets
from dataclasses import dataclass

from asn1crypto import tsp

from signing.timestamps.token import ALGORITHMS

_NONCE_BITS = 64


@dataclass(frozen=True, slots=True)
class TimestampRequest:
    """One question, and what its answer must repeat."""

    der: bytes
    """TimeStampReq, DER"""
    digest: bytes
    """digest of what is to be stamped"""
    algorithm: str
    """hashlib's name of that digest"""
    nonce: int
    """positive number of 64 bits that the answer must bear"""


def make_request(digest: bytes, *, algorithm: str) -> TimestampRequest:
    """Ask for a timestamp of a digest, with a nonce, and with the authority's certificates in the answer.

    Raises:
        ValueError: not a digest of SHA-256, SHA-384 or SHA-512.
    """
    if len(digest) != ALGORITHMS.get(algorithm):
        raise ValueError(f"not a digest of {', '.join(ALGORITHMS)}")
    nonce = secrets.randbits(_NONCE_BITS) | 1 << (_NONCE_BITS - 1)
    request = tsp.TimeStampReq(
        {
            "version": "v1",
            "message_imprint": {"hash_algorithm": {"algorithm": algorithm}, "hashed_message": digest},
            "nonce": nonce,
            "cert_req": True,
        }
    )
    return TimestampRequest(request.dump(), digest, algorithm, nonce)
