"""Each target runs under the fuzzer without a finding, and what was ever found is read again."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from fuzz.targets import FOUND, TARGETS

REPOSITORY = Path(__file__).resolve().parents[2]
RUNS = 200


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_takes_its_seeds(name: str) -> None:
    seeds = TARGETS[name].seeds()
    assert seeds
    for octets in seeds:
        TARGETS[name].attempt(octets)


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_finds_nothing_at_once(name: str, tmp_path: Path) -> None:
    if find_spec("atheris") is None:
        pytest.skip("atheris is not installed (it is for Linux only): no coverage-guided fuzzing here")
    environment = {**os.environ, "PYTHONPATH": f"{REPOSITORY}{os.pathsep}{REPOSITORY / 'tests'}"}
    command = [sys.executable, "-m", "fuzz", name, "--seconds", "120", "--runs", str(RUNS)]
    done = subprocess.run(
        [*command, "--corpus", str(tmp_path / "corpus"), "--found", str(tmp_path / "found")],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert int(done.stderr.partition("Done ")[2].split()[0]) >= RUNS
    assert list((tmp_path / "found").iterdir()) == []


def test_what_was_found_is_found_no_more() -> None:
    for path in sorted(FOUND.glob("*-*")):
        TARGETS[path.name.partition("-")[0]].attempt(path.read_bytes())
