"""Whatever happens in whatever order, nothing is lost, nothing goes twice, and each pupil's records keep their order."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from steps import CARRIED, CLOSING, LIMITS, ask, change, claim, died, gather, passed, refused, stopped, write
from support.arrivals import batch, push, record

from ledger import dispatch, packages, reprocess
from ledger.database import Pool, retrying
from ledger.dispatch import Reference
from ledger.packages import Judged, VerdictRow
from ledger.registry import Sender
from ledger.states import Fate, Stage

ACTIONS = (
    *("push", "push", "claim", "claim", "claim", "pass", "pass", "pass", "refuse", "kill", "wait", "hold"),
    *("gather", "gather", "close", "send", "judge", "judge", "lose", "stale", "again", "tick"),
)
CAUSES = ("poison", "indeterminate", "uuid-used-elsewhere")


@dataclass
class Hub:
    """All parts of a hub in one pair of hands: each action is what some process might do next."""

    pool: Pool
    vendor: Sender
    held: list[Reference] = field(default_factory=list)
    """every lease ever given, the good ones and the old ones"""
    accepted: int = 0

    def pick(self, number: int) -> list[Reference]:
        return [self.held[number % len(self.held)]] if self.held else []

    async def act(self, action: str, number: int) -> None:
        match action:
            case "push":
                pupils = {number % 3, number // 3 % 3}
                receipt = await push(self.pool, self.vendor, batch(*(record(pupil=f"P{p}") for p in sorted(pupils))))
                self.accepted += receipt.accepted
            case "claim":
                stages = (*CARRIED, Stage.PACK, Stage.PACK, Stage.DELIVER, Stage.POLL)
                self.held += await claim(self.pool, stages[number % len(stages)], limit=1 + number % 3)
            case "pass":
                await write(self.pool, *map(passed, await self._records(number)))
            case "refuse":
                await write(self.pool, *map(refused, await self._records(number)))
            case "kill":
                await write(self.pool, *map(died, await self._records(number)))
            case "wait":
                await write(self.pool, *(stopped(r, Fate.RETRY, "verify-later") for r in await self._records(number)))
            case "hold":
                await write(self.pool, *(stopped(r, Fate.HELD, "indeterminate") for r in await self._records(number)))
            case "gather":
                await gather(self.pool, self.held)
            case "close" | "send" | "judge":
                for reference in self.pick(number):
                    await self._package(action, reference, number)
            case "lose":
                await change(self.pool, "update work set lease_until = now() - interval '1 s' where state = 'leased'")
                async with self.pool.connection() as connection:
                    await dispatch.take_back_lost(connection)
            case "stale":
                stale = [Reference(r.kind, r.id, r.token - 1) for r in self.pick(number)]
                assert await write(self.pool, *map(passed if number % 2 else refused, stale)) == frozenset()
            case "again":
                async with self.pool.connection() as connection:
                    await reprocess.retry(connection, cause=CAUSES[number % len(CAUSES)], dry_run=False)
            case "tick":
                await self.tick()

    async def _records(self, number: int) -> list[Reference]:
        """One reference whose record has not reached its package: a carrier never takes on any other."""
        rows = await ask(
            self.pool, "select id from work where kind = 'record' and stage = any(%s)", [[s.value for s in CARRIED]]
        )
        carried = {row[0] for row in rows}
        return [r for r in self.pick(number) if r.id in carried]

    async def tick(self) -> None:
        await change(self.pool, "update work set due_at = now() - interval '1 s' where state = 'waiting'")
        async with self.pool.connection() as connection:
            await dispatch.release_due(connection)
            await dispatch.release_queued(connection)
            await dispatch.number_feeds(connection)

    async def _package(self, action: str, reference: Reference, number: int) -> None:
        stage = {"close": Stage.PACK, "send": Stage.DELIVER, "judge": Stage.POLL}[action]
        standing = await ask(self.pool, "select stage, kind from work where id = %s", [reference.id])
        if standing != [(stage.value, "package")]:
            return
        async with self.pool.connection() as connection:
            if action == "close":
                draft = await packages.draft(connection, reference)
                if draft is not None:
                    await packages.sealed(connection, reference, nam_hoc=draft.nam_hoc, content=b"x")
            elif action == "send":
                outgoing = await packages.begin_sending(connection, reference)
                if outgoing is not None:
                    await packages.acknowledged(connection, reference, poll_seconds=0)
            else:
                members = list((await packages.unjudged(connection, reference.id)).values())
                chosen = members[: 1 + number % 2]
                fate = (Fate.DONE, Fate.DONE, Fate.REFUSED, Fate.HELD)[number % 4]
                judged = [Judged(m, VerdictRow(m.uuid, int(fate is Fate.DONE), "0", "", ""), fate, "") for m in chosen]
                judged = [Judged(j.member, j.verdict, fate, CAUSES[2] if fate is Fate.HELD else "") for j in judged]
                whole = await packages.judge(connection, reference, judged, limits=LIMITS)
                if whole is False:
                    await dispatch.give_back(connection, [reference])

    async def check(self) -> None:
        """What must hold at every moment."""
        busy = await ask(
            self.pool,
            "select w.sequence_id from work w where w.state in ('leased', 'gathered') and w.sequence_id is not null and"
            " exists (select from work o where o.sequence_id = w.sequence_id and o.position < w.position)",
        )
        assert busy == [], "one that is not the oldest of its pupil is under way"
        lost = await ask(
            self.pool,
            "select t.id from transfers t left join work w on w.id = t.id"
            " where (t.fate in ('open', 'held')) <> (w.id is not null)",
        )
        assert lost == [], "unfinished and in nobody's table, or finished and still in it"

    async def finish(self) -> None:
        """Everything that can go on goes on, pupil by pupil."""
        for turn in range(60):
            await self.act("lose", 0)
            await self.act("again", turn)
            await self.tick()
            for stage in CARRIED:
                await write(self.pool, *map(passed, await claim(self.pool, stage)))
            for action, stage in (
                ("", Stage.PACK),
                ("close", Stage.PACK),
                ("send", Stage.DELIVER),
                ("judge", Stage.POLL),
            ):
                references = await claim(self.pool, stage)
                await gather(self.pool, references)
                for reference in (r for r in references if r.kind == "package"):
                    await self._package(action or "close", reference, 0)
                await self.tick()
            if not await ask(self.pool, "select 1 from work limit 1"):
                return
        raise AssertionError(await ask(self.pool, "select kind, stage, state from work"))


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a story costs a second: shrinking one takes too long
)
@given(story=st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 11)), min_size=10, max_size=60))
async def test_any_interleaving_keeps_the_promise(pool: Pool, vendor: Sender, story: list[tuple[str, int]]) -> None:
    await change(
        pool, "truncate submissions, uuids, pupils, pupil_keys, records, transfers, packages, package_members cascade"
    )
    await change(pool, "truncate work, outcomes, verdicts, events, attempts, dead_letters")
    hub = Hub(pool, vendor)
    for action, number in story:
        await hub.act(action, number)
        await hub.check()
    await hub.finish()
    await hub.check()
    fates = dict(await ask(pool, "select fate, count(*) from transfers group by fate"))
    assert sum(fates.values()) == hub.accepted
    assert set(fates) <= {"done", "refused", "dead", "superseded"}
    assert await ask(pool, "select count(*), count(distinct uuid) from verdicts where trang_thai = 1") == [
        (fates.get("done", 0),) * 2
    ]
    overtaken = await ask(
        pool,
        "select 1 from verdicts a join transfers ta on ta.id = a.transfer_id join verdicts b on b.id > a.id"
        " join transfers tb on tb.id = b.transfer_id and tb.sequence_id = ta.sequence_id"
        " where a.trang_thai = 1 and b.trang_thai = 1 and tb.position < ta.position",
    )
    assert overtaken == []
    untold = await ask(
        pool, "select id from transfers t where not exists (select from outcomes o where o.transfer_id = t.id)"
    )
    assert untold == []


async def test_workers_side_by_side_lose_nothing_and_do_not_stand_in_each_others_way(
    pool: Pool, vendor: Sender
) -> None:
    """Pushes, carriers, packers and a dispatcher that takes leases back, all at once, over few pupils."""
    finished = asyncio.Event()

    async def pushing() -> int:
        count = 0
        for turn in range(12):
            items = [record(pupil=f"P{n % 20}", text=f"{turn}") for n in range(turn, turn + 8)]
            count += (await push(pool, vendor, batch(*items))).accepted
        return count

    async def working() -> None:
        while not finished.is_set():
            references = await claim(pool, limit=7)
            await _again_and_again(write, pool, *(died(r) if r.id % 7 == 0 else passed(r) for r in references))
            for stage in (Stage.PACK, Stage.DELIVER, Stage.POLL):
                claimed = await claim(pool, stage, limit=5)
                await _again_and_again(gather, pool, [r for r in claimed if r.kind == "record"], CLOSING)
                for reference in (r for r in claimed if r.kind == "package"):
                    await _again_and_again(_one_step, pool, reference, stage)
            await asyncio.sleep(0)

    async def keeping() -> None:
        while not finished.is_set():
            async with pool.connection() as connection:
                await dispatch.take_back_lost(connection)
                await dispatch.release_due(connection)
                await dispatch.release_queued(connection)
                await dispatch.number_feeds(connection)
            await _packages_are_due(pool)
            await asyncio.sleep(0.02)

    workers = [asyncio.create_task(part()) for part in (working, working, keeping)]
    accepted = sum(await asyncio.gather(pushing(), pushing()))
    async with asyncio.timeout(60):
        await _nothing_left(pool)
    finished.set()
    await asyncio.gather(*workers)
    fates = dict(await ask(pool, "select fate, count(*) from transfers group by fate"))
    assert sum(fates.values()) == accepted
    assert set(fates) <= {"done", "dead"}
    assert await ask(pool, "select count(*), count(distinct transfer_id) from outcomes") == [(accepted, accepted)]


async def _nothing_left(pool: Pool) -> None:
    while await ask(pool, "select 1 from work limit 1"):  # noqa: ASYNC110 - the database does not tell
        await asyncio.sleep(0.05)


async def _packages_are_due(pool: Pool) -> None:
    await change(
        pool,
        "update work set due_at = now() where id in (select id from work where kind = 'package' and state = 'waiting'"
        " for update skip locked)",
    )


async def _again_and_again(work: Callable[..., Awaitable[object]], *arguments: object) -> None:
    """As the routes do: a transaction that met another one runs again."""
    async for attempt in retrying():
        with attempt:
            await work(*arguments)


async def _one_step(pool: Pool, reference: Reference, stage: Stage) -> None:
    async with pool.connection() as connection:
        if stage is Stage.PACK:
            draft = await packages.draft(connection, reference)
            if draft is not None:
                await packages.sealed(connection, reference, nam_hoc=2025, content=b"x")
        elif stage is Stage.DELIVER:
            if await packages.begin_sending(connection, reference) is not None:
                await packages.acknowledged(connection, reference, poll_seconds=0)
        else:
            members = (await packages.unjudged(connection, reference.id)).values()
            judged = [Judged(m, VerdictRow(m.uuid, 1, "0", "", ""), Fate.DONE, "") for m in members]
            await packages.judge(connection, reference, judged, limits=LIMITS)
