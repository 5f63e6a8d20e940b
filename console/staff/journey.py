"""One transfer's story as its page tells it: the stages as steps, and all that happened in one line of time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.states import PACKAGE_ROUTE, RECORD_ROUTE, Stage
from ledger.views import Story

ROUTE = tuple(dict.fromkeys((*RECORD_ROUTE, *PACKAGE_ROUTE)))
FAILED = ("refused", "held", "dead")


@dataclass(frozen=True, slots=True)
class Step:
    """One stage on the way."""

    stage: str
    """stage"""
    look: str
    """passed, here, failed or ahead"""


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened."""

    at: datetime
    """UTC"""
    stage: str
    """stage, or accept"""
    fate: str
    """done, or why it did not go on"""
    cause: str
    """machine-readable; may be empty"""
    package: int | None
    """the package it happened to; None = the transfer itself"""
    actor: str
    """hub, or who did it"""
    detail: dict[str, Any]
    """codes and counts"""


def steps(story: Story) -> list[Step]:
    """The stages of its route, with where it stands."""
    now = story.transfer
    route = (Stage.RETURN,) if now.kind == "bundle" else ROUTE
    here = route.index(Stage(now.stage)) if now.stage in route else 0
    return [Step(stage.value, _look(index, here, now.fate, now.state)) for index, stage in enumerate(route)]


def _look(index: int, here: int, fate: str, state: str | None) -> str:
    if index < here or fate == "done":
        return "passed"
    if index > here:
        return "ahead"
    return "failed" if fate in FAILED or state == "held" else "here"


def moments(story: Story) -> list[Moment]:
    """What happened, oldest first."""
    now = story.transfer
    accepted = Moment(now.accepted_at, "accept", "done", "", None, now.sender or "hub", {})
    told = [
        Moment(
            event.at,
            event.stage,
            event.fate,
            event.cause,
            None if event.about == now.id else event.about,
            event.actor,
            event.detail,
        )
        for event in story.events
    ]
    return [accepted, *told]
