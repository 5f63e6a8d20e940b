"""What the demonstration shows: a bar per stage while it runs, one table at the end."""

import time
from collections import Counter
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

from hub.demo.balance import Balance
from hub.demo.gauges import ROUTE, Reading, Took
from ledger.states import Stage

TITLES = {
    Stage.NORMALISE: "Chuẩn hóa · normalise",
    Stage.CHECK: "Kiểm tra · check",
    Stage.SIGN: "Ký thay · sign",
    Stage.VERIFY: "Xác minh chữ ký · verify",
    Stage.PACK: "Đóng gói · pack",
    Stage.DELIVER: "Gửi lên Sở · deliver",
    Stage.POLL: "Nhận kết quả · poll",
    Stage.RETURN: "Trả về trường · return",
}

LINE_SECONDS = 5.0
"""without a terminal: a line of figures this often"""


class Bars:
    """A bar per stage; lines of figures where there is no terminal."""

    def __init__(self, console: Console, *, records: int, bundles: int) -> None:
        self._console = console
        self._records = records
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(bar_width=40), MofNCompleteColumn(), console=console
        )
        self._news = self._progress.add_task("", total=None, visible=False)
        self._arrived = self._progress.add_task("Tiếp nhận · accept", total=records)
        self._stages = {stage: self._progress.add_task(TITLES[stage], total=records) for stage in ROUTE}
        self._told = self._progress.add_task("Báo nhà cung cấp · outcomes read", total=records)
        self._returned = self._progress.add_task(TITLES[Stage.RETURN], total=bundles)
        self._last_line = 0.0

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._console.is_terminal:
            self._progress.stop()

    def say(self, vi: str, en: str) -> None:
        """News, above the bars."""
        self._progress.console.print(Text.assemble((f"{vi} ", ""), (f"· {en}", "dim")))

    def show(self, reading: Reading, *, told: int, city: int) -> None:
        """The figures as they are now."""
        on_the_way = self._records - (reading.arrived - reading.accepted)
        self._set(self._arrived, reading.arrived, self._records)
        for stage, task in self._stages.items():
            self._set(task, reading.passed[stage], on_the_way)
        self._set(self._told, told, on_the_way)
        self._set(self._returned, reading.bundles.get("acknowledged", 0), None)
        now = time.monotonic()
        if not self._console.is_terminal and now - self._last_line > LINE_SECONDS:
            self._last_line = now
            passed = " ".join(f"{stage.value}={count}" for stage, count in reading.passed.items())
            self._console.print(
                f"accept={reading.arrived} {passed} told={told} city={city} returned={reading.bundles}",
                highlight=False,
                soft_wrap=True,
            )

    def _set(self, task: TaskID, done: int, total: int | None) -> None:
        if total is None:
            self._progress.update(task, completed=done)
        else:
            self._progress.update(task, completed=done, total=max(total, 1))


def result_table(sums: Balance, times: Mapping[Stage, Took]) -> Table:
    """The one table."""
    table = Table(title="Hành trình mẫu · The sample journey", title_style="bold", header_style="bold")
    table.add_column("Kết quả · Outcome")
    table.add_column("Số · Count", justify="right")
    table.add_column("Chi tiết · Detail", overflow="fold", max_width=70)
    rows = (
        ("Đã gửi lên hub · pushed", sums.made, f"{sums.wrong} sai có chủ ý · wrong on purpose"),
        ("Hub nhận · accepted", sums.accepted, ""),
        ("Người ký từ xa · signed remotely", sums.signed, f"{sums.agreed} lần đồng ý · approvals by their holders"),
        ("Đã đến Sở · delivered", sums.delivered, ""),
        ("Sở duyệt · approved", sums.approved, ""),
        ("Hub từ chối · refused by the hub", sums.refused, _counts(sums.refused_by_rule)),
        ("Sở từ chối · refused by the city", sums.refused_by_city.total(), _counts(sums.refused_by_city)),
        ("Đang chờ · waiting", sums.waiting, ""),
        ("Đang giữ · held", sums.held.total(), _counts(sums.held)),
        ("Hỏng · dead", sums.dead.total(), _counts(sums.dead)),
        (
            "Trả về trường cấp hai · returned",
            sums.confirmed,
            f"{sums.bundles} bộ, đã xác nhận {sums.confirmed} · bundles, confirmed",
        ),
    )
    for title, count, detail in rows:
        table.add_row(title, str(count), detail)
    table.add_section()
    for stage, took in sorted(times.items(), key=lambda each: list(Stage).index(each[0])):
        table.add_row(TITLES[stage], _seconds(took.median), f"lâu nhất · longest {_seconds(took.longest)}", style="dim")
    return table


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _counts(counter: Counter[str]) -> str:
    return " · ".join(f"{name} {count}" for name, count in sorted(counter.items()))
