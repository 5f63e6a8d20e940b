"""The promise, sentence by sentence, held against the facts. Each check yields the violations that it finds.

«What the hub accepted is durable; each accepted record reaches its destination with effect exactly once, or stands
visibly in the failed list with its cause; order per pupil holds.»
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from tests.proof.facts import Facts, Heard, Transfer
from tests.proof.signatures import PERSONAL, SLOTS, SignatureFacts

ENDED = ("done", "refused", "dead", "superseded")
VISIBLE = ("refused", "held", "dead", "superseded")


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken promise."""

    promise: str
    """which: the name of the check's finding"""
    about: str
    """what it is about: ids and codes, no personal data"""


def check(facts: Facts) -> list[Violation]:
    """Every violation that the facts show."""
    checks = (
        durable,
        ended,
        once,
        told,
        explained,
        in_order,
        brought_back,
        registered,
        signed,
    )
    return [violation for each in checks for violation in each(facts)]


def durable(facts: Facts) -> Iterator[Violation]:
    """Whatever a receipt counts is in the ledger; whatever the ledger accepted, its vendor holds a receipt for."""
    has = {(transfer.receipt, transfer.uuid) for transfer in facts.ledger.transfers}
    known = set()
    for sender, vendor in facts.vendors.items():
        if vendor.unanswered:
            yield Violation("push-unanswered", f"{sender}: {vendor.unanswered}")
        for promise in vendor.promises:
            known.add(promise.receipt)
            if promise.status == "accepted" and (promise.receipt, promise.uuid) not in has:
                yield Violation("accepted-but-lost", f"{sender} {promise.uuid}")
    for receipt, accepted in facts.ledger.receipts.items():
        if accepted and receipt not in known:
            yield Violation("accepted-without-receipt", receipt)
    counted = Counter(transfer.receipt for transfer in facts.ledger.transfers)
    for receipt, accepted in facts.ledger.receipts.items():
        if counted[receipt] != accepted:
            yield Violation("receipt-does-not-add-up", f"{receipt}: {counted[receipt]} of {accepted}")


def ended(facts: Facts) -> Iterator[Violation]:
    """Accepted = approved + visibly refused, held, dead or superseded; nothing is left in flight."""
    held = {t.sequence for t in facts.ledger.transfers if _rests_visibly(t)}
    for transfer in facts.ledger.transfers:
        if transfer.fate in ENDED and not transfer.rests:
            continue
        waits_behind = transfer.rests.endswith(" queued") and transfer.sequence in held
        if not (_rests_visibly(transfer) or waits_behind):
            yield Violation("in-flight", f"{transfer.id} {transfer.fate} {transfer.rests}")
    for work in facts.ledger.loose_work:
        yield Violation("in-flight", work)
    if facts.ledger.unburied:
        yield Violation("dead-without-letter", str(facts.ledger.unburied))


def _rests_visibly(transfer: Transfer) -> bool:
    return (transfer.fate == "held" and transfer.rests.endswith(" held")) or (
        transfer.rests.endswith(" gathered") and bool(transfer.package)
    )


def once(facts: Facts) -> Iterator[Violation]:
    """Approved and in force are the same records; nothing that is in force was carried to the city again."""
    approved = Counter(transfer.uuid for transfer in facts.ledger.transfers if transfer.fate == "done")
    for uuid, times in approved.items():
        if times > 1:
            yield Violation("approved-twice", uuid)
    for uuid in facts.city.in_force - set(approved):
        fates = [t.fate + " " + t.cause for t in facts.ledger.transfers if t.uuid == uuid]
        yield Violation("in-force-but-not-approved", f"{uuid} {', '.join(fates)}")
    for uuid in set(approved) - facts.city.in_force:
        yield Violation("approved-but-not-in-force", uuid)
    accepted_by: dict[str, str] = {}
    for judgement in facts.city.judged:
        if judgement.uuid in accepted_by and accepted_by[judgement.uuid] != judgement.messageid:
            yield Violation("carried-again", f"{judgement.uuid} {judgement.error}")
        if judgement.error == "0" and not judgement.belated:
            accepted_by[judgement.uuid] = judgement.messageid


def told(facts: Facts) -> Iterator[Violation]:
    """Every end reached the vendor that sent the record, with the city's own word where the city decided."""
    last: dict[tuple[str, str, str], Heard] = {}
    for sender, vendor in facts.vendors.items():
        for position, times in Counter(heard.position for heard in vendor.heard).items():
            if times > 1:
                yield Violation("told-twice", f"{sender} {position}")
        for heard in vendor.heard:
            key = (sender, heard.receipt, heard.uuid)
            if key in last and last[key].fate in ("approved", "refused", "superseded"):
                yield Violation("changed-its-word", f"{heard.uuid} {last[key].fate} {heard.fate}")
            last[key] = heard
    for transfer in facts.ledger.transfers:
        heard_of = last.pop((transfer.sender, transfer.receipt, transfer.uuid), None)
        fate = "approved" if transfer.fate == "done" else transfer.fate
        if transfer.fate not in (*ENDED, "held"):
            continue
        if heard_of is None:
            yield Violation("vendor-not-told", f"{transfer.sender} {transfer.uuid} {fate}")
        elif heard_of.fate != fate:
            yield Violation("vendor-told-otherwise", f"{transfer.uuid} {heard_of.fate} {fate}")
    for sender, _, uuid in last:
        yield Violation("told-of-nothing", f"{sender} {uuid}")
    yield from _verdicts_arrived(facts)


def _verdicts_arrived(facts: Facts) -> Iterator[Violation]:
    heard = {
        (each.uuid, "0" if each.fate == "approved" else each.error)
        for vendor in facts.vendors.values()
        for each in vendor.heard
    }
    for judgement in facts.city.judged:
        if judgement.error != "R04" and (judgement.uuid, judgement.error) not in heard:
            yield Violation("verdict-not-delivered", f"{judgement.uuid} {judgement.error}")


def explained(facts: Facts) -> Iterator[Violation]:
    """Every refusal has a cause, for staff and for the vendor."""
    for transfer in facts.ledger.transfers:
        if transfer.fate in VISIBLE and not transfer.cause:
            yield Violation("no-cause", f"{transfer.id} {transfer.fate}")
    for vendor in facts.vendors.values():
        for promise in vendor.promises:
            if promise.status == "refused" and not promise.explained:
                yield Violation("no-words", f"{promise.receipt} {promise.uuid}")
        for heard in vendor.heard:
            if heard.fate != "approved" and not heard.cause:
                yield Violation("no-cause", f"{heard.uuid} {heard.fate}")
            if heard.fate == "refused" and not heard.explained and heard.cause.startswith(("rule", "city")):
                yield Violation("no-words", f"{heard.uuid} {heard.cause}")


def in_order(facts: Facts) -> Iterator[Violation]:
    """Per pupil, the city saw records in the order of their acceptance."""
    places: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for transfer in facts.ledger.transfers:
        places[transfer.uuid].append((transfer.position, transfer.sequence))
    latest: dict[int, int] = {}
    seen: set[tuple[str, str]] = set()
    for judgement in facts.city.judged:
        if judgement.error == "R04" or (judgement.uuid, judgement.messageid) in seen or not places[judgement.uuid]:
            continue
        seen.add((judgement.uuid, judgement.messageid))
        position, sequence = places[judgement.uuid][0]
        if len(places[judgement.uuid]) > 1:
            places[judgement.uuid].pop(0)
        if position < latest.get(sequence, 0):
            yield Violation("out-of-order", f"pupil {sequence}: {position} after {latest[sequence]}")
        latest[sequence] = max(position, latest.get(sequence, 0))


def brought_back(facts: Facts) -> Iterator[Violation]:
    """Every good bundle was given to its school and acknowledged exactly as the school's software answered; a bad one
    was given to nobody and stands in the failed list."""
    answers: dict[str, list[int]] = defaultdict(list)
    for code, status in facts.city.receipts:
        answers[code].append(status)
    given = {code: answer for vendor in facts.vendors.values() for code, answer in vendor.bundles.items()}
    for bundle in facts.city.bundles:
        state, cause = facts.ledger.bundles.get(bundle.code, ("missing", ""))
        if not bundle.good:
            if bundle.code in given or answers[bundle.code] or state != "failed" or not cause:
                yield Violation("bad-bundle-passed-on", f"{bundle.code} {state}")
            continue
        status = given.get(bundle.code, (None, ()))[0]
        expected = {"received": 1, "refused": 0}.get(status or "")
        if status is None:
            yield Violation("bundle-not-confirmed", f"{bundle.code} {state}")
        elif not answers[bundle.code] or set(answers[bundle.code]) != {expected}:
            yield Violation("bundle-wrongly-acknowledged", f"{bundle.code} {status} {answers[bundle.code]}")
        elif state != "acknowledged":
            yield Violation("bundle-not-ended", f"{bundle.code} {state}")


def registered(facts: Facts) -> Iterator[Violation]:
    """Every certificate that the hub wanted registered is, once, and stands here as the city decided; or stands
    visibly dead with its cause."""
    ours = {message.messageid for message in facts.ledger.registrations}
    for messageid in facts.city.registrations.keys() - ours:
        yield Violation("registered-from-nowhere", messageid)
    for message in facts.ledger.registrations:
        theirs = facts.city.registrations.get(message.messageid, "nothing")
        if message.state in ("ready", "sending", "sent"):
            yield Violation("registration-unfinished", f"{message.messageid} {message.state} {theirs}")
        elif message.state == "dead":
            if theirs == "approved" or not message.cause:
                yield Violation("registration-not-heard", f"{message.messageid} {message.cause}")
        elif theirs != message.state or message.registration != message.state:
            yield Violation(
                "registration-otherwise", f"{message.messageid} {message.state} {theirs} {message.registration}"
            )
    for request in facts.signatures.registering:
        if request.messages != (request.state == "used") or request.state not in ("used", "refused", "failed"):
            yield Violation("registration-signature", f"{request.registration} {request.state} {request.messages}")
        elif request.state != "used" and not request.cause:
            yield Violation("registration-not-heard", f"{request.registration} {request.state}")


def signed(facts: Facts) -> Iterator[Violation]:
    """What went out bears every signature; each of a person's was given once, is in its record, and was never refused."""
    delivered = {transfer.id for transfer in facts.ledger.transfers if transfer.fate == "done"}
    for transfer, slots in facts.signatures.sealed.items():
        if transfer in delivered and (missing := [slot for slot in SLOTS if slot not in slots]):
            yield Violation("unsigned", f"{transfer} {' '.join(missing)}")
    if facts.signatures.remote:
        yield from _in_vain(facts.signatures)
        yield from _against_their_will(facts.signatures)


def _in_vain(facts: SignatureFacts) -> Iterator[Violation]:
    """Whatever the service has signed stands in a record or a registration, and whatever a record bears of a person, the
    service signed."""
    given = {value for value, _ in facts.signed}
    standing = {slots[slot] for slots in facts.sealed.values() for slot in PERSONAL if slot in slots}
    for value in standing - given:
        yield Violation("signed-by-nobody", value[:12])
    # Staff had the signature prepared anew after the holder's key was locked, or the service babbled.
    let_go = {request.hash for request in facts.requests if request.state == "ended" and request.lifted}
    wrong = {_inverted(value) for order in facts.orders for value in order.hashes}
    registered = {request.hash for request in facts.registering if request.state == "used"}
    for value in given - standing - registered - let_go - wrong:
        yield Violation("signed-in-vain", value[:12])


def _inverted(value: str) -> str:
    """What the service signs in place of a hash when its button says so."""
    return bytes(255 - octet for octet in bytes.fromhex(value)).hex()


def _against_their_will(facts: SignatureFacts) -> Iterator[Violation]:
    """A hash that its holder refused is never signed under another order; a slot that was refused, only after staff."""
    refused = [order for order in facts.orders if order.state == "refused"]
    for value, reference in facts.signed:
        if any(value in order.hashes and order.reference != reference for order in refused):
            yield Violation("signed-after-refusal", value[:12])
    for request in facts.requests:
        on_file = request.cause.startswith("signer-refused") and not request.lifted
        if on_file and request.role in facts.sealed.get(request.transfer, {}):
            yield Violation("signed-after-refusal", f"{request.transfer} {request.role}")
