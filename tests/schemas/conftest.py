"""What these tests share: the profile, its checker, and the specification's samples."""

from pathlib import Path

import pytest

from schemas.check import Checker
from schemas.octets import cut_batch
from schemas.profiles import Profile, profiles

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "spec" / "samples"
CITY = frozenset({"GVCN", "CBQL", "KY_PHAT_HANH"})


@pytest.fixture(scope="session")
def profile() -> Profile:
    return profiles()["hbs-1.0"]


@pytest.fixture(scope="session")
def checker(profile: Profile) -> Checker:
    return Checker(profile, required_slots=CITY)


@pytest.fixture(scope="session")
def samples() -> list[bytes]:
    """Every record of the samples, signed and unsigned."""
    files = sorted(SAMPLES.rglob("*.xml"))
    if not files:
        pytest.skip("no samples: put the specification's samples into ../shared/spec/samples")
    return [record for file in files for record in cut_batch(file.read_bytes()).records]
