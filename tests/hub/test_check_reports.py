"""The reports: each whole, safe to open, hiding what is personal where it is mailed, and all saying the same."""

import io
import json
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from lxml import etree
from support.command_line import Hocba

from connectors.arrivals import Limits
from console.intake import Push, read_push
from console.problems import Problem
from console.staff.rendering import environment
from hub.checking import report as reports
from hub.checking.engine import check
from hub.checking.formats import Look, format_of, names
from hub.checking.items import FileFault, Kind, Opened, Outcome, Unread
from hub.checking.looking import Terms
from hub.checking.report import Report
from routes import way
from routes.signing_settings import SigningSettings
from schemas.findings import HIDDEN, Finding, Severity, Words
from schemas.octets import parse_record

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLES = REPOSITORY / "schemas" / "profiles" / "hbs_1_0" / "examples"
B05 = EXAMPLES / "refused" / "B05.xml"
PERSONAL = "07931500421"
"""what B05 has for a personal number"""


def _finding(**changes: Any) -> Finding:
    told = {
        "rule": "B10", "severity": Severity.ERROR, "message": Words("sai", "wrong"), "remedy": Words("sửa", "mend"),
        "basis": "TT", "path": "A/B[2]", "line": 3, "offset": 40, "seen": "thấy", "expected": "cần", "uuid": None,
        "personal": False,
    }  # fmt: skip
    return Finding(**{**told, **changes})


def _report(*findings: Finding, file: str = "a.xml") -> Report:
    report = Report()
    report.add(Opened(file, Kind.XML))
    report.add(Outcome(file, 1, "u-1", "hbs-1.0", findings))
    return report


# ---------------------------------------------------------------- masks


def test_a_masked_finding_keeps_rule_and_place_and_loses_personal_values() -> None:
    assert _finding().masked() == _finding()
    assert _finding(personal=True).masked() == _finding(personal=True, seen=HIDDEN, expected=HIDDEN)
    assert _finding(personal=True, expected=None).masked().expected is None


def test_the_formats_that_are_there() -> None:
    assert names() == ["html", "json", "junit", "sarif", "text", "xlsx"]


def _octets(hocba: Hocba, clean: Path, form: str, *more: str) -> str:
    hocba("check", str(B05), "--format", form, "--output", "r", *more)
    octets = (clean / "r").read_bytes()
    if form != "xlsx":
        return octets.decode()
    book = openpyxl.load_workbook(io.BytesIO(octets))
    return "\n".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)


@pytest.mark.parametrize("form", names())
def test_personal_values_are_hidden_where_a_report_is_mailed_or_logged(hocba: Hocba, clean: Path, form: str) -> None:
    as_it_comes = _octets(hocba, clean, form)
    assert (PERSONAL in as_it_comes) == (form in ("text", "json", "xlsx"))
    assert PERSONAL in _octets(hocba, clean, form, "--values")
    hidden = _octets(hocba, clean, form, "--mask")
    assert PERSONAL not in hidden
    assert HIDDEN in hidden
    assert "B05" in hidden


# ---------------------------------------------------------------- caps


def test_findings_beyond_the_cap_are_counted_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "MOST_OF_A_RULE", 4)
    report = Report()
    for number in range(1, 11):
        report.add(Outcome("a.xml", number, None, "hbs-1.0", (_finding(),)))
    report.add(Outcome("a.xml", 11, None, "hbs-1.0", (_finding(rule="B11", severity=Severity.WARNING),)))
    assert (report.records, report.refused, report.errors, report.warnings) == (11, 10, 10, 1)
    assert [place.finding.rule for place in report.places] == ["B10"] * 4 + ["B11"]
    assert report.beyond == 6
    assert json.loads(format_of("json").render(report, Look()))["beyond"] == 6
    assert "6 điều nữa" in format_of("text").render(report, Look()).decode()


# ---------------------------------------------------------------- each format


def test_html_is_one_page_with_nothing_from_outside_and_nothing_that_runs() -> None:
    evil = "<script>alert(1)</script>"
    page = format_of("html").render(_report(_finding(seen=evil), file=evil), Look(failed=True)).decode()
    assert evil not in page
    assert "&lt;script&gt;alert(1)" in page
    assert not re.search(r"""(?:src|href)=["'](?!#)""", page)
    assert "default-src 'none'" in page
    assert 'id="B10"' in page
    assert page.count("<script>") == 1


def test_a_workbook_has_a_row_for_each_finding_and_no_formula() -> None:
    starts = ("=1+1", "+1", "-1", "@a", "\x01=cmd")
    report = _report(*(_finding(seen=text) for text in starts))
    book = openpyxl.load_workbook(io.BytesIO(format_of("xlsx").render(report, Look())))
    sheet, summary = book.worksheets
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:L6"
    seen = [row[6] for row in sheet.iter_rows(min_row=2)]
    assert [cell.value for cell in seen] == ["=1+1", "+1", "-1", "@a", "�=cmd"]
    assert {cell.data_type for cell in seen} == {"s"}
    assert [bool(cell.quotePrefix) for cell in seen] == [True, True, True, True, False]
    assert summary["A1"].value is None
    assert "CHƯA ĐẠT" not in str(summary["B1"].value)


def test_sarif_has_the_shape_that_tools_read() -> None:
    report = _report(_finding(), _finding(rule="B11", severity=Severity.WARNING, line=None, offset=None, path=None))
    report.add(Unread("lớp 5/a b.xml", "không có quyền đọc", "permission denied"))
    told = json.loads(format_of("sarif").render(report, Look(lang="en")))
    assert told["version"] == "2.1.0"
    (run,) = told["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["B10", "B11"]
    assert all(rule["help"]["text"] and rule["shortDescription"]["text"] for rule in rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning")
        assert result["message"]["text"]
        (location,) = result["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uri"] == "a.xml"
    first, second = (result["locations"][0] for result in run["results"])
    assert first["physicalLocation"]["region"] == {"startLine": 3, "byteOffset": 40, "byteLength": 0}
    assert first["logicalLocations"] == [{"fullyQualifiedName": "A/B[2]", "kind": "element"}]
    assert "region" not in second["physicalLocation"]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    (notice,) = invocation["toolExecutionNotifications"]
    assert notice["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "l%E1%BB%9Bp%205/a%20b.xml"


def _suite(report: Report) -> Any:
    return etree.fromstring(format_of("junit").render(report, Look())).find("testsuite")


def test_junit_has_a_case_for_each_record_and_for_each_file_at_fault() -> None:
    report = _report(_finding(seen="\x00"), _finding(rule="B11", severity=Severity.WARNING))
    report.add(Outcome("a.xml", 2, "u-2", "hbs-1.0", ()))
    report.add(FileFault("b.zip", (_finding(rule="F03"),)))
    report.add(Unread("c.xml", "không có tệp này", "there is no such file"))
    suite = _suite(report)
    cases = {case.get("name"): [child.tag for child in case] for case in suite}
    assert cases == {
        "b.zip": ["failure"],
        "hồ sơ 1 u-1": ["failure", "system-out"],
        "hồ sơ 2 u-2": [],
        "Không đọc được": ["error"],
    }
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("4", "2", "1")


def test_junit_names_files_where_records_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "MOST_RECORDS", 3)
    report = Report()
    for number in range(1, 6):
        report.add(Outcome("a.xml", number, None, "hbs-1.0", (_finding(),) if number == 5 else ()))
    report.add(Outcome("b.xml", 1, None, "hbs-1.0", ()))
    assert [(case.get("classname"), [child.tag for child in case]) for case in _suite(report)] == [
        ("a.xml", ["failure"]),
        ("b.xml", []),
    ]


def test_text_does_not_let_a_value_steer_the_terminal() -> None:
    text = format_of("text").render(_report(_finding(seen="\x1b[2J\x07")), Look()).decode()
    assert "\x1b" not in text
    assert "�[2J�" in text


# ---------------------------------------------------------------- one finding, wherever it is read


def _ids_of_problem(findings: tuple[Finding, ...]) -> list[str]:
    body = json.loads(bytes(Problem("unreadable", findings=findings).response("/v1/submissions").body))
    return [finding["rule"] for finding in body["findings"]]


def _ids_of_page(findings: tuple[Finding, ...]) -> list[str]:
    macro: Any = environment().get_template("findings.html").module
    return re.findall(
        r'<code class="rule">(\w+)</code>', str(macro.list_of([each.as_dict() for each in findings], True))
    )


def _at_the_hub(octets: bytes) -> tuple[Finding, ...]:
    """What the door says, or else the door and the check stage."""
    reading = read_push(Push("xml", "official", octets), Limits())
    if reading.arrival is None:
        return reading.findings
    (item,) = reading.arrival.items
    if item.identity is None:
        return item.findings
    root = parse_record(item.octets)
    profile = way.kit().profile(item.identity.version, item.identity.level)
    assert profile is not None
    return (*item.findings, *way.kit().checkers[profile.name].check(root))


FAULTY = [
    *(path for path in sorted(EXAMPLES.glob("refused/*.xml")) if path.stem != "B01"),
    *sorted(EXAMPLES.glob("remarked/*.xml")),
    *(
        REPOSITORY / "tests" / "schemas" / "cases" / "batches" / "refused" / f"{name}.xml"
        for name in ("not-xml", "dtd", "utf-16", "wrong-root", "empty-batch")
    ),
]


@pytest.mark.parametrize("file", FAULTY, ids=lambda path: path.stem)
def test_one_file_has_the_same_findings_wherever_they_are_read(hocba: Hocba, file: Path) -> None:
    way.equip(SigningSettings())
    hub = _at_the_hub(file.read_bytes())
    wanted = _ids_of_problem(hub)
    assert wanted
    assert _ids_of_page(hub) == wanted
    report = check([file], Terms())
    ids = {form: _ids_in(form, format_of(form).render(report, Look())) for form in names()}
    assert set(_ids_in("text", hocba("check", str(file)).out.encode())) == set(wanted)
    assert ids["json"] == wanted
    assert ids["sarif"] == wanted
    assert ids["xlsx"] == wanted
    assert sorted(ids["junit"]) == sorted(wanted)
    assert set(ids["text"]) == set(ids["html"]) == set(wanted)


def _ids_in(form: str, octets: bytes) -> list[str]:
    if form == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(octets)).worksheets[0]
        return [str(row[4]) for row in sheet.iter_rows(min_row=2, values_only=True)]
    text = octets.decode()
    if form == "json":
        return [each["rule"] for each in json.loads(text)["findings"]]
    if form == "sarif":
        return [each["ruleId"] for each in json.loads(text)["runs"][0]["results"]]
    pattern = {
        "junit": r"(?:>|\n)([A-Z]\d\d) \S",
        "html": r'<section class="rule[^"]*" id="(\w+)"',
        "text": r"(?m)^[✗!] (\w+) ",
    }
    return re.findall(pattern[form], text)
