"""Everything is made and judged once: a Java program starts in half a second and then judges many files."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.tables import print_later

from interop.agreement import Comparison, reasons
from interop.case import Case, Word, write_trust
from interop.cases import Bench, attacks, changed, foreign, own, vendors
from interop.engines import Engine, Signxml, ask_once, engines
from interop.jvm import Programs, lacking
from interop.written import Desk

Said = tuple[list[Engine], list[str], dict[str, dict[str, Word]]]
WRITTEN = "what the hub writes, before other verifiers (tests/interop)"
TITLE = "agreement with other verifiers (tests/interop)"


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs | None]:
    if "jdk" in lacking():
        yield None
        return
    started = Programs(tmp_path_factory.mktemp("classes"))
    yield started
    started.close()


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("interop"))


@pytest.fixture(scope="session")
def foreign_cases(bench: Bench, programs: Programs | None) -> list[Case]:
    """Records that the JDK and DSS signed; empty where there is no JDK."""
    return [] if programs is None else list(foreign(bench, programs))


@pytest.fixture(scope="session")
def cases(bench: Bench, foreign_cases: list[Case]) -> list[Case]:
    """What others sign, and whatever passes or fails here."""
    sound = [*own(bench), *vendors(bench)]
    makers = [case for case in foreign_cases if case.name.endswith("-compact-rsa-ds")]
    return [*foreign_cases, *sound, *changed(bench, [*makers, *sound[:4]]), *attacks(bench)]


@pytest.fixture(scope="session")
def written_cases(bench: Bench) -> list[Case]:
    """What the hub writes."""
    desk = Desk(bench)
    written = list(desk.written())
    return [*written, *desk.spoilt(written)]


@pytest.fixture(scope="session")
def said(bench: Bench, programs: Programs | None, cases: list[Case], written_cases: list[Case]) -> Said:
    """Engines, what is missing of them, and everybody's word on everything."""
    write_trust(bench.trust, bench.site)
    everything = [*cases, *written_cases]
    for case in everything:
        (bench.files / f"{case.name}.xml").write_bytes(case.octets)
    here, missing = engines(programs)
    with ThreadPoolExecutor() as pool:
        words = list(pool.map(lambda engine: ask_once(engine, everything, bench.files), here))
    return here, missing, {engine.name: word for engine, word in zip(here, words, strict=True)}


@pytest.fixture(scope="session")
def comparison(said: Said, cases: list[Case]) -> Comparison:
    """Every engine's word on every file; what is not here is said in the table."""
    here, missing, words = said
    compared = Comparison(cases, here, words, missing)
    _print(TITLE, compared)
    print_later(f"{TITLE}: why they differ", reasons(compared))
    return compared


@pytest.fixture(scope="session")
def written(said: Said, written_cases: list[Case], bench: Bench) -> Comparison:
    """Every engine's word on what the hub writes, signxml's too."""
    here, missing, words = said
    signxml = Signxml()
    told = {**words, signxml.name: ask_once(signxml, written_cases, bench.files)}
    compared = Comparison(written_cases, [*here, signxml], told, missing)
    _print(WRITTEN, compared)
    return compared


def _print(title: str, compared: Comparison) -> None:
    rows = compared.rows()
    rows += [[f"{engine.name}: {engine.version}"] for engine in compared.engines]
    print_later(title, [*rows, *([f"SKIPPED: {text}"] for text in compared.missing)])
