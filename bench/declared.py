"""What a benchmark is, and which there are."""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import bench.runs

if TYPE_CHECKING:
    from bench.stand import Stand


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value."""

    name: str
    """the benchmark's name, or that name, a dot and what the figure is of"""
    value: float
    """in `unit`"""
    unit: str
    """records/s, ms, MB, …"""
    references: tuple[str, ...] = ()
    """figures of the same run that it is set against: one row and one ratio for each"""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One thing that is measured."""

    name: str
    """as on the command line"""
    measures: str
    """one sentence: of what, under which conditions"""
    unit: str
    """of its main figure, the one that bears its name"""
    references: tuple[str, ...]
    """benchmarks whose main figure it is set against"""
    run: Callable[["Stand"], Iterable[Figure]]
    """does it"""

    def figure(self, value: float, part: str = "", *, unit: str = "", references: tuple[str, ...] = ()) -> Figure:
        """Its main figure, or the figure of a part, which has its own references or none."""
        if not part:
            return Figure(self.name, value, self.unit, self.references)
        return Figure(f"{self.name}.{part}", value, unit or self.unit, references)


@cache
def benchmarks() -> Mapping[str, Benchmark]:
    """Every benchmark of `bench/runs`, by name: the raw limits first, then in the order of the modules' names."""
    found: dict[str, Benchmark] = {}
    for module in sorted(
        pkgutil.iter_modules(bench.runs.__path__), key=lambda each: (each.name != "limits", each.name)
    ):
        for each in importlib.import_module(f"bench.runs.{module.name}").BENCHMARKS:
            found[each.name] = each
    return found
