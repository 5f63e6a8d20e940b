"""`python -m hub.leash MODULE ARGS…` runs a module that ends when its supervisor does, however that ended."""

import ctypes
import os
import runpy
import signal
import sys

SUPERVISOR = "HOCBA_SUPERVISOR"
"""environment variable: process id of the supervisor"""

_PR_SET_PDEATHSIG = 1


def bind() -> None:
    """Ask the kernel for a SIGTERM when the supervisor dies; end at once if it is dead already."""
    supervisor = os.environ.get(SUPERVISOR)
    if supervisor is None:
        return
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != int(supervisor):
        raise SystemExit(0)


def main() -> None:
    """Bind, then become the module."""
    bind()
    module = sys.argv[1]
    sys.argv = sys.argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
