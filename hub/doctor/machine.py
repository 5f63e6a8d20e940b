"""What the hub runs on: disk, clock, broker, its own processes."""

import shutil
from collections.abc import Iterator

import httpx
from confluent_kafka import KafkaException, Producer

from hub import engines, running
from hub.doctor.findings import Finding, State
from hub.settings import Settings

GIB = 1024**3
LEAST_FREE = 2 * GIB
CLOCK_SECONDS = 5.0


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


def look_at_broker(settings: Settings) -> Iterator[Finding]:
    """Kafka, embedded or not."""
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


def look_at_processes(settings: Settings) -> Iterator[Finding]:
    """The hub of this folder, if it runs."""
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
