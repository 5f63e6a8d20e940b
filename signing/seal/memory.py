"""What holds keys in memory leaves none of it behind: no core file, and no look into it by others of the same user."""

import ctypes
import resource
import sys

_PR_SET_DUMPABLE = 4
"""linux/prctl.h"""


def keep_memory_private() -> None:
    """No core dumps of this process from now on, and on Linux no tracing either.

    To be called in every process that holds keys or PINs: a program that is started anew, as a spawned child is, begins
    dumpable again.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # A core that is piped to a collector knows no limit: only this stops it.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
