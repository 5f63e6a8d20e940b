"""Random octets, and good files changed a little, at every reader: only findings or one refusal come out."""

import pytest
from fuzz.targets import TARGETS
from hypothesis import given, settings
from hypothesis import strategies as st
from support.mutations import mutated

EXAMPLES = 60


@pytest.mark.parametrize("name", TARGETS)
@given(data=st.data())
@settings(max_examples=EXAMPLES, deadline=None)
def test_random_octets_are_refused_in_words(name: str, data: st.DataObject) -> None:
    TARGETS[name].attempt(data.draw(st.binary(max_size=300)))


@pytest.mark.parametrize("name", TARGETS)
@given(data=st.data())
@settings(max_examples=EXAMPLES, deadline=None)
def test_a_changed_file_is_told_of_in_words(name: str, data: st.DataObject) -> None:
    seeds = TARGETS[name].seeds()
    TARGETS[name].attempt(data.draw(mutated(seeds[data.draw(st.integers(0, len(seeds) - 1))])))


@pytest.mark.parametrize("name", TARGETS)
@given(data=st.data())
@settings(max_examples=EXAMPLES // 2, deadline=None)
def test_two_files_in_one_are_told_of_in_words(name: str, data: st.DataObject) -> None:
    """The start of one file, then the end of another: pieces left out, doubled, or in the wrong order."""
    seeds = TARGETS[name].seeds()
    first, last = (seeds[data.draw(st.integers(0, len(seeds) - 1))] for _ in range(2))
    TARGETS[name].attempt(first[: data.draw(st.integers(0, len(first)))] + last[data.draw(st.integers(0, len(last))) :])
