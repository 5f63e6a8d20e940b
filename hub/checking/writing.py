"""Where a report goes, and what that asks of its look: a terminal with its width and colours, a pipe, or a file."""

import sys
from pathlib import Path

from rich.console import Console

from hub.checking.formats import Look
from hub.failures import wrong_call


def look_for(*, lang: str, output: Path | None, quiet: bool, masked: bool, failed: bool) -> Look:
    """The look of a report that goes to a file, or to standard output."""
    terminal = Console()
    colour = terminal.is_terminal and not terminal.no_color and output is None
    return Look(lang, colour, terminal.width, quiet and output is None, masked, failed)


def hand_over(octets: bytes, output: Path | None, *, command: str) -> None:
    """Write a report.

    Raises:
        Failure: the file cannot be written.
    """
    if output is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(octets)
        sys.stdout.buffer.flush()
        return
    try:
        output.write_bytes(octets)
    except OSError as error:
        raise wrong_call(command, f"Không ghi được {output}.", f"{output} cannot be written.") from error
