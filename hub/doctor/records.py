"""The ledger: there, durable, migrated, and what waits for a person in it."""

import asyncio
import time
from collections.abc import Iterator, Mapping

from psycopg import AsyncConnection

from hub.desk import ledger_url
from hub.doctor.evidence import look_at_evidence
from hub.doctor.findings import Finding, State
from hub.doctor.machine import look_at_clock
from hub.failures import Failure
from hub.settings import Settings
from ledger import certificate_messages, migrate, views
from ledger.database import ALSO_DURABLE, DURABLE, Connection, durability
from ledger.states import Fate, Stage
from routes.fates import cause_of

OWN_CONNECTIONS = 10
"""connections that people and monitoring need beside the processes'"""


def look_at_ledger(settings: Settings) -> list[Finding]:
    """PostgreSQL and what is in it; whatever is wrong with it is a finding."""
    try:
        with ledger_url(settings) as url:
            version = migrate.current(url)
            findings = asyncio.run(_ask_ledger(url, settings, migrated=version is not None))
            return [*findings, _version(version)]
    except Failure as failure:
        return [Finding(State.BAD, failure.vi, failure.en, failure.do_vi, failure.do_en)]
    except Exception as error:
        # Whatever a database or its driver raises, the answer is the same: it cannot be used.
        return [
            Finding(
                State.BAD,
                "Không kết nối được PostgreSQL.",
                f"PostgreSQL does not answer ({type(error).__name__}).",
                "Kiểm tra HOCBA_LEDGER__URL, mật khẩu, tường lửa, rồi máy chủ.",
                "Check HOCBA_LEDGER__URL, the password, the firewall, then the server.",
            )
        ]


def _version(version: str | None) -> Finding:
    newest = migrate.newest()
    if version == newest:
        return Finding(State.WELL, f"Cấu trúc dữ liệu ở bản {newest}.", f"Schema at version {newest}.")
    return Finding(
        State.BAD,
        f"Cấu trúc dữ liệu ở bản {version or '(trống)'}, cần {newest}.",
        f"Schema at version {version or '(empty)'}; {newest} is needed.",
        "Chạy «hocba db migrate».",
        "Run «hocba db migrate».",
    )


async def _ask_ledger(url: str, settings: Settings, *, migrated: bool) -> list[Finding]:
    async with await AsyncConnection.connect(url, options="-c timezone=UTC", connect_timeout=8) as connection:
        found = [
            look_at_durability(await durability(connection)),
            await _clock(connection),
            await _connections(connection, settings),
        ]
        if not migrated:
            return found
        return [*found, *await _standing(connection), *await look_at_evidence(connection, settings)]


def look_at_durability(found: dict[str, str]) -> Finding:
    """Decision 17: what is confirmed is on disk."""
    lacking = [
        f"{name} = {value}"
        for name, value in found.items()
        if value != DURABLE[name] and value not in ALSO_DURABLE.get(name, set())
    ]
    if not lacking:
        return Finding(
            State.WELL,
            "PostgreSQL trả lời và bền: fsync, full_page_writes, synchronous_commit đang bật.",
            "PostgreSQL answers and is durable.",
        )
    return Finding(
        State.BAD,
        f"PostgreSQL không bền: {', '.join(lacking)}. Mất điện là mất hồ sơ đã nhận.",
        f"PostgreSQL is not durable: {', '.join(lacking)}.",
        "Bật lại trong postgresql.conf (hoặc ALTER SYSTEM) rồi khởi động lại máy chủ; hub không chạy khi chưa bật.",
        "Turn them on in postgresql.conf and restart it; the hub refuses to start until then.",
    )


async def _clock(connection: Connection) -> Finding:
    before = time.time()
    row = await (await connection.execute("select extract(epoch from clock_timestamp())")).fetchone()
    assert row is not None
    apart = abs(float(row[0]) - (before + time.time()) / 2)
    return look_at_clock(apart, "PostgreSQL")


async def _connections(connection: Connection, settings: Settings) -> Finding:
    row = await (
        await connection.execute("select setting::int from pg_settings where name = 'max_connections'")
    ).fetchone()
    assert row is not None
    wanted = settings.ledger.pool_size * (2 + settings.processes.workers) + OWN_CONNECTIONS
    if row[0] >= wanted:
        return Finding(State.WELL, f"PostgreSQL cho {row[0]} kết nối.", f"PostgreSQL allows {row[0]} connections.")
    return Finding(
        State.WARN,
        f"PostgreSQL cho {row[0]} kết nối, hub có thể cần {wanted}.",
        f"PostgreSQL allows {row[0]} connections; the hub may want {wanted}.",
        "Tăng max_connections hoặc giảm HOCBA_LEDGER__POOL_SIZE.",
        "Raise max_connections or lower HOCBA_LEDGER__POOL_SIZE.",
    )


async def _standing(connection: Connection) -> list[Finding]:
    """What waits for a person."""
    lanes = await views.lanes(connection, [stage.value for stage in Stage])
    destinations = await views.destinations(connection)
    senders = await views.stopped_senders(connection)
    unseen = [alarm for alarm in await views.alarms(connection) if alarm.seen_at is None]
    return [
        *(_closed_lane(lane) for lane in lanes if lane.state != "open"),
        *(_broken_off(destination) for destination in destinations if destination.breaker != "closed"),
        *(_stopped(sender) for sender in senders),
        *([_alarms(unseen)] if unseen else []),
        *look_at_registrations(await certificate_messages.standing(connection)),
    ]


def _closed_lane(lane: views.LaneView) -> Finding:
    resume = f"hocba lanes resume {lane.stage} {lane.destination}"
    return Finding(
        State.WARN,
        f"Luồng {lane.stage} → {lane.destination} đang {lane.state}: {lane.why}",
        f"The lane {lane.stage} → {lane.destination} is {lane.state}.",
        f"Xem lý do, rồi «{resume}».",
        f"See why, then «{resume}».",
    )


def _broken_off(destination: views.DestinationRow) -> Finding:
    return Finding(
        State.WARN,
        f"{destination.name} không trả lời; hub tự thử lại.",
        f"{destination.name} does not answer; the hub keeps trying.",
    )


def _stopped(sender: views.StoppedSender) -> Finding:
    resume = f"hocba lanes resume-sender {sender.code}"
    return Finding(
        State.WARN,
        f"Bên gửi {sender.code} bị dừng: {sender.why}",
        f"The sender {sender.code} is stopped.",
        f"Báo nhà cung cấp; xong thì «{resume}».",
        f"Tell the vendor; then «{resume}».",
    )


def _alarms(unseen: list[views.Alarm]) -> Finding:
    kinds = ", ".join(sorted({alarm.kind for alarm in unseen}))
    return Finding(
        State.WARN,
        f"{len(unseen)} báo động chưa xem: {kinds}.",
        f"{len(unseen)} alarms that nobody has seen.",
        "Xem trang quản trị.",
        "See the console.",
    )


def look_at_registrations(standing: Mapping[tuple[str, str, str], int]) -> Iterator[Finding]:
    """Certificates whose registration does not reach the portal, or gets no answer there, until a person acts."""
    for (destination, state, text), count in standing.items():
        cause = cause_of(text) if text else None
        if cause is None or not (state == "dead" or cause.fate is Fate.HELD):
            continue
        yield Finding(
            State.WARN,
            f"{count} đăng ký chứng thư số sang {destination} bị vướng ({text}): {cause.words.vi}",
            f"{count} registrations of certificates with {destination} are stuck: {cause.words.en}",
            cause.remedy.vi,
            cause.remedy.en,
        )
