"""One reader over hostile octets, each in a child of its own that is killed where it takes more than it may.

`python -m support.confined READER NAME…` prints a line of JSON for each name. The bounds are the product's promise to
whoever pushes something to it: a second of processor time, and 200 MB beside the interpreter and the octets themselves.
A child is killed at three: the same file takes from half a second to more than one on the same machine, hour by hour,
while what is not bounded takes minutes. Figures are for `docs/performance.md`, not for tests.
"""

import json
import os
import resource
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

MIB = 2**20
SECONDS = 3.0
"""of processor time"""
MEMORY = 200 * 10**6

Reader = Callable[[bytes], Sequence[Any]]
"""returns findings, or raises FindingError"""


def readers() -> Mapping[str, Reader]:
    """Every reader of octets by name; what one needs is loaded before its children are made."""
    from connectors.arrivals import Limits
    from connectors.official import read_batch_xml, read_packed_json
    from hub.checking.engine import check
    from hub.checking.looking import Terms
    from schemas.check import Checker
    from schemas.octets import cut_batch, cut_plain_batch, parse_record
    from schemas.profiles import profiles

    checker = Checker(profiles()["hbs-1.0"], required_slots=frozenset({"GVCN", "CBQL", "KY_PHAT_HANH"}))
    example = next(path for path in sorted((checker.profile.examples or Path()).glob("refused/X*.xml")))
    checker.examine(parse_record(example.read_bytes()))
    limits = Limits()

    def file(octets: bytes) -> Sequence[Any]:
        with tempfile.NamedTemporaryFile() as stream:
            stream.write(octets)
            stream.flush()
            return [place.finding for place in check([Path(stream.name)], Terms(), jobs=1).places]

    def plain(octets: bytes) -> Sequence[Any]:
        cut_plain_batch(octets)
        return ()

    def arrived(arrival: Any) -> Sequence[Any]:
        return [finding for item in arrival.items for finding in item.findings]

    for name in ("hub.checking.documents", "schemas.media.json", "schemas.media.workbook"):
        import_module(name)
    return {
        "cut": lambda octets: cut_batch(octets).warnings,
        "cut-plain": plain,
        "check": lambda octets: checker.examine(parse_record(octets)).findings,
        "batch": lambda octets: arrived(read_batch_xml(octets, limits)),
        "file": file,
        "packed": lambda octets: arrived(read_packed_json(octets, limits)),
    }


def files() -> Mapping[str, Callable[[], bytes]]:
    """Every hostile file by name, those of the other media with it."""
    from support.hostile import HOSTILE

    sys.path.append(str(Path(__file__).resolve().parents[1] / "schemas"))
    from test_schemas_json import HOSTILE as ROWS
    from test_schemas_workbook import HOSTILE as BOOKS

    rows = {f"json {name}": partial(bytes, octets) for name, (_, octets) in ROWS.items()}
    return {**HOSTILE, **rows, **{f"workbook {name}": make for name, make in BOOKS.items()}}


def patiently(reader: Reader, octets: bytes) -> dict[str, Any]:
    """The best of three: a core that is shared with others can take twice its time."""
    tries = (attempt(reader, octets) for _ in range(3))
    told = next(tries)
    return next((each for each in tries if "died" not in each), told) if "died" in told else told


def attempt(reader: Reader, octets: bytes) -> dict[str, Any]:
    """What came of it, in a child that does not survive its bounds."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        confine()
        os.write(writing, json.dumps(outcome(reader, octets)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    _, status, used = os.wait4(child, 0)
    found = json.loads(told) if told else {"died": signal.Signals(os.WTERMSIG(status)).name}
    return {**found, "seconds": round(used.ru_utime + used.ru_stime, 3)}


def confine() -> None:
    """From here on: three seconds of processor time, half a minute of anybody's, and so much memory more."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    bound = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (bound, bound))
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    signal.alarm(30)


def outcome(reader: Reader, octets: bytes) -> dict[str, Any]:
    """Findings, one refusal, or what should not have come out."""
    from schemas.findings import FindingError

    try:
        found = reader(octets)
        return {"findings": sorted({finding.rule for finding in found}), "count": len(found)}
    except FindingError as refusal:
        rules = sorted({finding.rule for finding in refusal.findings})
        return {"refused": rules, "count": len(refusal.findings)}
    except BaseException as error:
        return {"raised": f"{type(error).__name__}: {error}"[:300]}


def main(reader: str, *names: str) -> None:
    """The command line."""
    from support.hostile import packed

    every = files()
    read = readers()[reader.removesuffix("-of-xml")]
    wrap = packed if reader.endswith("-of-xml") else bytes
    for name in names:
        octets = wrap(every[name]())
        print(json.dumps({"name": name, **patiently(read, octets)}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
