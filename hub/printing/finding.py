"""What is to be printed: names turned into records of files or of the hub, or why they cannot be printed."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from connectors.arrivals import ArrivalItem
from connectors.official import read_batch_xml, read_packed_json
from hub import desk
from hub.failures import Failure, file_missing
from hub.settings import Settings
from ledger import copies
from ledger.copies import Stored
from routes import printing
from routes.trust import trust_of
from schemas.findings import FindingError
from schemas.octets import parse_record
from signing.trust import Trust
from signing.verify import Approvals, Indication, RecordVerifier, SlotPolicy
from transformers.printed.form import Printable
from transformers.printed.reading import NotPrintableError, printable_of
from transformers.printed.signatures import Judgement, State

_STATES = {
    Indication.PASSED: State.VALID,
    Indication.FAILED: State.INVALID,
    Indication.INDETERMINATE: State.UNCHECKED,
}


@dataclass(frozen=True, slots=True)
class Found:
    """One record to print, or why it cannot be."""

    name: str
    """as the person knows it: a UUID, or a file with a number"""
    printable: Printable | None
    """None when it cannot be printed"""
    why: str
    """in words; empty when it can"""
    ours: bool
    """a record of the hub: its copy is logged"""


def find(settings: Settings, name: str) -> list[Found]:
    """What a name means: a file's records, or the hub's record of that UUID.

    Raises:
        Failure: it means nothing, or the file cannot be read.
    """
    file = Path(name)
    if file.exists():
        return _of_file(settings, file)
    try:
        uuid = UUID(name)
    except ValueError as error:
        raise file_missing(file) from error
    stored = desk.ask(settings, lambda connection: copies.stored(connection, uuid))
    if stored is None:
        raise Failure(vi=f"Hub không có hồ sơ {uuid}.", en=f"The hub has no record {uuid}.", code=66)
    return [_of_hub(str(uuid), stored)]


def _of_hub(name: str, stored: Stored) -> Found:
    try:
        return Found(name, printing.printable(stored), "", ours=True)
    except NotPrintableError as error:
        return Found(name, None, error.words.vi, ours=True)


def _of_file(settings: Settings, file: Path) -> list[Found]:
    try:
        octets = file.read_bytes()
    except OSError as error:
        raise file_missing(file) from error
    read = read_packed_json if octets[:1] == b"{" else read_batch_xml
    try:
        items = read(octets, settings.reading).items
    except FindingError as error:
        said = error.findings[0]
        raise Failure(
            vi=f"{file}: {said.message.vi}",
            en=f"{file}: {said.message.en}",
            do_vi=said.remedy.vi,
            do_en=said.remedy.en,
            code=65,
        ) from error
    trust = trust_of(settings.signing) if settings.signing.trust_folder else None
    return [_of_item(f"{file} #{number}", item, trust) for number, item in enumerate(items, start=1)]


def _of_item(name: str, item: ArrivalItem, trust: Trust | None) -> Found:
    try:
        printable = printable_of(item.octets)
        if trust is not None:
            printable = printable_of(item.octets, states=_judged(printable, trust))
    except NotPrintableError as error:
        return Found(name, None, error.words.vi, ours=False)
    return Found(name, printable, "", ours=False)


def _judged(printable: Printable, trust: Trust) -> Mapping[Judgement, State]:
    """What verification says of each signature; one that it did not reach stays unchecked."""
    # Which slots must be signed does not matter here: each signature is shown with its own verdict.
    every = frozenset(slot.name for slot in printable.profile.slots)
    policy = SlotPolicy("file", every, approvals=Approvals.DESTINATION)
    verifier = RecordVerifier(printable.profile.slots, trust=trust, policy=policy)
    octets = printable.octets
    validation = verifier.verify(octets, parse_record(octets), registry=None, at=datetime.now(UTC))
    seen: Counter[str] = Counter()
    states = {}
    for slot in validation.slots:
        states[slot.slot, seen[slot.slot]] = _STATES[slot.indication]
        seen[slot.slot] += 1
    return states
