"""What passes or fails here is judged by xmlsec1, the JDK and EU DSS too; where they differ, the reason is declared."""

import pytest

from interop.agreement import Comparison
from interop.disagreements import DISAGREEMENTS

pytestmark = [pytest.mark.oracle, pytest.mark.timeout(1200)]


@pytest.fixture(autouse=True)
def _somebody_is_here(comparison: Comparison) -> None:
    if not comparison.engines:
        pytest.skip("; ".join(comparison.missing))


def test_every_disagreement_is_declared(comparison: Comparison) -> None:
    assert comparison.undeclared() == []


def test_every_declared_disagreement_still_happens(comparison: Comparison) -> None:
    if comparison.missing:
        pytest.skip("; ".join(comparison.missing))

    assert comparison.outlived() == []


def test_every_reason_is_a_sentence_of_its_own() -> None:
    reasons = [declared.reason for declared in DISAGREEMENTS]

    assert all(reason.endswith(".") and " " in reason for reason in reasons)
    assert len(set(reasons)) == len(reasons)


def test_every_engine_judged_every_file(comparison: Comparison) -> None:
    for engine in comparison.engines:
        assert set(comparison.words[engine.name]) >= {case.name for case in comparison.cases}
