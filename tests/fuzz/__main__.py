"""`python -m fuzz TARGET [--seconds N] [--runs N]`: let atheris look for octets that a reader cannot stand."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["schemas", "connectors", "transformers", "signing"]):
    from fuzz.targets import FOUND, TARGETS, Target

CORPUS = Path(__file__).resolve().parents[2] / ".hocba" / "fuzz"


def main(arguments: Sequence[str]) -> None:
    """The command line; does not return."""
    chosen = _parser().parse_args(arguments)
    target, corpus, found = TARGETS[chosen.target], chosen.corpus / chosen.target, chosen.found
    seeds = _planted(target, corpus / "seeds")
    found.mkdir(parents=True, exist_ok=True)
    kept = corpus / "kept"
    kept.mkdir(exist_ok=True)
    bounds = [f"-max_total_time={chosen.seconds}", f"-runs={chosen.runs + seeds if chosen.runs else -1}"]
    # libFuzzer's own bounds stop what never comes back to Python: a loop in a library, an allocation out of bounds.
    bounds += ["-timeout=10", "-malloc_limit_mb=200", "-rss_limit_mb=1024", "-max_len=100000"]
    options = [f"-artifact_prefix={found}/{chosen.target}-", *bounds, str(kept), str(corpus / "seeds")]
    atheris.Setup(["fuzz", *options], target.attempt)
    atheris.Fuzz()


def _planted(target: Target, folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    seeds = target.seeds()
    for number, octets in enumerate(seeds):
        (folder / str(number)).write_bytes(octets)
    return len(seeds)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--runs", type=int, default=0, help="stop after so many inputs beside the seeds")
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--found", type=Path, default=FOUND)
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
