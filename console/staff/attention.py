"""What people should look at first: what is stopped, paused, not answering or odd, in plain words with what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from console.staff.words import ALARMS, LANES, STAGES, words_of
from ledger.views import Alarm, DestinationRow, LaneView, StoppedSender
from schemas.findings import Words

TROUBLE = {"stopped": "bad", "paused": "warn"}


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to look at."""

    grade: str
    """bad (a person must act) or warn (good to know)"""
    words: Words
    """what is the matter"""
    detail: str
    """words from the ledger, already in both languages; may be empty"""
    remedy: Words
    """what to do"""
    since: datetime | None
    """since when"""
    link: str
    """page where it can be acted upon; empty when there is none"""


def notices(
    *, lanes: Sequence[LaneView], destinations: Sequence[DestinationRow], senders: Sequence[StoppedSender]
) -> list[Notice]:
    """Everything that does not simply run, the worst first."""
    found = [
        *(_of_sender(each) for each in senders),
        *(_of_lane(each) for each in lanes if each.state != "open"),
        *(_of_destination(each) for each in destinations if each.breaker != "closed"),
    ]
    return sorted(found, key=lambda notice: notice.grade)


def _of_sender(sender: StoppedSender) -> Notice:
    return Notice(
        "bad",
        Words(
            vi=f"Bên gửi {sender.code} ({sender.name}) bị dừng.", en=f"Sender {sender.code} ({sender.name}) is stopped."
        ),
        sender.why,
        Words(
            vi="Báo nhà cung cấp sửa phần xuất, rồi cho chạy tiếp.", en="Have the vendor mend the export, then resume."
        ),
        sender.stopped_at,
        f"/console/senders/{sender.code}",
    )


def _of_lane(lane: LaneView) -> Notice:
    stage, state = words_of(STAGES, lane.stage), words_of(LANES, lane.state)
    return Notice(
        TROUBLE.get(lane.state, "warn"),
        Words(
            vi=f"Làn «{stage.vi}» tới {lane.destination} {state.vi}.",
            en=f"Lane {stage.en} → {lane.destination} is {state.en}.",
        ),
        lane.why,
        Words(vi="Xem lý do, rồi cho chạy tiếp khi ổn.", en="See why; resume when all is well."),
        lane.changed_at,
        f"/console/lanes/{lane.destination}/{lane.stage}",
    )


def _of_destination(row: DestinationRow) -> Notice:
    return Notice(
        "warn",
        Words(
            vi=f"Nơi nhận {row.name} không trả lời ({row.failures} lần liên tiếp).",
            en=f"Destination {row.name} does not answer ({row.failures} times in a row).",
        ),
        "",
        Words(
            vi="Không cần làm gì: hub tự thử lại, không hồ sơ nào mất.",
            en="Nothing to do: the hub probes it, no record is lost.",
        ),
        row.opened_at,
        "",
    )


def alarm_words(alarm: Alarm) -> Words:
    """What an alarm says."""
    return words_of(ALARMS, alarm.kind)
