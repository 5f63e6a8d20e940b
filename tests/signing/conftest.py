"""One school with its staff, their certificates and the trust that a verifier is given; made once for the session."""

from pathlib import Path

import pytest
from support.workshop import Workshop

SAMPLES = Path(__file__).parents[3] / "shared" / "spec" / "samples"


@pytest.fixture(scope="session")
def workshop() -> Workshop:
    return Workshop()


@pytest.fixture(scope="session")
def signed_samples() -> Path:
    """Batches made and signed by other software."""
    folder = SAMPLES / "signed"
    if not folder.is_dir():
        pytest.skip("no signed samples: put the specification's samples into ../shared/spec/samples/signed")
    return folder
