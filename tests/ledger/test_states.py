"""The state machine: what the code calls illegal, the database makes impossible."""

import itertools
import re
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.database import Pool
from ledger.states import MOVES, Fate, Stage, State

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


async def _moves(connection: psycopg.AsyncConnection, before: tuple[Stage, State], after: tuple[Stage, State]) -> bool:
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


DRAWING = Path(__file__).resolve().parents[2] / "docs/state-machine.md"


def test_the_drawing_of_a_stage_is_what_every_stage_allows() -> None:
    first = re.search(r"stateDiagram-v2(.*?)```", DRAWING.read_text(encoding="utf-8"), re.S)
    assert first is not None
    drawn = set(re.findall(r"^\s*(\w+) --> (\w+):", first[1], re.M))
    alike = {
        (before, after)
        for before, after in itertools.product(State, State)
        if all(((stage, before), (stage, after)) in MOVES for stage in Stage)
    }
    assert drawn == {(before.value, after.value) for before, after in alike} | {("queued", "ready")}


def test_the_table_of_the_drawing_is_the_rest_of_the_moves() -> None:
    text = DRAWING.read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+) (\w+) \| (\w+) (\w+(?:, \w+)*) \|", text, re.M)
    told = {
        ((Stage(stage), State(state)), (Stage(to_stage), State(to_state)))
        for stage, state, to_stage, to_states in rows
        for to_state in to_states.split(", ")
    }
    alike = {
        ((stage, before), (stage, after))
        for stage in Stage
        for before, after in itertools.product(State, State)
        if all(((each, before), (each, after)) in MOVES for each in Stage)
    }
    assert told == MOVES - alike


def test_the_drawing_names_every_fate() -> None:
    _, _, text = DRAWING.read_text(encoding="utf-8").partition("## How a transfer ends")
    ends = set(re.findall(r"^\| (\w+) \| [^|]+ \| [^|]+ \|$", text, re.M))
    assert ends == {fate.value for fate in Fate if fate not in (Fate.RETRY, Fate.DOWN)} | {"fate"}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(walk=st.lists(st.sampled_from(EVERY_PLACE), min_size=1, max_size=30))
async def test_a_random_walk_ends_where_legal_moves_lead(pool: Pool, walk: list[tuple[Stage, State]]) -> None:
    async with pool.connection() as connection:
        await connection.execute(
            "insert into work (id, kind, stage, destination, state, sender_id, unit_id, position, deadline)"
            " values (2, 'record', 'normalise', 'city', 'ready', 1, 1, 1, now())"
        )
        here = (Stage.NORMALISE, State.READY)
        for there in walk:
            try:
                async with connection.transaction():
                    await connection.execute("update work set stage = %s, state = %s where id = 2", list(there))
                legal = True
            except psycopg.errors.CheckViolation:
                legal = False
            assert legal == (here == there or (here, there) in MOVES)
            here = there if legal else here
        await connection.rollback()
