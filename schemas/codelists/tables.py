"""Reading the tables beside this module: a line a row, columns by tabs, and where the data come from on top."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_SOURCE = "# source: "


@dataclass(frozen=True, slots=True)
class Table:
    """One file of rows."""

    sources: tuple[str, ...]
    """where the rows come from, in words"""
    rows: tuple[Mapping[str, str], ...]
    """column → text, in the file's order"""


def table(name: str) -> Table:
    """The table in a file beside this module."""
    lines = Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
    sources = tuple(line.removeprefix(_SOURCE) for line in lines if line.startswith(_SOURCE))
    head, *rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return Table(sources, tuple(dict(zip(head, row, strict=True)) for row in rows))
