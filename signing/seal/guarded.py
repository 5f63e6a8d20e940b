"""Files that hold secrets: read only where nobody but their owner can."""

import os
from pathlib import Path
from typing import NamedTuple

_OTHERS = 0o077


class OpenToOthers(Exception):
    """The file's mode lets its group or others in: whoever wants the secret could have it already."""


class Guarded(NamedTuple):
    """What was read, and the state of the file it was read from."""

    octets: bytes
    """the secret: never to be shown"""
    state: str
    """changes whenever the file does"""


def read_guarded(path: Path) -> Guarded:
    """Read a secret.

    Raises:
        OpenToOthers: group or others can read it; `chmod 600` mends it.
        OSError: it is not there, or not for this process.
    """
    with path.open("rb") as file:
        # Asked of what has been opened: nobody can put another file in between.
        told = os.fstat(file.fileno())
        if told.st_mode & _OTHERS:
            raise OpenToOthers
        return Guarded(file.read(), f"{told.st_mtime_ns}-{told.st_ino}-{told.st_size}")


def open_to_others(mode: int) -> bool:
    """Whether a file of this mode (`st_mode`) lets its group or others in."""
    return bool(mode & _OTHERS)
