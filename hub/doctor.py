"""`hocba doctor`: one look at everything the hub rests on, each with what to do about it."""

import asyncio
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from pathlib import Path

import httpx
from asn1crypto import pem
from confluent_kafka import KafkaException, Producer
from cryptography import x509
from psycopg import AsyncConnection
from rich.console import Console
from rich.text import Text

from connectors.portal import (
    AccountMissing,
    LoginRefused,
    Portal,
    PortalDown,
    PortalFault,
    UnknownMessage,
)
from hub import engines, running
from hub.desk import ledger_url
from hub.failures import Failure
from hub.settings import Settings
from ledger import certificate_messages, migrate, views
from ledger.database import ALSO_DURABLE, DURABLE, Connection, durability
from ledger.states import Fate, Stage
from routes.fates import cause_of
from signing.trust import EvidenceUnreadable, Lack
from signing.trust.evidence import read_list, read_response

GIB = 1024**3
LEAST_FREE = 2 * GIB
CLOCK_SECONDS = 5.0
EXPIRY_DAYS = 30
OWN_CONNECTIONS = 10
"""connections that people and monitoring need beside the processes'"""
PROBE = "HOCBA-DOCTOR"
"""a messageid that no package has: asking for it shows that the login works, and brings nobody's data"""


class State(StrEnum):
    """How it stands."""

    WELL = "✓"
    WARN = "!"
    BAD = "✗"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    state: State
    """how it stands"""
    vi: str
    """what was found"""
    en: str
    """the same in English"""
    do_vi: str = ""
    """what to do"""
    do_en: str = ""
    """the same in English"""

    @property
    def bad(self) -> bool:
        """The hub cannot do its work like this."""
        return self.state is State.BAD


def examine(settings: Settings) -> list[Finding]:
    """Everything, in the order in which one would mend it."""
    report = [*look_at_disk(settings), *_ledger(settings), *_broker(settings), *_hub(settings)]
    report += look_at_trust(settings)
    report += look_at_keys(settings)
    report += asyncio.run(_destination(settings))
    return report


def print_report(report: list[Finding], console: Console) -> None:
    """Vietnamese first, English beside it."""
    styles = {State.WELL: "green", State.WARN: "yellow", State.BAD: "bold red"}
    for finding in report:
        console.print(
            Text.assemble((f"{finding.state} ", styles[finding.state]), finding.vi, (f" · {finding.en}", "dim"))
        )
        if finding.do_vi:
            console.print(Text(f"    → {finding.do_vi}"))
        if finding.do_en:
            console.print(Text(f"    → {finding.do_en}", "dim"))


# ---------------------------------------------------------------- disk


def look_at_disk(settings: Settings) -> Iterator[Finding]:
    """Room where the embedded engine and the logs live."""
    folder = settings.data_folder
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        yield Finding(State.BAD, f"Không đọc được thư mục {folder}.", f"{folder} cannot be read.")
        return
    free = f"{usage.free / GIB:.1f} GiB"
    if usage.free < LEAST_FREE:
        yield Finding(
            State.BAD if usage.free < LEAST_FREE / 8 else State.WARN,
            f"Đĩa chỉ còn {free}.",
            f"Only {free} of disk left.",
            "Dọn đĩa hoặc chuyển HOCBA_DATA_FOLDER; hết đĩa thì hub trả 503, không mất gì.",
            "Free space, or move HOCBA_DATA_FOLDER; on a full disk the hub answers 503 and loses nothing.",
        )
    else:
        yield Finding(State.WELL, f"Đĩa còn {free}.", f"{free} of disk free.")


# ---------------------------------------------------------------- the ledger


def _ledger(settings: Settings) -> list[Finding]:
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
        return [*found, *(await _standing(connection) if migrated else ())]


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


def look_at_clock(apart: float, other: str) -> Finding:
    """Signing times and deadlines rest on the clock."""
    if apart <= CLOCK_SECONDS:
        return Finding(State.WELL, f"Đồng hồ khớp với {other}.", f"The clock agrees with {other}'s.")
    return Finding(
        State.WARN,
        f"Đồng hồ máy này lệch {apart:.0f} giây so với {other}.",
        f"This machine's clock is {apart:.0f} s off {other}'s.",
        "Bật đồng bộ giờ (NTP, chrony) trên mọi máy.",
        "Turn on time synchronisation (NTP, chrony) everywhere.",
    )


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


# ---------------------------------------------------------------- broker, processes


def _broker(settings: Settings) -> Iterator[Finding]:
    there = running.find(settings.data_folder)
    servers = settings.kafka.servers or (there.kafka if there else None)
    if servers is None:
        yield Finding(
            State.WELL,
            "Kafka nhúng: khởi động cùng «hocba up».",
            "Embedded broker: starts with «hocba up».",
        )
        return
    producer = Producer(
        {"bootstrap.servers": servers, "log_level": 0, "security.protocol": settings.kafka.security_protocol}
    )
    try:
        topics = producer.list_topics(timeout=5).topics
    except KafkaException:
        yield Finding(
            State.BAD,
            f"Kafka {servers} không trả lời.",
            f"Kafka at {servers} does not answer.",
            "Kiểm tra HOCBA_KAFKA__SERVERS và máy chủ; hồ sơ vẫn an toàn trong PostgreSQL và sẽ đi tiếp.",
            "Check HOCBA_KAFKA__SERVERS and the brokers; records are safe in PostgreSQL and will go on.",
        )
        return
    own = sum(name.startswith(settings.kafka.topic_prefix) for name in topics)
    yield Finding(State.WELL, f"Kafka trả lời ({own} topic của hub).", f"Kafka answers ({own} topics of the hub).")


def _hub(settings: Settings) -> Iterator[Finding]:
    there = running.find(settings.data_folder)
    if there is None:
        if settings.ledger.url is None and not engines.exists(settings.data_folder / "postgres"):
            return
        yield Finding(State.WELL, "Không có «hocba up» nào chạy ở thư mục này.", "No «hocba up» runs in this folder.")
        return
    try:
        reply = httpx.get(f"{there.api}/healthz", timeout=10)
        well = reply.status_code == httpx.codes.OK
    except httpx.HTTPError:
        well = False
    if well:
        yield Finding(State.WELL, f"Hub đang chạy: {there.api}/console", "The hub runs.")
    else:
        yield Finding(
            State.BAD,
            f"Hub ở {there.api} không khỏe.",
            f"The hub at {there.api} is not well.",
            "Xem nhật ký của tiến trình api.",
            "See the log of its api process.",
        )


# ---------------------------------------------------------------- trust, keys


def look_at_trust(settings: Settings) -> Iterator[Finding]:
    """Anchors that expire, revocation data that is stale or from the future: what makes signatures undecidable."""
    folder = settings.signing.trust_folder
    roots = _files(folder / "roots") if folder is not None else []
    if folder is None or not roots:
        yield Finding(
            State.BAD,
            "Chưa có chứng thư số gốc tin cậy: mọi chữ ký sẽ bị từ chối.",
            "No trust anchor: every signature will be refused.",
            "Đặt HOCBA_SIGNING__TRUST_FOLDER: thư mục có roots/, intermediates/, crls/.",
            "Set HOCBA_SIGNING__TRUST_FOLDER: a folder with roots/, intermediates/, crls/.",
        )
        return
    now = datetime.now(UTC)
    for file in (*roots, *_files(folder / "intermediates")):
        yield from _certificate(file, now)
    lists, responses = _files(folder / "crls"), _files(folder / "ocsp")
    if not lists and not responses:
        yield Finding(
            State.WARN,
            "Chưa có thông tin thu hồi (CRL, OCSP): hồ sơ sẽ phải chờ dữ liệu thu hồi.",
            "No revocation list and no OCSP response: records will wait until there is one.",
            f"Bật HOCBA_SIGNING__REVOCATION__ONLINE, hoặc tải CRL của các CA vào {folder / 'crls'}.",
            f"Turn on HOCBA_SIGNING__REVOCATION__ONLINE, or put the authorities' lists into {folder / 'crls'}.",
        )
    most_age = settings.signing.revocation.most_age
    for file in lists:
        yield _revocation_list(file, now, most_age)
    yield from _responses(responses, now, most_age)


def _certificate(file: Path, now: datetime) -> Iterator[Finding]:
    octets = file.read_bytes()
    try:
        certificate = (
            x509.load_pem_x509_certificate(octets) if pem.detect(octets) else x509.load_der_x509_certificate(octets)
        )
    except ValueError:
        yield _unreadable(file)
        return
    days = (certificate.not_valid_after_utc - now).days
    if days < EXPIRY_DAYS:
        yield Finding(
            State.BAD if days < 0 else State.WARN,
            f"Chứng thư số {file.name} hết hạn {certificate.not_valid_after_utc:%d/%m/%Y}.",
            f"The certificate {file.name} expires on {certificate.not_valid_after_utc:%d/%m/%Y}.",
            "Lấy chứng thư mới của CA, kiểm dấu vân tay rồi thêm vào thư mục tin cậy.",
            "Get the authority's new one, compare its fingerprint, add it to the trust folder.",
        )
    else:
        yield Finding(
            State.WELL,
            f"Chứng thư số {file.name} còn hạn đến {certificate.not_valid_after_utc:%d/%m/%Y}.",
            "The certificate is valid.",
        )


def _revocation_list(file: Path, now: datetime, most_age: timedelta | None) -> Finding:
    try:
        statement = read_list(file.read_bytes()).statements[0]
    except EvidenceUnreadable:
        return _unreadable(file)
    match statement.lack(moment=now, now=now, most_age=most_age):
        case Lack.FUTURE:
            return _from_the_future(f"CRL {file.name}", statement.this_update)
        case Lack.STALE:
            ended = statement.until(most_age)
            return Finding(
                State.WARN,
                f"CRL {file.name} đã cũ (hạn {ended:%d/%m/%Y %H:%M} UTC).",
                f"The revocation list {file.name} is stale.",
                "Bật HOCBA_SIGNING__REVOCATION__ONLINE, hoặc tải bản mới vào thư mục crls; hồ sơ đang chờ tự đi tiếp.",
                "Turn on HOCBA_SIGNING__REVOCATION__ONLINE, or fetch the new one; what waits goes on by itself.",
            )
    return Finding(
        State.WELL,
        f"CRL {file.name} còn mới đến {statement.until(most_age):%d/%m/%Y %H:%M} UTC.",
        "The revocation list is fresh.",
    )


def _responses(files: list[Path], now: datetime, most_age: timedelta | None) -> Iterator[Finding]:
    """One line for all of them: a city has tens of thousands."""
    unreadable, lacks, newest = [], Counter[Lack | None](), now
    for file in files:
        try:
            statements = read_response(file.read_bytes()).statements
        except EvidenceUnreadable:
            unreadable.append(file)
            continue
        lacks.update(each.lack(moment=now, now=now, most_age=most_age) for each in statements)
        newest = max(newest, *(each.this_update for each in statements))
    if unreadable:
        yield _unreadable(unreadable[0], more=len(unreadable) - 1)
    if lacks[Lack.FUTURE]:
        yield _from_the_future("OCSP", newest)
    if lacks[Lack.STALE]:
        yield Finding(
            State.WARN,
            f"{lacks[Lack.STALE]} câu trả lời OCSP đã cũ.",
            f"{lacks[Lack.STALE]} OCSP responses are stale.",
            "Kiểm tra kết nối tới OCSP của các CA; chữ ký chờ nếu không có CRL còn mới.",
            "Check the connection to the authorities' responders; signatures wait where no list is fresh.",
        )
    if lacks[None]:
        yield Finding(
            State.WELL, f"{lacks[None]} câu trả lời OCSP còn mới.", f"{lacks[None]} OCSP responses are fresh."
        )


def _from_the_future(what: str, moment: datetime) -> Finding:
    return Finding(
        State.WARN,
        f"{what} ghi thời điểm phát hành ở tương lai ({moment:%d/%m/%Y %H:%M} UTC).",
        f"{what} was issued in the future ({moment:%d/%m/%Y %H:%M} UTC): it settles nothing yet.",
        "Kiểm tra đồng hồ máy này (NTP, chrony); nếu đúng thì báo CA.",
        "Check this machine's clock (NTP, chrony); if it is right, tell the authority.",
    )


def _unreadable(file: Path, *, more: int = 0) -> Finding:
    others = (f" và {more} tệp khác", f" and {more} others") if more else ("", "")
    return Finding(
        State.BAD,
        f"Không đọc được {file.name}{others[0]}.",
        f"{file.name}{others[1]} cannot be read.",
        "Thay bằng tệp PEM hoặc DER đúng.",
        "Replace it by a proper PEM or DER file.",
    )


def look_at_keys(settings: Settings) -> Iterator[Finding]:
    """Personal keys in files belong in the sandbox only; whoever has them must guard them."""
    folder = settings.signing.keys_folder
    if folder is None:
        return
    if not folder.is_dir():
        yield Finding(
            State.BAD,
            f"Không có thư mục khóa {folder}.",
            f"The folder of keys {folder} does not exist.",
            "Sửa HOCBA_SIGNING__KEYS_FOLDER.",
            "Mend HOCBA_SIGNING__KEYS_FOLDER.",
        )
        return
    count = sum(1 for _ in folder.glob("*/*.p12"))
    password = folder / "password"
    if password.exists() and password.stat().st_mode & 0o077:
        yield Finding(
            State.WARN,
            "Người khác trên máy đọc được mật khẩu khóa.",
            "Others on this machine can read the keys' password.",
            f"chmod 600 {password}",
        )
    yield Finding(State.WELL, f"{count} khóa được ủy quyền.", f"{count} delegated keys.")


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(file for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))


# ---------------------------------------------------------------- the destination


async def _destination(settings: Settings) -> list[Finding]:
    """Reachable, on time, and the collecting unit may log in."""
    portal = settings.city
    findings = [] if (apart := await _portal_clock(portal.url)) is None else [look_at_clock(apart, "cổng / the portal")]
    unit = portal.collecting_unit
    try:
        async with Portal(portal) as asked:
            await asked.result(messageid=PROBE, ma_don_vi=unit)
    except UnknownMessage:
        return [
            *findings,
            Finding(State.WELL, f"Cổng {portal.url} nhận đăng nhập của đơn vị {unit}.", "The portal takes the login."),
        ]
    except PortalFault as fault:
        return [*findings, _portal_fault(fault, portal.url, unit)]
    return findings


async def _portal_clock(url: str) -> float | None:
    try:
        async with httpx.AsyncClient(timeout=5) as client:
            said = (await client.head(url)).headers.get("date", "")
        return abs(time.time() - parsedate_to_datetime(said).timestamp())
    except (httpx.HTTPError, ValueError, TypeError, OSError):
        return None


def _portal_fault(fault: PortalFault, url: str, unit: str) -> Finding:
    told: dict[type[PortalFault], tuple[str, str, str, str]] = {
        PortalDown: (
            f"Cổng {url} không trả lời.",
            f"The portal {url} does not answer.",
            "Kiểm tra HOCBA_CITY__URL, mạng, tường lửa, chứng thư TLS. Hub tự gửi tiếp khi cổng hoạt động lại.",
            "Check HOCBA_CITY__URL, network, firewall, TLS certificate. The hub goes on by itself when it is back.",
        ),
        AccountMissing: (
            f"Chưa khai tài khoản cổng của đơn vị {unit}.",
            f"No portal account of the unit {unit}.",
            "Thêm vào tệp HOCBA_CITY__ACCOUNTS.",
            "Add it to the file HOCBA_CITY__ACCOUNTS.",
        ),
        LoginRefused: (
            f"Cổng từ chối đăng nhập của đơn vị {unit}.",
            f"The portal refuses the login of the unit {unit}.",
            "Sửa mật khẩu trong tệp HOCBA_CITY__ACCOUNTS.",
            "Mend the password in the file HOCBA_CITY__ACCOUNTS.",
        ),
    }
    for kind, words in told.items():
        if isinstance(fault, kind):
            return Finding(State.BAD, *words)
    return Finding(State.WARN, f"Cổng trả lời {fault.code}.", f"The portal answered {fault.code}.")
