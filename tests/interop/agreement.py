"""The table of agreements: kinds of input against engines, how often each agrees with the hub and how often it differs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from interop.case import Case, Word
from interop.disagreements import DISAGREEMENTS, Disagreement
from interop.engines import Engine


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everybody's word on every file."""

    cases: Sequence[Case]
    """all files"""
    engines: Sequence[Engine]
    """those that were here"""
    words: Mapping[str, Mapping[str, Word]]
    """by engine, then by file"""
    missing: Sequence[str]
    """what would bring the engines that were not"""

    def differs(self, engine: Engine, case: Case) -> bool:
        return self.words[engine.name][case.name].accepted != case.passes

    def undeclared(self) -> list[str]:
        """Differences that nobody gave a reason for."""
        return [
            f"{engine.name} on {case.name}: here {case.cause or 'passed'}, there {self.words[engine.name][case.name].why}"
            for engine in self.engines
            for case in self.cases
            if self.differs(engine, case) and not _reasons(engine, case)
        ]

    def outlived(self) -> list[str]:
        """Declared differences that do not happen: each kind, cause and name must, for each of its engines."""
        return [
            f"{engine.name} no longer differs on {subject}: {declared.reason}"
            for declared in DISAGREEMENTS
            for engine in self.engines
            if declared.concerns(engine.name, engine.version)
            for subject in (*declared.kinds, *declared.causes, *declared.names)
            if not any(
                self.differs(engine, case) for case in self.cases if subject in (case.kind, case.cause, case.name)
            )
        ]

    def rows(self) -> list[list[object]]:
        """The table, complete, with its head and its sums."""
        columns = {"ours": _verdicts(self.cases)} | {engine.name: self._column(engine) for engine in self.engines}
        kinds = list(dict.fromkeys(case.kind for case in self.cases))
        head = ["kind of input", "files", *(_title(self.engines, name) for name in columns)]
        lines: list[list[object]] = [
            [kind, sum(case.kind == kind for case in self.cases), *(column[kind] for column in columns.values())]
            for kind in kinds
        ]
        sums = [self._sum(engine, self.cases) for engine in self.engines]
        passed = sum(case.passes for case in self.cases)
        return [list(head), *lines, ["all", len(self.cases), f"{passed} pass", *sums]]

    def _column(self, engine: Engine) -> dict[str, str]:
        kinds = {case.kind for case in self.cases}
        return {kind: self._sum(engine, [case for case in self.cases if case.kind == kind]) for kind in kinds}

    def _sum(self, engine: Engine, cases: Sequence[Case]) -> str:
        differing = sum(self.differs(engine, case) for case in cases)
        return f"{len(cases) - differing} / {differing}"


def _title(engines: Sequence[Engine], name: str) -> str:
    return next((f"{name} agrees / differs" for engine in engines if engine.name == name), name)


def _verdicts(cases: Sequence[Case]) -> dict[str, str]:
    passed: Counter[str] = Counter(case.kind for case in cases if case.passes)
    refused: Counter[str] = Counter(case.kind for case in cases if not case.passes)
    return {
        kind: " ".join(
            f"{count} {what}" for count, what in ((passed[kind], "pass"), (refused[kind], "do not")) if count
        )
        for kind in {case.kind for case in cases}
    }


def _reasons(engine: Engine, case: Case) -> list[Disagreement]:
    return [declared for declared in DISAGREEMENTS if declared.covers(engine.name, engine.version, case)]


def reasons(comparison: Comparison) -> list[list[object]]:
    """The second table: each reason, whom it concerns, how many files."""
    lines: list[list[object]] = [["files", "engine", "reason"]]
    for declared in DISAGREEMENTS:
        for engine in comparison.engines:
            count = sum(
                comparison.differs(engine, case) and declared.covers(engine.name, engine.version, case)
                for case in comparison.cases
            )
            if count:
                lines.append([count, engine.name, declared.reason])
    return lines
