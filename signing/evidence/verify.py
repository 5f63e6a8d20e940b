"""Whether an evidence record proves that a data object was there at a time, and is unchanged since.

The steps, in order (RFC 4998 5.3, RFC 6283 3.3 and 4.3, EN 319 102-1 5.6.2.3):

1.  Structure: size, counts, one of the two syntaxes.
2.  The first list of the first timestamp has the data object's digest.
3.  Of every other timestamp of a chain, the first list has the digest of the timestamp before it.
4.  Of the first timestamp of every other chain, the first list has the data object's digest by the new algorithm, joined
    with that of all chains before.
5.  Every reduced tree leads to the imprint of its timestamp, by the chain's algorithm.
6.  The timestamps are in the order of their times.
7.  Each timestamp holds, its authority's certificate and its algorithms with it, at the time of the one after it; the last
    one now. Revocation data is the trust's own and what the token carries.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from itertools import pairwise

from schemas.algorithms import SUITES, Suite, in_force
from signing.certificates import Certificate
from signing.evidence.covering import data_digest, joined, read_record
from signing.evidence.problems import PROBLEMS
from signing.evidence.records import EvidenceRecord, RecordUnreadable, Syntax
from signing.evidence.settled import trust_beside
from signing.evidence.tree import NotInTree, root_of
from signing.indications import Indication, SubIndication
from signing.timestamps import TimestampValidation, TokenUnreadable, read_token, verify_timestamp
from signing.trust import Trust
from signing.verify.policy import VIETNAM

Data = bytes | Mapping[str, bytes]
"""The data object's octets; or its digests by hashlib's names, of the octets (RFC 4998) or the canonical form (RFC 6283)"""

_SCHEMES = {"rsassa_pkcs1v15": "rsa", "rsassa_pss": "rsa-pss", "ecdsa": "ecdsa"}


@dataclass(frozen=True, slots=True)
class TimestampOutcome:
    """The verdict on one timestamp of a record."""

    chain: int
    """number of its chain, from 1"""
    number: int
    """number in the chain, from 1"""
    algorithm: str
    """hash algorithm of the chain"""
    signature: str
    """the authority's signature method and key, for example `ecdsa-sha256, EC-256`; empty where it was not reached"""
    indication: Indication
    """main indication"""
    sub_indication: SubIndication | None
    """sub-indication; None when passed"""
    cause: str | None
    """key of `PROBLEMS`; None when passed"""
    time: datetime | None
    """when it was given, UTC; None where it cannot be read"""
    judged_at: datetime
    """the time at which it had to hold: of the timestamp after it, or the present"""
    until: datetime | None
    """until when it would hold by itself; None unless passed"""
    tsa: Certificate | None = field(repr=False)
    """the authority's certificate; None where it was not found"""

    @property
    def passed(self) -> bool:
        """True for TOTAL-PASSED only."""
        return self.indication is Indication.PASSED


@dataclass(frozen=True, slots=True)
class EvidenceValidation:
    """The verdict on an evidence record over one data object."""

    indication: Indication
    """main indication: passed only when every timestamp is"""
    sub_indication: SubIndication | None
    """sub-indication; None when passed"""
    cause: str | None
    """key of `PROBLEMS`; None when passed"""
    syntax: Syntax | None
    """which standard it is written by; None where it cannot be read"""
    since: datetime | None
    """when the data object was there as it is, UTC; None unless passed"""
    until: datetime | None
    """until when this can be shown without a renewal; None unless passed"""
    timestamps: tuple[TimestampOutcome, ...]
    """the oldest first; those that were reached"""

    @property
    def passed(self) -> bool:
        """True for TOTAL-PASSED only."""
        return self.indication is Indication.PASSED


class Broken(Exception):
    """The trees do not hold together; the argument is the cause."""


def verify_evidence(
    record: bytes, *, data: Data, trust: Trust, at: datetime | None = None, suites: Iterable[Suite] = SUITES
) -> EvidenceValidation:
    """Judge an evidence record over a data object; never raises for what the record holds.

    `at` is the present, or the instant as of which is asked.
    """
    now, syntax = at or datetime.now(UTC), None
    try:
        # 1. Structure.
        found = read_record(record)
        syntax = found.syntax
        # 2. to 5. The trees, as far as the timestamps' imprints.
        roots = covered(found, data)
    except RecordUnreadable:
        return _verdict("evidence-malformed", syntax, ())
    except Broken as broken:
        return _verdict(str(broken), syntax, ())
    return _judge(found, roots, trust, now, list(suites))


def covered(record: EvidenceRecord, data: Data) -> tuple[bytes, ...]:
    """What each timestamp must have been given for, from the first to the last: steps 2 to 5 without the tokens.

    Raises:
        Broken: the data object, a timestamp or a chain is not where it must be.
    """
    roots = []
    for number, chain in enumerate(record.chains):
        # 2. The data object, or 4. the data object and all chains before.
        found = _root(record, number, data)
        roots.append(found)
        for link, each in zip(record.links[number], chain.timestamps[1:], strict=False):
            # 3. The timestamp before.
            roots.append(
                _lead(each.reduced, hashlib.new(chain.algorithm, link).digest(), chain.algorithm, "evidence-link")
            )
    return tuple(roots)


def _root(record: EvidenceRecord, number: int, data: Data) -> bytes:
    chain = record.chains[number]
    reduced, algorithm = chain.timestamps[0].reduced, chain.algorithm
    digest = _digest(record.syntax, data, algorithm)
    if number == 0:
        return _lead(reduced, digest, algorithm, "evidence-other-data")
    so_far = hashlib.new(algorithm, record.sequences[number - 1]).digest()
    if record.syntax is Syntax.ASN1:
        return _lead(reduced, joined(Syntax.ASN1, digest, so_far, algorithm), algorithm, "evidence-link")
    if not reduced or so_far not in reduced[0]:
        raise Broken("evidence-link")
    return _lead(reduced, digest, algorithm, "evidence-other-data")


def _lead(reduced: Sequence[tuple[bytes, ...]], leaf: bytes, algorithm: str, cause: str) -> bytes:
    if any(len(value) != len(leaf) for values in reduced for value in values):
        # Joined without their lengths, others could be cut and put together anew.
        raise Broken("evidence-malformed")
    try:
        return root_of(tuple(reduced), leaf, algorithm)
    except NotInTree as error:
        raise Broken(cause) from error


def _digest(syntax: Syntax, data: Data, algorithm: str) -> bytes:
    if isinstance(data, bytes):
        return data_digest(syntax, data, algorithm)
    if algorithm not in data:
        raise Broken("evidence-other-data")
    return data[algorithm]


def _judge(
    record: EvidenceRecord, roots: Sequence[bytes], trust: Trust, now: datetime, suites: Sequence[Suite]
) -> EvidenceValidation:
    places = [
        (chain, number, each.algorithm, stamp.token)
        for chain, each in enumerate(record.chains, start=1)
        for number, stamp in enumerate(each.timestamps, start=1)
    ]
    try:
        times = [read_token(token).time for *_, token in places]
    except TokenUnreadable:
        return _verdict("timestamp-malformed", record.syntax, ())
    outcomes = []
    for (chain, number, algorithm, token), root, covered_at in zip(places, roots, [*times[1:], None], strict=True):
        # 5. and 7. The imprint, and the timestamp at the time of the one after it.
        told = verify_timestamp(token, digest=root, trust=trust_beside(token, trust), at=now, covered_at=covered_at)
        judged = _outcome(token, told, algorithm, moment=covered_at or now, suites=suites)
        outcomes.append(replace(judged, chain=chain, number=number))
    wrong = next((each.cause for each in outcomes if not each.passed), None)
    # 6. The order of the times.
    if wrong is None and any(later < earlier for earlier, later in pairwise(times)):
        wrong = "evidence-order"
    return _verdict(wrong, record.syntax, outcomes)


def _outcome(
    token: bytes, told: TimestampValidation, algorithm: str, *, moment: datetime, suites: Sequence[Suite]
) -> TimestampOutcome:
    cause, signature, until = told.cause, "", told.until
    if cause == "timestamp-imprint" or (cause is None and told.algorithm != algorithm):
        cause = "evidence-tree"
    if cause is None and told.tsa is not None:
        method = signature_method(token)
        signature = f"{method}, {told.tsa.key.name}"
        fit = [each for each in suites if _allows(each, method, told.tsa, algorithm)]
        if not in_force(fit, moment.astimezone(VIETNAM).date()):
            cause = "evidence-algorithm-aged"
        until = min(filter(None, (until, _end(fit))), default=None)
    problem = None if cause is None else PROBLEMS[cause]
    return TimestampOutcome(
        chain=0,
        number=0,
        algorithm=algorithm,
        signature=signature,
        indication=problem.indication if problem else Indication.PASSED,
        sub_indication=problem.sub_indication if problem else None,
        cause=cause,
        time=told.time,
        judged_at=moment,
        until=None if problem else until,
        tsa=told.tsa,
    )


def signature_method(token: bytes) -> str:
    """The signature method by the suites' names."""
    signer = read_token(token).signer
    scheme = signer["signature_algorithm"]
    digest = signer["digest_algorithm"]["algorithm"].native
    return f"{_SCHEMES.get(scheme.signature_algo, '?')}-{digest}"


def _allows(suite: Suite, method: str, tsa: Certificate, algorithm: str) -> bool:
    digests = (algorithm, method.rpartition("-")[2])
    return suite.allows(signature=method, key=tsa.key.kind, bits=tsa.key.bits, digests=digests, c14n=())


def _end(suites: Sequence[Suite]) -> datetime | None:
    """The last moment of the last of them; None: no end is known."""
    last = max((suite.until for suite in suites), default=date.max)
    return None if last == date.max else datetime.combine(last, time.max, VIETNAM).astimezone(UTC)


def _verdict(cause: str | None, syntax: Syntax | None, outcomes: Sequence[TimestampOutcome]) -> EvidenceValidation:
    problem = None if cause is None else PROBLEMS[cause]
    return EvidenceValidation(
        indication=problem.indication if problem else Indication.PASSED,
        sub_indication=problem.sub_indication if problem else None,
        cause=cause,
        syntax=syntax,
        since=None if problem else outcomes[0].time,
        until=None if problem else outcomes[-1].until,
        timestamps=tuple(outcomes),
    )
