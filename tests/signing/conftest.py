"""One school with its staff, their certificates and the trust that a verifier is given; made once for the session."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from support.papers import Office
from support.waiting import Waiting, case_of
from support.workshop import Workshop

SAMPLES = Path(__file__).parents[3] / "shared" / "spec" / "samples"


@pytest.fixture(scope="session")
def workshop() -> Workshop:
    return Workshop()


@pytest.fixture(scope="session")
def office(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """The same school with records of every form and keys of every kind."""
    return Office(workshop, tmp_path_factory.mktemp("office"))


@pytest.fixture(scope="session")
def cases(office: Office) -> Mapping[str, Waiting]:
    """A record of the first form with all its seals prepared, by kind of key."""
    return {kind: case_of(office, kind=kind) for kind in ("rsa-2048", "p-256")}


@pytest.fixture(scope="session")
def signed_samples() -> Path:
    """Batches made and signed by other software."""
    folder = SAMPLES / "signed"
    if not folder.is_dir():
        pytest.skip("no signed samples: put the specification's samples into ../shared/spec/samples/signed")
    return folder
