"""Evidence: whether it can be made as the settings want it, what waits too long, and what has to be renewed soon."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from hub.doctor.findings import Finding, State
from hub.settings import Settings
from ledger import evidence
from ledger.database import Connection
from ledger.evidence import LATE, Standing, tasks
from routes.preserving import closed, wanted
from signing.verify.policy import VIETNAM

FEW = 7
"""days that are named"""


def look_at_choice(settings: Settings) -> Iterator[Finding]:
    """Profiles of which evidence is wanted and cannot be had, since there is no authority to ask."""
    if settings.signing.timestamps.urls:
        return
    named = sorted(name for name, word in settings.evidence.profiles.items() if word != "none")
    if named or settings.evidence.enabled:
        yield Finding(
            State.BAD,
            f"evidence muốn lập bằng chứng ({', '.join(named) or '*'}) mà chưa khai nơi cấp dấu thời gian: không lập được.",
            f"Evidence is wanted ({', '.join(named) or '*'}), and there is no timestamping authority to ask: none is made.",
            "Đặt signing.timestamps.urls, hoặc đặt các cấu trúc ấy là none trong evidence.profiles.",
            "Set signing.timestamps.urls, or those profiles to none in evidence.profiles.",
        )


async def look_at_evidence(connection: Connection, settings: Settings, *, now: datetime | None = None) -> list[Finding]:
    """What the ledger says: days that wait longer than the alarm, timestamps that end within the days of renewal."""
    moment = now or datetime.now(UTC)
    standings = await evidence.standings(connection)
    found = list(look_at_standings(standings, days=settings.evidence.renew_days, now=moment))
    if not wanted(settings.routes) or not settings.evidence.keeps_any:
        return found
    waiting = await _overdue(connection, settings, moment)
    return [*look_at_waiting(waiting, (await tasks.task(connection, "build")).failing_since), *found]


async def _overdue(connection: Connection, settings: Settings, now: datetime) -> dict[date, int]:
    """Record octets by the day on which they were verified, which should be under a tree since the alarm's time."""
    alarm = timedelta(seconds=settings.evidence.alarm_seconds)
    _, until = closed(now - alarm, settings.evidence.hour)
    done = (await tasks.task(connection, "build")).done_until
    if done is not None and done >= until:
        return {}
    since = None if done is None else done - LATE
    return await evidence.wanting_by_day(connection, before=until, since=since, choice=settings.evidence.choice)


def look_at_waiting(waiting: Mapping[date, int], failing_since: datetime | None) -> Iterator[Finding]:
    """Days whose evidence is late, with the time since which no authority answers."""
    if not waiting:
        return
    days = ", ".join(f"{day:%d/%m/%Y}: {waiting[day]}" for day in sorted(waiting)[:FEW])
    more = ", …" if len(waiting) > FEW else ""
    why = (
        ("hub chưa lập", "the hub has not built them")
        if failing_since is None
        else (
            f"nơi cấp không trả lời từ {_clock(failing_since)}",
            f"no authority answers since {_clock(failing_since)}",
        )
    )
    yield Finding(
        State.WARN,
        f"{sum(waiting.values())} học bạ của {len(waiting)} ngày chưa có bằng chứng quá hạn báo động ({days}{more}): {why[0]}.",
        f"{sum(waiting.values())} records of {len(waiting)} days have no evidence for longer than the alarm: {why[1]}.",
        "Xem mạng và nơi cấp dấu thời gian (signing.timestamps.urls), rồi «hocba evidence build»; không mất học bạ nào.",
        "See the network and the authority (signing.timestamps.urls), then «hocba evidence build»; no record is lost.",
    )


def look_at_standings(standings: Sequence[Standing], *, days: int, now: datetime) -> Iterator[Finding]:
    """Timestamps whose authority's certificate ends within so many days, those that have ended apart."""
    ended = [each for each in standings if each.good_until <= now]
    soon = [each for each in standings if now < each.good_until <= now + timedelta(days=days)]
    if ended:
        yield Finding(
            State.BAD,
            f"Bằng chứng của {_trees(ended)} ngày: chứng thư nơi cấp dấu thời gian đã hết hạn mà chưa gia hạn.",
            f"Evidence of {_trees(ended)} days: the authority's certificate has ended before it was renewed.",
            "Tìm bản bằng chứng đã xuất trước đó; hỏi người quản trị vì sao gia hạn không chạy («hocba evidence status»).",
            "See «hocba evidence status» why no renewal was made.",
        )
    if soon:
        first = min(each.good_until for each in soon)
        yield Finding(
            State.WARN,
            f"Bằng chứng của {_trees(soon)} ngày phải gia hạn trước {_clock(first)}: chứng thư nơi cấp hết hạn.",
            f"Evidence of {_trees(soon)} days has to be renewed before {_clock(first)}: the authority's certificate ends.",
            "Hub tự gia hạn khi nơi cấp trả lời bằng chứng thư mới; làm ngay: «hocba evidence renew».",
            "The hub renews it as soon as the authority has a longer certificate; at once: «hocba evidence renew».",
        )
    if standings and not ended and not soon:
        until = _clock(min(each.good_until for each in standings))
        yield Finding(
            State.WELL,
            f"Bằng chứng của {_trees(standings)} ngày chứng minh được đến {until}.",
            f"Evidence of {_trees(standings)} days holds until {until}.",
        )


def _trees(standings: Sequence[Standing]) -> int:
    return len({series for each in standings for series in each.series})


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(VIETNAM):%d/%m/%Y %H:%M}"
