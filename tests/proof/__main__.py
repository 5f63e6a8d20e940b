"""`python -m tests.proof --seeds N [--seed K] [--short]`: the delivery proof. Exits with 1 on any violation."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.proof.engines import Engines
from tests.proof.points import crash_points
from tests.proof.run import Report, Run
from tests.proof.trials import TRIALS, Trial, good, undergo
from tests.support.kafka import NoKafka

AT_ONCE = 3
"""Trials that run side by side: they mostly wait."""


def prove(engines: Engines, seeds: Sequence[int], *, trials: bool = True) -> bool:
    """Play seeds and trials, print what they came to; whether the promise held."""
    judged = []
    if trials:
        engines.world()  # made once, before several ask for it
        with ThreadPoolExecutor(AT_ONCE) as pool:
            judged = list(pool.map(lambda case: (*case, undergo(engines, case[0], planted=case[1])), _cases()))
    reports = [tell(Run(engines, seed=seed).play()) for seed in seeds]
    caught = [_tell_trial(*case) for case in judged]
    return _sum_up(reports) and all(caught)


def _cases() -> Iterator[tuple[Trial, bool]]:
    for trial in TRIALS:
        yield trial, True
        yield trial, False


def tell(report: Report) -> Report:
    """One run in a few lines."""
    fates = ", ".join(f"{count} {fate}" for fate, count in sorted(report.fates.items()))
    print(f"{report.name}: {report.accepted} records accepted ({fates}), {report.seconds:.0f} s", flush=True)
    print(f"  faults fired: {_counted(report.fired)}")
    if report.unfired:
        print(f"  DOES NOT COUNT, not fired: {', '.join(report.unfired)}")
    if report.restarted:
        print(f"  restarted: {'; '.join(report.restarted)}")
    for violation in report.violations:
        print(f"  VIOLATION {violation.promise}: {violation.about}")
    return report


def _counted(fired: Counter[str]) -> str:
    return ", ".join(f"{name} ×{times}" if times > 1 else name for name, times in sorted(fired.items())) or "none"


def _tell_trial(trial: Trial, planted: bool, report: Report) -> bool:
    said = ", ".join(sorted({violation.promise for violation in report.violations})) or "no violation"
    fine = good(trial, report, planted=planted)
    word = "planted" if planted else "absent "
    print(f"  {'ok ' if fine else 'BAD'} {trial.bug:<24} {word} → {said} ({report.seconds:.0f} s)")
    if not fine:
        tell(report)
    return fine


def _sum_up(reports: Sequence[Report]) -> bool:
    fired: Counter[str] = Counter()
    for report in reports:
        fired.update(report.fired)
    points = crash_points()
    covered = [point for point in points if fired[point]]
    violations = sum(len(report.violations) for report in reports)
    void = sum(not report.counts for report in reports)
    print(
        f"seeds {len(reports)}, records {sum(report.accepted for report in reports)},"
        f" faults fired {sum(fired.values())}, crash points covered {len(covered)} of {len(points)},"
        f" runs that do not count {void}, violations {violations}"
    )
    return not violations and not void


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
    try:
        engines = Engines()
    except NoKafka as error:
        print(f"SKIPPED: {error}", file=sys.stderr)
        return 2
    with engines:
        print(f"engines: {engines.kafka.kind}; PostgreSQL of our own, durable", flush=True)
        if chosen.trial:
            cases = [case for case in _cases() if case[0].bug in chosen.trial]
            fine = [_tell_trial(*case, undergo(engines, case[0], planted=case[1])) for case in cases]
            return 0 if all(fine) else 1
        return 0 if prove(engines, seeds, trials=not chosen.no_trials) else 1


if __name__ == "__main__":
    sys.exit(main())
