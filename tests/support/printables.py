"""Records to print: the examples of the first profile, and one of secondary school made here."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from schemas.profiles import profiles
from schemas.record import (
    CanonicalRecord,
    Certificate,
    Grading,
    Gradings,
    Remarks,
    SecondaryResults,
    SecondarySubject,
    Teacher,
    YearAtSchool,
)
from transformers.printed.form import Printable
from transformers.printed.reading import printable_of
from transformers.printed.signatures import SignatureShown, State

EXAMPLES = Path(__file__).resolve().parents[2] / "schemas" / "profiles" / "hbs_1_0" / "examples" / "valid"


def example(name: str, **changed: Any) -> Printable:
    """An example of hbs-1.0 with signatures that hold; members of the record may be changed."""
    read = printable_of((EXAMPLES / f"{name}.xml").read_bytes())
    record = read.record.model_copy(update=changed)
    return replace(read, record=record, signatures=signed(record))


def signed(record: CanonicalRecord, state: State = State.VALID) -> tuple[SignatureShown, ...]:
    """Teacher, leader and school have signed."""
    leader, school, time = record.principal, record.school.name, "16:30:00, 28/5/2026"
    return (
        SignatureShown(
            "GVCN", "Giáo viên chủ nhiệm", record.teacher.name or "", time, record.teacher.name or "", state
        ),
        SignatureShown("CBQL", leader.title, leader.name, time, leader.name, state),
        SignatureShown("KY_PHAT_HANH", "Cơ sở giáo dục phát hành", school, time, school, state),
    )


def secondary(**changed: Any) -> Printable:
    """A pupil of grade 9, in the observed structure."""
    base = example("grade-5")
    record = base.record.model_copy(
        update={
            "version": "2.0",
            "circular": "22/2021",
            "level": "03",
            "grade": 9,
            "class_name": "9A1",
            "school_year": "2025-2026",
            "issued": date(2026, 5, 28),
            "history": tuple(
                YearAtSchool(
                    school_year=f"{year}-{year + 1}", class_name=f"{year - 2016}A1", school_name="Trường THCS Mẫu"
                )
                for year in range(2022, 2026)
            ),
            "results": _results(),
            **changed,
        }
    )
    return replace(base, record=record, profile=profiles()["hbs-2/secondary"], signatures=signed(record))


def _results() -> SecondaryResults:
    return SecondaryResults(
        learning=Gradings(term1=Grading.FAIR, term2=Grading.GOOD, year=Grading.GOOD),
        conduct=Gradings(term1=Grading.GOOD, term2=Grading.GOOD, year=Grading.GOOD),
        promoted=True,
        completion_text="Xác nhận hoàn thành chương trình trung học cơ sở",
        contests="Giải Ba học sinh giỏi Toán cấp thành phố",
        award="Học sinh Giỏi",
        certificates=(Certificate(name="Ứng dụng CNTT cơ bản", kind="Tin học"),),
        remarks=Remarks(teacher="Chăm chỉ, có tinh thần trách nhiệm."),
        subjects=(
            SecondarySubject(code="HTN", name="Hoạt động trải nghiệm, hướng nghiệp", term1="Đ", term2="Đ", year="Đ"),
            _marked("TOA", "Toán", "8.5", "9", "8.8", "Nguyễn Văn Toán"),
            _marked("VAN", "Ngữ văn", "7.0", "7.5", "7.3", "Trần Thị Văn"),
            _marked("NN1", "Ngoại ngữ 1", "8", "8", "8", "Lê Thị Anh"),
            SecondarySubject(code="GTC", name="Giáo dục thể chất", term1="Đ", term2="CĐ", year="CĐ", again="Đ"),
            _marked("KTN", "Khoa học tự nhiên", "6.5", "10", "8.8", "Phạm Văn Lý"),
        ),
    )


def _marked(code: str, name: str, first: str, second: str, year: str, teacher: str) -> SecondarySubject:
    return SecondarySubject(
        code=code,
        name=name,
        term1=Decimal(first),
        term2=Decimal(second),
        year=Decimal(year),
        comment="Tiến bộ đều, cần đọc thêm.",
        teacher=Teacher(name=teacher),
    )
