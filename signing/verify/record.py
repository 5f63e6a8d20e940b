"""The verdict on a record: every signature in it, every required slot, their order."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from schemas.algorithms import SUITES, Suite
from schemas.identity import general_path, identify
from schemas.profiles import Slot, Tie
from schemas.rules.roster import Roster
from signing.trust import Trust
from signing.verify.canonical import EXCLUSIVE, canonical_octets
from signing.verify.faults import Fault
from signing.verify.identity import check_institution, check_person, check_signing_date
from signing.verify.locate import (
    IDENTIFIER_ATTRIBUTES,
    Placed,
    children,
    only_child,
    only_text,
    place_signatures,
    region_of,
)
from signing.verify.policy import Approvals, Approved, Limits, SlotPolicy
from signing.verify.prescreen import check_scope, parse, prescreen_octets, prescreen_tree
from signing.verify.results import Disposition, Indication, RecordValidation, SlotValidation
from signing.verify.signature import Progress, Region, check_signature, check_strength, check_trust, guarded
from signing.verify.stamped import check_timestamps

_GRAVITY = (Disposition.PASS, Disposition.RETRY, Disposition.HOLD, Disposition.REFUSE)


class RecordVerifier:
    """Judges records of one profile against one trust store and one policy."""

    def __init__(
        self,
        slots: Sequence[Slot],
        *,
        trust: Trust,
        policy: SlotPolicy,
        limits: Limits | None = None,
        suites: Sequence[Suite] = SUITES,
        roster: Roster | None = None,
    ) -> None:
        self._slots = tuple(slots)
        self._trust = trust
        self._policy = policy
        self._limits = limits or Limits()
        self._suites = tuple(suites)
        self._roster = roster
        self._required = [slot for slot in self._slots if slot.name in policy.required]

    @property
    def trust(self) -> Trust:
        """Whose certificates it believes."""
        return self._trust

    def verify(
        self,
        octets: bytes,
        root: Any | None = None,
        *,
        registry: Approved | None,
        at: datetime,
        trust: Trust | None = None,
    ) -> RecordValidation:
        """Judge one record.

        `root` is the `HOC_BA` element of exactly these octets, parsed alone, where the caller already has it;
        `registry` holds the approved certificates of the record's school, None where the policy leaves them to the
        destination; `at` is the present; `trust`, for this record alone, stands in for the verifier's own.
        """
        terms = _Terms(
            slots=self._slots,
            required=self._required,
            trust=self._trust if trust is None else trust,
            policy=self._policy,
            limits=self._limits,
            suites=self._suites,
            roster=self._roster,
            registry=registry,
            at=at,
        )
        return _Judgement(terms).judge(octets, root)


@dataclass(frozen=True, slots=True)
class _Terms:
    """What a record is judged by."""

    slots: tuple[Slot, ...]
    required: Sequence[Slot]
    trust: Trust
    policy: SlotPolicy
    limits: Limits
    suites: tuple[Suite, ...]
    roster: Roster | None
    registry: Approved | None
    at: datetime


class _Judgement:
    """The judgement of one record, step by step."""

    def __init__(self, terms: _Terms) -> None:
        self._terms = terms
        self._root: Any = None
        self._uuid: str | None = None
        self._school: str | None = None
        self._placed: tuple[Placed, ...] = ()
        self._regions: dict[str, Region] = {}
        self._faults: list[tuple[str, Fault]] = []
        self._passed: dict[str, Progress] = {}
        self._unanswered: set[str] = set()

    def judge(self, octets: bytes, root: Any | None) -> RecordValidation:
        fault = guarded(lambda: self._open(octets, root))
        if fault is not None:
            self._faults.append(("", fault))
            return self._conclude(())
        verdicts = tuple(self._judge_slot(place) for place in self._placed if place.signature is not None)
        self._faults.extend(self._record_faults())
        return self._conclude(verdicts)

    def _open(self, octets: bytes, root: Any | None) -> None:
        # 1. Pre-screen on the raw octets (EN 319 102-1 5.2.2; XMLDSig 1.1 section 8).
        declared = prescreen_octets(octets, self._terms.limits)
        # 2. Parse.
        self._root = parse(octets) if root is None else root
        if self._root.tag != "HOC_BA":
            raise Fault("wrong-root", seen=str(self._root.tag)[:80], expected="HOC_BA")
        check_scope(self._root, self._terms.limits, declared=declared)
        prescreen_tree(self._root, self._terms.limits, self._terms.slots)
        # 3. Every signature in exactly one declared slot (CV 2088 PL1 1.1).
        self._placed = place_signatures(self._root, self._terms.slots, self._terms.limits)
        general = self._root.find(general_path(self._root))
        if general is not None:
            self._uuid = (general.findtext("MA_TRA_CUU_UUID") or "").strip() or None
            self._school = (general.findtext("MA_TRUONG") or "").strip() or None

    def _judge_slot(self, place: Placed) -> SlotValidation:
        progress = Progress(place.slot.name)
        fault = guarded(lambda: self._check_slot(place, progress))
        if fault is None:
            self._passed[place.path] = progress
        return progress.conclude(fault, policy=self._terms.policy, path=place.path, uuid=self._uuid)

    def _check_slot(self, place: Placed, progress: Progress) -> None:
        # 4 to 8. Structure, references, digests, value, signed properties.
        others = check_signature(place.signature, self._region(place), progress, limits=self._terms.limits)
        # 9. Timestamps: the best time known for what follows; without any, the present.
        check_timestamps(progress, self._terms.trust, policy=self._terms.policy, now=self._terms.at)
        check_strength(progress, self._terms.suites, now=self._terms.at)
        # 9. Trust.
        check_trust(progress, others, self._terms.trust, policy=self._terms.policy, now=self._terms.at)
        # 10. Identity (QĐ 1789 Đ12, Đ20; CV 2088 III.1).
        certificate, moment = progress.certificate, progress.signing_time
        if certificate is None or moment is None:
            raise Fault("certificate-missing")
        check_signing_date(only_text(place.element, "NGAY_KY"), moment)
        if place.slot.holder == "person":
            check_person(place.slot, only_text(place.element, "SO_CCCD"), certificate)
            self._check_assignment(place, progress)
        if self._asks_approval(place.slot):
            check_institution(
                certificate, self._terms.registry, school=self._school or "", role=place.slot.name, moment=moment
            )
        progress.passed.append(10)

    def _asks_approval(self, slot: Slot) -> bool:
        policy = self._terms.policy
        if policy.approvals is not Approvals.REGISTRY:
            return False
        return slot.holder == "institution" or slot.name in policy.approved_slots

    def _check_assignment(self, place: Placed, progress: Progress) -> None:
        """S07, where there is a roster and it knows: in the signed data's own words, whose digests hold by now."""
        roster = self._terms.roster
        if roster is None:
            return
        told = identify(self._root)
        person = (place.element.findtext("SO_CCCD") or "").strip()
        given = roster.assigned(told.school_code, told.school_year, told.class_name, place.slot.name, person)
        if given is None:
            self._unanswered.add("S07")
        elif not given:
            fault = Fault("signer-not-assigned", seen=person)
            if fault.kind.cause in self._terms.policy.open_causes:
                raise fault
            progress.remarks.append(fault)

    def _region(self, place: Placed) -> Region:
        path, identifier = region_of(self._root, place.slot, place.element)
        region = self._regions.get(path)
        if region is None:
            element = only_child(self._root, path, fault="data-missing")
            if element is None or not any(element.get(name) == identifier for name in IDENTIFIER_ATTRIBUTES):
                raise Fault("data-missing", expected=f"{path}[@Id='{identifier}']")
            enveloped = any(ancestor is element for ancestor in place.element.iterancestors())
            region = Region(element, identifier, canonicalise=canonical_octets, enveloped=enveloped)
            self._regions[path] = region
        return region

    def _record_faults(self) -> list[tuple[str, Fault]]:
        # 10. Required slots (S01) and order of times (S02).
        faults = []
        signed = {place.slot.name for place in self._placed if place.signature is not None}
        for place in self._placed:
            if place.signature is None:
                faults.append((place.path, Fault("slot-unsigned", expected=f"{place.path}/Signature")))
        if not any(slot.tie is None for slot in self._terms.required):
            faults.append(("", Fault("policy-empty")))
        present = {place.slot.name for place in self._placed}
        for slot in self._terms.required:
            if slot.name not in signed and slot.name not in present:
                faults.append((slot.path, Fault("slot-missing", expected=slot.path)))
            elif slot.tie is not None:
                faults.extend(self._unsigned_regions(slot, slot.tie))
        faults.extend(self._disorder())
        return faults

    def _unsigned_regions(self, slot: Slot, tie: Tie) -> list[tuple[str, Fault]]:
        """Where each region has its own signers, every one of them must have signed, and there must be one."""
        signed = {
            place.element.get(tie.attribute)
            for place in self._placed
            if place.slot is slot and place.signature is not None
        }
        try:
            regions = children(self._root, slot.region_path, fault="data-missing")
        except Fault as fault:
            return [(slot.region_path, fault)]
        marks = {path: {mark.get(tie.attribute) for mark in region.iterfind(tie.mark)} for path, region in regions}
        missing = [path for path, named in marks.items() if not named or named - signed]
        return [(path, Fault("slot-missing", expected=slot.path)) for path in missing]

    def _disorder(self) -> list[tuple[str, Fault]]:
        """Each slot after those before it; equal slots in any order."""
        latest: datetime | None = None
        faults = []
        for _, group in groupby(self._placed, key=lambda place: place.slot.name):
            moments = [(place.path, moment) for place in group if (moment := self._moment(place)) is not None]
            for path, moment in moments:
                if latest is not None and moment < latest:
                    fault = Fault("order-wrong", seen=moment.isoformat(), expected=f"≥ {latest.isoformat()}")
                    faults.append((path, fault))
            latest = max([moment for _, moment in moments] + ([] if latest is None else [latest]), default=None)
        return faults

    def _moment(self, place: Placed) -> datetime | None:
        """When a slot was signed, as far as its signature passed."""
        progress = self._passed.get(place.path)
        return progress.signing_time if progress else None

    def _conclude(self, verdicts: tuple[SlotValidation, ...]) -> RecordValidation:
        judged = [(f"{one.slot}:{one.cause}", one.disposition) for one in verdicts if one.cause is not None]
        judged += [(fault.kind.cause, self._terms.policy.disposition(fault.kind.cause)) for _, fault in self._faults]
        findings = [finding for one in verdicts for finding in one.findings]
        findings += [fault.finding(path=path or None, uuid=self._uuid) for path, fault in self._faults]
        cause, disposition = max(judged, key=lambda one: _GRAVITY.index(one[1]), default=(None, Disposition.PASS))
        passed = cause is None
        refused = disposition is Disposition.REFUSE
        data = self._data() if passed else None
        registry = self._terms.registry
        return RecordValidation(
            indication=Indication.PASSED if passed else Indication.FAILED if refused else Indication.INDETERMINATE,
            disposition=disposition,
            cause=cause,
            slots=verdicts,
            findings=tuple(findings),
            policy=self._terms.policy.name,
            trust=self._terms.trust.state,
            registry="" if registry is None else registry.state,
            not_checked=self._not_checked(),
            data_sha256=None if data is None else hashlib.sha256(data).hexdigest(),
            data=data,
        )

    def _not_checked(self) -> tuple[str, ...]:
        """S05 where the destination answers for approvals, S07 where no roster could be asked or it did not know."""
        silent = set(self._unanswered)
        if self._terms.policy.approvals is not Approvals.REGISTRY:
            silent.add("S05")
        if self._terms.roster is None:
            silent.add("S07")
        return tuple(sorted(silent))

    def _data(self) -> bytes:
        whole = [slot for slot in self._terms.required if slot.tie is None]
        return self._regions[whole[-1].region_path].octets(EXCLUSIVE)
