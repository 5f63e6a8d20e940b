"""Whether a certificate on a proven path was revoked, from lists and OCSP responses, each on its own word.

pyhanko-certvalidator proves each of them (signature, the signer's authority, scope, the certificate it is about). They
are asked one by one, because the library stops at the first that is content: here the worse of two counts, and a
revocation once told stays true when the list that told it is overtaken.
"""

from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pyhanko_certvalidator import errors
from pyhanko_certvalidator.context import ValidationContext
from pyhanko_certvalidator.revinfo.validate_crl import verify_crl
from pyhanko_certvalidator.revinfo.validate_ocsp import verify_ocsp_response

from signing.trust.evidence import Shelf, Statement
from signing.trust.running import complete
from signing.trust.standing import Lack, Revocation

COMPROMISE = frozenset({"key_compromise", "ca_compromise", "aa_compromise"})
HOLD = "certificate_hold"
_NEARNESS = (Lack.MISSING, Lack.UNPROVEN, Lack.FUTURE, Lack.STALE)

Verify = Callable[[Statement, datetime], Coroutine[Any, Any, Any]]
"""Prove what a statement says of the certificate at a moment."""

MakeContext = Callable[[datetime, Sequence[Any], Sequence[Any]], ValidationContext]
"""A validation context at a moment with these lists and these OCSP responses."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One certificate of a path, and when it is asked about."""

    certificate: Any
    """As asn1crypto reads it."""
    path: Any
    """The path that it stands on."""
    valid_from: datetime
    """Start of the path's validity: nothing can be proven before."""
    moment: datetime
    """The moment in question: now, or the end of the path's validity."""
    now: datetime
    """The present."""
    most_age: timedelta | None
    """How old an answer may be; None: as it says itself."""
    issuer: bool
    """It is not the signer's own certificate."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known about the revocation of one certificate."""

    revocation: Revocation | None = None
    """It was revoked or suspended."""
    until: datetime | None = None
    """It was not revoked, and that is known until then."""
    lack: Lack | None = None
    """Neither is known, for this reason."""


def ask(asked: Asked, shelf: Shelf, context: MakeContext) -> Answer:
    """The worse of what the lists and the OCSP responses say."""
    issuer, serial = asked.certificate.issuer.hashable, asked.certificate.serial_number
    lists, answers = shelf.lists(issuer), shelf.answers(serial)
    fresh = [each for each in lists if _lack(each, asked) is None]
    deltas = [each.container for each in shelf.deltas(issuer) if _lack(each, asked) is None]

    def by_list(statement: Statement, moment: datetime) -> Coroutine[Any, Any, Any]:
        return verify_crl(asked.certificate, asked.path, context(moment, [statement.about(serial), *deltas], ()))

    told = [_of_kind(lists, by_list, asked), ask_responses(asked, answers, shelf, context)]
    if told[0].lack is not None and len(fresh) > 1:
        # Lists that are cut by reasons for revocation say something only side by side.
        ready = context(asked.moment, [*(each.about(serial) for each in fresh), *deltas], ())
        ends = min(each.until(asked.most_age) for each in fresh)
        told.append(_prove(verify_crl(asked.certificate, asked.path, ready), ends, asked))
    return _worst(told)


def ask_responses(asked: Asked, answers: Sequence[Statement], shelf: Shelf, context: MakeContext) -> Answer:
    """What OCSP responses say; the responder's own certificate may have to be asked about, too: from the lists."""
    issuers = {each.issuer.hashable for each in asked.path.iter_certs(include_root=False)}
    lists = [each for issuer in issuers for each in shelf.lists(issuer) if _lack(each, asked) is None]

    def by_answer(statement: Statement, moment: datetime) -> Coroutine[Any, Any, Any]:
        ready = context(moment, [each.whole() for each in lists], [statement.container])
        return verify_ocsp_response(asked.certificate, asked.path, ready)

    return _of_kind(answers, by_answer, asked)


def _of_kind(statements: Sequence[Statement], verify: Verify, asked: Asked) -> Answer:
    """What the statements of one kind say, the newest first: a suspension is lifted by a newer word, nothing else is."""
    told = list(_each(statements, verify, asked))
    final = [each for each in told if each.revocation is not None and not each.revocation.on_hold]
    if final:
        return _worst(final)
    decided = [each for each in told if each.lack is None]
    return decided[0] if decided else _worst(told)


def _each(statements: Sequence[Statement], verify: Verify, asked: Asked) -> Iterator[Answer]:
    for statement in statements:
        lack = _lack(statement, asked)
        if lack is Lack.FUTURE:
            yield Answer(lack=lack)
            continue
        moment = max(asked.valid_from, min(asked.moment, statement.next_update))
        answer = _prove(verify(statement, moment), statement.until(asked.most_age), asked)
        if lack is not None and (answer.revocation is None or answer.revocation.on_hold):
            # An overtaken word: only a revocation that cannot be undone outlives it.
            answer = Answer(lack=answer.lack or lack)
        yield answer


def _prove(verifying: Coroutine[Any, Any, Any], ends: datetime, asked: Asked) -> Answer:
    try:
        complete(verifying)
    except errors.RevokedError as error:
        reason = str(error.reason.native)
        return Answer(Revocation(error.revocation_dt, reason in COMPROMISE, reason == HOLD, asked.issuer))
    except Exception:
        # What authorities send is parsed lazily: whatever breaks, it proves nothing.
        return Answer(lack=Lack.UNPROVEN)
    return Answer(until=ends)


def _lack(statement: Statement, asked: Asked) -> Lack | None:
    return statement.lack(moment=asked.moment, now=asked.now, most_age=asked.most_age)


def _worst(told: Sequence[Answer]) -> Answer:
    """A revocation outweighs a suspension, that outweighs a good word, and that outweighs silence."""
    revocations = [each.revocation for each in told if each.revocation is not None]
    if revocations:
        worst = min(revocations, key=lambda each: (each.on_hold, each.moment))
        return Answer(replace(worst, compromised=any(each.compromised for each in revocations)))
    known = [each.until for each in told if each.until is not None]
    if known:
        return Answer(until=max(known))
    return Answer(lack=max((each.lack for each in told if each.lack), key=_NEARNESS.index, default=Lack.MISSING))
