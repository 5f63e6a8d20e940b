"""A year of lower or upper secondary school on paper: what the National Data Centre's tables hold, in their words.

The Ministry's printed form for these levels (TT 22/2021/TT-BGDĐT) is not among the project's sources: sections and their
order follow the tables, whose columns are that form's places.
"""

from operator import attrgetter

from schemas.codelists.subjects import SECONDARY
from schemas.record import CanonicalRecord, Grading, SecondaryResults, SecondarySubject
from transformers.printed import words
from transformers.printed.pages import Fact, Judged, YearPage
from transformers.printed.primary import facts_of, note_of
from transformers.printed.signatures import SignatureShown

LAST_GRADES = frozenset({9, 12})

_TERMS = (
    ("Học kỳ I", attrgetter("term1")),
    ("Học kỳ II", attrgetter("term2")),
    ("Cả năm", attrgetter("year")),
    ("Đánh giá lại (nếu có)", attrgetter("again")),
)


def year_of(
    record: CanonicalRecord, signatures: tuple[SignatureShown, ...], *, marks: tuple[str, ...], lookup_url: str
) -> YearPage:
    """The leaf of one year."""
    results = record.results
    assert isinstance(results, SecondaryResults)
    return YearPage(
        heading=f"NĂM HỌC {record.school_year}",
        facts=facts_of(record),
        note=note_of(record),
        subjects=Judged(
            "1. Kết quả các môn học và hoạt động giáo dục",
            (
                "Môn học và hoạt động giáo dục",
                "Học kỳ I",
                "Học kỳ II",
                "Cả năm",
                "Đánh giá lại",
                "Nhận xét và giáo viên môn học",
            ),
            tuple(_subject(each) for each in _in_order(results.subjects)),
            "",
        ),
        judged=(
            Judged(
                "2. Kết quả rèn luyện và học tập",
                ("", "Kết quả rèn luyện", "Kết quả học tập"),
                tuple((name, _level(of(results.conduct)), _level(of(results.learning))) for name, of in _TERMS),
                "",
            ),
        ),
        statements=_statements(record.grade, results),
        place_and_day=f"{record.issued_at_place}, {words.long_day(record.issued)}",
        signatures=signatures,
        marks=marks,
        uuid=record.uuid,
        lookup_url=lookup_url,
    )


def _level(level: Grading | None) -> str:
    return words.GRADINGS[level] if level else ""


def _in_order(subjects: tuple[SecondarySubject, ...]) -> list[SecondarySubject]:
    places = {code: place for place, code in enumerate(SECONDARY)}
    return sorted(subjects, key=lambda each: places.get(each.code, len(places)))


def _subject(row: SecondarySubject) -> tuple[str, ...]:
    said = "\n".join(filter(None, (row.comment, row.teacher.name and f"GV: {row.teacher.name}")))
    return (row.name, *(words.average(mark) for mark in (row.term1, row.term2, row.year, row.again)), said)


def _statements(grade: int, results: SecondaryResults) -> tuple[Fact, ...]:
    told = [
        Fact("Lên lớp", _promotion(grade, results)),
        Fact("Hoàn thành chương trình", results.completion_text or ""),
        Fact("Chứng chỉ (nếu có)", _certificates(results)),
        Fact("Kết quả tham gia các cuộc thi (nếu có)", results.contests or ""),
        Fact("Khen thưởng", results.award or ""),
        Fact("Rèn luyện trong kỳ nghỉ hè (nếu có)", results.summer_conduct or ""),
        Fact("Nhận xét của giáo viên chủ nhiệm", results.remarks.teacher or ""),
    ]
    if not results.completion_text and grade not in LAST_GRADES:
        del told[1]
    return tuple(Fact(f"{number}. {each.label}", each.value) for number, each in enumerate(told, start=3))


def _promotion(grade: int, results: SecondaryResults) -> str:
    if not results.promoted:
        said = "Không được lên lớp."
    else:
        said = "Được lên lớp." if grade in LAST_GRADES else f"Được lên lớp {grade + 1}."
    return f"{said}\n{results.promotion_text}" if results.promotion_text else said


def _certificates(results: SecondaryResults) -> str:
    return "\n".join(
        f"{each.name or ''} ({each.kind})".strip() if each.kind else each.name or "" for each in results.certificates
    )
