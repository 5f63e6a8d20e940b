"""Figures become rows: printed, kept in `bench/results.json`, set as a table."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.declared import Figure
from bench.stand import Stand

RESULTS = Path(__file__).parent / "results.json"


@dataclass(frozen=True, slots=True)
class Row:
    """One figure beside one reference."""

    run: str
    """when the run began, UTC"""
    name: str
    """of the figure"""
    value: float
    """in `unit`"""
    unit: str
    """records/s, ms, MB, …"""
    reference: str
    """what it is set against; empty for none"""
    reference_value: float | None
    """measured in the same run"""
    ratio: float | None
    """value / reference_value"""
    machine: str
    """where"""


def rows_of(stand: Stand, figure: Figure) -> list[Row]:
    """One row per reference; a reference that was not measured yet is measured now."""
    bare = Row(stand.began, figure.name, figure.value, figure.unit, "", None, None, stand.machine)
    if not figure.references:
        return [bare]
    rows = []
    for reference in figure.references:
        beside = stand.value(reference)
        ratio = figure.value / beside if beside else None
        rows.append(Row(**{**asdict(bare), "reference": reference, "reference_value": beside, "ratio": ratio}))
    return rows


def keep(rows: Sequence[Row]) -> None:
    """Append to the file of results."""
    known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else []
    known += [asdict(row) for row in rows]
    RESULTS.write_text(json.dumps(known, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def newest() -> list[Row]:
    """The newest row of every figure and reference, in the order of the last runs."""
    if not RESULTS.exists():
        return []
    rows = [Row(**row) for row in json.loads(RESULTS.read_text(encoding="utf-8"))]
    last = {(row.name, row.reference): row for row in rows}
    return list(last.values())


def number(value: float | None) -> str:
    """Three digits that mean something."""
    if value is None:
        return ""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


HEADINGS = ("figure", "value", "unit", "reference", "its value", "ratio")


def _cells(row: Row) -> tuple[str, ...]:
    return (row.name, number(row.value), row.unit, row.reference, number(row.reference_value), number(row.ratio))


def print_table(rows: Iterable[Row]) -> None:
    """For the terminal."""
    table = Table(*HEADINGS)
    for column in (1, 4, 5):
        table.columns[column].justify = "right"
    for row in rows:
        table.add_row(*_cells(row))
    Console().print(table)


def markdown(rows: Sequence[Row]) -> str:
    """For `docs/performance.md`: the date and the machine, then the table."""
    if not rows:
        return "no results\n"
    heads = sorted({(row.run[:10], row.machine) for row in rows})
    lines = [f"{day}, {machine}" for day, machine in heads]
    lines += ["", "| " + " | ".join(HEADINGS) + " |", "|---|---:|---|---|---:|---:|"]
    lines += ["| " + " | ".join(_cells(row)) + " |" for row in rows]
    return "\n".join(lines) + "\n"
