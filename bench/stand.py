"""What a run of benchmarks works with: the corpus, what has been measured, how large to be."""

import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from bench.corpus import Corpus
from bench.declared import Figure, benchmarks
from bench.machine import machine

FOLDER = Path(__file__).resolve().parents[1] / ".hocba" / "bench"


@dataclass
class Stand:
    """Passed to every benchmark."""

    records: int
    """records that whole journeys are made with"""
    full: bool
    """the sizes that the issue names, however long they take"""
    seconds: float
    """processor seconds of a rate"""
    figures: dict[str, Figure] = field(default_factory=dict)
    """measured so far, by name"""
    began: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    """when the run began"""

    @cached_property
    def machine(self) -> str:
        """Where."""
        return machine()

    @cached_property
    def corpus(self) -> Corpus:
        """The records of the rates per core."""
        return Corpus(FOLDER, 400)

    @property
    def folder(self) -> Path:
        """Where engines and sandbox may keep what they need."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        return FOLDER

    def measure(self, name: str) -> list[Figure]:
        """Run a benchmark and keep its figures."""
        self.say(f"{name}: {benchmarks()[name].measures}")
        figures = list(benchmarks()[name].run(self))
        self.figures.update({figure.name: figure for figure in figures})
        return figures

    def value(self, name: str) -> float:
        """The main figure of a benchmark, which runs now if it has not run yet."""
        if name not in self.figures:
            self.measure(name)
        return self.figures[name].value

    def say(self, text: str) -> None:
        """Progress, for whoever waits."""
        print(text, file=sys.stderr, flush=True)
