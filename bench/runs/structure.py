"""What reading, checking and explaining one record takes on one core, beside the libraries alone."""

import re
from collections.abc import Iterator
from typing import Any

from bench.clock import per_core
from bench.declared import Benchmark, Figure
from bench.runs.limits import PROFILE
from bench.stand import Stand
from schemas.check import Checker
from schemas.media import xml
from schemas.octets import cut_plain_batch, parse_record
from schemas.profiles import Profile, profiles
from transformers.canonical import read_members, record_of

_SIGNATURE = re.compile(rb"<(\w+:)?Signature[ >].*?</(\w+:)?Signature>", re.DOTALL)
BATCH = 200


def _profile() -> Profile:
    return profiles()[PROFILE]


def _checker() -> Checker:
    return Checker(_profile(), required_slots=frozenset({"GVCN", "CBQL", "KY_PHAT_HANH"}))


def _once_signed(record: bytes) -> bytes:
    """With the first signature only: about 11 kB."""
    first = _SIGNATURE.search(record)
    assert first is not None
    return record[: first.end()] + _SIGNATURE.sub(b"", record[first.end() :])


def _gate(stand: Stand) -> Iterator[Figure]:
    checker = _checker()
    roots = [parse_record(octets) for octets in stand.corpus.official]
    assert all(map(checker.fits, roots[:20]))
    yield GATE.figure(per_core(checker.fits, roots, seconds=stand.seconds))


def _rules(stand: Stand) -> Iterator[Figure]:
    checker, profile = _checker(), _profile()
    told = [xml.tell(parse_record(octets), profile) for octets in stand.corpus.official]
    assert all(checker.judge(each, ()).passed for each in told[:20])
    yield RULES.figure(per_core(lambda each: checker.judge(each, ()), told, seconds=stand.seconds))


def _canonical(stand: Stand) -> Iterator[Figure]:
    profile = _profile()
    octets = [_once_signed(record) for record in stand.corpus.official]

    def read(record: bytes) -> None:
        told = xml.tell(parse_record(record), profile)
        record_of(read_members(told, profile), kind=profile.kind)

    yield CANONICAL.figure(per_core(read, octets, seconds=stand.seconds))
    size = sum(map(len, octets)) / len(octets)
    yield CANONICAL.figure(size / 1000, "size", unit="kB")


def _check_file(stand: Stand) -> Iterator[Figure]:
    checker = _checker()
    records = stand.corpus.official
    files = [
        b"<DANH_SACH_HOC_BA>" + b"".join(records[start : start + BATCH]) + b"</DANH_SACH_HOC_BA>"
        for start in range(0, len(records) - BATCH + 1, BATCH)
    ]

    def check(content: bytes) -> None:
        cut = cut_plain_batch(content)
        assert cut is not None
        for octets in cut.records:
            assert checker.examine(parse_record(octets)).passed

    yield CHECK_FILE.figure(per_core(check, files, seconds=stand.seconds, weight=BATCH, warm=1))


def _explain(stand: Stand) -> Iterator[Figure]:
    checker, folder = _checker(), _profile().examples
    assert folder is not None
    roots = [parse_record(path.read_bytes()) for path in sorted((folder / "refused").glob("*.xml"))]
    yield EXPLAIN.figure(1000 / per_core(checker.examine, roots, seconds=stand.seconds, warm=len(roots)))
    roots = [_all_wrong(octets, turn) for turn, octets in enumerate(stand.corpus.official)]
    yield EXPLAIN.figure(1000 / per_core(checker.examine, roots, seconds=stand.seconds), "all-wrong")


def _all_wrong(octets: bytes, turn: int) -> Any:
    """Every value of the data wrong, and none as in another record: nothing that was kept helps."""
    root = parse_record(octets)
    for number, element in enumerate(root.find("DU_LIEU_HOC_BA").iter("*")):
        if not len(element):
            element.text = f" {turn}.{number}a\u0301 "
    return root


GATE = Benchmark(
    "gate",
    "the checker's gate alone, over parsed records",
    "records/s/core",
    ("raw-xsd", "xmlschema-validate"),
    _gate,
)
RULES = Benchmark("rules", "every rule of hbs-1.0, over records already read into texts", "records/s/core", (), _rules)
CANONICAL = Benchmark(
    "canonical",
    "octets of a record with one signature parsed and made a canonical record",
    "records/s/core",
    ("raw-parse",),
    _canonical,
)
CHECK_FILE = Benchmark(
    "check-file",
    f"a batch of {BATCH} signed records cut, parsed, and each checked by schema and rules; no signature is verified",
    "records/s/core",
    ("raw-parse", "raw-xsd", "xmlschema-validate"),
    _check_file,
)
EXPLAIN = Benchmark(
    "explain",
    "what is wrong with a record, told in words: the refused examples; `all-wrong`: records without one right value",
    "ms/record",
    (),
    _explain,
)

BENCHMARKS = (GATE, RULES, CANONICAL, CHECK_FILE, EXPLAIN)
