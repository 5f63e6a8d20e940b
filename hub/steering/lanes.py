"""`hocba lanes`: lanes, destinations and senders, which are open, and opening or pausing them."""

from rich.console import Console
from rich.text import Text

from hub import desk
from hub.failures import Failure
from hub.settings import Settings
from hub.steering.words import table
from ledger import lanes, views
from ledger.database import Connection
from ledger.states import Stage


def show_lanes(settings: Settings, console: Console) -> None:
    """Lanes, destinations and stopped senders."""
    found, destinations, senders = desk.ask(settings, _lanes)
    if not found:
        console.print(Text("Chưa có nơi nhận nào: dispatcher chưa chạy lần nào. · No destination yet."))
    rows = table("Giai đoạn · Stage", "Nơi nhận · Destination", "Trạng thái · State", "Vì sao · Why", "Bởi · By")
    for row in found:
        style = {"open": "green", "paused": "yellow", "stopped": "red"}[row.state]
        rows.add_row(row.stage, row.destination, Text(row.state, style), Text(row.why), row.by)
    console.print(rows)
    for destination in destinations:
        if destination.breaker != "closed":
            console.print(
                Text(
                    f"{destination.name}: ngắt từ {destination.opened_at:%H:%M:%S} UTC sau {destination.failures} lỗi,"
                    f" thử lại lúc {destination.probe_at:%H:%M:%S} · breaker {destination.breaker}",
                    "yellow",
                )
            )
    for sender in senders:
        console.print(Text(f"{sender.code} {sender.name}: bị dừng · stopped · {sender.why}", "red"))
        console.print(Text(f"  hocba lanes resume-sender {sender.code}", "dim"))


async def _lanes(
    connection: Connection,
) -> tuple[list[views.LaneView], list[views.DestinationRow], list[views.StoppedSender]]:
    return (
        await views.lanes(connection, [stage.value for stage in Stage]),
        await views.destinations(connection),
        await views.stopped_senders(connection),
    )


def set_lane(settings: Settings, stage: str, destination: str, *, paused: bool, why: str, console: Console) -> None:
    """Pause a lane, or let it go on."""
    if stage not in {each.value for each in Stage}:
        raise Failure(
            vi=f"Không có giai đoạn «{stage}».",
            en=f"There is no stage «{stage}».",
            do_vi=f"Chọn một trong: {', '.join(Stage)}.",
            do_en=f"One of: {', '.join(Stage)}.",
            code=64,
        )

    async def change(connection: Connection) -> bool:
        if destination not in {row.name for row in await views.destinations(connection)}:
            return False
        await lanes.set_lane(
            connection,
            stage=stage,
            destination=destination,
            state="paused" if paused else "open",
            why=why[:500],
            by=desk.ACTOR,
        )
        return True

    if not desk.ask(settings, change):
        raise Failure(vi=f"Không có nơi nhận «{destination}».", en=f"There is no destination «{destination}».", code=64)
    console.print(Text(f"{stage} → {destination}: {'tạm dừng · paused' if paused else 'đang mở · open'}"))


def resume_sender(settings: Settings, code: str, console: Console) -> None:
    """Let a stopped sender go on."""
    if not desk.ask(settings, lambda connection: lanes.resume_sender(connection, code=code)):
        raise Failure(vi=f"Không có bên gửi «{code}».", en=f"There is no sender «{code}».", code=64)
    console.print(Text(f"{code}: đi tiếp · goes on"))
