"""Levels T, LT and LTA: EU DSS finds those that the hub has reached, and the hub those of EU DSS; everybody still accepts
the signatures themselves."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from support.tables import print_later

from interop.engines import Jdk, Xmlsec1, engines
from interop.jvm import Programs, lacking
from interop.levels import KEYS, Levelled, Shelves
from signing.preserve import Level

pytestmark = pytest.mark.oracle

TITLE = "levels of XAdES (tests/interop)"
Told = dict[str, list[tuple[str, str, int, int]]]
"""by file: level, indication, timestamps that hold and all timestamps of each signature"""


@pytest.fixture(scope="module")
def shelves(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Shelves]:
    folder = tmp_path_factory.mktemp("levels")
    return {key: Shelves(folder, key) for key in KEYS}


@pytest.fixture(scope="module")
def ours(shelves: dict[str, Shelves]) -> list[Levelled]:
    return [file for each in shelves.values() for file in each.ours()]


@pytest.fixture(scope="module")
def theirs(shelves: dict[str, Shelves], dss: Programs) -> list[Levelled]:
    orders = [(each, order) for each in shelves.values() for order in each.orders()]
    dss.run("DssLevels", [line for _, (line, _, _) in orders])
    return [each.theirs(made, level) for each, (_, made, level) in orders]


@pytest.fixture(scope="module")
def dss(programs: Programs | None) -> Programs:
    if programs is None or lacking():
        pytest.skip("; ".join(lacking().values()))
    return programs


@pytest.fixture(scope="module")
def told(ours: list[Levelled], theirs: list[Levelled], dss: Programs, shelves: dict[str, Shelves]) -> Told:
    """EU DSS's word on all of them, in one run."""
    files = [*ours, *theirs]
    folder = shelves[KEYS[0]].folder / "files"
    folder.mkdir()
    found: Told = {}
    for name, _, level, verdict, sound, stamps in dss.run("DssLevels", [_line(each, folder) for each in files]):
        found.setdefault(name.removesuffix(".xml"), []).append((level, verdict, int(sound), int(stamps)))
    print_later(TITLE, _rows(files, found))
    return found


def _line(file: Levelled, folder: Path) -> str:
    path = folder / f"{file.case.name}.xml"
    path.write_bytes(file.case.octets)
    return "\t".join(("judge", file.case.at.isoformat(), str(file.case.trust), str(path)))


def _rows(files: Sequence[Levelled], found: Told) -> list[list[str]]:
    kinds = Counter(file.case.kind for file in files)
    accepted = Counter(file.case.kind for file in files if _found_at_its_level(file, found))
    here = Counter(file.case.kind for file in files if file.case.passes)
    head = ["files", "number", "hub", "DSS: level and TOTAL_PASSED"]
    return [head, *([kind, str(count), str(here[kind]), str(accepted[kind])] for kind, count in kinds.items())]


def _found_at_its_level(file: Levelled, found: Told) -> bool:
    """All signatures that were carried; of those inside what others signed, DSS knows nothing."""
    words = [each for each in found[file.case.name] if each[3]]
    wanted = (f"XAdES-BASELINE-{file.level}", "TOTAL_PASSED/null", file.stamps, file.stamps)
    return bool(words) and all(each == wanted for each in words)


def test_every_file_of_the_hub_is_found_at_its_level(ours: list[Levelled], told: Told) -> None:
    assert {each.case.name: each.case.cause for each in ours if not each.case.passes} == {}
    assert {each.case.name: told[each.case.name] for each in ours if not _found_at_its_level(each, told)} == {}
    assert Counter(each.level for each in ours) == {Level.T: 4, Level.LT: 4, Level.LTA: 4 + 8 + 4}


def test_what_dss_carries_further_is_found_at_its_level_here(theirs: list[Levelled], told: Told) -> None:
    assert {each.case.name: each.case.cause for each in theirs if not each.case.passes} == {}
    assert {each.case.name: told[each.case.name] for each in theirs if not _found_at_its_level(each, told)} == {}
    assert Counter(each.level for each in theirs) == dict.fromkeys((Level.T, Level.LT, Level.LTA), 4)


@pytest.mark.parametrize("name", [Xmlsec1.name, Jdk.name])
def test_the_signatures_themselves_are_accepted_as_before(
    ours: list[Levelled], programs: Programs | None, tmp_path: Path, name: str
) -> None:
    here = {engine.name: engine for engine in engines(programs)[0]}
    if name not in here:
        pytest.skip(f"no {name}")
    # What these programs are asked knows the region that whole records are signed in, no teachers' regions.
    cases = [each.case for each in ours if "teachers" not in each.case.name]
    for case in cases:
        (tmp_path / f"{case.name}.xml").write_bytes(case.octets)
    words = here[name].ask(cases, tmp_path)
    assert {name: word.why for name, word in words.items() if not word.accepted} == {}


def test_a_changed_archive_is_noticed_there_as_well(
    ours: list[Levelled], dss: Programs, shelves: dict[str, Shelves], tmp_path: Path
) -> None:
    """The same octet spoils the same timestamp."""
    file = next(each for each in ours if each.case.name == "hub-both-rsa-lta")
    place = file.case.octets.index(b"<xades:EncapsulatedCRLValue>") + 60
    letter = b"A" if file.case.octets[place : place + 1] != b"A" else b"B"
    changed = file.case.octets[:place] + letter + file.case.octets[place + 1 :]
    again = shelves["rsa"].levelled("changed", "changed", changed, Level.LTA, file.case.at, 2)
    assert again.case.cause == "timestamp-imprint"
    words = [int(sound) for _, _, _, _, sound, _ in dss.run("DssLevels", [_line(again, tmp_path)])]
    assert sorted(words) == [1, 2, 2]
