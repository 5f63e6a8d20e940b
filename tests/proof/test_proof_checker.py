"""The checker itself: silent about a clean end, and loud about every way in which the promise can be broken."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.proof.checker import check
from tests.proof.facts import Bundle, Facts, Heard, Judgement, Promise, Registered, Transfer, VendorFacts
from tests.proof.points import crash_points
from tests.proof.signatures import Order, RegistrationRequest, Request, SignatureFacts, hashes_in

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
    facts.signatures = _signatures()
    return facts


def _hash(number: int) -> str:
    return f"{number:064x}"


def _signatures() -> SignatureFacts:
    """The correction was signed by its two persons, one of whom was asked twice in one order; another record refused. One
    person has signed the registration of her certificate, another refused hers."""
    return SignatureFacts(
        remote=True,
        orders=[
            Order("o1", "signed", frozenset({_hash(1)})),
            Order("o1", "signed", frozenset({_hash(1)})),
            Order("o2", "signed", frozenset({_hash(2)})),
            Order("o3", "refused", frozenset({_hash(4)})),
            Order("o4", "signed", frozenset({_hash(7)})),
        ],
        signed=[(_hash(1), "o1"), (_hash(1), "o1"), (_hash(2), "o2"), (_hash(7), "o4")],
        requests=[
            Request(1, "GVCN", "used", "", _hash(1), lifted=False),
            Request(1, "CBQL", "used", "", _hash(2), lifted=False),
            Request(3, "GVCN", "refused", "signer-refused:GVCN", _hash(4), lifted=False),
        ],
        registering=[
            RegistrationRequest(1, "used", "", _hash(7), 1),
            RegistrationRequest(2, "refused", "signer-refused:GVCN", _hash(6), 0),
        ],
        sealed={1: {"GVCN": _hash(1), "CBQL": _hash(2), "KY_PHAT_HANH": _hash(3)}, 3: {}},
    )


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
    "unsigned": lambda f: f.signatures.sealed[1].pop("KY_PHAT_HANH"),
    "signed-by-nobody": lambda f: f.signatures.sealed[1].update(GVCN=_hash(9)),
    "signed-in-vain": lambda f: f.signatures.signed.append((_hash(8), "o8")),
    "signed-after-refusal": lambda f: f.signatures.signed.append((_hash(4), "o9")),
    "registered-from-nowhere": lambda f: f.city.registrations.update({"dk-9": "waiting"}),
    "registration-unfinished": lambda f: _registered(f, 0, state="sending"),
    "registration-not-heard": lambda f: f.city.registrations.update({"dk-3": "approved"}),
    "registration-otherwise": lambda f: _registered(f, 0, registration="waiting"),
    "registration-signature": lambda f: f.signatures.registering.append(
        RegistrationRequest(3, "used", "", _hash(7), 2)
    ),
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


def test_a_refusal_on_file_bars_the_slot_until_staff_have_let_it_go() -> None:
    facts = _clean()
    request = facts.signatures.requests[2]
    facts.signatures.sealed[3] = {"GVCN": _hash(5)}
    facts.signatures.signed.append((_hash(5), "o5"))
    assert {violation.promise for violation in check(facts)} == {"signed-after-refusal"}
    facts.signatures.requests[2] = replace(request, state="ended", lifted=True)
    assert check(facts) == []


def test_what_staff_had_prepared_anew_and_what_a_lying_service_signed_are_in_vain_by_right() -> None:
    facts = _clean()
    let_go = Request(3, "CBQL", "ended", "signer-locked:CBQL", _hash(6), lifted=True)
    facts.signatures.requests.append(let_go)
    facts.signatures.signed += [(_hash(6), "o6"), (bytes(255 - octet for octet in bytes.fromhex(_hash(2))).hex(), "o2")]
    assert check(facts) == []


def test_the_hash_of_a_signature_is_over_its_canonical_signed_info() -> None:
    space = 'xmlns="http://www.w3.org/2000/09/xmldsig#"'
    record = (
        f"<HOC_BA><GVCN><Signature {space}><SignedInfo><Reference URI='#a'/></SignedInfo></Signature></GVCN></HOC_BA>"
    )
    canonical = f'<SignedInfo {space}><Reference URI="#a"></Reference></SignedInfo>'
    assert hashes_in(record.encode()) == {"GVCN": hashlib.sha256(canonical.encode()).hexdigest()}


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
