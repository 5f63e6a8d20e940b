"""The image's recipe, as far as it can be read without an engine that builds it."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from deploy.write_example import FILE, example
from hub.settings import Settings

REPOSITORY = Path(__file__).parents[2]
DOCKERFILE = (REPOSITORY / "deploy/Dockerfile").read_text(encoding="utf-8")


def test_it_does_not_run_as_root() -> None:
    users = re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)
    assert users
    assert users[-1] == "hocba"


def test_packages_are_locked_by_hash() -> None:
    assert "--require-hashes" in DOCKERFILE


def test_it_holds_every_package_that_is_shipped() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    shipped = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    copied = set(re.findall(r"^COPY (\w+) \1$", DOCKERFILE, re.MULTILINE))
    assert copied == shipped


def test_what_it_copies_is_there_and_not_ignored() -> None:
    let_in = set(re.findall(r"^!(\S+)$", (REPOSITORY / "deploy/Dockerfile.dockerignore").read_text(), re.MULTILINE))
    for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE):
        for name in line.split():
            assert (REPOSITORY / name).exists(), name
            assert name in let_in, name


def test_volumes_belong_to_its_user(tmp_path: Path) -> None:
    compose = (REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8")
    mounted = set(
        re.findall(r"^ +- (?:data|world|city|vendors|\$\{HOCBA_WORLD:-world\}):(/\w+)", compose, re.MULTILINE)
    )
    made = {path for line in re.findall(r"install -d -o hocba .*", DOCKERFILE) for path in re.findall(r"/\w+", line)}
    assert mounted
    assert mounted <= made


def test_packages_that_only_tests_need_are_named_one_a_line() -> None:
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / "deploy/without_tests.py"), str(REPOSITORY / "pyproject.toml")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert {"pytest", "mypy", "playwright"} <= set(done.stdout.split("\n"))
    assert "pydantic" not in done.stdout.split()


def test_the_example_file_tells_every_setting() -> None:
    assert FILE.read_text(encoding="utf-8") == example(), "python -m deploy.write_example"


def test_the_example_file_can_be_used_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_values = re.sub(r"^# (\w+ = (?!\"\"$).+)$", r"\1", example(), flags=re.MULTILINE)
    file = tmp_path / "hocba.toml"
    file.write_text(with_values, encoding="utf-8")
    bare = Settings()
    monkeypatch.setenv("HOCBA_SETTINGS", str(file))
    assert Settings() == bare
    assert tomllib.loads(with_values)["packing"]["records"] == bare.packing.records
