"""Every cause that the code can write has its entry, its words and its fate."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from connectors.portal import PortalFault
from ledger.states import Fate
from routes.fates import CAUSES, cause_of, cause_of_fault, delay, rhythm

REPOSITORY = Path(__file__).resolve().parents[2]
SPEAKS_OF_CAUSES = re.compile(r"^[a-z]+(-[a-z]+)+(:.*)?$")
NOT_CAUSES = frozenset({"pass-through"})
"""values of other columns that look alike"""


def _written() -> Iterator[tuple[str, str]]:
    """(file, text) of every literal that is passed or assigned where a cause goes."""
    for folder in ("ledger", "routes"):
        for path in sorted((REPOSITORY / folder).rglob("*.py")):
            if path.name in ("states.py", "settings.py", "crash.py", "topics.py"):
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                    if name in ("crash_point", "planted", "info", "warning", "debug", "error", "exception", "alarm"):
                        continue
                    for argument in [*node.args, *(word.value for word in node.keywords)]:
                        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                            yield path.name, argument.value
                if isinstance(node, ast.Return) and isinstance(node.value, ast.Constant):
                    yield path.name, str(node.value.value)


def test_every_cause_that_is_written_has_its_words() -> None:
    known = {file: text for file, text in _written() if SPEAKS_OF_CAUSES.match(text) and text not in NOT_CAUSES}
    assert known, "no cause found in the code: the search itself is broken"
    missing = {
        (file, text)
        for file, text in _written()
        if SPEAKS_OF_CAUSES.match(text) and text not in NOT_CAUSES and text.split(":")[0] not in CAUSES
    }
    assert missing == set()


def test_every_fault_of_a_portal_has_a_cause() -> None:
    kinds = PortalFault.__subclasses__()
    assert kinds
    assert {cause_of_fault(kind("E00")) for kind in kinds} <= CAUSES.keys()


def test_a_cause_may_carry_more_behind_a_colon() -> None:
    assert cause_of("rule:B10").fate is Fate.REFUSED
    assert cause_of("exhausted:internal").fate is Fate.DEAD


def test_every_cause_says_what_happened_and_what_to_do_in_both_languages() -> None:
    for cause in CAUSES.values():
        assert all((cause.words.vi, cause.words.en, cause.remedy.vi, cause.remedy.en)), cause.id


@given(tries=st.integers(0, 20), jitter=st.floats(0, 1))
def test_the_schedule_ends_and_the_rhythm_does_not(tries: int, jitter: float) -> None:
    schedule = (1.0, 2.0, 4.0)
    wait = delay(schedule, tries, jitter)
    assert (wait is None) == (tries >= 3)
    assert wait is None or schedule[tries] <= wait <= schedule[tries] * (1 + jitter)
    assert rhythm(schedule, tries, 0) == schedule[min(tries, 2)]
