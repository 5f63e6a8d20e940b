"""The delivery proof's short form: one seed that meets every fault and every named crash point, and every planted bug."""

import pytest
from support.engines import TOLD

from tests.proof.__main__ import case_name
from tests.proof.beside import Beside
from tests.proof.trials import TRIALS

pytestmark = [pytest.mark.proof, pytest.mark.killable, pytest.mark.timeout(900)]

CASES = [case_name(trial.bug, planted=planted) for trial in TRIALS for planted in (True, False)]


@pytest.mark.parametrize("case", CASES)
def test_a_planted_bug_is_caught_and_its_absence_passes(case: str, beside: Beside) -> None:
    fine, told = beside.of(case)
    assert fine, told


def test_the_promise_holds_through_every_fault_and_crash_point(beside: Beside) -> None:
    fine, told = beside.of("seed-1")
    TOLD["proof"] = told.splitlines()[-1]
    assert fine, told
