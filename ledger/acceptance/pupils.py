"""Pupils: found by their keys or enrolled, and locked so that positions rise in the order of acceptance."""

from collections.abc import Mapping, Sequence

from ledger.acceptance.lines import Line
from ledger.database import Connection


def _keys_of(line: Line) -> list[tuple[str, str]]:
    """The pupil's keys, the lasting one first: the Ministry's code never changes, a personal id may be corrected."""
    identity = line.item.identity
    assert identity is not None
    keys = []
    if identity.pupil_code and not identity.pupil_code.upper().startswith("TAM-"):
        keys.append(("ma_hoc_sinh", identity.pupil_code))
    if identity.personal_id:
        keys.append(("cccd", identity.personal_id))
    return keys or [("ma_hoc_sinh", f"{identity.school_code}/{identity.pupil_code}")]


async def bind_pupils(connection: Connection, lines: Sequence[Line]) -> None:
    """Give each line its pupil's surrogate id, and lock the pupils: positions rise in the order of acceptance."""
    keys = sorted({key for line in lines for key in _keys_of(line)})
    known = await _known_pupils(connection, keys)
    strangers = [line for line in lines if not any(key in known for key in _keys_of(line))]
    if strangers or len(known) < len(keys):
        known = await _enrol_pupils(connection, lines, known)
    for line in lines:
        line.pupil_id = next(known[key] for key in _keys_of(line) if key in known)
    await connection.execute(
        "select id from pupils where id = any(%s) order by id for update", [sorted({line.pupil_id for line in lines})]
    )


async def _known_pupils(connection: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    rows = await (
        await connection.execute(
            "select k.kind, k.value, k.pupil_id from unnest(%s::text[], %s::text[]) w (kind, value)"
            " join pupil_keys k using (kind, value)",
            [[kind for kind, _ in keys], [value for _, value in keys]],
        )
    ).fetchall()
    return {(kind, value): pupil_id for kind, value, pupil_id in rows}


async def _enrol_pupils(
    connection: Connection, lines: Sequence[Line], known: dict[tuple[str, str], int]
) -> dict[tuple[str, str], int]:
    """Add pupils and keys that are new; another submission may be adding the same ones, so look again afterwards."""
    proposed = dict(known)
    new = [line for line in lines if not any(key in proposed for key in _keys_of(line))]
    ids = await (
        await connection.execute(
            "insert into pupils (created_at) select now() from generate_series(1, %s) returning id", [len(new)]
        )
    ).fetchall()
    spare = [row[0] for row in ids]
    for line in lines:
        keys = _keys_of(line)
        pupil_id = next((proposed[key] for key in keys if key in proposed), None)
        if pupil_id is None:
            pupil_id = spare.pop()
        for key in keys:
            proposed.setdefault(key, pupil_id)
    fresh = {key: pupil_id for key, pupil_id in proposed.items() if key not in known}
    await _write_keys(
        connection,
        "insert into pupil_keys (kind, value, pupil_id)"
        " select * from unnest(%s::text[], %s::text[], %s::bigint[]) on conflict do nothing",
        fresh,
    )
    found = await _known_pupils(connection, sorted(proposed))
    await _join_keys(connection, lines, fresh, found)
    return found


async def _join_keys(
    connection: Connection,
    lines: Sequence[Line],
    fresh: Mapping[tuple[str, str], int],
    found: dict[tuple[str, str], int],
) -> None:
    """Another submission was first with one key of a pupil: the keys that we added follow it."""
    moved = {}
    for line in lines:
        keys = _keys_of(line)
        settled = next((found[key] for key in keys if found[key] != fresh.get(key)), found[keys[0]])
        for key in keys:
            if found[key] == fresh.get(key) and found[key] != settled:
                moved[key] = found[key] = settled
    if moved:
        await _write_keys(
            connection,
            "update pupil_keys k set pupil_id = m.pupil_id"
            " from unnest(%s::text[], %s::text[], %s::bigint[]) m (kind, value, pupil_id)"
            " where k.kind = m.kind and k.value = m.value",
            moved,
        )


async def _write_keys(connection: Connection, statement: str, keys: Mapping[tuple[str, str], int]) -> None:
    rows = sorted((kind, value, pupil_id) for (kind, value), pupil_id in keys.items())
    await connection.execute(statement.encode(), [[row[place] for row in rows] for place in range(3)])
