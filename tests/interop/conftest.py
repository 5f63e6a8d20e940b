"""Everything is made and judged once: a Java program starts in half a second and then judges many files."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from support.tables import print_later

from interop.agreement import Comparison, reasons
from interop.case import Case, write_trust
from interop.cases import Bench, attacks, changed, foreign, own, vendors
from interop.engines import engines
from interop.jvm import Programs, lacking

TITLE = "agreement with other verifiers (tests/interop)"


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Programs | None:
    return None if "jdk" in lacking() else Programs(tmp_path_factory.mktemp("classes"))


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("interop"))


@pytest.fixture(scope="session")
def foreign_cases(bench: Bench, programs: Programs | None) -> list[Case]:
    """Records that the JDK and DSS signed; empty where there is no JDK."""
    return [] if programs is None else list(foreign(bench, programs))


@pytest.fixture(scope="session")
def comparison(bench: Bench, programs: Programs | None, foreign_cases: list[Case]) -> Comparison:
    """Every engine's word on every file; what is not here is said in the table."""
    sound = [*own(bench), *vendors(bench)]
    makers = [case for case in foreign_cases if case.name.endswith("-compact-rsa-ds")]
    cases = [*foreign_cases, *sound, *changed(bench, [*makers, *sound[:4]]), *attacks(bench)]
    write_trust(bench.trust, bench.site)
    for case in cases:
        (bench.files / f"{case.name}.xml").write_bytes(case.octets)
    here, missing = engines(programs)
    with ThreadPoolExecutor() as pool:
        said = list(pool.map(lambda engine: engine.ask(cases, bench.files), here))
    compared = Comparison(cases, here, {engine.name: words for engine, words in zip(here, said, strict=True)}, missing)
    rows = compared.rows()
    rows += [[f"{engine.name}: {engine.version}"] for engine in here] + [[f"SKIPPED: {text}"] for text in missing]
    print_later(TITLE, rows)
    print_later(f"{TITLE}: why they differ", reasons(compared))
    return compared
