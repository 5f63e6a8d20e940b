"""The life of one row of unfinished work: the only place that says which moves are legal.

`docs/state-machine.md` draws what stands here; the migration writes `MOVES` into the table that the database's own
trigger looks at, so that an illegal move is impossible whoever tries it. A row ends by being deleted, out of `leased`,
`gathered` or `held` only; how it ended stands in the transfer's fate.
"""

from enum import StrEnum
from itertools import pairwise


class Stage(StrEnum):
    """Where a piece of work stands in its journey; also the name of its topic."""

    NORMALISE = "normalise"
    CHECK = "check"
    SIGN = "sign"
    VERIFY = "verify"
    PACK = "pack"
    DELIVER = "deliver"
    POLL = "poll"
    RETURN = "return"


class State(StrEnum):
    """What may happen next to a row of unfinished work."""

    READY = "ready"
    """may be claimed by the dispatcher"""
    QUEUED = "queued"
    """an older transfer of the same sequence is unfinished"""
    WAITING = "waiting"
    """not before `due_at`: a retry, a poll, a package still gathering"""
    LEASED = "leased"
    """published under a fencing token, until `lease_until`"""
    GATHERED = "gathered"
    """a member of a package: moves on with it"""
    HELD = "held"
    """a person or a date must free it"""


class Fate(StrEnum):
    """What an outcome means for the work it is about (`routes.fates` decides which)."""

    DONE = "done"
    REFUSED = "refused"
    RETRY = "retry"
    DOWN = "down"
    HELD = "held"
    DEAD = "dead"
    SUPERSEDED = "superseded"


RECORD_ROUTE = (Stage.NORMALISE, Stage.CHECK, Stage.SIGN, Stage.VERIFY, Stage.PACK)
PACKAGE_ROUTE = (Stage.PACK, Stage.DELIVER, Stage.POLL)

Place = tuple[Stage, State]


def _within_a_stage(stage: Stage) -> set[tuple[Place, Place]]:
    """Claim, lease lost, retry, hold, release: alike at every stage."""
    ready, waiting, leased, held = ((stage, state) for state in (State.READY, State.WAITING, State.LEASED, State.HELD))
    return {
        (ready, leased),
        (leased, ready),
        (leased, waiting),
        (leased, held),
        (waiting, ready),
        (held, ready),
    }


def _moves() -> frozenset[tuple[Place, Place]]:
    moves: set[tuple[Place, Place]] = set()
    for stage in Stage:
        moves |= _within_a_stage(stage)
    for i, before in enumerate(RECORD_ROUTE):
        # A worker carries what it holds through several stages in one go: any later stage may be the next rest.
        for after in RECORD_ROUTE[i + 1 :]:
            moves |= {((before, State.LEASED), (after, state)) for state in (State.READY, State.WAITING, State.HELD)}
    for before, after in pairwise(PACKAGE_ROUTE):
        moves |= {((before, State.LEASED), (after, state)) for state in (State.READY, State.WAITING)}
    moves |= {
        ((Stage.NORMALISE, State.QUEUED), (Stage.NORMALISE, State.READY)),
        ((Stage.PACK, State.LEASED), (Stage.PACK, State.GATHERED)),
        ((Stage.PACK, State.GATHERED), (Stage.PACK, State.READY)),
        ((Stage.PACK, State.GATHERED), (Stage.PACK, State.HELD)),
        # The portal does not (yet) approve the certificate: sealed again, under a new messageid, once it does.
        ((Stage.DELIVER, State.LEASED), (Stage.PACK, State.HELD)),
        # Transaction 2 does not know the messageid after the settle time: it was never received.
        ((Stage.POLL, State.LEASED), (Stage.DELIVER, State.READY)),
        ((Stage.POLL, State.LEASED), (Stage.DELIVER, State.WAITING)),
    }
    return frozenset(moves)


MOVES: frozenset[tuple[Place, Place]] = _moves()
"""Every legal move: ((stage, state) before, (stage, state) after)."""
