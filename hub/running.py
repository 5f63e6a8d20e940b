"""`run.json` in the data folder: what is running there and where, so that other commands find it."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

NAME = "run.json"


@dataclass(frozen=True, slots=True)
class Running:
    """A hub that runs on this machine."""

    pid: int
    """of its supervisor"""
    began: float
    """when that process was created: a reused pid is no hub"""
    api: str
    """address of API and console"""
    ledger: str | None
    """URL of the embedded database; None when one was given"""
    kafka: str
    """addresses of the broker"""
    environment: dict[str, str] = field(default_factory=dict)
    """settings that this hub was given by the demonstration; none of them a secret"""


def note(
    folder: Path, *, api: str, ledger: str | None, kafka: str, environment: Mapping[str, str] | None = None
) -> None:
    """Write down that this process runs a hub."""
    told = Running(os.getpid(), psutil.Process().create_time(), api, ledger, kafka, dict(environment or {}))
    draft = folder / f"{NAME}.{os.getpid()}"
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(asdict(told), indent=1) + "\n", encoding="utf-8")
    draft.replace(folder / NAME)


def forget(folder: Path) -> None:
    """It runs no more."""
    (folder / NAME).unlink(missing_ok=True)


def find(folder: Path) -> Running | None:
    """The hub that runs in this data folder; None when there is none, or its note outlived it."""
    try:
        told = Running(**json.loads((folder / NAME).read_text(encoding="utf-8")))
        alive = abs(psutil.Process(told.pid).create_time() - told.began) < 1.0
    except (FileNotFoundError, json.JSONDecodeError, TypeError, psutil.NoSuchProcess):
        return None
    return told if alive else None
