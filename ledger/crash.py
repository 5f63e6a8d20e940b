"""Named places at which the delivery proof may kill a process, and bugs that it may plant. Both do nothing by default.

`HOCBA_CRASH_AT=name` (or several, comma-separated, each with an optional `:n` for the n-th passing) ends the process
there as SIGKILL would; `HOCBA_CRASH_LOG` names a file that is told first, so that only faults that fired are counted.
`HOCBA_PLANTED_BUGS` names bugs that the proof must catch; it is honoured only beside `HOCBA_PROOF=1`.
"""

import os
import signal
from pathlib import Path


def _plan(text: str) -> dict[str, int]:
    plan = {}
    for entry in filter(None, text.split(",")):
        name, _, turn = entry.partition(":")
        plan[name] = int(turn or 1)
    return plan


_PROOF = os.environ.get("HOCBA_PROOF") == "1"
_CRASH_AT = _plan(os.environ.get("HOCBA_CRASH_AT", "")) if _PROOF else {}
_PLANTED = frozenset(os.environ.get("HOCBA_PLANTED_BUGS", "").split(",")) if _PROOF else frozenset()
_LOG = os.environ.get("HOCBA_CRASH_LOG")


def crash_point(name: str) -> None:
    """End the process here if the proof asked for it."""
    if name not in _CRASH_AT:
        return
    _CRASH_AT[name] -= 1
    if _CRASH_AT[name] == 0:
        if _LOG:
            with Path(_LOG).open("a", encoding="ascii") as log:
                log.write(f"{name} {os.getpid()}\n")
                log.flush()
                os.fsync(log.fileno())
        os.kill(os.getpid(), signal.SIGKILL)


def planted(name: str) -> bool:
    """Whether the proof has planted this bug."""
    return name in _PLANTED
