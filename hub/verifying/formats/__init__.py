"""Ways to write a report of a verification down, one module each; being there is joining.

A module has `render(report, look) -> bytes`. All write the same verdicts.
"""

import importlib
import pkgutil
from typing import Protocol, cast

from hub.checking.formats import Look
from hub.verifying.report import Report


class Format(Protocol):
    """What each module offers."""

    @staticmethod
    def render(report: Report, look: Look) -> bytes:
        """The report, written down."""


def names() -> list[str]:
    """Every format found."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def format_of(name: str) -> Format:
    """One of them."""
    return cast("Format", importlib.import_module(f"{__name__}.{name}"))
