"""The printed form says what the record says, in the Ministry's words and order; the PDF is one that archives take."""

import json
import re
from dataclasses import asdict, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from schemas.codelists.subjects import PRIMARY
from schemas.profiles import profiles
from schemas.record import VIETNAM, BirthDate, Occasion, Status, SubjectResult
from tests.support import pdf as within
from tests.support.printables import EXAMPLES, example, secondary, signed
from tests.support.records import primary_records, secondary_records
from transformers.printed import words
from transformers.printed.form import Form, NotOnePupilError, Printable, TooLongError, form_of
from transformers.printed.press import Press, code_of, data_of
from transformers.printed.reading import NotPrintableError, printable_of
from transformers.printed.settings import PrintSettings
from transformers.printed.signatures import State, signatures_of


@pytest.fixture(scope="module")
def press() -> Press:
    return Press()


def said(form: Form, label: str) -> str:
    """What stands behind a label, anywhere."""
    year = form.years[-1]
    facts = [*form.cover.facts, *form.personal, *form.lookup, *year.facts, *year.statements]
    return next(fact.value for fact in facts if fact.label == label)


# ---------------------------------------------------------------- primary school: order and words


def test_rows_of_the_mark_table_are_those_of_the_ministrys_form_in_its_order() -> None:
    rows = form_of([example("grade-4")]).years[0].subjects.rows
    assert [row[0].removesuffix(" (Tiếng Anh)") for row in rows] == [
        *("Tiếng Việt", "Toán", "Ngoại ngữ 1", "Lịch sử và Địa lí", "Khoa học"),
        *("Tin học và Công nghệ (Tin học)", "Tin học và Công nghệ (Công nghệ)", "Đạo đức", "Tự nhiên và Xã hội"),
        *(
            "Giáo dục thể chất",
            "Nghệ thuật (Âm nhạc)",
            "Nghệ thuật (Mĩ thuật)",
            "Hoạt động trải nghiệm",
            "Tiếng dân tộc",
        ),
    ]
    by_name = {row[0]: row[1:] for row in rows}
    assert by_name["Tự nhiên và Xã hội"] == ("", "")


def test_a_records_order_and_unknown_subjects_change_nothing_but_the_end_of_the_table() -> None:
    given = example("grade-4")
    results = given.record.results
    odd = SubjectResult(code="CO", name="Cờ vua", attainment=None, score=None)
    turned = results.model_copy(update={"subjects": (odd, *reversed(results.subjects))})
    rows = form_of([example("grade-4", results=turned)]).years[0].subjects.rows
    assert rows[:-1] == form_of([given]).years[0].subjects.rows
    assert rows[-1] == ("Cờ vua", "", "")
    assert len(rows) == len(PRIMARY) + 1


def test_levels_are_written_out() -> None:
    year = form_of([example("grade-1-not-done")]).years[0]
    marks = {row[0]: row[1:] for row in year.subjects.rows}
    assert marks["Tiếng Việt"] == ("Hoàn thành tốt", "9")
    assert marks["Toán"] == ("Chưa hoàn thành", "3")
    levels = {row[1] for part in year.judged for row in part.rows}
    assert levels <= {"Tốt", "Đạt", "Cần cố gắng", ""}
    assert "Tốt" in levels


def test_sections_bear_the_circulars_titles() -> None:
    year = form_of([example("grade-4")]).years[0]
    assert [year.subjects.title, *(part.title for part in year.judged), *(each.label for each in year.statements)] == [
        "1. Các môn học và hoạt động giáo dục",
        "2. Những phẩm chất chủ yếu",
        "3. Những năng lực cốt lõi\n3.1. Những năng lực chung",
        "3.2. Những năng lực đặc thù",
        "4. Đánh giá kết quả giáo dục",
        "5. Khen thưởng",
        "6. Hoàn thành chương trình lớp học/chương trình tiểu học",
    ]
    assert [len(part.rows) for part in year.judged] == [5, 3, 7]


@pytest.mark.parametrize(
    ("grade", "told", "sentence"),
    [
        (4, (True, True, None), "Hoàn thành chương trình lớp 4; Được lên lớp 5."),
        (1, (False, False, None), "Chưa hoàn thành chương trình lớp 1; Chưa được lên lớp."),
        (2, (False, True, None), "Chưa hoàn thành chương trình lớp 2; Được lên lớp 3."),
        (5, (True, True, True), "Hoàn thành chương trình tiểu học."),
        (5, (False, False, False), "Chưa hoàn thành chương trình tiểu học."),
        (5, (True, True, None), "Hoàn thành chương trình lớp 5."),
    ],
)
def test_completion_is_said_as_the_circular_says_it(
    grade: int, told: tuple[bool, bool, bool | None], sentence: str
) -> None:
    results = example("grade-4").record.results
    names = ("completed_grade", "promoted", "completed_primary", "completion_text")
    changed = results.model_copy(update=dict(zip(names, (*told, None), strict=True)))
    label = "6. Hoàn thành chương trình lớp học/chương trình tiểu học"
    assert said(form_of([example("grade-4", grade=grade, results=changed)]), label) == sentence
    own = changed.model_copy(update={"completion_text": sentence.rstrip(".")})
    assert said(form_of([example("grade-4", grade=grade, results=own)]), label) == sentence
    other = changed.model_copy(update={"completion_text": "Rèn luyện thêm trong hè"})
    assert said(form_of([example("grade-4", grade=grade, results=other)]), label) == (
        f"{sentence}\nRèn luyện thêm trong hè."
    )


def test_awards_of_both_kinds_are_told() -> None:
    results = example("grade-4").record.results.model_copy(
        update={"award": "Học sinh Xuất sắc", "special_award": "Cứu bạn đuối nước"}
    )
    assert said(form_of([example("grade-4", results=results)]), "5. Khen thưởng") == (
        "Học sinh Xuất sắc\nKhen thưởng đột xuất: Cứu bạn đuối nước"
    )


def test_cover_and_second_page_have_the_forms_facts() -> None:
    given = example("grade-4")
    form = form_of([given])
    assert [fact.label for fact in form.cover.facts] == [
        "Họ và tên học sinh",
        "Lớp",
        "Trường",
        "Năm học",
        "Xã (Phường, Thị trấn)",
        "Tỉnh (Thành phố)",
    ]
    assert form.cover.title == ("HỌC BẠ", "TIỂU HỌC")
    assert said(form, "Mã số tra cứu học bạ (UUID)") == given.record.uuid
    assert said(form, "Người ký học bạ") == given.record.principal.name
    assert said(form, "Người giám hộ (nếu có)") == ""
    assert form.lookup_url == f"https://xacthuchocbaso.hcm.edu.vn/?ma={given.record.uuid}"
    old = given.record.school.model_copy(update={"district": "Quận 1"})
    assert said(form_of([example("grade-4", school=old)]), "Huyện (Thành phố, Quận, Thị xã)") == "Quận 1"


def test_body_and_absences_stand_at_the_head_of_the_year() -> None:
    form = form_of([example("grade-1-not-done")])
    assert said(form, "Chiều cao") == "141 cm"
    assert said(form, "Cân nặng") == "34,5 kg"
    assert said(form, "Số buổi nghỉ có phép") == "2"
    assert said(form, "Số buổi nghỉ không phép") == "0"


# ---------------------------------------------------------------- secondary school


def test_secondary_marks_have_a_comma_and_words_in_full_and_the_programmes_order() -> None:
    form = form_of([secondary()])
    rows = form.years[0].subjects.rows
    assert [row[0] for row in rows] == [
        "Ngữ văn",
        "Toán",
        "Ngoại ngữ 1",
        "Khoa học tự nhiên",
        "Giáo dục thể chất",
        "Hoạt động trải nghiệm, hướng nghiệp",
    ]
    assert rows[1][1:5] == ("8,5", "9,0", "8,8", "")
    assert rows[3][2] == "10"
    assert rows[4][1:5] == ("Đạt", "Chưa đạt", "Chưa đạt", "Đạt")
    assert rows[1][5] == "Tiến bộ đều, cần đọc thêm.\nGV: Nguyễn Văn Toán"
    assert form.years[0].judged[0].rows[0] == ("Học kỳ I", "Tốt", "Khá")
    assert form.cover.title == ("HỌC BẠ", "TRUNG HỌC CƠ SỞ")
    told = {fact.label.partition(". ")[2]: fact.value for fact in form.years[0].statements}
    assert told["Hoàn thành chương trình"] == "Xác nhận hoàn thành chương trình trung học cơ sở"
    assert told["Chứng chỉ (nếu có)"] == "Ứng dụng CNTT cơ bản (Tin học)"
    assert told["Lên lớp"] == "Được lên lớp."


def test_a_lower_grade_says_into_which_it_goes() -> None:
    given = secondary(grade=7).record.results
    form = form_of([secondary(grade=7, results=given.model_copy(update={"completion_text": None}))])
    told = [(fact.label, fact.value) for fact in form.years[0].statements]
    assert told[0] == ("3. Lên lớp", "Được lên lớp 8.")
    assert told[1][0] == "4. Chứng chỉ (nếu có)"


# ---------------------------------------------------------------- marks, notices, several years


def test_recalled_paper_unsigned_and_observed_are_marked() -> None:
    plain = form_of([example("grade-4")])
    assert (plain.marks, plain.notes) == ((), ())
    recalled = form_of([example("grade-4", status=Status.RECALLED)])
    assert recalled.marks == recalled.years[0].marks == ("ĐÃ THU HỒI",)
    assert "không còn hiệu lực" in recalled.notes[0]
    assert form_of([example("grade-4", from_paper=True)]).marks == ("TRÍCH LỤC",)
    unsigned = form_of([replace(example("grade-4"), signatures=())])
    assert unsigned.marks == ("CHƯA KÝ SỐ",)
    assert "chưa có chữ ký số" in unsigned.notes[0]
    invalid = form_of([replace(example("grade-4"), signatures=signed(example("grade-4").record, State.INVALID))])
    assert invalid.marks == ("CHỮ KÝ KHÔNG HỢP LỆ",)
    unchecked = form_of([replace(example("grade-4"), signatures=signed(example("grade-4").record, State.UNCHECKED))])
    assert (unchecked.marks, unchecked.notes) == ((), ("Có chữ ký chưa được kiểm khi in.",))
    observed = form_of([secondary()])
    assert (observed.marks, len(observed.notes)) == ((), 1)
    assert "hbs-2/secondary" in observed.notes[0]


def test_a_pupil_not_assessed_has_empty_levels_and_a_note() -> None:
    results = example("grade-4").record.results
    bare = results.model_copy(
        update={
            "result": None,
            "subjects": tuple(row.model_copy(update={"attainment": None, "score": None}) for row in results.subjects),
        }
    )
    year = form_of([example("grade-4", not_assessed=True, results=bare)]).years[0]
    assert year.note == "Học sinh khuyết tật không đánh giá: các mức để trống."
    assert {cell for row in year.subjects.rows for cell in row[1:]} == {""}
    assert year.statements[0].value == ""
    until = form_of([example("grade-4", occasion=Occasion.TRANSFER)]).years[0]
    assert until.note == "Kết quả ghi đến thời điểm chuyển trường."


def test_several_years_stand_in_order_under_the_newest_cover() -> None:
    first = example("grade-4", uuid="11111111-2222-4333-8444-555555555555", school_year="2024-2025", class_name="4A2")
    second = example("grade-5", pupil=first.record.pupil)
    form = form_of([second, first])
    assert [year.heading for year in form.years] == ["NĂM HỌC 2024-2025", "NĂM HỌC 2025-2026"]
    assert said(form, "Năm học") == "2025-2026"
    assert form.title == f"Học bạ {second.record.uuid}"
    recalled = replace(first, record=first.record.model_copy(update={"status": Status.RECALLED}))
    mixed = form_of([second, recalled])
    assert (mixed.marks, mixed.years[0].marks, mixed.years[1].marks) == (("ĐÃ THU HỒI",), ("ĐÃ THU HỒI",), ())
    assert [bool(year["code"]) for year in data_of(form)["years"]] == [True, False]


def test_only_one_pupils_years_are_joined() -> None:
    one = example("grade-4")
    other = one.record.pupil.model_copy(update={"personal_id": "079319000001", "code": "7900000009"})
    for wrong in ([one, example("grade-5", pupil=other, uuid=other.code)], [one, one], [], [one, secondary()]):
        with pytest.raises(NotOnePupilError):
            form_of(wrong)
    corrected = one.record.pupil.model_copy(update={"personal_id": "079319000001"})
    later = example("grade-5", pupil=corrected, uuid="11111111-2222-4333-8444-555555555555")
    assert len(form_of([one, later]).years) == 2


def test_what_nobody_means_to_print_is_refused() -> None:
    results = example("grade-4").record.results
    long = results.model_copy(update={"remarks": results.remarks.model_copy(update={"teacher": "dài " * 2_001})})
    many = results.model_copy(update={"subjects": results.subjects * 100})
    for wrong in (long, many):
        with pytest.raises(TooLongError):
            form_of([example("grade-4", results=wrong)])


# ---------------------------------------------------------------- signatures


def test_slots_without_signatures_are_shown_as_unsigned() -> None:
    read = printable_of((EXAMPLES / "grade-4.xml").read_bytes())
    assert [(each.slot, each.state) for each in read.signatures] == [
        ("GVCN", State.UNSIGNED),
        ("CBQL", State.UNSIGNED),
        ("KY_PHAT_HANH", State.UNSIGNED),
    ]
    assert [each.role for each in read.signatures] == [
        "Giáo viên chủ nhiệm",
        read.record.principal.title,
        "Cơ sở giáo dục phát hành",
    ]


SIGNATURE = (
    '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><KeyInfo><X509Data><X509SubjectName>'
    "OU=Tổ 4,CN=Phạm Thị\\, Chủ,C=VN</X509SubjectName></X509Data></KeyInfo><Object><SignatureProperties>"
    '<SignatureProperty><SigningTime xmlns="">2026-05-26T02:00:05Z</SigningTime></SignatureProperty>'
    "</SignatureProperties></Object></Signature>"
)


def test_a_signature_is_shown_with_its_own_time_and_the_certificates_owner() -> None:
    text = (EXAMPLES / "grade-4.xml").read_text(encoding="utf-8")
    one = re.sub(r"(</SO_CCCD>\s*)</GVCN>", lambda end: f"{end[1]}{SIGNATURE}</GVCN>", text)
    shown = printable_of(one.encode()).signatures[0]
    assert (shown.time, shown.owner, shown.state) == ("09:00:05, 26/5/2026", "Phạm Thị, Chủ", State.UNCHECKED)
    judged = printable_of(one.encode(), states={("GVCN", 0): State.INVALID}).signatures
    assert [each.state for each in judged] == [State.INVALID, State.UNSIGNED, State.UNSIGNED]
    assert printable_of(one.encode(), states=State.VALID).signatures[0].state is State.VALID


def test_subject_teachers_are_named_by_what_they_teach() -> None:
    profile = profiles()["hbs-2/secondary"]
    slot = next(each for each in profile.slots if each.name == "GVBM")
    given = secondary().record
    subjects = tuple(
        row.model_copy(update={"teacher": row.teacher.model_copy(update={"personal_id": "079185004321"})})
        if row.code in ("TOA", "KTN")
        else row
        for row in given.results.subjects
    )
    record = given.model_copy(update={"results": given.results.model_copy(update={"subjects": subjects})})
    root = etree.Element("HOC_BA")
    place = root
    for name in slot.path.split("/"):
        place = etree.SubElement(place, name)
    etree.SubElement(place, "SO_CCCD").text = "079185004321"
    (shown,) = [each for each in signatures_of(root, profile, record) if each.slot == "GVBM"]
    assert shown.role == "Giáo viên Toán, Khoa học tự nhiên"
    assert shown.name == "Nguyễn Văn Toán"


def test_what_is_no_readable_record_is_refused_in_words() -> None:
    text = (EXAMPLES / "grade-4.xml").read_text(encoding="utf-8")
    for wrong in (
        "<HOC_BA/>",
        "no xml",
        text.replace("<PHIEN_BAN>1.0<", "<PHIEN_BAN>9.9<"),
        text.replace("<MA_KHOI>04<", "<MA_KHOI>bốn<"),
        re.sub("<HO_VA_TEN>[^<]*</HO_VA_TEN>", "", text),
    ):
        with pytest.raises(NotPrintableError) as refused:
            printable_of(wrong.encode())
        assert refused.value.words.vi
        assert refused.value.words.en


# ---------------------------------------------------------------- words


def test_dates_and_numbers_are_written_as_offices_write_them() -> None:
    assert words.birth(BirthDate(year=2014, month=3, day=15)) == "15/3/2014"
    assert words.birth(BirthDate(year=2014, month=2, day=5)) == "05/02/2014"
    assert words.birth(BirthDate(year=2014, month=3)) == "3/2014"
    assert (words.birth(BirthDate(year=2014)), words.birth(None)) == ("2014", "")
    assert words.long_day(datetime(2026, 5, 3, tzinfo=VIETNAM)) == "ngày 03 tháng 5 năm 2026"
    told = [words.number(Decimal(text)) for text in ("34.50", "141", "0", "100", "1E+2")]
    assert told == ["34,5", "141", "0", "100", "100"]


def test_what_the_type_has_not_is_shown_as_a_box_and_long_words_may_break() -> None:
    assert words.settable("Nguyễn Văn Ưởng 😀 中\x07") == "Nguyễn Văn Ưởng □ □□"
    assert words.settable("a\u200db\u202ec\ufe0f") == "abc"
    assert words.settable("một\r\nhai\rba") == "một\nhai\nba"
    assert words.settable("é ệ Đ “”–…") == "é ệ Đ “”–…"
    assert words.settable("e" + "\u0323\u0302" * 500 + "m") == "e" + "\u0323\u0302" * 2 + "□m"
    long = words.settable("ê" * 60)
    assert long.replace("\u200b", "") == "ê" * 60
    assert max(map(len, long.split("\u200b"))) <= 24
    uuid = "7d0a4c52-93e1-4b7e-8f0d-2c9b6a1e5f34"
    assert words.settable(uuid) == uuid


def test_every_character_that_may_stand_can_be_set_in_every_cut(press: Press) -> None:
    everything = "".join(chr(code) for code in range(0x20, 0x3000) if words.settable(chr(code)) == chr(code))
    parts = " ".join(everything[at : at + 20] for at in range(0, len(everything), 20))
    results = example("grade-4").record.results
    told = results.model_copy(update={"award": parts, "remarks": results.remarks.model_copy(update={"teacher": parts})})
    pupil = example("grade-4").record.pupil.model_copy(update={"residence": parts})
    assert press.print([example("grade-4", results=told, pupil=pupil)]).startswith(b"%PDF")


# ---------------------------------------------------------------- the PDF


def test_the_pdf_is_pdf_a_3b_with_the_records_xml_inside(press: Press) -> None:
    given = example("grade-4")
    pdf = press.print([given])
    assert pdf.startswith(b"%PDF-1.7")
    told = within.objects(pdf)
    assert b"<pdfaid:part>3</pdfaid:part>" in told
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in told
    assert within.file_names(pdf) == {f"hoc-ba-{given.record.uuid}.xml"}
    assert given.octets in within.streams(pdf)
    assert re.search(rb"/AFRelationship\s*/Source", told)
    assert re.search(rb"/Lang\s*\(vi", told)
    assert within.pages(pdf) == 4
    assert f"Học bạ {given.record.uuid}".encode() in told
    assert given.record.pupil.name.encode() not in _metadata(told)


def _metadata(told: bytes) -> bytes:
    packet = re.search(rb"<x:xmpmeta.*?</x:xmpmeta>", told, re.DOTALL)
    assert packet is not None
    return packet.group()


def test_several_years_have_one_attachment_each(press: Press) -> None:
    first = example("grade-4", uuid="11111111-2222-4333-8444-555555555555", school_year="2024-2025")
    second = example("grade-5", pupil=first.record.pupil)
    pdf = press.print([first, second])
    assert within.file_names(pdf) == {f"hoc-ba-{each.record.uuid}.xml" for each in (first, second)}
    assert {first.octets, second.octets} <= set(within.streams(pdf))
    assert within.pages(pdf) == 6


def test_the_same_record_gives_the_same_octets(press: Press) -> None:
    once = press.print([example("grade-4")])
    press.print([example("grade-5")])
    assert press.print([example("grade-4")]) == once
    assert Press().print([example("grade-4")]) == once
    assert press.print([example("grade-4", class_name="4A9")]) != once


def test_pages_are_counted_again_where_a_text_runs_over(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    setting = Press._set

    def watched(self: Press, *given: Any, pages: int, **how: Any) -> list[bytes]:
        asked.append(pages)
        return setting(self, *given, pages=pages, **how)

    monkeypatch.setattr(Press, "_set", watched)
    results = example("grade-4").record.results
    told = "Em chăm học, mạnh dạn phát biểu, giúp đỡ bạn bè. " * 40
    remarks = results.remarks.model_copy(update=dict.fromkeys(type(results.remarks).model_fields, told))
    long = example("grade-4", results=results.model_copy(update={"remarks": remarks}))
    assert within.pages(press.print([example("grade-4")])) == 4
    assert within.pages(press.print([long])) == 5
    assert asked == [4, 4, 0]


def test_secondary_school_is_printed_too(press: Press) -> None:
    assert within.pages(press.print([secondary()])) == 4


@pytest.mark.parametrize(
    "text",
    [
        '#panic("x") #import "look.typ" *đậm* _nghiêng_ $x^2$ `mã` <nhãn> @ref \\u{41} // ghi chú /* hết',
        ']#eval("1")[',
        "\\",
        "= Tiêu đề\n- mục\n+ mục",
        "x" * 400,
        "ệ" * 300,
        "a\u0301\u0323" * 40,
        "a" + "\u0301" * 3000,
        "😀👩‍👩‍👧 中文 العربية",
        "Em chăm học. " * 150,
    ],
)
def test_texts_are_data_and_never_markup(press: Press, text: str) -> None:
    given = example("grade-4")
    remarks = given.record.results.remarks
    everywhere = remarks.model_copy(update=dict.fromkeys(type(remarks).model_fields, text))
    results = given.record.results.model_copy(update={"remarks": everywhere, "award": text, "completion_text": text})
    changed = example(
        "grade-4",
        results=results,
        pupil=given.record.pupil.model_copy(update={"name": text, "residence": text}),
        class_name=text,
    )
    form = form_of([changed])
    assert json.dumps(asdict(form), default=str).count(json.dumps(text.rstrip(" .;"))[1:-1]) >= 7
    assert press.print([changed]).startswith(b"%PDF")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.one_of(primary_records(), secondary_records()))
def test_whatever_a_record_says_can_be_printed(record: object) -> None:
    base = example("grade-4")
    printable = Printable(record, base.profile, signed(record), base.octets)  # type: ignore[arg-type]
    assert _PRESS.print([printable]).startswith(b"%PDF")


_PRESS = Press()


def test_the_code_leads_to_the_look_up_page_with_the_uuid_only() -> None:
    given = example("grade-4")
    form = form_of([given], PrintSettings(lookup_url="https://tracuu.example.vn/{uuid}"))
    assert form.lookup_url == f"https://tracuu.example.vn/{given.record.uuid}"
    code = code_of(form.lookup_url)
    assert len(code["pixels"]) == code["size"] ** 2
    assert set(code["pixels"]) == {0, 255}
    assert code_of(form.lookup_url + "x")["pixels"] != code["pixels"]
