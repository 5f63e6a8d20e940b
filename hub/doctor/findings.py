"""One thing that was looked at, and how it is told."""

from dataclasses import dataclass
from enum import StrEnum

from rich.console import Console
from rich.text import Text


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
