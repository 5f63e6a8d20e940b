"""`python -m tests.proof --seeds N [--seed K] [--short]`: the delivery proof. Exits with 1 on any violation."""

import argparse
import json
import signal
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.proof.engines import Engines
from tests.proof.points import crash_points
from tests.proof.run import Report, Run
from tests.proof.trials import TRIALS, Trial, good, undergo
from tests.support.kafka import NoKafka

AT_ONCE = 3
"""Trials that run side by side: they mostly wait."""


NO_KAFKA = 2
"""exit code: there is no Kafka here that can be killed"""

Note = Callable[[str, bool, str], None]
"""Takes down what came of a case or a seed: its name, whether it is as it must be, what is told of it."""


def prove(engines: Engines, seeds: Sequence[int], *, trials: Sequence[Trial], note: Note) -> bool:
    """Undergo trials, play seeds, print what they came to; whether the promise held and every bug was caught."""
    engines.world()  # made once, before several ask for it
    cases = [(trial, planted) for trial in trials for planted in (True, False)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        caught = list(pool.map(lambda case: _undergo(engines, *case, note=note), cases))
    reports = []
    for seed in seeds:
        reports.append(Run(engines, seed=seed).play())
        note(f"seed-{seed}", _held(reports[-1]), f"{told(reports[-1])}\n{sum_up(reports[-1:])}")
        print(told(reports[-1]), flush=True)
    if reports:
        print(sum_up(reports))
    return all(caught) and all(_held(report) for report in reports)


def case_name(bug: str, *, planted: bool) -> str:
    """What a case is called where it is taken down."""
    return f"{bug}-{'planted' if planted else 'absent'}"


def _held(report: Report) -> bool:
    return report.counts and not report.violations


def _undergo(engines: Engines, trial: Trial, planted: bool, *, note: Note) -> bool:
    report = undergo(engines, trial, planted=planted)
    said = ", ".join(sorted({violation.promise for violation in report.violations})) or "no violation"
    fine = good(trial, report, planted=planted)
    note(case_name(trial.bug, planted=planted), fine, told(report))
    word = "planted" if planted else "absent "
    print(f"{'ok ' if fine else 'BAD'} {trial.bug:<24} {word} → {said} ({report.seconds:.0f} s)", flush=True)
    if not fine:
        print(told(report), flush=True)
    return fine


def told(report: Report) -> str:
    """One run in a few lines."""
    fates = ", ".join(f"{count} {fate}" for fate, count in sorted(report.fates.items()))
    lines = [
        f"{report.name}: {report.accepted} records accepted ({fates}), {report.seconds:.0f} s",
        f"  faults fired: {_counted(report.fired)}",
    ]
    if report.unfired:
        lines.append(f"  DOES NOT COUNT, not fired: {', '.join(report.unfired)}")
    if report.restarted:
        lines.append(f"  restarted: {'; '.join(report.restarted)}")
    lines += [f"  VIOLATION {violation.promise}: {violation.about}" for violation in report.violations]
    return "\n".join(lines)


def _counted(fired: Counter[str]) -> str:
    return ", ".join(f"{name} ×{times}" if times > 1 else name for name, times in sorted(fired.items())) or "none"


def sum_up(reports: Sequence[Report]) -> str:
    """All runs in one line."""
    fired: Counter[str] = Counter()
    for report in reports:
        fired.update(report.fired)
    points = crash_points()
    return (
        f"seeds {len(reports)}, records {sum(report.accepted for report in reports)}, faults fired {sum(fired.values())}"
        f" of {len(fired)} kinds, crash points covered {sum(fired[point] > 0 for point in points)} of {len(points)},"
        f" runs that do not count {sum(not report.counts for report in reports)},"
        f" violations {sum(len(report.violations) for report in reports)}"
    )


def _noting(file: Path | None) -> Note:
    """Into a file, a line of JSON each."""

    def note(name: str, fine: bool, about: str) -> None:
        if file is not None:
            with file.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps({"name": name, "fine": fine, "told": about}, ensure_ascii=False) + "\n")

    return note


def _chosen() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.proof", description="The delivery proof.")
    parser.add_argument("--seeds", type=int, help="how many seeds to play (1; 0 with --trial)")
    parser.add_argument("--seed", type=int, default=1, help="the first one")
    parser.add_argument("--short", action="store_true", help="one seed and every trial")
    parser.add_argument("--no-trials", action="store_true", help="seeds only")
    parser.add_argument("--trial", action="append", default=[], help="only this planted bug, again for another")
    parser.add_argument("--results", type=Path, help="what came of each case and seed goes here too, as lines of JSON")
    return parser.parse_args()


def main() -> int:
    """The command line."""
    chosen = _chosen()
    count = 1 if chosen.short else (0 if chosen.trial else 1) if chosen.seeds is None else chosen.seeds
    trials = tuple(
        trial for trial in TRIALS if not chosen.no_trials and (trial.bug in chosen.trial or not chosen.trial)
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    try:
        engines = Engines()
    except NoKafka as error:
        print(f"SKIPPED: {error}", file=sys.stderr)
        return NO_KAFKA
    note = _noting(chosen.results)
    with engines:
        note("engines", True, engines.kafka.kind)
        print(f"engines: {engines.kafka.kind}; PostgreSQL of our own, durable", flush=True)
        seeds = range(chosen.seed, chosen.seed + count)
        return 0 if prove(engines, seeds, trials=trials, note=note) else 1


if __name__ == "__main__":
    sys.exit(main())
