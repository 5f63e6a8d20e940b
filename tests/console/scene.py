"""A ledger in which something of everything has happened: what the staff's pages are shown in the tests.

Records take the routes' own steps through the ledger; what is found wrong with them is made up here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from ledger import dispatch, lanes, packages
from ledger.database import Pool, open_pool
from ledger.dispatch import Reference
from ledger.outcomes import RecordOutcome, Step
from ledger.settings import LedgerSettings
from ledger.states import Fate, Stage
from schemas.findings import Finding, Severity, Words
from tests.console import judged
from tests.ledger import steps
from tests.support.arrivals import batch, enter_vendor, push, record

PUPIL = "Nguyễn Thị Mận"
"""personal: may stand on the page of her own record, behind a click, and nowhere else"""
OFFICIAL = "79760499"
"""not personal"""


@dataclass(frozen=True)
class Scene:
    """Where to look."""

    receipt: UUID
    approved: int
    refused: int
    held: int
    dead: int
    waiting: int
    uuid: str


def finding(rule: str, seen: str, *, personal: bool, severity: Severity = Severity.ERROR) -> Finding:
    """As a rule would say it."""
    return Finding(
        rule=rule,
        severity=severity,
        message=Words(vi=f"Quy tắc {rule} không được đáp ứng.", en=f"Rule {rule} is not met."),
        remedy=Words(
            vi="Sửa trong phần mềm của trường rồi ký lại.", en="Mend it in the school's software, sign again."
        ),
        basis="CV 2088 PL1",
        path="DU_LIEU_HOC_BA/THONG_TIN_CHUNG/HO_VA_TEN",
        line=3,
        offset=120,
        seen=seen,
        expected=None,
        uuid=None,
        personal=personal,
    )


def _stopped(
    reference: Reference,
    fate: Fate,
    cause: str,
    stage: Stage,
    *found: Finding,
    detail: Mapping[str, object] | None = None,
) -> RecordOutcome:
    due_at = datetime.now(UTC) + timedelta(hours=1) if fate is Fate.RETRY else None
    return RecordOutcome(reference.id, reference.token, (Step(stage, fate, cause, None, detail),), None, found, due_at)


def _passed(reference: Reference) -> RecordOutcome:
    detail = {Stage.VERIFY: judged.all_well()}
    done = tuple(Step(stage, Fate.DONE, "", None, detail.get(stage)) for stage in steps.CARRIED)
    return RecordOutcome(reference.id, reference.token, done, Stage.PACK)


async def play(settings: LedgerSettings) -> Scene:
    """Twelve records: some approved, one of each failure, the rest on their way, and something stopped of every kind."""
    async with open_pool(settings) as pool:
        vendor = await enter_vendor(pool, "SAOMAI", ["79760401"])
        await enter_vendor(pool, "BANGLANG", ["79760402"])
        receipt = await push(pool, vendor, batch(*(record(pupil=f"790000{n:04}") for n in range(12))))
        first = await steps.claim(pool, limit=9)
        await steps.write(pool, *_fail(first[:4]), *map(_passed, first[4:]))
        await _approve(pool)
        await _stop_things(pool)
        async with pool.connection() as connection:
            await dispatch.number_feeds(connection)
        refused, held, dead, waiting = (reference.id for reference in first[:4])
        return Scene(receipt.receipt, first[4].id, refused, held, dead, waiting, receipt.lines[0].uuid)


def _fail(references: Sequence[Reference]) -> list[RecordOutcome]:
    refused, held, dead, waiting = references
    return [
        _stopped(
            refused,
            Fate.REFUSED,
            "rule:B10",
            Stage.CHECK,
            finding("B10", PUPIL, personal=True),
            finding("B11", OFFICIAL, personal=False),
            finding("B12", "<script>alert(1)</script>", personal=False, severity=Severity.WARNING),
        ),
        _stopped(held, Fate.HELD, "seal-key-missing:GVCN", Stage.SIGN),
        _stopped(dead, Fate.DEAD, "poison", Stage.CHECK),
        _stopped(waiting, Fate.RETRY, "verify-later", Stage.VERIFY, detail=judged.too_early()),
    ]


async def _approve(pool: Pool) -> None:
    await steps.gather(pool, await steps.claim(pool, Stage.PACK))
    await steps.sealed(pool)
    await steps.judge(pool, await steps.sent(pool))


async def _stop_things(pool: Pool) -> None:
    async with pool.connection() as connection:
        await lanes.set_lane(
            connection, stage="deliver", destination="city", state="paused", why="bảo trì / upkeep", by="console"
        )
        await lanes.set_lane(
            connection, stage="poll", destination="city", state="stopped", why="500 hồ sơ hỏng. / 500 died.", by="hub"
        )
        await lanes.record_failure(connection, destination="city", threshold=1, delays=[600.0])
        await packages.alarm(connection, "verdict-foreign", destination="city", package_id=1, count=2)
        await connection.execute(
            "update senders set stopped_at = now(), stopped_why = 'Bản xuất lỗi? / A bad export?', refused = 210,"
            " passed = 3 where code = 'BANGLANG'"
        )
