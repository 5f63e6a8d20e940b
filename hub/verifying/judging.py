"""One record or batch before the hub's verifier, and before others where they are asked: what one process does."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hub import logs
from hub.checking.items import Item
from hub.checking.looking import CITY
from hub.checking.rostering import roster_from
from hub.verifying.beside import ProvenTrust, evidence_beside, with_evidence
from hub.verifying.forms import Form
from hub.verifying.identifying import identifier_of
from hub.verifying.preserved import kept_beside
from hub.verifying.registry import registry_from
from hub.verifying.sources import Whole
from hub.verifying.told import FORMAT, GENERIC, Holder, Judged, Signature, Verdict
from routes.cargo import Verifiers
from schemas.check import unknown_version
from schemas.findings import Finding, FindingError
from schemas.identity import identify
from schemas.octets import RECORD, parse_record
from schemas.policies import SlotsPolicy
from schemas.profiles import Profile, profile_of
from schemas.rules.files import NOT_LOOKED_AT
from signing.preserve import judge_record, judge_transaction, preserved_of
from signing.second_opinion import Engine, Opinion, second_opinion_on_transaction, second_opinions
from signing.trust import TrustStore
from signing.verify import Approvals, Indication, SlotPolicy, SlotValidation
from signing.verify.envelope import SIGNATURE
from signing.verify.faults import Fault
from signing.verify.locate import place_signatures
from signing.verify.policy import Limits
from signing.verify.prescreen import parse, prescreen_octets
from signing.verify.signature import Progress
from signing.verify.transaction import BATCH, BATCH_LIMITS, TRANSACTION

APPROVAL, APPROVAL_OF_SENDER, ONLINE = "S05", "S05-sender", "online-revocation"
"""what may not have been checked, beside the rules that the verifier names itself"""

MOST_FOR_OTHERS = 16 * 1024 * 1024
"""octets of a batch of whose own signature others are asked, at most: they hold several copies of it in memory"""


@dataclass(frozen=True, slots=True)
class TrustPlace:
    """Where trust is read from, and how old its revocation data may be."""

    folder: Path | None
    """anchors, intermediates, revocation lists and OCSP responses; None: nothing is trusted"""
    most_age: timedelta | None = None
    """of a list or response; None: as long as it says itself"""

    def store(self) -> TrustStore:
        """What the folder holds now.

        Raises:
            OSError, ValueError: some file cannot be read, or is not what its folder is for.
        """
        if self.folder is None:
            return TrustStore(anchors=())
        return TrustStore.from_folder(self.folder, most_age=self.most_age)


@dataclass(frozen=True, slots=True)
class Terms:
    """What everything is judged by."""

    at: datetime
    """the present, or the instant as of which is asked"""
    trust: TrustPlace | None
    """whose certificates are believed; None: only others are asked"""
    slots: SlotsPolicy = CITY
    """who must sign"""
    registry: Path | None = None
    """file of approved certificates; None: approvals are not checked"""
    roster: Path | None = None
    """file that tells who was given which role; None: that is not checked"""
    sender: str | None = None
    """unit that signs batches; None: the school whose records they hold"""
    others: tuple[Engine, ...] = ()
    """who else is asked"""
    identify: bool = False
    """say of each signature what tells it from every other"""


class Desk:
    """The hub's verifier and the others; one per process."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._own = None if terms.trust is None else _Own(terms, terms.trust)

    def look(self, item: Item) -> Judged:
        """All verdicts on one item, placed in its file."""
        if isinstance(item, Form):
            judged = self._form(item)
        else:
            judged = self._batch(item) if isinstance(item, Whole) else self._record(item)
        return replace(judged, offset=item.offset, line=item.line)

    def _record(self, item: Item) -> Judged:
        try:
            root = parse_record(item.content)
        except FindingError as error:
            return _no_record(item, error.findings)
        told = identify(root)
        profile = profile_of(told.version, told.level)
        if profile is None:
            return _no_record(item, (unknown_version(root),), uuid=told.uuid or None)
        if self._own is None:
            signatures = [Signature.unjudged(slot, path) for slot, path, _ in _placed(root, profile)]
            judged = Judged(item.file, item.number, told.uuid or None, profile.name, None, tuple(signatures))
        else:
            judged = self._own.record_and_beside(item, root, profile)
        if self._terms.identify:
            judged = _identified(judged, [element for _, _, element in _placed(root, profile)])
        return self._heard(judged, lambda engine: second_opinions(item.content, profile.slots, engine=engine))

    def _form(self, item: Item) -> Judged:
        if self._terms.trust is None:
            # Those who give second opinions know XML signatures alone.
            return broken(item, "no engine for PDF")
        from hub.verifying.judging_forms import judge_form

        return judge_form(item, self._terms.trust, self._terms.at)

    def _batch(self, item: Item) -> Judged:
        if self._own is None:
            judged = Judged(item.file, None, None, None, None, (Signature.unjudged(TRANSACTION, ""),))
        else:
            judged = self._own.batch(item)
        if item.content is None:
            return judged
        if self._terms.identify:
            root = _parsed(item.content)
            judged = _identified(judged, [] if root is None else list(root.findall(SIGNATURE)))
        return self._heard(judged, lambda engine: (_on_batch(item.content, engine),))

    def _heard(self, judged: Judged, ask: Any) -> Judged:
        """With what the others say of each signature."""
        for engine in self._terms.others:
            try:
                said: dict[str, Opinion] = {opinion.path: opinion for opinion in ask(engine)}
            except Fault as fault:
                said = {}
                refused = f"not asked: {fault.kind.cause}"
            else:
                refused = "not found"
            signatures = tuple(
                replace(each, opinions=(*each.opinions, said.get(each.path) or _unasked(engine, each, refused)))
                for each in judged.signatures
            )
            judged = replace(judged, signatures=signatures)
        return judged


def _on_batch(octets: bytes, engine: Engine) -> Opinion:
    if len(octets) > MOST_FOR_OTHERS:
        raise Fault("too-large")
    return second_opinion_on_transaction(octets, engine=engine)


def _unasked(engine: Engine, signature: Signature, reason: str) -> Opinion:
    return Opinion(engine, signature.slot, signature.path, accepted=False, reason=reason)


class _Own:
    """The hub's verifier, by a folder of trust, a policy and what files say of approvals and assignments."""

    def __init__(self, terms: Terms, place: TrustPlace) -> None:
        self._terms = terms
        self._trust = place.store()
        self._registry = None if terms.registry is None else registry_from(terms.registry)
        approvals = Approvals.DESTINATION if self._registry is None else Approvals.REGISTRY
        roster = None if terms.roster is None else roster_from(terms.roster, None)
        self._verifiers = Verifiers(terms.slots, self._trust, terms.slots.policy, approvals, roster=roster)

    def record_and_beside(self, item: Item, root: Any, profile: Profile) -> Judged:
        """The verdict on a parsed record, and on the evidence beside its file."""
        judged = self.record(item, root, profile)
        found = evidence_beside(item, trust=self._trust, at=self._terms.at)
        return with_evidence(judged, found, lambda since: self.record(item, root, profile, since=since))

    def _by(self, since: datetime | None) -> Verifiers:
        """The verifiers of the present, or of a time at which the record is known to have been there."""
        known = self._verifiers
        if since is None:
            return known
        trust = ProvenTrust(self._trust, since, self._terms.at)
        return Verifiers(known.slots, trust, known.name, known.approvals, roster=known.roster)

    def record(self, item: Item, root: Any, profile: Profile, *, since: datetime | None = None) -> Judged:
        """The verdict on a parsed record; `since` is when it is known to have been there, where that is to count."""
        told = identify(root)
        preserved = None if since else preserved_of(item.content, self._trust, self._terms.at)
        approved = None if self._registry is None else self._registry.of(told.school_code)
        validation = judge_record(
            self._by(since).of(profile, root),
            item.content,
            root,
            registry=approved,
            at=since or self._terms.at,
            preserved=preserved,
        )
        paths = [path for _, path, _ in _placed(root, profile)] if validation.slots else []
        of_slots = {id(finding) for slot in validation.slots for finding in slot.findings}
        judged = Judged(
            file=item.file,
            number=item.number,
            uuid=told.uuid or None,
            profile=profile.name,
            verdict=Verdict.by(validation.indication, validation.cause, validation.data_sha256),
            signatures=tuple(Signature.of(*each) for each in zip(validation.slots, paths, strict=True)),
            findings=tuple(each for each in validation.findings if id(each) not in of_slots),
            not_checked=(*validation.not_checked, ONLINE),
            holders=_holders(validation.slots),
        )
        return kept_beside(judged, preserved)

    def batch(self, item: Item) -> Judged:
        """The verdict on the signature over a whole batch."""
        root = None if item.content is None else _parsed(item.content)
        unit = self._terms.sender or _school_of(root)
        asked = self._registry is not None and unit is not None
        policy = SlotPolicy(
            self._terms.slots.policy, frozenset(), approvals=Approvals.REGISTRY if asked else Approvals.DESTINATION
        )
        approved = self._registry.of(unit) if self._registry is not None and unit is not None else None
        preserved = None
        if item.content is None:
            slot = _too_large(item, policy)
        else:
            preserved = preserved_of(item.content, self._trust, self._terms.at)
            slot = judge_transaction(
                item.content,
                root,
                trust=self._trust,
                policy=policy,
                approved=approved,
                at=self._terms.at,
                preserved=preserved,
            )
        silent = [] if asked else [APPROVAL if self._registry is None else APPROVAL_OF_SENDER]
        judged = Judged(
            file=item.file,
            number=None,
            uuid=None,
            profile=None,
            verdict=Verdict.by(slot.indication, slot.cause),
            signatures=(Signature.of(slot, ""),),
            not_checked=(*silent, ONLINE),
            holders=_holders((slot,)),
        )
        return kept_beside(judged, preserved)


def desk_of(terms: Terms) -> Desk:
    """A desk in a process whose warnings keep off standard output: that is the report's."""
    logs.quiet()
    return Desk(terms)


def broken(item: Item, reason: str) -> Judged:
    """What is told of an item that could not be looked at to the end: that is no verdict of either kind."""
    finding = NOT_LOOKED_AT.finding(line=item.line, offset=item.offset, values={"reason": reason})
    verdict = Verdict(Indication.INDETERMINATE, GENERIC, None)
    form = isinstance(item, Form)
    number = None if form or isinstance(item, Whole) else item.number
    return Judged(item.file, number, None, None, verdict, (), (finding,), offset=item.offset, line=item.line, form=form)


def _no_record(item: Item, findings: Sequence[Finding], *, uuid: str | None = None) -> Judged:
    verdict = Verdict(Indication.FAILED, FORMAT, None)
    return Judged(item.file, item.number, uuid, None, verdict, (), tuple(findings))


def _too_large(item: Item, policy: SlotPolicy) -> SlotValidation:
    """A batch that no destination would take, and that is not read whole to be told so."""
    fault = Fault("too-large", seen=str(item.size), expected=f"≤ {BATCH_LIMITS.octets}")
    return Progress(TRANSACTION).conclude(fault, policy=policy, path=BATCH.path, uuid=None)


def _holders(slots: Sequence[SlotValidation]) -> tuple[Holder, ...]:
    return tuple(Holder.of(slot.signer.certificate) for slot in slots if slot.signer is not None)


def _placed(root: Any, profile: Profile) -> list[tuple[str, str, Any]]:
    """Name and path of each slot that is signed, with its signature, in the order of verdicts."""
    try:
        found = place_signatures(root, profile.slots, Limits())
    except Fault:
        return []
    return [(each.slot.name, each.path, each.signature) for each in found if each.signature is not None]


def _identified(judged: Judged, elements: Sequence[Any]) -> Judged:
    if len(elements) != len(judged.signatures):
        return judged
    pairs = zip(judged.signatures, elements, strict=True)
    return replace(judged, signatures=tuple(replace(each, identifier=identifier_of(node)) for each, node in pairs))


def _parsed(octets: bytes) -> Any | None:
    """The whole batch; None where it is not to be parsed, which the verifier tells of."""
    try:
        prescreen_octets(octets, BATCH_LIMITS)
        return parse(octets)
    except Fault:
        return None


def _school_of(root: Any | None) -> str | None:
    """MA_TRUONG of all records of a batch; None where they are of several schools, or cannot be read."""
    codes = set() if root is None else {identify(record).school_code for record in root.iterchildren(RECORD)}
    return codes.pop() if len(codes) == 1 else None
