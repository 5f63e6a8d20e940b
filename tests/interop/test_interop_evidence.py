"""Evidence records before EU DSS 6.4: both syntaxes, at every age, of days of several sizes; and with something wrong."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from support.evidence import BOTH, FIRST, Authorities, Kept
from support.tables import print_later

from interop.jvm import DSS_VERSION, REPOSITORY, Programs, lacking
from signing.evidence import Chain, Syntax, verify_evidence, write_record

TITLE = "evidence records before EU DSS (tests/interop)"
EXAMPLES = sorted((REPOSITORY / "schemas/profiles/hbs_1_0/examples/valid").glob("*.xml"))
AT = FIRST + timedelta(days=60)
ENDINGS = {Syntax.ASN1: "er", Syntax.XML: "ers.xml"}

AGES: dict[str, Callable[[Kept], Kept]] = {
    "new": lambda kept: kept,
    "renewed": lambda kept: kept.renew(at=FIRST + timedelta(days=10)),
    "renewed, with revocation data in the token": lambda kept: kept.settle(at=FIRST + timedelta(days=9)).renew(
        at=FIRST + timedelta(days=10)
    ),
    "hashed anew": lambda kept: kept.rehash("sha512", at=FIRST + timedelta(days=20)),
    "renewed, hashed anew, renewed": lambda kept: (
        kept.renew(at=FIRST + timedelta(days=10))
        .rehash("sha384", at=FIRST + timedelta(days=20))
        .renew(at=FIRST + timedelta(days=30))
    ),
}
"""what has become of a day's evidence"""

SIZES = (1, 2, 7)
"""records of a day"""


@dataclass(frozen=True, slots=True)
class Case:
    """One record of evidence, and what is to be said of it."""

    name: str
    age: str
    syntax: Syntax
    sound: bool
    evidence: bytes
    record: bytes


def _objects(count: int) -> list[bytes]:
    return [
        EXAMPLES[number % len(EXAMPLES)].read_bytes() + b"\n" * (number // len(EXAMPLES)) for number in range(count)
    ]


def _cases(authorities: Authorities) -> Iterator[Case]:
    for number, (age, grow) in enumerate(AGES.items()):
        for size in SIZES:
            kept = grow(Kept(authorities, _objects(size)).begin())
            for (syntax, place), chains in kept.chains.items():
                name, record = f"{number}-{size}-{place}-{syntax.name}", kept.objects[place]
                yield Case(name, age, syntax, True, write_record(syntax, chains), record)
                if size == 7 and place == 3:
                    yield from _wrong(name, age, syntax, chains, kept.objects)


def _wrong(name: str, age: str, syntax: Syntax, chains: tuple[Chain, ...], objects: "list[bytes]") -> Iterator[Case]:
    record = objects[3]
    sound = write_record(syntax, chains)
    other = record.replace(b"2025-2026", b"2024-2025", 1)
    yield Case(f"{name}-data", age, syntax, False, sound, other)
    yield Case(f"{name}-another", age, syntax, False, sound, objects[5])
    first = chains[0].timestamps[0]
    flipped = (*first.reduced[:-1], tuple(bytes([value[0] ^ 1]) + value[1:] for value in first.reduced[-1]))
    changed = replace(chains[0], timestamps=(replace(first, reduced=flipped), *chains[0].timestamps[1:]))
    yield Case(f"{name}-tree", age, syntax, False, write_record(syntax, (changed, *chains[1:])), record)
    if len(chains) > 1:
        yield Case(f"{name}-order", age, syntax, False, write_record(syntax, chains[::-1]), record)
    elif len(chains[0].timestamps) > 1:
        turned = replace(chains[0], timestamps=chains[0].timestamps[::-1])
        yield Case(f"{name}-order", age, syntax, False, write_record(syntax, (turned,)), record)


@pytest.fixture(scope="module")
def authorities() -> Authorities:
    return Authorities()


@pytest.fixture(scope="module")
def cases(authorities: Authorities) -> list[Case]:
    return list(_cases(authorities))


def _trust(folder: Path, authorities: Authorities) -> Path:
    files = {
        "roots/root.der": authorities.root.holder.der,
        "crls/root.crl": authorities.root.revocation_list(issued=AT - timedelta(hours=1), ends=AT + timedelta(days=9)),
    }
    for name, octets in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(octets)
    return folder


def test_the_hub_says_of_each_what_is_true(authorities: Authorities, cases: list[Case]) -> None:
    trust = authorities.trust()
    for case in cases:
        told = verify_evidence(case.evidence, data=case.record, trust=trust, at=AT)
        assert (case.name, told.passed) == (case.name, case.sound)
        assert not case.sound or told.since == FIRST


def test_dss_says_the_same(
    authorities: Authorities, cases: list[Case], programs: Programs | None, tmp_path: Path
) -> None:
    if programs is None or "dss" in lacking():
        print_later(TITLE, [[f"SKIPPED: {text}"] for text in lacking().values()])
        pytest.skip("no EU DSS")
    trust, lines = _trust(tmp_path / "trust", authorities), []
    for case in cases:
        evidence, record = tmp_path / f"{case.name}.{ENDINGS[case.syntax]}", tmp_path / f"{case.name}.data.xml"
        evidence.write_bytes(case.evidence)
        record.write_bytes(case.record)
        lines.append("\t".join((AT.isoformat(), str(trust), str(evidence), str(record))))
    told = {row[0].partition(".")[0]: row for row in programs.run("DssJudgesEvidence", lines)}
    print_later(TITLE, _table(cases, told))
    for case in cases:
        _, passed, why, *_, since = told[case.name]
        assert (case.name, passed, why) == (case.name, str(case.sound).lower(), why)
        assert not case.sound or since == FIRST.isoformat().replace("+00:00", "Z")


def _table(cases: list[Case], told: dict[str, list[str]]) -> list[list[str]]:
    rows = [["evidence", "RFC", "sound", "accepted", "wrong", "refused"]]
    for age in AGES:
        for syntax in BOTH:
            mine = [case for case in cases if (case.age, case.syntax) == (age, syntax)]
            sound, wrong = [c for c in mine if c.sound], [c for c in mine if not c.sound]
            accepted = sum(told[each.name][1] == "true" for each in sound)
            refused = sum(told[each.name][1] == "false" for each in wrong)
            rows.append([age, syntax.value, str(len(sound)), str(accepted), str(len(wrong)), str(refused)])
    return [*rows, [f"EU DSS {DSS_VERSION}, its default policy"]]
