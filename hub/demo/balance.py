"""The sums: everything that was made, against what the vendors were told and what the city has in its own store.

Nothing here asks the hub: it is what the outside says that must add up.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from hub.demo.outside import Outcome, Push
from hub.demo.props import Entry

ORDER = ("door", "check", "sign", "verify", "city")
STAGE_PLACES = {
    "normalise": "check",
    "check": "check",
    "sign": "sign",
    "verify": "verify",
    "pack": "verify",
    "deliver": "city",
    "poll": "city",
}
"""stage of an outcome → the place that knew"""
PERSONS = 2
"""who must sign a record of version 1.0 in person: its class teacher and its head"""


@dataclass(slots=True)
class Balance:
    """What became of everything, and what does not add up."""

    made: int = 0
    """records in the sets"""
    wrong: int = 0
    """of these, made wrong on purpose"""
    accepted: int = 0
    """taken on by the hub"""
    delivered: int = 0
    """judged by the city"""
    approved: int = 0
    """approved by the city, and read so by the vendor"""
    refused_by_rule: Counter[str] = field(default_factory=Counter)
    """rule → records that the hub refused because of it (a record counts once, by its first)"""
    refused_by_city: Counter[str] = field(default_factory=Counter)
    """the city's code → records"""
    held: Counter[str] = field(default_factory=Counter)
    """cause → records"""
    dead: Counter[str] = field(default_factory=Counter)
    """cause → records"""
    waiting: int = 0
    """accepted, and no outcome read yet"""
    signed: int = 0
    """signatures that persons gave at the remote service"""
    agreed: int = 0
    """times that they were asked for them and agreed"""
    bundles: int = 0
    """bundles that the city returned"""
    confirmed: int = 0
    """of these, confirmed by the school's software and acknowledged to the city"""
    violations: list[str] = field(default_factory=list)
    """what does not add up, in words"""

    @property
    def refused(self) -> int:
        """Refused by the hub, at the door or behind it."""
        return self.refused_by_rule.total()


@dataclass(frozen=True, slots=True)
class Books:
    """What one vendor has in its store."""

    pushes: Mapping[str, Push]
    """digest of a batch → the hub's answer"""
    outcomes: Mapping[tuple[str, int], Outcome]
    """(receipt, line) → what was read last"""


def balance(made: Iterable[Entry], books: Mapping[str, Books], in_force: Mapping[str, int]) -> Balance:
    """Add everything up."""
    sums = Balance()
    approved: set[str] = set()
    for entry in made:
        sums.made += 1
        sums.wrong += entry.fault is not None
        uuid = _one(sums, entry, books[entry.sender], in_force)
        if uuid in approved:
            sums.violations.append(f"{uuid}: duyệt hai lần / approved twice")
        if uuid:
            approved.add(uuid)
    for uuid in in_force.keys() - approved:
        sums.violations.append(
            f"{uuid}: Sở có hiệu lực, nhà cung cấp không được báo / in force at the city, no vendor was told"
        )
    ended = sums.approved + sums.refused_by_city.total() + sums.held.total() + sums.dead.total() + sums.refused
    if ended + sums.waiting != sums.made:
        sums.violations.append(f"{sums.made} ≠ {ended} + {sums.waiting}")
    return sums


def count_signatures(sums: Balance, sealed_by_hub: Iterable[Outcome], *, hashes: Iterable[str], agreed: int) -> None:
    """Hold what persons signed at the remote service against the records that the hub had to have signed."""
    sums.signed, sums.agreed = len(set(hashes)), agreed
    gone = sum(outcome.fate == "approved" or STAGE_PLACES.get(outcome.stage) == "city" for outcome in sealed_by_hub)
    if sums.signed != PERSONS * gone:
        sums.violations.append(
            f"{sums.signed} chữ ký từ xa cho {gone} hồ sơ / remote signatures for so many records: {PERSONS} for each"
        )


def _one(sums: Balance, entry: Entry, books: Books, in_force: Mapping[str, int]) -> str | None:
    """Count one record and hold it against what was to become of it; its UUID when it was approved."""
    push = books.pushes.get(entry.batch)
    if push is None or push.status != 202:
        _refused_whole(sums, entry, push)
        return None
    line = push.lines[entry.line]
    if line.status != "accepted":
        sums.refused_by_rule[(line.rules or ("?",))[0]] += 1
        _expect(sums, entry, "door", line.rules)
        return None
    sums.accepted += 1
    outcome = books.outcomes.get((push.receipt, entry.line))
    if outcome is None:
        sums.waiting += 1
        sums.violations.append(f"{line.uuid}: chưa có kết quả / no outcome was read")
        return None
    if outcome.fate == "approved":
        return _approved(sums, entry, outcome, in_force)
    _not_approved(sums, outcome)
    _expect(sums, entry, STAGE_PLACES.get(outcome.stage, outcome.stage), outcome.rules or (outcome.cause,))
    if outcome.uuid in in_force and entry.fault != "duplicate-uuid-in-batch":
        sums.violations.append(f"{outcome.uuid}: {outcome.fate}, mà Sở có hiệu lực / and in force at the city")
    return None


def _refused_whole(sums: Balance, entry: Entry, push: Push | None) -> None:
    status = "chưa gửi / not pushed" if push is None else f"HTTP {push.status}"
    sums.refused_by_rule[status] += 1
    sums.violations.append(f"{entry.sender} {entry.batch[:8]} #{entry.line + 1}: {status}")


def _approved(sums: Balance, entry: Entry, outcome: Outcome, in_force: Mapping[str, int]) -> str:
    sums.approved += 1
    sums.delivered += 1
    if outcome.uuid not in in_force:
        sums.violations.append(f"{outcome.uuid}: báo duyệt, Sở không có / told approved, not in force at the city")
    if entry.fault is not None:
        sums.violations.append(f"{outcome.uuid}: «{entry.fault}» lọt qua / got through")
    return outcome.uuid


def _not_approved(sums: Balance, outcome: Outcome) -> None:
    if outcome.fate == "refused" and STAGE_PLACES.get(outcome.stage) == "city":
        sums.delivered += 1
        sums.refused_by_city[outcome.cause.partition(":")[2] or outcome.cause] += 1
    elif outcome.fate == "refused":
        sums.refused_by_rule[(outcome.rules or (outcome.cause,))[0]] += 1
    elif outcome.fate == "held":
        sums.held[outcome.cause] += 1
    else:
        sums.dead[outcome.cause] += 1


def _expect(sums: Balance, entry: Entry, place: str, why: tuple[str, ...]) -> None:
    """A fault is refused where it can be known first, or earlier within the hub; a good record nowhere."""
    said = f"{entry.sender} {entry.batch[:8]} #{entry.line + 1}"
    if entry.fault is None or entry.place is None:
        sums.violations.append(f"{said}: hồ sơ đúng bị từ chối / a good record was refused ({place}: {', '.join(why)})")
    elif (entry.place == "city") != (place == "city") or ORDER.index(place) > ORDER.index(entry.place):
        sums.violations.append(f"{said}: «{entry.fault}» → {place}, đáng lẽ / expected {entry.place}")
