"""Timestamps of RFC 3161: the question to an authority, its reply, and whether a token proves what it says.

A token says that a digest was there at a time. It is believed only with its imprint, the authority's CMS signature, the
certificate that the signature names (ESSCertIDv2), that certificate's purpose, and its standing with `signing.trust`:
the same anchors and revocation data as for signatures. Tokens come from outside: a hostile one is refused in bounded
time and memory, and raises nothing but what is declared. Asking an authority is `connectors.tsa`'s.
"""

from signing.timestamps.problems import PROBLEMS, Problem
from signing.timestamps.reply import TimestampRefused, read_reply
from signing.timestamps.request import TimestampRequest, make_request
from signing.timestamps.token import ALGORITHMS, Token, TokenUnreadable, read_token
from signing.timestamps.verify import TimestampValidation, verify_timestamp, verify_timestamp_over

__all__ = [
    "ALGORITHMS",
    "PROBLEMS",
    "Problem",
    "TimestampRefused",
    "TimestampRequest",
    "TimestampValidation",
    "Token",
    "TokenUnreadable",
    "make_request",
    "read_reply",
    "read_token",
    "verify_timestamp",
    "verify_timestamp_over",
]
