"""Until when the algorithms of a timestamp are allowed (EN 319 102-1 5.2.8; TT 15/2025/TT-BKHCN)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from schemas.algorithms import Suite
from signing.certificates import Certificate
from signing.preserve.problems import problem_of
from signing.preserve.results import StampValidation
from signing.preserve.unsigned import StampKind
from signing.timestamps import TimestampValidation, Token, read_token
from signing.verify.policy import VIETNAM

_SCHEMES = {"rsassa_pkcs1v15": "rsa", "rsassa_pss": "rsa-pss", "ecdsa": "ecdsa"}


def weighed(
    kind: StampKind, token: bytes, told: TimestampValidation, *, suites: Sequence[Suite], at: datetime
) -> StampValidation:
    """The verdict on a timestamp, its algorithms looked at as of a time: one that they do not allow proves nothing."""
    if not told.passed or told.tsa is None:
        return _validation(kind, told, told.until)
    end = allowed_until(read_token(token), told.tsa, suites, at=at)
    if end is None:
        problem = problem_of("algorithm-outdated")
        told = replace(told, indication=problem.indication, sub_indication=problem.sub_indication, cause=problem.cause)
        return _validation(kind, told, None)
    return _validation(kind, told, min(end, told.until or end))


def _validation(kind: StampKind, told: TimestampValidation, until: datetime | None) -> StampValidation:
    return StampValidation(
        kind=kind,
        indication=told.indication,
        sub_indication=told.sub_indication,
        cause=told.cause,
        time=told.time,
        algorithm=told.algorithm,
        serial=told.serial,
        until=until,
        tsa=told.tsa,
    )


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
