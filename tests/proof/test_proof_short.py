"""The delivery proof's short form: one seed that meets every fault and every named crash point, and every planted bug."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from support.engines import TOLD

from tests.proof.__main__ import AT_ONCE, sum_up, told
from tests.proof.engines import Engines
from tests.proof.run import Report, Run
from tests.proof.trials import TRIALS, Trial, good, undergo
from tests.support.kafka import NoKafka

pytestmark = [pytest.mark.proof, pytest.mark.killable, pytest.mark.timeout(900)]

CASES = [(trial, planted) for trial in TRIALS for planted in (True, False)]
NAMES = [f"{trial.bug}-{'planted' if planted else 'absent'}" for trial, planted in CASES]


@pytest.fixture(scope="module")
def engines() -> Iterator[Engines]:
    try:
        started = Engines()
    except NoKafka as error:
        TOLD["proof"] = f"SKIPPED: {error}"
        pytest.skip(str(error))
    TOLD["kafka, proof"] = started.kafka.kind
    with started:
        yield started


@pytest.fixture(scope="module")
def undergone(engines: Engines) -> Iterator[dict[str, Future[Report]]]:
    """Every trial, a few side by side: they mostly wait."""
    engines.world()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        cases = zip(NAMES, CASES, strict=True)
        yield {name: pool.submit(undergo, engines, trial, planted=planted) for name, (trial, planted) in cases}


@pytest.mark.parametrize(("trial", "planted"), CASES, ids=NAMES)
def test_a_planted_bug_is_caught_and_its_absence_passes(
    trial: Trial, planted: bool, undergone: dict[str, Future[Report]], request: pytest.FixtureRequest
) -> None:
    report = undergone[request.node.callspec.id].result()
    assert good(trial, report, planted=planted), told(report)


def test_the_promise_holds_through_every_fault_and_crash_point(engines: Engines, undergone: object) -> None:
    report = Run(engines, seed=1).play()
    TOLD["proof"] = sum_up([report])
    assert report.unfired == []
    assert report.violations == [], told(report)
