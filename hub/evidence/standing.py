"""How evidence stands in the ledger: for people at a terminal, and as JSON."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hub.evidence.showing import MOST, as_text, iso
from hub.evidence.work import Status
from hub.verifying.words import clock
from ledger.evidence import Standing
from routes.preserving import Due

FEW = 7
"""days that wait and are named"""


def status(found: Status, console: Console) -> None:
    """How evidence stands."""
    if not found.kept:
        console.print(
            Text(
                "Hub chưa tự lập bằng chứng: đặt signing.timestamps.urls, và chọn cấu trúc ở evidence.profiles."
                " · Not kept: set signing.timestamps.urls, and choose profiles in evidence.profiles."
            )
        )
    waiting = ", ".join(f"{day:%d/%m/%Y}: {count}" for day, count in list(found.waiting.items())[:FEW])
    more = ", …" if len(found.waiting) > FEW else ""
    console.print(
        Text(
            f"Chưa nằm trong cây nào · under no tree yet: {found.all_waiting}{f' ({waiting}{more})' if waiting else ''}"
        )
    )
    for name, told in (("build", "lập cây · build"), ("renew", "gia hạn · renew")):
        task = found.tasks[name]
        if task.failing_since is not None:
            since, due = clock(task.failing_since), clock(task.due_at)
            console.print(
                Text(f"! {told}: không xin được dấu thời gian từ {since}, thử lại lúc {due} ({task.cause})", "yellow")
            )
    due_lines(found.due, console)
    table = Table(
        "Ngày · day", "Học bạ · records", "Băm · hash", "Dấu thời gian · stamps", "Có từ · since", "Đến · until"
    )
    for day in found.days[:MOST]:
        stamps = f"{day.timestamps} ({clock(day.renewed_at)})" if day.timestamps > 1 else "1"
        table.add_row(
            f"{day.day:%d/%m/%Y}", str(day.records), day.algorithm, stamps, clock(day.since), clock(day.good_until)
        )
    if found.days:
        console.print(table)
    if len(found.days) > MOST:
        console.print(Text(f"… {len(found.days) - MOST}", style="dim"))


def due_lines(due: Due, console: Console) -> None:
    """What must be renewed."""
    for told, standings in (("gia hạn · to be renewed", due.renewals), ("băm lại · to be hashed anew", due.rehashes)):
        for each in standings:
            console.print(
                Text(f"! {told}: {len(each.series)} ngày · days, {each.algorithm}, {clock(each.good_until)}", "yellow")
            )


def status_as_json(found: Status) -> str:
    """The same for machines."""
    return as_text(
        {
            "kept": found.kept,
            "waiting": found.all_waiting,
            "waiting_days": {day.isoformat(): count for day, count in found.waiting.items()},
            "tasks": {
                name: {
                    "done_until": iso(task.done_until),
                    "due_at": iso(task.due_at),
                    "failing_since": iso(task.failing_since),
                    "cause": task.cause,
                }
                for name, task in found.tasks.items()
            },
            "renewals": [_standing(each) for each in found.due.renewals],
            "rehashes": [_standing(each) for each in found.due.rehashes],
            "days": [
                {
                    "tree": day.id,
                    "day": day.day.isoformat(),
                    "records": day.records,
                    "algorithm": day.algorithm,
                    "since": iso(day.since),
                    "timestamps": day.timestamps,
                    "renewed_at": iso(day.renewed_at),
                    "good_until": iso(day.good_until),
                }
                for day in found.days
            ],
        }
    )


def _standing(each: Standing) -> dict[str, Any]:
    return {
        "tree": each.tree_id,
        "days": list(each.series),
        "algorithm": each.algorithm,
        "signature": each.signature,
        "good_until": iso(each.good_until),
    }
