"""Attacks one after another in a child that does not survive its bounds, and is started again behind what killed it.

`python -m attacks.confined NAME…` prints a line of JSON for each name, or for every attack and odd file. The bounds are
the product's promise: a second of processor time, and 200 MB beside the octets themselves; a child is killed at three,
because the same file takes from half a second to more than one on the same machine, hour by hour, while what is not
bounded takes minutes.
"""

import json
import os
import resource
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from support.confined import MEMORY, SECONDS

from attacks.attack import Attack
from attacks.catalogue import ATTACKS
from attacks.doors import DOORS, Verdict
from attacks.odd import ODD
from attacks.site import Site

_PERSONAL = (
    "079184001101",
    "079070002202",
    "079180000011",
    "079190000022",
    "Phạm Thị Chủ",
    "Lê Văn Hiệu",
    "Ngô Văn Toán",
)
"""What names people of the school: none of it may stand in words that are not marked as personal."""


def judged(names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """What came of each, in order."""
    site = Site()
    site.staff.sealed(site.staff.unsigned)
    everything = {**ATTACKS, **ODD}
    waiting = list(names)
    while waiting:
        for told in _child(site, [everything[name] for name in waiting]):
            waiting.remove(told["name"])
            yield told


def _child(site: Site, attacks: Sequence[Attack]) -> Iterator[dict[str, Any]]:
    """The lines of one child; where it died, a last one that says on what."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        with os.fdopen(writing, "w") as pipe:
            for attack in attacks:
                print(json.dumps(_attempt(site, attack)), file=pipe, flush=True)
        os._exit(0)
    os.close(writing)
    left = list(attacks)
    with os.fdopen(reading) as lines:
        for line in lines:
            left.pop(0)
            yield json.loads(line)
    _, status = os.waitpid(child, 0)
    if left:
        died = signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else "exit"
        yield {"name": left[0].name, "died": died}


def _attempt(site: Site, attack: Attack) -> dict[str, Any]:
    try:
        octets = attack.make(site)
    except Exception as error:
        return {"name": attack.name, "raised": f"making: {type(error).__name__}: {error}"[:300]}
    _confine(len(octets))
    before, began = _most_memory(), time.process_time()
    try:
        told = as_told(DOORS[attack.door](site, octets))
    except Exception as error:
        told = {"raised": f"{type(error).__name__}: {error}"[:300]}
    used = {"seconds": round(time.process_time() - began, 3), "memory": _most_memory() - before}
    _release()
    return {"name": attack.name, "octets": len(octets), **told, **used}


def as_told(verdict: Verdict) -> dict[str, Any]:
    """A verdict in plain values."""
    findings = verdict.findings
    return {
        "cause": verdict.cause,
        "indication": str(verdict.indication),
        "sub_indication": verdict.sub_indication and str(verdict.sub_indication),
        "disposition": str(verdict.disposition),
        "gives_data": verdict.gives_data,
        "findings": len(findings),
        "speechless": [
            each.rule
            for each in findings
            if not (each.message.vi and each.message.en and each.remedy.vi and each.remedy.en)
        ],
        "tells_of_people": sorted({each.rule for each in findings if _tells(each)}),
    }


def _tells(finding: Any) -> bool:
    shown = (finding.message.vi, finding.message.en, finding.remedy.vi, finding.remedy.en, finding.path)
    values = () if finding.personal else (finding.seen, finding.expected)
    return any(personal in (text or "") for text in (*shown, *values) for personal in _PERSONAL)


def _confine(octets: int) -> None:
    """For one attack: so much processor time, and so much memory more."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    bound = pages * resource.getpagesize() + MEMORY + octets
    resource.setrlimit(resource.RLIMIT_AS, (bound, resource.getrlimit(resource.RLIMIT_AS)[1]))
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    signal.alarm(30)


def _release() -> None:
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.alarm(0)
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def _most_memory() -> int:
    """The most that was resident so far, in octets."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main(*names: str) -> None:
    """The command line."""
    for told in judged(names or [*ATTACKS, *ODD]):
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
