"""Joining is being there: a vendor's or a profile's folder comes and goes, and nothing elsewhere is edited.

The tests work on one copy of the tree, each in processes of its own, and put back what they took away.
"""

import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from architecture.tree import KNOWS, REPOSITORY

WITHOUT_A_VENDOR = ("tests/connectors/test_conformance.py", "tests/schemas/test_schemas_octets.py")
WITHOUT_A_PROFILE = ("tests/connectors/test_official.py",)
"""what of the suite takes seconds, needs no engines and is not about what was taken away"""

VENDORS = REPOSITORY / "connectors" / "vendors"
PROFILES = REPOSITORY / "schemas" / "profiles"


def folders(parent: Path) -> list[str]:
    return sorted(path.parent.name for path in parent.glob("*/__init__.py"))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree without what git ignores; what it compiles stays beside it for the next test."""
    tree = tmp_path_factory.mktemp("folders") / "tree"
    ignored = shutil.ignore_patterns("__pycache__", ".*", "results.json")
    for name in (*KNOWS, "docs", "tests"):
        shutil.copytree(REPOSITORY / name, tree / name, ignore=ignored)
    shutil.copy(REPOSITORY / "pyproject.toml", tree)
    return tree


def run(tree: Path, *command: str) -> str:
    """Run Python in the copy; its output, once it has succeeded."""
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    done = subprocess.run(
        [sys.executable, *command], cwd=tree, env=environment, capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@contextmanager
def taken_away(folder: Path) -> Iterator[None]:
    """The tree without this folder, meanwhile."""
    elsewhere = folder.rename(folder.parents[3] / folder.name)
    try:
        yield
    finally:
        elsewhere.rename(folder)


@contextmanager
def joined(folder: Path, module: str) -> Iterator[None]:
    """The tree with this folder, meanwhile."""
    folder.mkdir()
    (folder / "__init__.py").write_text(module, encoding="utf-8")
    try:
        yield
    finally:
        shutil.rmtree(folder)


IMPORT_EVERYTHING = """
import importlib, pathlib
for package in {packages!r}:
    for path in sorted(pathlib.Path(package).rglob("*.py")):
        parts = path.with_suffix("").parts
        if "migrations" not in parts and parts[-1] != "__main__":
            importlib.import_module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
"""


def import_everything(tree: Path) -> None:
    run(tree, "-c", IMPORT_EVERYTHING.format(packages=sorted(KNOWS)))


@pytest.mark.parametrize("vendor", folders(VENDORS))
def test_a_vendors_folder_can_be_taken_away(copy: Path, vendor: str) -> None:
    with taken_away(copy / "connectors" / "vendors" / vendor):
        import_everything(copy)
        told = run(copy, "-c", "from connectors.vendors import formats; print(sorted(formats()))")
        assert told.strip() == str([name for name in folders(VENDORS) if name != vendor])
        assert "passed" in run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", *WITHOUT_A_VENDOR)


@pytest.mark.parametrize("profile", folders(PROFILES))
def test_a_profiles_folder_can_be_taken_away(copy: Path, profile: str) -> None:
    with taken_away(copy / "schemas" / "profiles" / profile):
        import_everything(copy)
        assert "passed" in run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", *WITHOUT_A_PROFILE)


NEW_VENDOR = '''
"""Một Dòng: an invented vendor that pushes one record as one JSON object."""

import orjson

from connectors.arrivals import Arrival, ArrivalItem, Limits
from connectors.vendors import Converted
from schemas.identity import RecordIdentity


class MotDong:
    """The format."""

    title = "Một Dòng"

    def read(self, body: bytes, limits: Limits) -> Arrival:
        """One record."""
        told = orjson.loads(body)
        identity = RecordIdentity(
            uuid="", version="", school_year="2025-2026", school_code=told["truong"], level="02", grade="05",
            class_name="5A", pupil_code=told["ma"], personal_id="",
        )
        return Arrival("motdong", (ArrivalItem(body, identity, signed=False),), gaps=(b"", b""))

    def to_canonical(self, octets: bytes, *, uuid: str) -> Converted:
        """Not needed here."""
        raise NotImplementedError


FORMAT = MotDong()
'''

PUSH = """
from connectors.arrivals import Limits
from console.intake import Push, read_push
reading = read_push(Push("json", "motdong", b'{"truong": "79760411", "ma": "1"}'), Limits())
print(reading.arrival.format, reading.arrival.items[0].identity.school_code)
"""


def test_a_vendor_joins_by_being_there(copy: Path) -> None:
    with joined(copy / "connectors" / "vendors" / "motdong", NEW_VENDOR):
        assert run(copy, "-c", PUSH).strip() == "motdong 79760411"


NEW_PROFILE = """
from dataclasses import replace
from schemas.profiles.{name} import PROFILES as KNOWN
PROFILES = (replace(KNOWN[0], name="thu-9.9", versions=frozenset({{"9.9"}}), title="Thử 9.9"),)
"""

EQUIP = """
from routes import way
from routes.signing_settings import SigningSettings
from schemas.profiles import profiles
way.equip(SigningSettings())
print("thu-9.9" in profiles(), way.kit().profile("9.9", "02").name, "thu-9.9" in way.kit().checkers)
"""


def test_a_profile_joins_by_being_there(copy: Path) -> None:
    text = textwrap.dedent(NEW_PROFILE).format(name=folders(PROFILES)[0])
    with joined(copy / "schemas" / "profiles" / "thu_9_9", text):
        assert run(copy, "-c", EQUIP).strip() == "True thu-9.9 True"
