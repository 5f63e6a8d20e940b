"""The schema of hbs-1.0 takes batches that others made; what every profile must keep is in the conformance suite."""

from pathlib import Path

import pytest
from lxml import etree

from schemas.profiles import Profile

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "spec" / "samples"


def test_the_samples_are_valid_batches(profile: Profile) -> None:
    files: list[Path] = sorted((SAMPLES / "signed").glob("*.xml"))
    if not files:
        pytest.skip("no samples: put the specification's samples into ../shared/spec/samples")
    gate = etree.XMLSchema(etree.parse(str(profile.batch_schema)))
    assert [gate.validate(etree.parse(str(file))) for file in files] == [True] * len(files)
