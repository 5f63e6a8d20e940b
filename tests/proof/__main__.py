"""`python -m tests.proof --seeds N [--seed K] [--short]`: the delivery proof. Exits with 1 on any violation."""

import argparse
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.proof.engines import Engines
from tests.proof.points import crash_points
from tests.proof.run import Report, Run
from tests.proof.trials import TRIALS, Trial, good, undergo
from tests.support.kafka import NoKafka

AT_ONCE = 3
"""Trials that run side by side: they mostly wait."""


def prove(engines: Engines, seeds: Sequence[int], *, trials: Sequence[Trial]) -> bool:
    """Undergo trials, play seeds, print what they came to; whether the promise held and every bug was caught."""
    engines.world()  # made once, before several ask for it
    cases = [(trial, planted) for trial in trials for planted in (True, False)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        caught = list(pool.map(lambda case: _undergo(engines, *case), cases))
    reports = []
    for seed in seeds:
        reports.append(Run(engines, seed=seed).play())
        print(told(reports[-1]), flush=True)
    if reports:
        print(sum_up(reports))
    return all(caught) and all(report.counts and not report.violations for report in reports)


def _undergo(engines: Engines, trial: Trial, planted: bool) -> bool:
    report = undergo(engines, trial, planted=planted)
    said = ", ".join(sorted({violation.promise for violation in report.violations})) or "no violation"
    fine = good(trial, report, planted=planted)
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


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof", description="The delivery proof.")
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds to play")
    parser.add_argument("--seed", type=int, default=1, help="the first one")
    parser.add_argument("--short", action="store_true", help="one seed and every trial")
    parser.add_argument("--no-trials", action="store_true", help="seeds only")
    parser.add_argument("--trial", action="append", default=[], help="only this planted bug, no seeds")
    chosen = parser.parse_args()
    seeds = range(chosen.seed, chosen.seed + (1 if chosen.short else chosen.seeds))
    trials = () if chosen.no_trials else TRIALS
    if chosen.trial:
        seeds, trials = range(0), tuple(trial for trial in TRIALS if trial.bug in chosen.trial)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    try:
        engines = Engines()
    except NoKafka as error:
        print(f"SKIPPED: {error}", file=sys.stderr)
        return 2
    with engines:
        print(f"engines: {engines.kafka.kind}; PostgreSQL of our own, durable", flush=True)
        return 0 if prove(engines, seeds, trials=trials) else 1


if __name__ == "__main__":
    sys.exit(main())
