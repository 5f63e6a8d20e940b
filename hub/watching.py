"""How far a long command is, on standard error, for who watches."""

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console

Progress = Callable[[int], None]
"""is told how many records are done"""


@contextlib.contextmanager
def watched(*, quiet: bool) -> Iterator[Progress | None]:
    """Something to tell it to; None where nobody watches."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield None
        return
    from rich.progress import Progress as Bar
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    with Bar(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console, transient=True
    ) as bar:
        yield _counted(bar.update, bar.add_task("…", total=None))


def _counted(update: Callable[..., None], task: object) -> Progress:
    def told(records: int) -> None:
        if records % 50 == 0:
            update(task, description=f"{records:,} hồ sơ · records")

    return told
