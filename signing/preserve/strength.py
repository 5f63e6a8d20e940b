"""Until when the algorithms of a timestamp are allowed (EN 319 102-1 5.2.8; TT 15/2025/TT-BKHCN)."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from schemas.algorithms import Suite
from signing.certificates import Certificate
from signing.timestamps import Token
from signing.verify.policy import VIETNAM

_SCHEMES = {"rsassa_pkcs1v15": "rsa", "rsassa_pss": "rsa-pss", "ecdsa": "ecdsa"}


def allowed_until(token: Token, tsa: Certificate, suites: Sequence[Suite], *, at: datetime) -> datetime | None:
    """The last instant at which some suite, in force on the day in question, allows all that the token uses.

    None: no such suite. Without a known end, the end of time.
    """
    day = at.astimezone(VIETNAM).date()
    used = _method(token)
    allowing = [
        suite.until
        for suite in suites
        if suite.since <= day <= suite.until
        and suite.allows(signature=used, key=tsa.key.kind, bits=tsa.key.bits, digests={token.algorithm}, c14n=())
    ]
    return _end(max(allowing)) if allowing else None


def _method(token: Token) -> str:
    """As suites call it, for example ecdsa-sha256."""
    signer = token.signer
    digest = str(signer["digest_algorithm"]["algorithm"].native)
    return f"{_SCHEMES.get(str(signer['signature_algorithm'].signature_algo), '')}-{digest}"


def _end(day: date) -> datetime:
    if day == date.max:
        return datetime.max.replace(tzinfo=UTC)
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=VIETNAM) - timedelta(seconds=1)
