"""Named places at which the delivery proof may kill or freeze a process, and bugs that it may plant. Nothing by default.

`HOCBA_CRASH_AT=name` (or several, comma-separated, each with an optional `:n` for the n-th passing) ends the process
there as SIGKILL would, `HOCBA_FREEZE_AT` stops it there until SIGCONT; `HOCBA_CRASH_LOG` names a file that is told
first, so that only faults that fired are counted.
`HOCBA_CHILD_DIES_ON` names a record that breaks every child, `HOCBA_PLANTED_BUGS` bugs that the proof must catch. None
of them is honoured but beside `HOCBA_PROOF=1`.
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
_FREEZE_AT = _plan(os.environ.get("HOCBA_FREEZE_AT", "")) if _PROOF else {}
_PLANTED = frozenset(os.environ.get("HOCBA_PLANTED_BUGS", "").split(",")) if _PROOF else frozenset()
_DOOMED = os.environ.get("HOCBA_CHILD_DIES_ON", "") if _PROOF else ""
_LOG = os.environ.get("HOCBA_CRASH_LOG")


def crash_point(name: str) -> None:
    """End or freeze the process here if the proof asked for it."""
    for plan, fault in ((_CRASH_AT, signal.SIGKILL), (_FREEZE_AT, signal.SIGSTOP)):
        if name in plan:
            plan[name] -= 1
            if plan[name] == 0:
                _tell(name, fault)
                os.kill(os.getpid(), fault)


def _tell(name: str, fault: signal.Signals) -> None:
    if _LOG:
        with Path(_LOG).open("a", encoding="ascii") as log:
            log.write(f"{name} {os.getpid()} {fault.name}\n")
            log.flush()
            os.fsync(log.fileno())


def planted(name: str) -> bool:
    """Whether the proof has planted this bug."""
    return name in _PLANTED


def die_if_doomed(uuid: str) -> None:
    """End the process on the record that the proof has chosen to break it."""
    if _DOOMED and uuid == _DOOMED:
        os._exit(9)
