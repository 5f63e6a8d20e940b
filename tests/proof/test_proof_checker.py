"""The checker itself: silent about a clean end, and loud about every way in which the promise can be broken."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.proof.checker import check
from tests.proof.facts import Bundle, Facts, Heard, Judgement, Promise, Registered, Transfer, VendorFacts
from tests.proof.points import crash_points

UUIDS = [f"00000000-0000-4000-8000-00000000000{number}" for number in range(5)]


def _clean() -> Facts:
    """One pupil's refused record and its correction, a record that the hub refused, one that is held, and a bundle."""
    facts = Facts()
    fates = [("refused", "city:R05"), ("done", ""), ("refused", "rule:B08"), ("held", "seal-key-missing:GVCN")]
    for number, (fate, cause) in enumerate(fates):
        rests = "sign held" if fate == "held" else ""
        pupil = max(number, 1)
        facts.ledger.transfers.append(
            Transfer(number, "HOASEN", "r1", UUIDS[number], pupil, 10 + number, fate, cause, rests, "")
        )
    facts.ledger.receipts = {"r1": 4}
    facts.ledger.bundles = {"TRA-1": ("acknowledged", ""), "TRA-2": ("failed", "returned-signature")}
    vendor = facts.vendors["HOASEN"] = VendorFacts()
    vendor.promises = [Promise("r1", uuid, "accepted") for uuid in UUIDS[:4]]
    for number, (fate, cause) in enumerate(fates):
        word = "approved" if fate == "done" else fate
        error = "R05" if cause.startswith("city") else ""
        vendor.heard.append(Heard(str(number), "r1", UUIDS[number], word, cause, error, explained=True))
    vendor.bundles = {"TRA-1": ("received", (UUIDS[1],))}
    facts.city.judged = [Judgement("m1", UUIDS[0], "R05"), Judgement("m2", UUIDS[1], "0")]
    facts.city.in_force = {UUIDS[1]}
    facts.city.bundles = [Bundle("TRA-1", good=True), Bundle("TRA-2", good=False)]
    facts.ledger.registrations = [
        Registered("dk-1", "approved", "", "approved"),
        Registered("dk-2", "refused", "registration-refused:R03", "refused"),
        Registered("dk-3", "dead", "account-missing", "waiting"),
    ]
    facts.city.registrations = {"dk-1": "approved", "dk-2": "refused"}
    facts.city.receipts = [("TRA-1", 1), ("TRA-1", 1)]
    return facts


def test_a_clean_end_is_clean() -> None:
    assert check(_clean()) == []


def _transfer(facts: Facts, place: int, **changes: object) -> None:
    facts.ledger.transfers[place] = replace(facts.ledger.transfers[place], **changes)  # type: ignore[arg-type]


def _heard(facts: Facts, place: int, **changes: object) -> None:
    heard = facts.vendors["HOASEN"].heard
    heard[place] = replace(heard[place], **changes)  # type: ignore[arg-type]


def _registered(facts: Facts, place: int, **changes: object) -> None:
    facts.ledger.registrations[place] = replace(facts.ledger.registrations[place], **changes)  # type: ignore[arg-type]


BREAKS: dict[str, Callable[[Facts], object]] = {
    "registered-from-nowhere": lambda f: f.city.registrations.update({"dk-9": "waiting"}),
    "registration-unfinished": lambda f: _registered(f, 0, state="sending"),
    "registration-not-heard": lambda f: f.city.registrations.update({"dk-3": "approved"}),
    "registration-otherwise": lambda f: _registered(f, 0, registration="waiting"),
    "push-unanswered": lambda f: setattr(f.vendors["HOASEN"], "unanswered", 1),
    "accepted-but-lost": lambda f: f.vendors["HOASEN"].promises.append(Promise("r2", UUIDS[4], "accepted")),
    "accepted-without-receipt": lambda f: f.ledger.receipts.update(r9=1),
    "receipt-does-not-add-up": lambda f: f.ledger.receipts.update(r1=5),
    "in-flight": lambda f: _transfer(f, 1, fate="open", rests="pack gathered"),
    "dead-without-letter": lambda f: setattr(f.ledger, "unburied", 1),
    "approved-twice": lambda f: f.ledger.transfers.append(replace(f.ledger.transfers[1], id=9)),
    "in-force-but-not-approved": lambda f: f.city.in_force.add(UUIDS[2]),
    "approved-but-not-in-force": lambda f: f.city.in_force.clear(),
    "carried-again": lambda f: f.city.judged.append(Judgement("m3", UUIDS[1], "R04")),
    "told-twice": lambda f: f.vendors["HOASEN"].heard.append(f.vendors["HOASEN"].heard[0]),
    "changed-its-word": lambda f: f.vendors["HOASEN"].heard.append(replace(f.vendors["HOASEN"].heard[0], position="9")),
    "vendor-not-told": lambda f: f.vendors["HOASEN"].heard.pop(),
    "vendor-told-otherwise": lambda f: _heard(f, 3, fate="dead"),
    "told-of-nothing": lambda f: _heard(f, 2, uuid=UUIDS[4]),
    "verdict-not-delivered": lambda f: f.city.judged.append(Judgement("m4", UUIDS[4], "R02")),
    "no-cause": lambda f: _transfer(f, 2, cause=""),
    "no-words": lambda f: _heard(f, 2, explained=False),
    "out-of-order": lambda f: f.city.judged.reverse(),
    "bad-bundle-passed-on": lambda f: f.vendors["HOASEN"].bundles.update({"TRA-2": ("received", ())}),
    "bundle-not-confirmed": lambda f: f.vendors["HOASEN"].bundles.clear(),
    "bundle-wrongly-acknowledged": lambda f: f.city.receipts.append(("TRA-1", 0)),
    "bundle-not-ended": lambda f: f.ledger.bundles.update({"TRA-1": ("confirmed", "")}),
}


@pytest.mark.parametrize("promise", BREAKS)
def test_a_broken_promise_is_found(promise: str) -> None:
    facts = _clean()
    BREAKS[promise](facts)
    assert promise in {violation.promise for violation in check(facts)}


def test_work_behind_a_held_elder_waits_and_elsewhere_is_in_flight() -> None:
    facts = _clean()
    waiting = replace(
        facts.ledger.transfers[3], id=9, uuid=UUIDS[4], position=20, fate="open", cause="", rests="normalise queued"
    )
    facts.ledger.transfers.append(waiting)
    facts.ledger.receipts["r1"] = 5
    assert check(facts) == []
    facts.ledger.transfers[-1] = replace(waiting, sequence=77)
    assert {violation.promise for violation in check(facts)} == {"in-flight"}


def test_a_record_in_a_held_package_is_visible() -> None:
    facts = _clean()
    _transfer(facts, 3, fate="open", cause="", rests="pack gathered", package="login-refused")
    facts.vendors["HOASEN"].heard.pop()
    assert check(facts) == []


def test_every_crash_point_of_the_sources_is_known_by_its_process() -> None:
    roles = crash_points()
    assert set(roles.values()) == {"api", "dispatcher", "worker"}
    assert len(roles) >= 18
