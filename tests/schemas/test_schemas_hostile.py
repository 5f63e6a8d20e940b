"""Whatever is sent, every reader, and the check of files, gives findings or one refusal, within bounds of time and memory.

A bound of the product, not a claim on speed: what takes more is killed, and a reader that is killed could be stopped by
anyone who pushes such a file. Processor time counts, so that a busy machine changes nothing.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from support.confined import files
from support.hostile import BATCHES, BODIES, RECORDS

from schemas.check import MOST_FINDINGS, Checker
from schemas.explain import MOST_FAULTS
from schemas.octets import parse_record

REPOSITORY = Path(__file__).resolve().parents[2]
AS_LONG_AS_THE_INPUT = {
    *("batch-of-a-million-opened", "batch-of-all-that-is-deep", "batch-of-the-same"),
    *("json many-documents", "text-of-100-megabytes"),
}
"""Files of so many records, or so large, that `hocba check`, which reads files of any size, takes its time for all of them."""
SETS: Mapping[str, tuple[str, ...]] = {
    "cut": tuple(BATCHES),
    "cut-plain": tuple(BATCHES),
    "check": (*RECORDS, *BATCHES),
    "batch": (*RECORDS, *BATCHES),
    "file": tuple(name for name in files() if name not in AS_LONG_AS_THE_INPUT),
    "packed": tuple(BODIES),
    "packed-of-xml": tuple(BATCHES),
}
HARMLESS = {
    *("stylesheet", "comment-with-a-record", "cdata-with-a-record", "mark-inside", "namespaces-below-the-bound"),
    *("utf-8-called-latin-1", "utf-8-called-utf-16", "encoding-that-nobody-knows"),
}
"""Records that mean no harm once they are read as the UTF-8 that the batch around them is; the batch refuses some."""
TOLD = {
    **dict.fromkeys(("billion-laughs", "quadratic-blow-up", "external-entity", "parameter-entity"), "P03"),
    **dict.fromkeys(("external-dtd", "dtd-that-never-ends", "attribute-defaults"), "P03"),
    **dict.fromkeys(("utf-16", "utf-16-without-a-mark", "utf-32", "utf-8-too-long", "surrogates", "cut-letter"), "P02"),
    **dict.fromkeys(("nul", "cut-in-half", "empty", "white", "prefix-not-declared", "two-roots"), "P08"),
    **dict.fromkeys(("deep", "attributes", "namespaces", "siblings-known", "comments", "text-of-100-megabytes"), "P11"),
    **dict.fromkeys(("siblings-below-the-bound", "values-below-the-bound"), "X01"),
    **dict.fromkeys(("ten-levels-deeper", "xinclude"), "X02"),
}
"""What a record's reader or checker says of some, by name."""


def outcomes(reader: str) -> Mapping[str, Mapping[str, Any]]:
    """What came of every file."""
    done = _run(reader)
    assert done.returncode == 0, done.stderr[-3000:]
    return {told["name"]: told for told in map(json.loads, done.stdout.splitlines())}


@cache
def _run(reader: str) -> subprocess.CompletedProcess[str]:
    """One process that makes a child for each file."""
    environment = {**os.environ, "PYTHONPATH": f"{REPOSITORY}{os.pathsep}{REPOSITORY / 'tests'}"}
    return subprocess.run(
        [sys.executable, "-m", "support.confined", reader, *SETS[reader]],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


@pytest.mark.parametrize(("reader", "name"), [(reader, name) for reader, names in SETS.items() for name in names])
def test_only_findings_or_one_refusal_come_out(reader: str, name: str) -> None:
    told = outcomes(reader)[name]
    assert "findings" in told or told.get("refused"), told


@pytest.mark.parametrize("name", TOLD)
def test_what_is_wrong_is_told(name: str) -> None:
    told = outcomes("check")[name]
    assert TOLD[name] in [*told.get("findings", ()), *told.get("refused", ())], told


def test_nothing_else_is_taken() -> None:
    assert {name for name, told in outcomes("check").items() if told.get("findings") == []} == HARMLESS


def test_faults_beyond_the_last_that_is_looked_for_are_said_to_be_more(checker: Checker) -> None:
    root = parse_record(RECORDS["another-root"]().replace(b"HOC_BA_", b"HOC_BA"))
    root.extend([etree.Element("LA") for _ in range(MOST_FAULTS + 500)])
    checked = checker.examine(root)
    assert not checked.passed
    assert len(checked.findings) == MOST_FINDINGS + 1
    assert f"≥ {checked.beyond}" in checked.findings[-1].message.vi
