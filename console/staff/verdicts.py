"""What the verify step wrote into a record's story, as its page tells it: one verdict, signature by signature."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.views import Story, StoryEvent
from schemas.findings import Words
from signing.verify.faults import FAULTS
from signing.verify.steps import STEPS

LOOKS = {"TOTAL-PASSED": "good", "TOTAL-FAILED": "bad"}
_TITLES = {step.number: step.title for step in STEPS}


@dataclass(frozen=True, slots=True)
class SlotVerdict:
    """The verdict on one signature."""

    slot: str
    """name of the slot; empty for a signature that stands nowhere it should"""
    indication: str
    """TOTAL-PASSED, TOTAL-FAILED or INDETERMINATE"""
    sub: str
    """sub-indication; empty when passed"""
    look: str
    """good, bad or warn"""
    why: Words | None
    """what is wrong, in words; None when passed"""
    step: Words | None
    """the step that found it; None when passed"""
    time: datetime | None
    """claimed signing time; None when it was not reached"""
    sha256: str
    """of the certificate, in hexadecimal; empty when it was not reached"""
    serial: str
    """of the certificate, in hexadecimal; empty when it was not reached"""
    form: str
    """property, xades or both; empty when it was not reached"""
    algorithms: str
    """signature method and key"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on the record, the latest one."""

    at: datetime
    """when it was given"""
    indication: str
    """TOTAL-PASSED, TOTAL-FAILED or INDETERMINATE"""
    look: str
    """good, bad or warn"""
    policy: str
    """whose word it is who must sign"""
    trust: str
    """state of the trust store then"""
    registry: str
    """state of the school's approvals then; empty where none were asked"""
    not_checked: tuple[str, ...]
    """rules that nobody could be asked about"""
    slots: tuple[SlotVerdict, ...]
    """signature by signature"""


def verdict_of(story: Story) -> Verdict | None:
    """The latest verdict; None where none was written down (older records, other kinds of transfer)."""
    for event in reversed(story.events):
        if told := event.detail.get("verdict"):
            return _verdict(event, told)
    return None


def _verdict(event: StoryEvent, told: Mapping[str, Any]) -> Verdict:
    return Verdict(
        at=event.at,
        indication=told["indication"],
        look=LOOKS.get(told["indication"], "warn"),
        policy=told.get("policy", ""),
        trust=told.get("trust", ""),
        registry=told.get("registry", ""),
        not_checked=tuple(told.get("not_checked", ())),
        slots=tuple(_slot(slot) for slot in told.get("slots", ())),
    )


def _slot(told: Mapping[str, Any]) -> SlotVerdict:
    kind = FAULTS.get(told.get("cause") or "")
    return SlotVerdict(
        slot=told.get("slot", ""),
        indication=told["indication"],
        sub=told.get("sub") or "",
        look=LOOKS.get(told["indication"], "warn"),
        why=kind.message if kind else None,
        step=_TITLES.get(told.get("step") or 0),
        time=datetime.fromisoformat(told["time"]) if told.get("time") else None,
        sha256=told.get("sha256") or "",
        serial=told.get("serial") or "",
        form=told.get("form") or "",
        algorithms=told.get("algorithms") or "",
    )
