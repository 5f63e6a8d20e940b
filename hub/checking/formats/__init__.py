"""Ways to write a report down, one module each; being there is joining.

A module has `MASKED` (personal values are hidden unless asked for), `BINARY` (it is no text for a terminal) and
`render(report, look) -> bytes`.
"""

import importlib
import pkgutil
from dataclasses import dataclass
from typing import Protocol, cast

from hub.checking.report import Report


@dataclass(frozen=True, slots=True)
class Look:
    """How a report is to look."""

    lang: str = "vi"
    """vi or en"""
    colour: bool = False
    """for a terminal that shows colours"""
    width: int = 100
    """columns of the terminal"""
    brief: bool = False
    """the summary alone, where the format has one"""
    masked: bool = False
    """personal values are hidden: the reader is told so"""
    failed: bool = False
    """the check as a whole failed, by the user's own bar"""


class Format(Protocol):
    """What each module offers."""

    MASKED: bool
    BINARY: bool

    @staticmethod
    def render(report: Report, look: Look) -> bytes:
        """The report, written down."""


def names() -> list[str]:
    """Every format found."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def format_of(name: str) -> Format:
    """One of them."""
    return cast("Format", importlib.import_module(f"{__name__}.{name}"))
