"""`python -m bench [NAME…]`: measure, print, keep."""

import argparse
import fcntl
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bench import results
from bench.declared import benchmarks
from bench.stand import FOLDER, Stand


def main() -> int:
    """The command line."""
    chosen = _parser().parse_args()
    if chosen.list:
        for each in benchmarks().values():
            print(f"{each.name:20} {each.unit:16} {each.measures}")
        return 0
    if chosen.last:
        rows = results.newest()
    else:
        unknown = [name for name in chosen.names if name not in benchmarks()]
        if unknown:
            print(f"không có · no such benchmark: {', '.join(unknown)} ({', '.join(benchmarks())})", file=sys.stderr)
            return 2
        with _alone():
            rows = _run(chosen)
    if chosen.markdown:
        print(results.markdown(rows), end="")
    else:
        results.print_table(rows)
    return 0


@contextmanager
def _alone() -> Iterator[None]:
    """Two runs would share folders, and neither would measure anything: the second one waits."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("đợi một lần đo khác · waiting for another run", file=sys.stderr)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(chosen: argparse.Namespace) -> list[results.Row]:
    stand = Stand(
        records=chosen.records or (20_000 if chosen.full else 3_000), full=chosen.full, seconds=chosen.seconds
    )
    stand.say(stand.machine)
    rows: list[results.Row] = []
    for name in chosen.names or list(benchmarks()):
        figures = stand.measure(name) if name not in stand.figures else [stand.figures[name]]
        found = [row for figure in figures for row in results.rows_of(stand, figure)]
        results.keep(found)
        rows += found
    return rows


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Đo hiệu năng; in ra, không khẳng định · Measure; printed, never asserted"
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="để trống: tất cả · empty: all")
    parser.add_argument("--list", action="store_true", help="có những phép đo nào · which there are")
    parser.add_argument(
        "--full", action="store_true", help="20.000 hồ sơ, 2 triệu dòng · 20,000 records, 2 million rows"
    )
    parser.add_argument("--records", type=int, default=0, help="số hồ sơ đi trọn đường · records of a whole journey")
    parser.add_argument("--seconds", type=float, default=2.0, help="giây xử lý của mỗi tốc độ · CPU seconds of a rate")
    parser.add_argument("--markdown", action="store_true", help="in bảng Markdown · print the table as Markdown")
    parser.add_argument("--last", action="store_true", help="chỉ in số đo mới nhất · only print the newest figures")
    return parser


if __name__ == "__main__":
    sys.exit(main())
