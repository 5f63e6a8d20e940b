"""`hocba check`: what it says of files of every kind, how it ends, and that hostile ones cost it nothing."""

import json
import os
import re
import subprocess
import sys
import uuid
import zipfile
from pathlib import Path

import pytest
from support.command_line import Hocba, Run
from support.workbooks import PUPIL, PUPILS, RESULT, RESULTS, workbook

from connectors.arrivals import Limits
from hub.checking import batches
from hub.checking.engine import SMALL, check
from hub.checking.formats import names
from hub.checking.items import Blob, FileFault, Item
from hub.checking.looking import Terms
from schemas.findings import Finding, FindingError
from schemas.octets import cut_batch
from schemas.packing import pack
from schemas.rules import files
from schemas.rules.rule import Rule

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLES = REPOSITORY / "schemas" / "profiles" / "hbs_1_0" / "examples"
VALID = EXAMPLES / "valid" / "grade-5.xml"
B10 = EXAMPLES / "refused" / "B10.xml"
B17 = EXAMPLES / "remarked" / "B17.xml"
NDC = REPOSITORY / "schemas" / "profiles" / "ndc_json" / "examples" / "primary"
UUID = b"7d0a4c52-93e1-4b7e-8f0d-2c9b6a1e5f34"


def record(file: Path = VALID) -> bytes:
    """A record without its declaration."""
    octets = file.read_bytes()
    return octets[octets.index(b"<HOC_BA") :].rstrip()


def told(run: Run) -> dict[str, object]:
    """The JSON report."""
    document: dict[str, object] = json.loads(run.out)
    return document


def rules_of(run: Run) -> set[str]:
    return set(told(run)["rules"])  # type: ignore[call-overload]


# ---------------------------------------------------------------- what is said, and the exit code


def test_a_good_record_passes(hocba: Hocba) -> None:
    run = hocba("check", str(VALID))
    assert run.code == 0
    assert "ĐẠT: 1/1 hồ sơ không có lỗi · 0 lỗi · 0 nhắc · 1 tệp" in run.said


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("refused/*.xml")), ids=lambda path: path.stem)
def test_every_refused_example_is_told_by_its_rule(hocba: Hocba, example: Path) -> None:
    run = hocba("check", str(example), "--profile", "hbs-1.0", "--policy", "hcmc", "--format", "json")
    assert run.code == 1
    expected = json.loads(example.with_suffix(".json").read_text(encoding="utf-8"))
    findings = [
        {key: value for key, value in each.items() if key not in ("file", "record", "line", "offset")}
        for each in told(run)["findings"]  # type: ignore[attr-defined]
    ]
    assert findings == [
        {key: value for key, value in each.items() if key not in ("line", "offset")} for each in expected
    ]


@pytest.mark.parametrize(
    ("file", "bar", "code"),
    [
        (B10, "error", 1),
        (B10, "warning", 1),
        (B10, "never", 0),
        (B17, "error", 0),
        (B17, "warning", 1),
        (B17, "never", 0),
        (VALID, "warning", 0),
    ],
)
def test_the_bar_decides_the_exit_code(hocba: Hocba, file: Path, bar: str, code: int) -> None:
    run = hocba("check", str(file), "--fail-on", bar)
    assert run.code == code
    assert ("CHƯA ĐẠT" in run.said) == (file == B10 or code == 1)


def test_a_text_names_rule_place_value_and_remedy(hocba: Hocba) -> None:
    said = hocba("check", str(B10)).said
    for part in ("✗ B10", "B10.xml:76", "TONG_KET/KET_QUA_XEP_LOAI", "thấy: Hoàn thành xuất sắc", "→ Tổng hợp lại"):
        assert part in said
    assert "Chưa kiểm tra được" in said
    assert "Result" not in said


def test_the_report_speaks_english_when_asked(hocba: Hocba) -> None:
    said = hocba("check", str(B10), "--lang", "en").said
    assert "FAILED: 0/1 records without an error" in said
    assert "seen: Hoàn thành xuất sắc" in said
    assert "thấy" not in said


def test_many_places_of_one_rule_are_counted_and_the_first_are_shown(hocba: Hocba, clean: Path) -> None:
    (clean / "lo.xml").write_bytes(_batch([_other(record(B10), number) for number in range(9)]))
    said = hocba("check", "lo.xml").said
    assert "9 lỗi ở 9 hồ sơ" in said
    assert said.count("TONG_KET/KET_QUA_XEP_LOAI") == 3
    assert "… 6 chỗ nữa" in said


def test_quiet_is_the_summary_alone(hocba: Hocba) -> None:
    run = hocba("check", str(B10), "--quiet")
    assert run.out.count("\n") == 1
    assert run.code == 1


def test_the_slots_that_must_be_signed_follow_the_policy_or_the_word_given(hocba: Hocba) -> None:
    unsigned = str(EXAMPLES / "refused" / "S01.xml")
    assert (
        hocba("check", unsigned, "--required-slots", "GVCN").code
        != hocba("check", unsigned, "--required-slots", "").code
    )


# ---------------------------------------------------------------- calls that cannot be answered


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("no.xml",), "Không đọc được: no.xml (không có tệp này)"),
        (("empty",), "Không đọc được: empty (thư mục không có tệp nào)"),
        (("pictures",), "Không có hồ sơ nào để kiểm tra"),
        (("loop",), "Không đọc được: loop"),
        (("a.xml", "--profile", "hbs-9"), "không có «hbs-9»; có hbs-1.0"),
        (("a.xml", "--format", "pdf"), "--format: không có «pdf»; có html, json"),
        (("a.xml", "--lang", "fr"), "--lang"),
        (("a.xml", "--fail-on", "maybe"), "--fail-on"),
        (("a.xml", "--policy", "mars"), "--policy: không có «mars»"),
        (("a.xml", "--required-slots", "GVCN,CHEF"), "--required-slots: không có «CHEF»"),
        (("a.xml", "--format", "json", "--output", "no/where.json"), "Không ghi được no/where.json"),
        (("pipe",), "không phải tệp thường"),
    ],
    ids=lambda value: value[-1] if isinstance(value, tuple) else None,
)
def test_a_call_that_cannot_be_answered_says_why(
    hocba: Hocba, clean: Path, arguments: tuple[str, ...], words: str
) -> None:
    (clean / "a.xml").write_bytes(record())
    (clean / "empty").mkdir()
    (clean / "pictures").mkdir()
    (clean / "pictures" / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (clean / "loop").symlink_to("loop")
    os.mkfifo(clean / "pipe")
    run = hocba("check", *arguments)
    assert run.code == 2
    assert words in run.said
    assert "Traceback" not in run.said


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs Linux's /proc")
def test_a_file_that_cannot_be_read_does_not_hide_the_others(hocba: Hocba, clean: Path) -> None:
    (clean / "xuat").mkdir()
    (clean / "xuat" / "a.xml").symlink_to("/proc/self/mem")
    (clean / "xuat" / "b.xml").write_bytes(record(B10))
    run = hocba("check", "xuat")
    assert run.code == 2
    assert "xuat/a.xml (máy không đọc được)" in run.said
    assert "B10" in run.said


def test_a_fault_of_the_program_is_no_fault_of_the_files(hocba: Hocba, monkeypatch: pytest.MonkeyPatch) -> None:
    from hub.checking import work

    monkeypatch.setattr(work, "check", lambda *_, **__: 1 // 0)
    run = hocba("check", str(VALID))
    assert run.code == 3
    assert "Lỗi của chương trình, không phải của tệp (ZeroDivisionError" in run.said
    assert "Traceback" not in run.said


# ---------------------------------------------------------------- sources


def _other(octets: bytes, number: int) -> bytes:
    """Another pupil's, as far as the rules between records look."""
    octets = octets.replace(UUID, str(uuid.UUID(int=number, version=4)).encode())
    start = octets.index(b"<MA_HOC_SINH>") + 13
    code = b"79%08d" % number
    octets = octets[:start] + code + octets[octets.index(b"<", start) :]
    start = octets.index(b"<SO_CCCD>") + 9
    return octets[:start] + octets[start : start + 6] + b"%06d" % number + octets[start + 12 :]


def _batch(records: list[bytes]) -> bytes:
    return b"<DANH_SACH_HOC_BA>\n" + b"\n".join(records) + b"\n</DANH_SACH_HOC_BA>\n"


def test_a_record_of_a_batch_is_placed_in_the_file(hocba: Hocba, clean: Path) -> None:
    records = [_other(record(), 1), _other(record(B10), 2)]
    body = _batch(records)
    (clean / "lo.xml").write_bytes(body)
    (finding,) = told(hocba("check", "lo.xml", "--format", "json"))["findings"]  # type: ignore[misc]
    assert finding["record"] == 2
    assert finding["offset"] == body.index(records[1])
    assert body.split(b"\n")[finding["line"] - 1].strip().startswith(b"<KET_QUA_XEP_LOAI>")


def test_folders_archives_and_bodies_hold_the_same_record(hocba: Hocba, clean: Path) -> None:
    octets = record(B10)
    body = {"authenticationRequest": {"type": "HBS", "function": "1"}, "content": pack(_batch([octets]))}
    (clean / "xuat" / "lop").mkdir(parents=True)
    (clean / "xuat" / ".an").mkdir()
    (clean / "xuat" / ".an" / "x.xml").write_bytes(b"<")
    (clean / "xuat" / "lop" / "a.xml").write_bytes(octets)
    (clean / "goi.dat").write_text(json.dumps(body), encoding="utf-8")
    with zipfile.ZipFile(clean / "trong.zip", "w") as inner:
        inner.writestr("lop/a.xml", octets)
    with zipfile.ZipFile(clean / "ngoai", "w") as outer:
        outer.write(clean / "trong.zip", "trong.zip")
        outer.writestr("../../etc/a\x1b[31m.xml", octets)
        outer.writestr("__MACOSX/._a.xml", b"<")
        outer.writestr("anh.png", b"\x89PNG")
    names = {}
    for path in ("xuat", "goi.dat", "trong.zip", "ngoai"):
        run = hocba("check", path, "--format", "json")
        findings = told(run)["findings"]
        names[path] = [each["file"] for each in findings if each["rule"] == "B10"]  # type: ignore[attr-defined]
    assert names == {
        "xuat": ["xuat/lop/a.xml"],
        "goi.dat": ["goi.dat"],
        "trong.zip": ["trong.zip!/lop/a.xml"],
        "ngoai": ["ngoai!/etc/a�[31m.xml", "ngoai!/trong.zip!/lop/a.xml"],
    }


def test_the_same_uuid_and_the_same_pupil_are_found_across_files(hocba: Hocba, clean: Path) -> None:
    (clean / "a.xml").write_bytes(_other(record(), 1))
    (clean / "b.xml").write_bytes(_other(record(), 1).replace(b"<TEN_LOP>5", b"<TEN_LOP>6"))
    (clean / "c.xml").write_bytes(_other(record(), 1).replace(str(uuid.UUID(int=1, version=4)).encode(), UUID))
    run = hocba("check", "a.xml", "b.xml", "c.xml", "--format", "json")
    assert {"B02", "B03"} <= rules_of(run)


def test_rows_of_the_data_centre_and_of_workbooks_are_records_too(hocba: Hocba, clean: Path) -> None:
    row = json.loads((NDC / "valid" / "grade-4.json").read_text(encoding="utf-8"))
    later = {**row, "phienban": row["phienban"] + 1, "sukien": "UPDATE"}
    (clean / "hang.txt").write_text("\n".join(map(json.dumps, (row, later, row))), encoding="utf-8")
    (clean / "so.bin").write_bytes(
        workbook(RESULTS, RESULT, {**RESULT, "Mã học sinh": "7900123457", "Xếp loại": "Giỏi"})
    )
    rows = hocba("check", "hang.txt", "--format", "json")
    assert [(each["rule"], each["record"]) for each in told(rows)["findings"]] == [("J15", 3)]  # type: ignore[attr-defined]
    sheet = hocba("check", "so.bin", "--format", "json")
    assert told(sheet)["profiles"] == {"sector-workbook/results": 2}
    places = [(each["record"], each["path"].partition("!")[0]) for each in told(sheet)["findings"]]  # type: ignore[attr-defined]
    assert places
    assert {record for record, _ in places} == {2}


def test_the_roster_lets_its_rules_be_looked_at(hocba: Hocba, clean: Path) -> None:
    roster = EXAMPLES / "roster.json"
    for example in sorted(EXAMPLES.glob("enrolment/*.xml")):
        run = hocba("check", str(example), "--roster", str(roster), "--format", "json")
        assert rules_of(run) == {example.stem}
        assert example.stem not in told(run)["not_checked"]  # type: ignore[operator]
        bare = hocba("check", str(example), "--format", "json")
        assert example.stem in told(bare)["not_checked"]  # type: ignore[operator]
    (clean / "hs.xlsx").write_bytes(workbook(PUPILS, PUPIL))
    run = hocba("check", str(VALID), "--roster", "hs.xlsx", "--roster-of", "79760401/2025-2026", "--format", "json")
    assert "B06" not in told(run)["not_checked"]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--roster", "no.json"), "không đọc được tệp"),
        (("--roster", "a.xml"), "không đúng dạng danh sách"),
        (("--roster", "hs.xlsx"), "thêm --roster-of"),
        (("--roster", "hs.xlsx", "--roster-of", "79760401"), "MÃ_TRƯỜNG/NĂM_HỌC"),
    ],
)
def test_a_roster_that_is_none_is_said(hocba: Hocba, clean: Path, arguments: tuple[str, ...], words: str) -> None:
    (clean / "a.xml").write_bytes(record())
    (clean / "hs.xlsx").write_bytes(workbook(PUPILS, PUPIL))
    run = hocba("check", "a.xml", *arguments)
    assert run.code == 2
    assert words in run.said


# ---------------------------------------------------------------- streaming


@pytest.mark.parametrize("block", [1, 7, 100, 5000])
@pytest.mark.parametrize(
    "case", sorted(REPOSITORY.glob("tests/schemas/cases/batches/*/*.xml")), ids=lambda path: path.stem
)
def test_a_streamed_batch_is_cut_as_the_thorough_reader_cuts_it(
    case: Path, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:

    monkeypatch.setattr(batches, "BLOCK", block)
    content = case.read_bytes()
    found = list(batches.xml_items(Blob(case.name, len(content), lambda: case.open("rb")), Limits()))
    items = [(each.content, each.offset) for each in found if isinstance(each, Item)]
    faults = [finding for each in found if isinstance(each, FileFault) for finding in each.findings]
    refused: list[Finding] = []
    try:
        cut = cut_batch(content)
    except FindingError as error:
        refused += error.findings
    if refused:
        assert items == []
        assert faults == refused
        return
    assert [octets for octets, _ in items] == list(cut.records)
    assert all(content[offset:].startswith(octets) for octets, offset in items)
    assert faults == list(cut.warnings)


PEAK = """
import re, resource, sys
from pathlib import Path
from hub.checking.engine import check
from hub.checking.looking import Terms
if __name__ == "__main__":
    report = check([Path(sys.argv[1])], Terms(), jobs=int(sys.argv[2]))
    own = int(re.search("VmHWM:.*?([0-9]+)", Path("/proc/self/status").read_text())[1])
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(report.records, report.refused, sorted(report.rules), max(own, children) // 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc to tell the peak of memory")
@pytest.mark.parametrize(("jobs", "records"), [("1", 5_000), ("2", 20_000)])
def test_a_batch_of_any_size_takes_flat_memory(clean: Path, jobs: str, records: int) -> None:
    script, file = clean / "peak.py", clean / "lo.xml"
    script.write_text(PEAK, encoding="utf-8")
    good, bad = record(), record(B10)
    with file.open("wb") as stream:
        stream.write(b"<DANH_SACH_HOC_BA>")
        for number in range(1, records + 1):
            stream.write(_other(bad if number % 1000 == 0 else good, number))
        stream.write(b"</DANH_SACH_HOC_BA>")
    assert file.stat().st_size > 5 * SMALL
    done = subprocess.run(
        [sys.executable, str(script), str(file), jobs],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    checked, refused, *rules, peak = done.stdout.split()
    assert (int(checked), int(refused)) == (records, records // 1000)
    assert "'B10'" in "".join(rules)
    assert int(peak) < 200


def test_children_and_one_process_say_the_same_in_the_same_order(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hub.checking import engine

    good, bad = record(), record(B10)
    body = _batch([_other(bad if number % 7 == 0 else good, number) for number in range(1, 300)])
    (clean / "lo.xml").write_bytes(body)
    monkeypatch.setattr(engine, "SMALL", 0)
    alone, together = (check([clean / "lo.xml"], Terms(), jobs=jobs) for jobs in (1, 2))
    assert [place.record for place in together.places] == [number for number in range(1, 300) if number % 7 == 0]
    assert alone.places == together.places
    assert alone.lines == together.lines


# ---------------------------------------------------------------- a start without delay, and the page for vendors


LOADED = """
import sys
sys.argv = ["hocba", "check", sys.argv[1], "--quiet"]
from hub.cli import main
try:
    main()
except SystemExit as ended:
    print(sorted({name.partition(".")[0] for name in sys.modules}), ended.code or 0)
"""


def test_a_good_file_is_checked_without_loading_what_only_others_need(clean: Path) -> None:
    (clean / "loaded.py").write_text(LOADED, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "loaded.py", str(VALID)],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    loaded, code = done.stdout.splitlines()[-1].rsplit(" ", 1)
    assert code == "0"
    assert "'schemas'" in loaded
    for heavy in (
        *("xmlschema", "openpyxl", "jinja2", "pydantic_settings", "psycopg", "sqlalchemy", "faststream", "fastapi"),
        *("pebble", "structlog", "cryptography", "typst", "ledger", "routes", "console", "signing"),
    ):
        assert f"'{heavy}'" not in loaded


def test_the_page_for_vendors_names_every_option_format_and_file_rule(hocba: Hocba) -> None:
    page = (REPOSITORY / "docs" / "check.md").read_text(encoding="utf-8")
    options = set(re.findall(r"--[a-z][a-z-]+", hocba("check", "--help").out)) - {"--help"}
    assert options
    assert {option for option in options if f"`{option}" not in page} == set()
    assert {name for name in names() if f"`{name}`" not in page} == set()
    own = {rule.id for rule in vars(files).values() if isinstance(rule, Rule)}
    assert {rule for rule in own if f"| {rule} |" not in page} == set()
