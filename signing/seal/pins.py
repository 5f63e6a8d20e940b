"""The PIN of a token: read from a file of the hub's own, and never tried again once it was refused.

Tokens count wrong PINs and lock themselves; behind the hub are many processes that are started again when they fail.
So a refusal is remembered on the machine, not in a process, until the file changes; and the last try that a token has
left is never spent.
"""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from pydantic import SecretStr

from signing.seal.guarded import OpenToOthers, read_guarded
from signing.seal.keys import HomeDown

REFUSED = "pin-refused"
LOCKED = "pin-locked"


class PinFile:
    """The file with a token's PIN."""

    def __init__(self, path: Path, *, home: str, token: str) -> None:
        self._path = path
        self._home = home
        name = hashlib.sha256(f"{path.absolute()}\0{token}".encode()).hexdigest()[:32]
        self._memory = Path(tempfile.gettempdir()) / f"hocba-{os.geteuid()}-{name}"

    @contextmanager
    def trial(self) -> Iterator[SecretStr]:
        """The PIN for one log-in; no other process of this machine tries it meanwhile.

        A `HomeDown` that the log-in raises with REFUSED or LOCKED is remembered.

        Raises:
            HomeDown: the file cannot be read, or this PIN has been refused before.
        """
        pin, state = self._read()
        with self._remembered() as memory:
            known, _, why = memory.read().partition(" ")
            if known == state and why:
                raise HomeDown(self._home, why)
            try:
                yield pin
            except HomeDown as down:
                if down.why in {REFUSED, LOCKED}:
                    memory.seek(0)
                    memory.truncate()
                    memory.write(f"{state} {down.why}")
                raise

    def _read(self) -> tuple[SecretStr, str]:
        try:
            octets, state = read_guarded(self._path)
            return SecretStr(octets.decode().strip()), state
        except OpenToOthers as error:
            raise HomeDown(self._home, "pin-file-open") from error
        except FileNotFoundError as error:
            raise HomeDown(self._home, "pin-file-missing") from error
        except (OSError, UnicodeDecodeError):
            # The error of a decoder carries what it could not decode.
            raise HomeDown(self._home, "pin-file-unreadable") from None

    @contextmanager
    def _remembered(self) -> Iterator[TextIO]:
        """What is remembered of this file, for one process at a time: no PIN, only its file's state."""
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        try:
            descriptor = os.open(self._memory, flags, 0o600)
        except OSError as error:
            # Without a memory every process would try for itself.
            raise HomeDown(self._home, "pin-memory") from error
        with os.fdopen(descriptor, "r+", encoding="ascii") as memory:
            fcntl.flock(memory, fcntl.LOCK_EX)
            yield memory
