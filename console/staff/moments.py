"""Times and numbers as people here write them: relative first, exact on demand, in Vietnam's time zone."""

from datetime import UTC, date, datetime, timedelta, timezone

VIETNAM = timezone(timedelta(hours=7), "+07")
"""Asia/Ho_Chi_Minh: no daylight saving, hence no table of zones needed"""

_UNITS = ((86400, "ngày", "d"), (3600, "giờ", "h"), (60, "phút", "min"))


def exact(moment: datetime) -> str:
    """Day and time in Vietnam."""
    return moment.astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M:%S")


def day(moment: datetime) -> str:
    """Day in Vietnam."""
    return moment.astimezone(VIETNAM).strftime("%d/%m/%Y")


def calendar(moment: datetime) -> str:
    """Day in Vietnam, as a form's field of a day wants it."""
    return moment.astimezone(VIETNAM).date().isoformat()


def midnight(text: str) -> datetime | None:
    """The beginning, in Vietnam, of a day that a form's field says; None where it is no day."""
    try:
        return datetime.combine(date.fromisoformat(text), datetime.min.time(), VIETNAM)
    except ValueError:
        return None


def clock(moment: datetime) -> str:
    """Time of day in Vietnam, to the second."""
    return moment.astimezone(VIETNAM).strftime("%H:%M:%S")


def span(seconds: float) -> str:
    """A length of time in its largest unit."""
    for size, name, _ in _UNITS:
        if seconds >= size:
            return f"{int(seconds // size)} {name}"
    return f"{max(0, int(seconds))} giây"


def relative(moment: datetime, now: datetime | None = None) -> str:
    """How long ago, or how soon."""
    seconds = ((now or datetime.now(UTC)) - moment).total_seconds()
    if -1 < seconds < 1:
        return "vừa xong"
    return f"{span(seconds)} trước" if seconds > 0 else f"sau {span(-seconds)}"


def number(value: int) -> str:
    """With dots between thousands."""
    return f"{value:,}".replace(",", ".")
