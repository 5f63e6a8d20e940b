"""Who may speak: the city's units from the start, senders between two dates, keys that are never stored."""

from datetime import date, timedelta
from pathlib import Path

import orjson
import pytest
from steps import ask, change

from ledger import registry
from ledger.database import Pool
from ledger.registry import Sender, UnitRow

WORLD = {
    "units.json": [
        {"code": "79", "kind": "city", "name": "Sở", "level": None, "parent": None},
        {"code": "26740", "kind": "ward", "name": "Phường Sài Gòn", "level": None, "parent": "79"},
        {"code": "79760401", "kind": "school", "name": "Trường A", "level": "02", "parent": "26740"},
        {"code": "79760402", "kind": "school", "name": "Trường B", "level": "02", "parent": "26740"},
    ],
    "senders.json": [
        {
            "code": "HOASEN",
            "name": "Hoa Sen",
            "format": "official",
            "signing": "own",
            "schools": ["79760401", "79760402"],
            "transaction_seal": "pass-through",
            "valid_from": "2025-08-01",
            "valid_to": None,
        }
    ],
    "registry.json": [
        {
            "ma_don_vi": "79760401",
            "role": "KY_PHAT_HANH",
            "serial_hex": "0A",
            "sha256": "ab" * 32,
            "tu_ngay": "2025-08-01T00:00:00+07:00",
            "den_ngay": "2028-08-01T00:00:00+07:00",
        }
    ],
}


@pytest.fixture
def world(tmp_path: Path) -> Path:
    for unit in WORLD["units.json"]:
        unit.update(valid_from="2025-07-01", valid_to=None)
    for name, rows in WORLD.items():
        (tmp_path / name).write_bytes(orjson.dumps(rows))
    return tmp_path


async def _import(pool: Pool, folder: Path, **changes: object) -> dict[str, str]:
    rows = [{**sender, **changes} for sender in WORLD["senders.json"]]
    (folder / "senders.json").write_bytes(orjson.dumps(rows))
    async with pool.connection() as connection:
        return await registry.import_world(connection, folder)


async def _schools(pool: Pool) -> set[str]:
    async with pool.connection() as connection:
        sender = await registry.sender_by_code(connection, "HOASEN")
        assert sender is not None
        return set(await registry.spoken_for(connection, sender))


async def _today(pool: Pool) -> date:
    ((day,),) = await ask(pool, "select today()")
    assert isinstance(day, date)
    return day


async def test_the_168_units_of_the_city_are_there_from_the_start(pool: Pool) -> None:
    rows = await ask(
        pool,
        "select w.code, w.name, w.valid_from, w.valid_to from units w join units c on c.id = w.parent_id"
        " where w.kind = 'ward' and c.kind = 'city' and c.code = '79' order by w.code",
    )
    assert len(rows) == 168
    assert ("26740", "Phường Sài Gòn", date(2025, 7, 1), None) in rows
    kinds = [name.split()[0] for _, name, _, _ in rows]
    assert (kinds.count("Phường"), kinds.count("Xã"), kinds.count("Đặc")) == (113, 54, 1)


async def test_a_world_is_entered_and_entered_again(pool: Pool, world: Path) -> None:
    keys = await _import(pool, world)
    assert set(keys) == {"HOASEN"}
    assert await _import(pool, world, name="Hoa Sen 2") == {}
    rows = await ask(
        pool,
        "select s.code, p.code, s.transaction_seal from units s join units p on p.id = s.parent_id"
        " where s.kind = 'school' order by 1",
    )
    assert rows == [("79760401", "26740", "pass-through"), ("79760402", "26740", "pass-through")]
    assert await ask(pool, "select count(*) from units where kind = 'ward'") == [(168,)]
    assert await ask(pool, "select name from senders where code = 'HOASEN'") == [("Hoa Sen 2",)]
    assert await ask(pool, "select role, serial_hex from approved_certificates") == [("KY_PHAT_HANH", "0A")]
    assert await _schools(pool) == {"79760401", "79760402"}


async def test_a_sender_speaks_between_two_dates(pool: Pool, world: Path) -> None:
    await _import(pool, world)
    today = await _today(pool)
    for first, last, speaks in (
        (0, None, True),
        (1, None, False),
        (-30, 0, True),
        (-30, -1, False),
        (-30, 30, True),
    ):
        valid_from = (today + timedelta(days=first)).isoformat()
        valid_to = None if last is None else (today + timedelta(days=last)).isoformat()
        await _import(pool, world, valid_from=valid_from, valid_to=valid_to)
        assert bool(await _schools(pool)) is speaks, (first, last)


async def test_a_school_taken_off_the_list_is_spoken_for_no_more(pool: Pool, world: Path) -> None:
    await _import(pool, world)
    await _import(pool, world, schools=["79760402"])
    assert await _schools(pool) == {"79760402"}
    await _import(pool, world)
    assert await _schools(pool) == {"79760401", "79760402"}


async def test_a_unit_that_has_ended_is_spoken_for_no_more(pool: Pool, world: Path) -> None:
    await _import(pool, world)
    await change(pool, "update units set valid_to = today() where code = '79760401'")
    assert await _schools(pool) == {"79760402"}


async def test_the_day_begins_in_vietnam(pool: Pool) -> None:
    assert await ask(pool, "select today() = (now() at time zone 'Asia/Ho_Chi_Minh')::date") == [(True,)]


async def test_a_key_opens_its_senders_door_until_it_is_revoked(pool: Pool, vendor: Sender) -> None:
    async with pool.connection() as connection:
        key = await registry.issue_key(connection, vendor, label="test")
        assert await registry.sender_by_key(connection, key) == vendor
        assert await registry.sender_by_key(connection, key + "x") is None
    stored = await ask(pool, "select digest, label from api_keys")
    assert key.encode() not in b"".join(bytes(digest) for digest, _ in stored)
    await change(pool, "update api_keys set revoked_at = now()")
    async with pool.connection() as connection:
        assert await registry.sender_by_key(connection, key) is None


async def test_a_unit_may_be_renewed_under_another_ward(pool: Pool, world: Path) -> None:
    await _import(pool, world)
    async with pool.connection() as connection:
        await registry.enter_units(
            connection,
            [
                UnitRow(
                    "79760401", "school", "Trường A", "26740", "02", "delegated", date(2025, 7, 1), date(2026, 7, 1)
                ),
                UnitRow("79760401", "school", "Trường A", "26743", "02", "delegated", date(2026, 7, 1), None),
            ],
        )
    rows = await ask(
        pool,
        "select p.code, s.valid_to from units s join units p on p.id = s.parent_id where s.code = '79760401' order by 2",
    )
    assert rows == [("26740", date(2026, 7, 1)), ("26743", None)]
