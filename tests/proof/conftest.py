"""The proof runs beside the other tests: it mostly waits, and its tests come last to read what came of it."""

import os

import pytest

from tests.proof.beside import Beside, start

_WANTED = pytest.StashKey[list[str]]()
_BESIDE = pytest.StashKey[Beside]()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Last, so that most of it is over when it is asked for."""
    items.sort(key=lambda item: item.get_closest_marker("proof") is not None)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start what the chosen tests ask about; where others use the same Kafka, which it kills, only once they are done."""
    wanted = [name for name in map(_asked_about, session.items) if name is not None]
    session.config.stash[_WANTED] = wanted
    if wanted and not session.config.option.collectonly and "HOCBA_TEST_KAFKA" not in os.environ:
        session.config.stash[_BESIDE] = start(wanted)


def _asked_about(item: pytest.Item) -> str | None:
    """The case; empty for the seed, None for a test of something else."""
    if item.get_closest_marker("proof") is None:
        return None
    return str(item.callspec.id) if hasattr(item, "callspec") else ""


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing running, whatever ended the tests."""
    if _BESIDE in config.stash:
        config.stash[_BESIDE].end()


@pytest.fixture
def beside(pytestconfig: pytest.Config) -> Beside:
    """The proof that goes on beside these tests."""
    stash = pytestconfig.stash
    if _BESIDE not in stash:
        stash[_BESIDE] = start(stash[_WANTED])
    return stash[_BESIDE]
