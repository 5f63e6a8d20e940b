"""What a body may do to the child that reads it: kill it, hold it, or eat its memory."""

import os
import signal
import time

from connectors.arrivals import Limits
from console.intake import Push, Reading


def die(push: Push, limits: Limits) -> Reading:
    """As a fault in a library would."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def hang(push: Push, limits: Limits) -> Reading:
    """For ever."""
    while True:
        time.sleep(1)


def hoard(push: Push, limits: Limits) -> Reading:
    """More than the child is allowed."""
    bytearray(8 * 1024**3)
    raise AssertionError
