"""What the keeper works with, and the one way to a tree that may be written down: with a timestamp over its root."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from ledger.crash import crash_point
from ledger.database import Pool
from ledger.evidence import Planted
from routes.signing_settings import EvidenceSettings
from routes.stamping import Stamper, stamp
from schemas.algorithms import SUITES, Suite
from signing.evidence import HashTree, signature_method
from signing.timestamps import verify_timestamp

PAGE = 500
"""records whose octets are in memory at once"""

Progress = Callable[[int], None]
"""is told how many records have been gone through"""


@dataclass(slots=True)
class Means:
    """What evidence of one ledger is kept with."""

    pool: Pool
    """connections to the ledger"""
    settings: EvidenceSettings
    """when, how, and how long before an end"""
    stamper: Stamper
    """who is asked for timestamps"""
    suites: Sequence[Suite] = SUITES
    """which algorithms may be used until when"""
    progress: Progress = lambda _: None
    """is told how many records have been gone through"""


async def plant(means: Means, kind: str, tree: HashTree, *, day: date | None = None) -> Planted:
    """A tree with a timestamp over its root, to be written down.

    Raises:
        TimestampDown: no authority gave one.
    """
    token = await stamp(means.stamper, tree.root, algorithm=tree.algorithm)
    crash_point("evidence.after-stamp")
    told = verify_timestamp(token, digest=tree.root, trust=means.stamper.trust)
    assert told.time is not None
    assert told.tsa is not None
    return Planted(
        kind=kind,
        day=day,
        algorithm=tree.algorithm,
        root=tree.root,
        leaves=tree.leaves,
        token=token,
        stamped_at=told.time,
        good_until=told.until or told.tsa.not_after,
        signature=f"{signature_method(token)}, {told.tsa.key.name}",
    )
