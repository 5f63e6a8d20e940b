"""Workbooks of the sector database: what is read, what is told of it, and what is refused before it is read."""

import pickle
import tracemalloc
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.workbooks import (
    PUPIL,
    PUPILS,
    RESULT,
    RESULTS,
    SHEET,
    edited,
    filled,
    reopened,
    saved,
    sheet_of,
    with_shared_strings,
    with_sheet_xml,
    workbook,
)

from schemas.check import Checked, Checker
from schemas.findings import Finding, FindingError
from schemas.media import package, sheet_parts
from schemas.media import workbook as medium
from schemas.media.workbook import SheetRow, faults, rows, tell
from schemas.profiles import profiles

GOOD = workbook(RESULTS, RESULT)
SHARED = with_shared_strings(GOOD)


def the_row(content: bytes) -> SheetRow:
    (row,) = rows(content)
    return row


def checked(row: SheetRow) -> Checked:
    profile = row.profile
    return Checker(profile, required_slots=frozenset()).judge(tell(row, profile), faults(row, profile))


def told(content: bytes) -> list[tuple[str, str | None]]:
    """Rules and places of everything that is found of a file's only row."""
    return [(finding.rule, finding.path) for finding in checked(the_row(content)).findings]


def refused(content: bytes) -> list[tuple[str, str | None]]:
    """Rules and places of what a file is refused for."""
    with pytest.raises(FindingError) as caught:
        list(rows(content))
    return [(finding.rule, finding.path) for finding in caught.value.findings]


def everything(content: bytes) -> list[Finding]:
    """Whatever is found, in a refusal or of the rows."""
    found: list[Finding] = []
    try:
        for row in rows(content):
            found += checked(row).findings
    except FindingError as error:
        return [*found, *error.findings]
    return found


def test_the_result_import_has_three_rows_of_header_and_35_columns() -> None:
    sheet = sheet_of(RESULTS)
    assert (sheet.depth, len(sheet.columns)) == (3, 35)
    assert sheet_of(PUPILS).depth == 1


def test_a_row_of_results_is_told_member_by_member() -> None:
    row = the_row(GOOD)
    assert (row.profile_name, row.sheet, row.number) == (RESULTS, "TH_L2", 4)
    assert row.cells["Toán / Điểm KTĐK"] == "9"
    assert row.places["Toán / Mức đạt được"] == "TH_L2!F4"
    document = tell(row, row.profile)
    assert document.values["grade"] == "02"
    assert document.values["results.competences.science"] == "T"
    assert document.rows["results.subjects"][:2] == (
        {"code": "TOA", "attainment": "T", "score": "9"},
        {"code": "TV", "attainment": "T", "score": "10"},
    )
    assert document.places.of("results.result") == "TH_L2!AI4"
    assert document.places.of("grade") == "TH_L2!B4"
    assert document.places.of_row("results.subjects", 2, "score") == "TH_L2!I4"
    assert checked(row).findings == ()


def test_a_row_of_the_pupil_export_is_told_member_by_member() -> None:
    row = the_row(workbook(PUPILS, PUPIL))
    assert row.profile_name == PUPILS
    values = tell(row, row.profile).values
    assert values["pupil.personal_id"] == "079318004217"
    assert values["pupil.sex"] == "Nữ"
    assert checked(row).findings == ()


@pytest.mark.parametrize(("code", "grade"), [("4A1", "04"), ("01B", "01"), ("10C", "10"), ("A1", None), ("99", None)])
def test_the_grade_is_read_from_the_class_code(code: str, grade: str | None) -> None:
    row = the_row(workbook(RESULTS, {**RESULT, "Mã lớp": code}))
    assert tell(row, row.profile).values.get("grade") == grade


def test_texts_may_be_shared_with_runs_and_phonetic_hints() -> None:
    assert the_row(SHARED).values == the_row(GOOD).values
    name = "Nguyễn Thị Mẫu".encode("ascii", "xmlcharrefreplace")
    runs = b"<r><t>Nguy&#7877;n Th&#7883; </t></r><r><t>M&#7851;u</t></r><rPh><t>mau</t></rPh>"
    spelt = edited(SHARED, "xl/sharedStrings.xml", lambda xml: xml.replace(b"<t>" + name + b"</t>", runs))
    assert b"rPh" in zipfile.ZipFile(BytesIO(spelt)).read("xl/sharedStrings.xml")
    assert the_row(spelt).values == the_row(GOOD).values


def test_sheets_without_a_known_header_are_passed_over() -> None:
    book = filled(RESULTS, RESULT)
    book.create_sheet("Danh mục", 0).append(["Mã", "Tên"])
    assert the_row(saved(book)).sheet == "TH_L2"


def test_a_title_may_stand_above_the_header() -> None:
    book = filled(RESULTS, RESULT)
    book.active.insert_rows(1, 2)
    book.active["A1"] = "TRƯỜNG TIỂU HỌC"
    assert the_row(saved(book)).number == 6


def test_groups_of_the_header_may_be_merged_or_named_once() -> None:
    once = filled(RESULTS, RESULT)
    for line in (1, 2):
        before = None
        for cell in once.active[line]:
            if cell.value is not None and cell.value == before:
                cell.value = None
            else:
                before = cell.value
    merged = reopened(saved(once))
    for ranges in ("F1:S1", "F2:G2", "H2:I2", "L2:M2", "T1:AA1", "T2:V2", "W2:AA2", "AB1:AF1", "A1:A3"):
        merged.active.merge_cells(ranges)
    assert the_row(saved(once)).values == the_row(saved(merged)).values == the_row(GOOD).values


def test_words_of_the_header_may_be_spelt_otherwise() -> None:
    book = filled(RESULTS, RESULT)
    page = book.active
    page["D1"], page["K2"], page["Q2"], page["F3"], page["W2"] = "HỌ VÀ TÊN", "TNXH", "Mỹ thuật", "Mức", "NLĐT"
    for column in ("X", "Y", "Z", "AA"):
        page[f"{column}2"] = "NLĐT"
    page["J2"] = "Đạo đức"
    assert the_row(saved(book)).values == the_row(GOOD).values


def _value(cell: str, value: object) -> bytes:
    book = reopened(GOOD)
    book.active[cell] = value
    return saved(book)


@pytest.mark.parametrize(
    ("cell", "value", "found"),
    [
        ("G4", "8.5", [("B09", "TH_L2!G4")]),
        ("G4", "11", [("B09", "TH_L2!G4")]),
        ("G4", None, [("B08", "TH_L2!G4")]),
        ("F4", None, [("X01", "TH_L2!F4")]),
        ("C4", None, [("X01", "TH_L2!C4")]),
        ("J4", "Tốt", [("X05", "TH_L2!J4")]),
        ("AI4", "Giỏi", [("X05", "TH_L2!AI4")]),
        ("AG4", "maybe", [("X05", "TH_L2!AG4")]),
        ("AG4", None, [("B12", "TH_L2!AG4")]),
        ("G4", 6, [("W20", "TH_L2!AI4")]),
        ("E4", "31/02/2018", [("B23", "TH_L2!E4")]),
        ("E4", "hôm qua", [("X05", "TH_L2!E4")]),
        ("D4", "=A4", [("W06", "TH_L2!D4")]),
        ("D4", "#N/A", [("W17", "TH_L2!D4")]),
        ("G4", "9,0", [("N03", "TH_L2!G4"), ("N06", "TH_L2!G4")]),
        ("G4", "9.0", [("N06", "TH_L2!G4")]),
        ("D4", "NGUYỄN VĂN AN", [("N08", "TH_L2!D4")]),
        ("C4", "TAM-079318004217", [("N07", "TH_L2!C4")]),
        ("AG4", "có", [("N10", "TH_L2!AG4")]),
        ("E4", 43237, [("N04", "TH_L2!E4")]),
        ("E4", "1/6/18", [("N05", "TH_L2!E4")]),
        ("AK4", "ghi chú", [("W09", "TH_L2!AK4")]),
    ],
)
def test_what_is_wrong_in_a_cell_is_told_at_the_cell(cell: str, value: object, found: list[tuple[str, str]]) -> None:
    assert told(_value(cell, value)) == found


def test_a_date_cell_is_read_as_excel_shows_it() -> None:
    import datetime

    row = the_row(_value("E4", datetime.date(2018, 6, 1)))
    assert (row.cells["Ngày sinh"], row.findings) == ("01/06/2018", ())


def test_a_missing_personal_number_digit_is_the_rules_own_finding() -> None:
    assert told(workbook(PUPILS, {**PUPIL, "Số định danh cá nhân": 79318004217}))[0] == ("B05", "TH_L2!K2")


@pytest.mark.parametrize(
    ("column", "kept", "found"),
    [
        ("K", "delete", [("W08", "TH_L2!1:3")]),
        ("K2", "Tin học nâng cao", [("W09", "TH_L2!K3"), ("W08", "TH_L2!1:3")]),
        ("K2", "Đạo đức", [("W10", "TH_L2!K3"), ("W08", "TH_L2!1:3")]),
    ],
)
def test_a_wrong_header_refuses_the_file(column: str, kept: str, found: list[tuple[str, str]]) -> None:
    book = reopened(GOOD)
    if kept == "delete":
        book.active.delete_cols(11)
    else:
        book.active[column] = kept
    assert refused(saved(book)) == found


def test_a_group_merged_over_too_much_refuses_the_file() -> None:
    book = reopened(GOOD)
    book.active.merge_cells("F2:I2")
    assert [rule for rule, _ in refused(saved(book))] == ["W10", "W10", "W08", "W08"]


def test_merged_cells_among_the_data_are_told() -> None:
    book = filled(RESULTS, RESULT, RESULT)
    book.active.merge_cells("B4:B5")
    found = [[finding.rule for finding in checked(row).findings] for row in rows(saved(book))]
    assert found == [["W11"], ["W11", "X01"]]


def test_what_is_hidden_is_told() -> None:
    column, row, sheet, stray = (reopened(GOOD) for _ in range(4))
    column.active.column_dimensions["G"].hidden = True
    row.active.row_dimensions[4].hidden = True
    sheet.create_sheet("Bìa")
    sheet["TH_L2"].sheet_state = "hidden"
    sheet.active = 1
    stray.active["AK4"] = "nội bộ"
    stray.active.column_dimensions["AK"].hidden = True
    assert refused(saved(column)) == [("W12", "TH_L2!G3")]
    assert told(saved(row)) == [("W12", "TH_L2!4:4")]
    assert refused(saved(sheet)) == [("W12", "TH_L2!1:3")]
    assert told(saved(stray)) == [("W12", "TH_L2!AK4")]


def test_hidden_columns_without_data_do_not_matter() -> None:
    content = with_sheet_xml(GOOD, b"<sheetData>", b'<cols><col min="36" max="16384" hidden="1"/></cols><sheetData>')
    assert told(content) == []


def test_empty_files_are_refused() -> None:
    assert refused(workbook(RESULTS)) == [("W13", None)]
    book = filled(RESULTS)
    book.active.delete_rows(1, 3)
    assert refused(saved(book)) == [("W07", None)]


def test_more_rows_than_a_sheet_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(medium, "MOST_ROWS", 1)
    assert refused(workbook(RESULTS, RESULT, RESULT)) == [("W14", "TH_L2!A5")]


def _added(name: str) -> bytes:
    return edited(GOOD, "", bytes, **{name: b"<a/>"})


def _typed(kind: bytes) -> bytes:
    plain = b"spreadsheetml.sheet.main+xml"
    return edited(
        GOOD,
        "[Content_Types].xml",
        lambda xml: xml.replace(b"application/vnd.openxmlformats-officedocument." + plain, kind),
    )


def _doctype(part: str) -> bytes:
    bomb = b'<!DOCTYPE a [<!ENTITY b "lol"><!ENTITY c "&b;&b;&b;">]>'
    return edited(SHARED, part, lambda xml: bomb + xml)


def _sheet(xml: bytes) -> bytes:
    return edited(GOOD, SHEET, lambda _: b"<worksheet><sheetData>" + xml + b"</sheetData></worksheet>")


def _rows_then(more: bytes) -> bytes:
    return edited(GOOD, SHEET, lambda xml: xml.replace(b"</sheetData>", more + b"</sheetData>"))


def _cell(text: bytes) -> bytes:
    cell = b'<row r="5"><c r="D5" t="inlineStr"><is><t>' + text + b"</t></is></c></row>"
    return _rows_then(cell)


EMPTY_ROWS = b"".join(b'<row r="%d" spans="1:35"/>' % number for number in range(5, 300_000))

HOSTILE: dict[str, Callable[[], bytes]] = {
    "W01 text": lambda: b"Ho ten,Ngay sinh\n",
    "W01 empty": lambda: b"",
    "W01 cut": lambda: GOOD[: len(GOOD) // 2],
    "W01 zip of something else": lambda: _zip({"a.txt": b"a"}),
    "W01 not well-formed": lambda: _sheet(b"<row><c></row>"),
    "W01 bad reference": lambda: _sheet(b'<row r="1"><c r="ZZZ1"><v>1</v></c></row>'),
    "W01 bad row": lambda: _sheet(b'<row r="-1"><c><v>1</v></c></row>'),
    "W02 old xls": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 5000,
    "W03 bomb": lambda: _added_octets("xl/media/a.png", b"\0" * (50 * 2**20)),
    "W03 many parts": lambda: _zip({f"a{number}": b"" for number in range(3000)}),
    "W03 cells without end": lambda: _sheet(b'<row r="1">' + b"<c/>" * 1_500_000 + b"</row>"),
    "W03 one tag": lambda: _sheet(b'<row r="1" a="' + b"%x" % 7 * 6_000_000 + b'"/>'),
    "W03 texts without end": lambda: edited(
        SHARED, "xl/sharedStrings.xml", lambda _: b"<sst>" + b"<si><t>a</t></si>" * 400_000 + b"</sst>"
    ),
    "W03 many merged": lambda: edited(
        GOOD, SHEET, lambda xml: xml.replace(b"</sheetData>", b"</sheetData>" + b'<mergeCell ref="A5:B5"/>' * 900)
    ),
    "W04 macros": lambda: _added("xl/vbaProject.bin"),
    "W04 macro type": lambda: _typed(b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"),
    "W05 links": lambda: _added("xl/externalLinks/externalLink1.xml"),
    "W05 connections": lambda: _added("xl/connections.xml"),
    "W16 sheet": lambda: _doctype(SHEET),
    "W16 strings": lambda: _doctype("xl/sharedStrings.xml"),
    "W16 workbook": lambda: _doctype("xl/workbook.xml"),
    "W16 types": lambda: _doctype("[Content_Types].xml"),
    "W18 1904": lambda: edited(
        GOOD, "xl/workbook.xml", lambda xml: xml.replace(b"<workbookPr/>", b'<workbookPr date1904="1"/>')
    ),
    "W19 far below": lambda: _rows_then(b'<row r="900000"><c r="C900000"><v>1</v></c></row>'),
    "W19 below empty rows": lambda: _rows_then(EMPTY_ROWS + b'<row r="300001"><c r="C300001"><v>1</v></c></row>'),
}


def _zip(parts: dict[str, bytes]) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, octets in parts.items():
            archive.writestr(name, octets)
    return stream.getvalue()


def _added_octets(name: str, octets: bytes) -> bytes:
    return edited(GOOD, "", bytes, **{name: octets})


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_bounded_memory(name: str) -> None:
    content = HOSTILE[name]()
    tracemalloc.start()
    try:
        assert [rule for rule, _ in refused(content)] == [name[:3]]
        assert tracemalloc.get_traced_memory()[1] < 100 * 2**20
    finally:
        tracemalloc.stop()


def test_an_encrypted_part_is_told_as_a_password() -> None:
    octets = bytearray(GOOD)
    at = octets.rfind(b"PK\x01\x02")
    octets[at + 8] |= 1
    assert refused(bytes(octets)) == [("W02", None)]


def test_a_million_empty_rows_are_not_read() -> None:
    assert told(_rows_then(EMPTY_ROWS)) == []


def test_images_are_ignored() -> None:
    assert told(_added_octets("xl/media/image1.png", b"\x89PNG")) == []


def test_a_text_longer_than_excel_allows_is_told_and_cut() -> None:
    row = list(rows(_cell(b"a" * 200_000)))[1]
    assert "W15" in {finding.rule for finding in checked(row).findings}
    assert len(row.cells["Họ tên"]) == sheet_parts.LONGEST_TEXT


def test_a_row_goes_to_another_process_whole() -> None:
    row = the_row(GOOD)
    assert pickle.loads(pickle.dumps(row)) == row


def test_a_file_is_read_from_its_path_too(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(GOOD)
    assert list(rows(tmp_path / "a.xlsx")) == list(rows(GOOD))


def test_rows_come_as_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first row is there before the last octet has been parsed."""
    content = workbook(RESULTS, *[RESULT] * 3000)
    steps = 0
    feed = package.Package.steps

    def counted(self: package.Package, part: str, handler: package.Handler, **most: int) -> object:
        nonlocal steps
        for _ in feed(self, part, handler, **most):
            steps += part == SHEET
            yield

    monkeypatch.setattr(package.Package, "steps", counted)
    next(iter(rows(content)))
    assert steps < 3


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_file_gives_findings_only(data: st.DataObject) -> None:
    octets = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 8))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    assert everything(bytes(octets)) is not None


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([SHEET, "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"]))
def test_a_part_of_anything_gives_findings_only(octets: bytes, part: str) -> None:
    content = edited(SHARED, part, lambda xml: xml[: len(xml) // 2] + octets + xml[len(xml) // 2 :])
    assert everything(content) is not None


@pytest.mark.parametrize("name", [RESULTS, PUPILS])
def test_the_profiles_are_known_to_be_observed(name: str) -> None:
    assert profiles()[name].observed
