"""From paths to a report: small inputs here and now, large ones by children that may be killed, in order either way.

A record that breaks its child, or keeps it too long, is told of as a finding; those beside it are looked at again.
"""

import os
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from hub.checking.archives import Read
from hub.checking.items import Around, Bench, Done, Found, Item, Outcome, Told
from hub.checking.looking import Desk, Terms, broken
from hub.checking.report import Report
from hub.checking.sources import found_in, read_blob, size_of
from schemas.findings import Finding
from schemas.rules.acceptance import UUID_UNIQUE
from schemas.rules.batch import BatchSoFar
from schemas.rules.transactions import IN_FORCE

SMALL = 4 * 1024 * 1024
"""octets up to which starting children takes longer than they save"""
_ANYWHERE = frozenset({UUID_UNIQUE.id, IN_FORCE.id})
"""rules between records that hold over the whole input; the others hold within a file"""

Progress = Callable[[int], None]
"""is told how many records have been looked at"""


def check(paths: Sequence[Path], terms: Terms, *, jobs: int | None = None, progress: Progress | None = None) -> Report:
    """Look at everything below the paths."""
    began = time.monotonic()
    report, between = Report(), _Between()

    def take(told: Told) -> None:
        report.add(told)
        if isinstance(told, Outcome):
            for finding in between.look(told, report.records):
                report.remark(told, finding)
            if progress is not None:
                progress(report.records)

    go_over(paths, Bench(Desk, terms, broken), jobs=jobs, take=take)
    report.seconds = time.monotonic() - began
    return report


def go_over(
    paths: Sequence[Path],
    bench: Bench[Done],
    *,
    jobs: int | None,
    take: Callable[[Around | Done], None],
    read: Read = read_blob,
) -> None:
    """Look at every item below the paths and hand over what came of it, in the order of the input.

    What takes no longer than starting children would is looked at here.
    """
    jobs = jobs or _cores()
    found = found_in(paths, read)
    if jobs == 1 or size_of(paths) <= SMALL:
        _here(found, bench, take)
    else:
        from hub.checking.children import look_by_children

        look_by_children(found, bench, jobs=jobs, take=take)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _here(found: Iterable[Found], bench: Bench[Done], take: Callable[[Around | Done], None]) -> None:
    desk = bench.make(bench.terms)

    def looked(item: Item) -> Done:
        try:
            return desk.look(item)
        except Exception as error:
            # Code over input from outside: whatever it raises must not cost the records beside this one.
            last = traceback.extract_tb(error.__traceback__)[-1]
            return bench.broken(item, f"{type(error).__name__} at {last.name}:{last.lineno}")

    for each in found:
        take(looked(each) if isinstance(each, Item) else each)


@dataclass(slots=True)
class _Between:
    """The rules between records: over the whole input, and within each file."""

    _whole: BatchSoFar = field(default_factory=BatchSoFar)
    _inside: BatchSoFar = field(default_factory=BatchSoFar)
    _file: str = ""

    def look(self, outcome: Outcome, number: int) -> Iterator[Finding]:
        """What is wrong with a record beside those before it; `number` is its place in the whole input."""
        if outcome.file != self._file:
            self._file, self._inside = outcome.file, BatchSoFar()
        if outcome.entry is None:
            return
        entry = replace(outcome.entry, number=number)
        found = [each for each in self._whole.look(entry) if each.rule in _ANYWHERE]
        found += [each for each in self._inside.look(outcome.entry) if each.rule not in _ANYWHERE]
        for each in found:
            yield replace(each, line=outcome.line, offset=outcome.offset, uuid=each.uuid or outcome.uuid)
