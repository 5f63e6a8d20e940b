"""Signatures that do not come, as alarms: what waits for a service that is down, and records whose deadline is near."""

from ledger.database import Connection

DOWN = "signer-down"
NEAR = "signature-deadline"


async def down(connection: Connection) -> dict[str, int]:
    """Signing service, token or HSM that does not answer → records and packages that wait for it."""
    rows = await (
        await connection.execute(
            "select home, count(distinct id) from ("
            "  select home, work_id as id from signature_requests where state in ('wanted', 'asked') and cause = %(down)s"
            "  union all"
            "  select substring(t.cause from length(%(down)s) + 2), w.id from work w join transfers t on t.id = w.id"
            "  where w.stage = 'sign' and w.state = 'waiting' and t.cause like %(down)s || ':%%'"
            ") waiting group by home",
            {"down": DOWN},
        )
    ).fetchall()
    return dict(rows)


async def near(connection: Connection, *, days: int) -> int:
    """Records and packages that wait for somebody's signature and whose deadline comes within so many days, or is past."""
    row = await (
        await connection.execute(
            "select count(*) from work w where w.deadline < now() + make_interval(days => %s) and w.stage in ('sign', 'pack')"
            " and exists (select from signature_requests r where r.work_id = w.id"
            "  and r.state in ('wanted', 'asked', 'stale', 'refused', 'failed'))",
            [days],
        )
    ).fetchone()
    assert row is not None
    return int(row[0])


async def tell(connection: Connection, kind: str, *, home: str = "", count: int, again_hours: float) -> bool:
    """Raise an alarm, unless the same one was raised within so many hours; whether it was."""
    cursor = await connection.execute(
        "insert into alarms (kind, detail) select %(kind)s, jsonb_build_object('home', %(home)s::text, 'count', %(count)s::int)"
        " where not exists (select from alarms a where a.kind = %(kind)s and a.detail ->> 'home' = %(home)s"
        "  and a.at > now() - make_interval(secs => %(again)s))",
        {"kind": kind, "home": home, "count": count, "again": again_hours * 3600},
    )
    return cursor.rowcount == 1
