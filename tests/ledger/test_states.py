"""The state machine: what the code calls illegal, the database makes impossible."""

import itertools
from pathlib import Path

import psycopg
import pytest

from ledger.database import Pool
from ledger.states import MOVES, Stage, State

EVERY_PLACE = [(stage, state) for stage in Stage for state in State]


async def test_every_move_is_legal_or_impossible(pool: Pool) -> None:
    async with pool.connection() as connection:
        await connection.execute(
            "insert into work (id, kind, stage, destination, state, sender_id, unit_id, position, deadline)"
            " values (1, 'record', 'normalise', 'city', 'ready', 1, 1, 1, now())"
        )
        await connection.execute("alter table work disable trigger work_moves")
        await connection.commit()
        wrong = []
        for before, after in itertools.product(EVERY_PLACE, EVERY_PLACE):
            if before == after:
                continue
            if await _moves(connection, before, after) != ((before, after) in MOVES):
                wrong.append((before, after))
    assert wrong == []


async def _moves(
    connection: psycopg.AsyncConnection, before: tuple[Stage, State], after: tuple[Stage, State]
) -> bool:
    try:
        async with connection.transaction(force_rollback=True):
            await connection.execute("update work set stage = %s, state = %s where id = 1", list(before))
            await connection.execute("alter table work enable trigger work_moves")
            await connection.execute("update work set stage = %s, state = %s where id = 1", list(after))
    except psycopg.errors.CheckViolation:
        return False
    return True


@pytest.mark.parametrize("state", [State.READY, State.QUEUED, State.WAITING])
async def test_work_that_nobody_holds_cannot_end(pool: Pool, state: State) -> None:
    async with pool.connection() as connection:
        await connection.execute(
            "insert into work (id, kind, stage, destination, state, sender_id, unit_id, position, deadline)"
            " values (1, 'record', 'normalise', 'city', %s, 1, 1, 1, now())",
            [state.value],
        )
        with pytest.raises(psycopg.errors.CheckViolation):
            async with connection.transaction():
                await connection.execute("delete from work where id = 1")


def test_the_drawing_names_every_stage_and_state() -> None:
    drawing = Path("docs/state-machine.md").read_text(encoding="utf-8")
    assert [name for name in (*Stage, *State) if name.value not in drawing] == []
