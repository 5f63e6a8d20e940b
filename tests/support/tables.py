"""Tables that a test run prints complete at its end: what was tried, and what came of each."""

from collections.abc import Iterator, Sequence

Rows = Sequence[Sequence[object]]

_WAITING: dict[str, Rows] = {}


def print_later(title: str, rows: Rows) -> None:
    """Have a table printed when the tests are done; its first row is its head, one title is printed once."""
    _WAITING[title] = rows


def waiting() -> Iterator[tuple[str, list[str]]]:
    """Title and lines of each table, in the order of their first mention."""
    for title, rows in _WAITING.items():
        yield title, list(_lines([[str(cell) for cell in row] for row in rows]))


def _lines(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if not rows:
        return
    wide = max(len(row) for row in rows)
    whole = [[*row, *[""] * (wide - len(row))] for row in rows]
    widths = [max(map(len, column)) for column in zip(*whole, strict=True)]
    for turn, row in enumerate(whole):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        if turn == 0:
            yield "  ".join("-" * width for width in widths)
