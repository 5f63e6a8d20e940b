"""A command line run in this process, in a folder of its own, with nothing of this machine's environment."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.command_line import Hocba, Run
from support.verifying import AT, Desk, desk_in
from support.workshop import Workshop

from hub import cli


@pytest.fixture
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in, and no setting from outside."""
    for name in [name for name in os.environ if name.startswith("HOCBA_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


@pytest.fixture
def hocba(clean: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Hocba:
    """Run `hocba ARGS`."""

    def run(*arguments: str) -> Run:
        monkeypatch.setattr(sys, "argv", ["hocba", *arguments])
        capsys.readouterr()
        code = _code_of(cli.main)
        told = capsys.readouterr()
        return Run(code, told.out, told.err)

    return run


@pytest.fixture(scope="session")
def workshop() -> Workshop:
    """A school whose records are signed, well or badly."""
    return Workshop()


@pytest.fixture
def desk(clean: Path, workshop: Workshop) -> Desk:
    """That school's files, trust, registry and roster."""
    return desk_in(clean, workshop)


@pytest.fixture
def verify(hocba: Hocba, desk: Desk) -> Hocba:
    """Run `hocba verify ARGS` with that school's trust."""
    return lambda *arguments: hocba("verify", "--trust", desk.trust, "--at", AT, *arguments)


def _code_of(program: Callable[[], None]) -> int:
    try:
        program()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0
