"""`hocba convert`: any form becomes any other of its kind, what is lost or missing is said, and what is not said is kept."""

import itertools
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from support.command_line import Hocba
from support.workbooks import PUPIL, PUPILS, workbook

from hub.checking.items import Item
from hub.checking.sources import found_in
from hub.converting import sinks
from hub.converting.defaults import NEW, Defaults, defaults_from
from hub.converting.drafts import Draft, MisfitError, MissingError, Stamp, draft_of
from hub.converting.engine import Converter
from hub.converting.reading import Reader, Source
from hub.converting.report import Refusal
from hub.converting.sinks import SUFFIXES, write
from hub.failures import Failure
from schemas.findings import FindingError
from schemas.media.json_bounds import count
from schemas.profiles import Profile, profiles
from schemas.record import VIETNAM
from transformers.ndc import Event
from transformers.places import places_of

PROFILES = profiles()
EXAMPLES = {
    profile.name: sorted(each for each in (profile.examples / "valid").iterdir() if each.suffix != ".md")
    for profile in PROFILES.values()
    if profile.examples is not None
}
PAIRS = [(a, b) for a, b in itertools.product(PROFILES.values(), repeat=2) if a.kind == b.kind]
STAMP = Stamp(Event.NEW, 1, datetime(2026, 6, 1, tzinfo=VIETNAM))
HBS = EXAMPLES["hbs-1.0"]
UUID = b"7d0a4c52-93e1-4b7e-8f0d-2c9b6a1e5f34"
GRADE_5 = next(path for path in HBS if path.stem == "grade-5")
GIVEN = {
    "status": "1",
    "from_paper": "0",
    "school.province_code": "79",
    "not_assessed": "0",
    "results.completed_primary": "0",
    "history.province": "Thành phố Hồ Chí Minh",
}
"""what CV 2088's record does not say and the National Data Centre wants"""
SETS = [part for member, value in GIVEN.items() for part in ("--set", f"{member}={value}")]
TEXTS: Mapping[str, tuple[str, ...]] = {
    "version": ("1.0",),
    "circular": ("27/2020",),
    "school_year": ("2025-2026",),
    "school.authority_code": ("79",),
    "school.code": ("79760401",),
    "level": ("02", "2"),
    "pupil.personal_id": ("079318004217",),
    "principal.personal_id": ("079070000001",),
    "teacher.personal_id": ("079070000002",),
    "history.school_year": ("2025-2026",),
    "history.class_name": ("5A1",),
    "results.subjects.code": ("TV",),
    "results.subjects.attainment": ("T", "Hoàn thành tốt"),
    "results.result": ("Hoàn thành tốt", "HTT"),
    "school.province_code": ("79",),
    "pupil.sex": ("1", "Nam"),
    "pupil.ethnicity": ("01", "Kinh", "1"),
    "pupil.nationality": ("VN", "Việt Nam"),
}
"""a value for whatever may be missing, one way or the other"""
ANY = ("1", "T", "2026-05-31", "01", "Tốt", "Đ")


def items(path: Path) -> list[Item]:
    return [each for each in found_in([path]) if isinstance(each, Item)]


@pytest.fixture
def several(clean: Path) -> Path:
    """Records of five pupils: the examples are all one pupil's."""
    folder = clean / "vao"
    folder.mkdir()
    for number, example in enumerate(HBS):
        octets = example.read_bytes().replace(UUID, UUID[:-1] + b"%d" % number)
        for element in (b"MA_HOC_SINH", b"SO_CCCD"):
            octets = re.sub(b"<" + element + rb">(\d+)\d<", b"<" + element + rb">\g<1>%d<" % number, octets)
        (folder / example.name).write_bytes(octets)
    return folder


def default_for(member: str, target: Profile) -> str:
    for text in (*TEXTS.get(member, ()), *ANY):
        try:
            Defaults({member: text}, {}).try_on([target])
        except Failure:
            continue
        return text
    raise AssertionError(f"no value for {member} in {target.name}")


def rows_for(member: str, target: Profile) -> dict[str, str]:
    wanted = [name for name, place in places_of(target).items() if place.list == member and place.required]
    return {name.removeprefix(f"{member}."): default_for(name, target) for name in wanted}


def given_for(source: Source, target: Profile) -> tuple[Defaults, int]:
    """What the conversion asks for, given as it asks; and how much that was."""
    texts: dict[str, str] = {}
    rows: dict[str, tuple[dict[str, str], ...]] = {}
    for _ in range(3):
        defaults = Defaults(texts, rows)
        try:
            draft_of(source.members, defaults.filled(source.known, target), target, stamp=STAMP, reader=Reader())
        except MissingError as error:
            if error.uncoded:
                raise
            for member in error.members:
                if member in {place.list for place in places_of(target).values()}:
                    rows = {**rows, member: (rows_for(member, target),)}
                else:
                    texts = {**texts, member: NEW if member == "uuid" else default_for(member, target)}
        else:
            return defaults, len(texts) + len(rows)
    raise AssertionError("it asks for ever more")


@pytest.mark.parametrize(("here", "there"), PAIRS, ids=[f"{a.name}→{b.name}" for a, b in PAIRS])
def test_every_example_becomes_every_other_form_and_what_is_not_told_reads_back_equal(
    here: Profile, there: Profile, tmp_path: Path
) -> None:
    for number, example in enumerate(EXAMPLES[here.name]):
        for item in items(example)[:2]:
            source = Reader().read(item)
            defaults, asked = given_for(source, there)
            assert asked == 0 or here is not there
            full = defaults.filled(source.known, there)
            converter = Converter({there.kind: there}, defaults, STAMP)
            drafts = list(converter.drafts([item]))
            place = tmp_path / f"{number}-{item.number}{SUFFIXES[there.medium]}"
            assert write(drafts, there, place, one_each=False) == (place,)
            (again,) = items(place)
            read = Reader().read(again)
            assert read.profile is there
            assert dict(kept(source.members, drafts[0])) == dict(kept(read.members, drafts[0], only=source.members))
            assert {name for name, value in read.members.items() if value != ()} <= full.keys() | {"version"}


def kept(
    members: Mapping[str, Any], draft: Draft, *, only: Mapping[str, Any] | None = None
) -> Iterator[tuple[str, Any]]:
    """Everything that the draft does not tell of as lost or changed; of a list row by row."""
    told = {*draft.lost, *draft.changed, "version"}
    for name, value in members.items():
        if name in told or (only is not None and name not in only):
            continue
        if not isinstance(value, tuple):
            yield name, value
            continue
        inner = {each for row in (value if only is None else only[name]) for each in row}
        rows = [{k: v for k, v in row.items() if k in inner and f"{name}.{k}" not in told} for row in value]
        # Where rows lie side by side their order is the sheet's.
        yield name, sorted(rows, key=lambda row: str(row.get("code", "")))


# ---------------------------------------------------------------- through the command line


def test_a_batch_becomes_rows_and_says_what_is_no_longer_there(hocba: Hocba, several: Path, clean: Path) -> None:
    run = hocba("convert", str(several), "--to", "ndc-json", "-o", "ra.json", "--version", "7", *SETS)
    assert run.code == 0
    rows = json.loads((clean / "ra.json").read_bytes())
    assert [(row["sukien"], row["phienban"]) for row in rows] == [("NEW", 7)] * len(HBS)
    assert rows[0]["quatrinhhoctap"][0]["tentinh"] == "Thành phố Hồ Chí Minh"
    for words in (
        "ndc-json/primary (quan sát được)",
        "NGAY_KY_PHAT_HANH_HOC_BA → ngaykyphathanh [issued]: 5 hồ sơ – bỏ giờ, chỉ còn ngày",
        "Chữ ký không chuyển theo",
        "✓ 5/5 hồ sơ đã chuyển",
    ):
        assert words in run.said
    assert rows[0]["hovaten"] not in run.said
    assert hocba("check", "ra.json").code == 0


def test_what_is_missing_is_named_with_the_option_that_gives_it(hocba: Hocba, clean: Path) -> None:
    run = hocba("convert", str(GRADE_5), "--to", "ndc-json/primary", "-o", "ra.json", "--lang", "en")
    assert run.code == 1
    assert not (clean / "ra.json").exists()
    assert "trangthaithongtinhocba: 1 records → --set status=… (1 | 2)" in run.said
    assert "quatrinhhoctap/tentinh: 1 records → --set history.province=…" in run.said
    assert "✗ 0/1 records converted · no file was written" in run.said
    assert "hồ sơ" not in run.said


def test_records_with_errors_of_structure_are_counted_and_the_others_converted(hocba: Hocba, clean: Path) -> None:
    refused = HBS[0].parents[1] / "refused" / "X01.xml"
    run = hocba("convert", str(refused), str(GRADE_5), "--to", "hbs-1.0", "-o", "ra.xml")
    assert run.code == 1
    assert "hồ sơ có lỗi cấu trúc" in run.said
    assert "X01.xml #1" in run.said
    assert f"hocba check {refused}" in run.said
    assert len(items(clean / "ra.xml")) == 1


def test_a_folder_gets_one_file_each(hocba: Hocba, several: Path, clean: Path) -> None:
    assert hocba("convert", str(several), "--to", "hbs-1.0", "-o", "ra").code == 0
    files = sorted((clean / "ra").iterdir())
    assert len(files) == len(HBS)
    for file in files:
        (item,) = items(file)
        assert Reader().read(item).members["uuid"] == file.stem
    assert hocba("check", "ra", "--required-slots", "").code == 0


def test_a_signed_record_is_to_be_signed_anew(hocba: Hocba, clean: Path) -> None:
    root = etree.fromstring(GRADE_5.read_bytes())
    slot = next(each for each in root.iter("CBQL"))
    day = slot.find("NGAY_KY")
    assert day is not None
    day.text = "2026-05-31T08:00:00+07:00"
    slot.append(etree.fromstring('<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/>'))
    (clean / "da-ky.xml").write_bytes(etree.tostring(root))
    run = hocba("convert", "da-ky.xml", "--to", "hbs-1.0", "-o", "ra.xml")
    assert run.code == 0, run.said
    assert "1 hồ sơ đã ký ở nơi đi, bản chuyển ra phải ký lại" in run.said
    assert b"Signature" not in (clean / "ra.xml").read_bytes()


def test_a_dry_run_writes_nothing(hocba: Hocba, clean: Path) -> None:
    run = hocba("convert", str(GRADE_5), "--to", "sector-workbook/results", "--dry-run")
    assert run.code == 0
    assert "NHAN_XET_GVCN → – [results.remarks.teacher]: 1 hồ sơ" in run.said
    assert "BANG_DIEM" in run.said
    assert "(cả dòng)" in run.said
    assert list(clean.iterdir()) == []


WRONG = [
    (["--to", "hbs-9"], "hbs-9"),
    (["--to", "sector-workbook"], "sector-workbook/pupils"),
    (["--to", "hbs-1.0"], "--output"),
    (["--to", "hbs-1.0", "-o", "ra.json"], ".xml"),
    (["--to", "sector-workbook/results", "-o", "ra"], ".xlsx"),
    (["--to", "hbs-1.0", "-o", "nowhere/ra.xml"], "nowhere"),
    (["--to", "hbs-1.0", "-o", "co.xml"], "--overwrite"),
    (["--to", "hbs-1.0", "-o", "ra.xml", "--set", "pupil.nam=A"], "pupil.name"),
    (["--to", "hbs-1.0", "-o", "ra.xml", "--set", "created=hôm qua"], "2026-05-31"),
    (["--to", "hbs-1.0", "-o", "ra.xml", "--set", "created"], "member=value"),
    (["--to", "hbs-1.0", "-o", "ra.xml", "--event", "NEW"], "ndc-json"),
    (["--to", "ndc-json", "-o", "ra.json", "--event", "MOVE"], "UPDATE"),
    (["--to", "ndc-json", "-o", "ra.json", "--version", "0"], "--version"),
    (["--to", "hbs-1.0", "-o", "ra.xml", "--lang", "fr"], "--lang"),
    (["--to", "hbs-1.0", "-o", "ra.xml", "--defaults", "none.toml"], "none.toml"),
]


@pytest.mark.parametrize(("options", "words"), WRONG, ids=[" ".join(options) for options, _ in WRONG])
def test_a_wrong_call_is_told_and_writes_nothing(hocba: Hocba, clean: Path, options: list[str], words: str) -> None:
    (clean / "co.xml").write_text("mine", encoding="utf-8")
    run = hocba("convert", str(GRADE_5), *options)
    assert (run.code, words in run.said) == (2, True), run.said
    assert [each.name for each in clean.iterdir()] == ["co.xml"]
    assert (clean / "co.xml").read_text(encoding="utf-8") == "mine"


def test_what_is_read_is_never_written_over(hocba: Hocba, clean: Path) -> None:
    (clean / "vao").mkdir()
    (clean / "vao" / "a.xml").write_bytes(GRADE_5.read_bytes())
    for place in ("vao/a.xml", "vao/b.xml", "vao"):
        assert hocba("convert", "vao", "--to", "hbs-1.0", "-o", place, "--overwrite").code == 2
    assert (clean / "vao" / "a.xml").read_bytes() == GRADE_5.read_bytes()
    assert hocba("convert", "vao", "--to", "hbs-1.0", "-o", "ra.xml").code == 0
    assert hocba("convert", "vao", "--to", "hbs-1.0", "-o", "ra.xml", "--overwrite").code == 0


def test_a_file_that_is_not_there_is_a_wrong_call(hocba: Hocba, clean: Path) -> None:
    run = hocba("convert", "khong-co.xml", str(GRADE_5), "--to", "hbs-1.0", "-o", "ra.xml")
    assert run.code == 2
    assert "khong-co.xml" in run.said
    assert len(items(clean / "ra.xml")) == 1


# ---------------------------------------------------------------- one by one


def converted(target: str, *paths: Path, sets: Mapping[str, str] | None = None) -> tuple[Converter, list[Draft]]:
    defaults = defaults_from([f"{member}={text}" for member, text in (sets or {}).items()], None)
    converter = Converter({PROFILES[target].kind: PROFILES[target]}, defaults, STAMP)
    return converter, list(converter.drafts(found_in(paths)))


def test_a_record_of_another_level_is_refused() -> None:
    converter, drafts = converted("hbs-1.0", EXAMPLES["hbs-2/secondary"][0])
    assert drafts == []
    assert converter.report.refusals == {Refusal.OTHER_KIND: 1}
    assert not converter.report.complete


def test_a_record_that_its_sender_cancelled_does_not_come_back_to_life(tmp_path: Path) -> None:
    row = json.loads(EXAMPLES["ndc-json/primary"][0].read_bytes())
    row = row[0] if isinstance(row, list) else row
    (tmp_path / "huy.json").write_text(json.dumps(row | {"sukien": "CANCEL"}), encoding="utf-8")
    converter, drafts = converted("hbs-2/primary", tmp_path / "huy.json")
    assert drafts == []
    assert converter.report.refusals == {Refusal.CANCELLED: 1}


def test_a_uuid_is_converted_once(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "hai.zip", "w") as archive:
        archive.write(GRADE_5, "a.xml")
        archive.write(GRADE_5, "b.xml")
    converter, drafts = converted("hbs-1.0", tmp_path / "hai.zip")
    assert len(drafts) == 1
    assert converter.report.refused[Refusal.TWICE] == [f"{tmp_path}/hai.zip!/b.xml #1"]


def test_what_is_given_never_replaces_what_a_record_says() -> None:
    _, (draft,) = converted("hbs-1.0", GRADE_5, sets={"pupil.origin": "Nơi khác", "pupil.name": "Người khác"})
    assert "Nơi khác".encode() not in draft.content
    assert "Người khác".encode() not in draft.content


def test_what_belongs_to_one_pupil_is_given_once() -> None:
    first, second = items(EXAMPLES["sector-workbook/results"][0])[:2]
    target = PROFILES["ndc-json/primary"]
    defaults, _ = given_for(Reader().read(first), target)
    converter = Converter({"primary": target}, defaults, STAMP)
    assert len(list(converter.drafts([first, second]))) == 1
    (way,) = converter.report.ways.values()
    assert dict(way.missing) == {"pupil.personal_id": 1}


def test_each_record_gets_a_uuid_of_its_own() -> None:
    (first, second), target = items(EXAMPLES["sector-workbook/results"][0])[:2], PROFILES["hbs-1.0"]
    defaults = defaults_from([f"uuid={NEW}"], None)
    uuids = set()
    for item in (first, second):
        source = Reader().read(item)
        uuids.add(defaults.filled(source.known, target)["uuid"])
        defaults.spend(source.members)
    assert len(uuids) == 2
    assert NEW not in uuids


def test_defaults_come_from_a_file_too(hocba: Hocba, clean: Path) -> None:
    (clean / "them.toml").write_text(
        'status = 2\nfrom_paper = false\nnot_assessed = false\n"results.completed_primary" = false\n'
        '[school]\nprovince_code = "79"\n[history]\nprovince = "Cần Thơ"\n',
        encoding="utf-8",
    )
    run = hocba(
        *("convert", str(GRADE_5), "--to", "hbs-2", "-o", "ra.xml", "--defaults", "them.toml", "--set", "status=1")
    )
    assert run.code == 0, run.said
    (item,) = items(clean / "ra.xml")
    members = Reader().read(item).members
    assert members["status"].value == "1"
    assert {row["province"] for row in members["history"]} == {"Cần Thơ"}


def test_rows_are_given_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "them.toml"
    file.write_text('[[history]]\nschool_year = "2025-2026"\nclass_name = "2A1"\n', encoding="utf-8")
    full = defaults_from([], file).filled({}, PROFILES["ndc-json/primary"])
    assert full["history"] == ({"school_year": "2025-2026", "class_name": "2A1"},)


def test_a_value_without_a_code_there_is_not_written_as_another() -> None:
    (item,) = items(GRADE_5)
    source = Reader().read(item)
    target = PROFILES["ndc-json/primary"]
    full = defaults_from([f"{member}={text}" for member, text in GIVEN.items()], None).filled(source.known, target)
    with pytest.raises(MissingError) as caught:
        draft_of(source.members, {**full, "pupil.ethnicity": "Không có"}, target, stamp=STAMP, reader=Reader())
    assert caught.value.uncoded == ("pupil.ethnicity",)


def test_what_is_too_long_there_is_told_in_the_catalogues_words() -> None:
    (item,) = items(GRADE_5)
    source = Reader().read(item)
    target = PROFILES["ndc-json/primary"]
    full = defaults_from([f"{member}={text}" for member, text in GIVEN.items()], None).filled(source.known, target)
    with pytest.raises(MisfitError) as caught:
        draft_of(source.members, {**full, "class_name": "5A1 lớp học dài"}, target, stamp=STAMP, reader=Reader())
    assert [(each.rule, each.path) for each in caught.value.findings] == [("X12", "tenlop")]


def test_what_the_official_schema_refuses_is_not_written() -> None:
    (item,) = items(GRADE_5)
    source = Reader().read(item)
    full = {**source.members, "school_year": "năm học này"}
    with pytest.raises(MisfitError) as caught:
        draft_of(source.members, full, PROFILES["hbs-1.0"], stamp=STAMP, reader=Reader())
    assert [(each.path or "").rpartition("/")[2] for each in caught.value.findings] == ["TEN_NAM_HOC"]


def test_columns_that_are_no_part_of_a_record_are_told(tmp_path: Path) -> None:
    (tmp_path / "hs.xlsx").write_bytes(workbook(PUPILS, {**PUPIL, "Trạng thái HS": "Đang học"}))
    converter, drafts = converted("sector-workbook/pupils", tmp_path / "hs.xlsx")
    assert len(drafts) == 1
    (way,) = converter.report.ways.values()
    assert "Trạng thái HS" in way.beside


def test_an_unknown_version_is_refused_in_words(tmp_path: Path) -> None:
    file = tmp_path / "la.xml"
    file.write_bytes(GRADE_5.read_bytes().replace(b"<PHIEN_BAN>1.0<", b"<PHIEN_BAN>9.9<"))
    (item,) = items(file)
    with pytest.raises(FindingError) as caught:
        Reader().read(item)
    assert [each.rule for each in caught.value.findings] == ["B01"]


def test_a_fault_of_the_program_costs_one_record(several: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Reader.read

    def fails(self: Reader, item: Item) -> Source:
        if item.file.endswith("grade-4.xml"):
            raise RuntimeError("Nguyễn Văn A")
        return real(self, item)

    monkeypatch.setattr(Reader, "read", fails)
    converter, drafts = converted("hbs-1.0", several)
    assert len(drafts) == len(HBS) - 1
    ((told,),) = converter.report.refused.values()
    assert "RuntimeError, fails:" in told
    assert "Nguyễn" not in told


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    def breaks() -> Iterator[Draft]:
        _, drafts = converted("hbs-1.0", GRADE_5)
        yield from drafts
        raise OSError("đầy đĩa")

    with pytest.raises(OSError, match="đầy đĩa"):
        write(breaks(), PROFILES["hbs-1.0"], tmp_path / "ra.xml", one_each=False)
    assert list(tmp_path.iterdir()) == []


def test_what_readers_would_not_take_at_once_goes_into_further_files(
    hocba: Hocba, several: Path, clean: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sinks, "MOST_VALUES_IN_ALL", 300)
    run = hocba("convert", "vao", "--to", "ndc-json", "-o", "ra.json", *SETS)
    assert run.code == 0
    assert "ghi vào ra.json, ra-2.json" in run.said
    told = [json.loads(file.read_bytes()) for file in clean.glob("ra*.json")]
    assert len(told) > 1
    assert all(0 < sum(map(count, rows)) <= 300 for rows in told)
    assert sorted(row["madinhdanhhocba"] for rows in told for row in rows) == sorted(
        Reader().read(item).members["uuid"] for item in items(several)
    )
    (clean / "ra.json").unlink()
    assert hocba("convert", "vao", "--to", "ndc-json", "-o", "ra.json", *SETS).code == 2


def test_a_workbook_is_not_opened_for_nothing(tmp_path: Path) -> None:
    assert write(iter(()), PROFILES["sector-workbook/results"], tmp_path / "ra.xlsx", one_each=False) == ()
    assert list(tmp_path.iterdir()) == []
