"""Signs of progress: a file that a process touches whenever it has shown that it works, and its supervisor looks at."""

import os
import time
from pathlib import Path

VARIABLE = "HOCBA_HEARTBEAT"
"""environment variable: the file to touch"""

EVERY_SECONDS = 0.5


class Heartbeat:
    """Touches its file, not more often than needed."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._last = 0.0

    @classmethod
    def from_environment(cls) -> "Heartbeat":
        """The one that the supervisor asked for; a silent one without a supervisor."""
        named = os.environ.get(VARIABLE)
        return cls(Path(named) if named else None)

    def __call__(self) -> None:
        """There was progress."""
        now = time.monotonic()
        if self._file is not None and now - self._last >= EVERY_SECONDS:
            self._last = now
            self._file.touch()


def silent_seconds(file: Path) -> float | None:
    """How long ago the last sign was; None when there has been none yet."""
    try:
        return time.time() - file.stat().st_mtime
    except FileNotFoundError:
        return None
