"""The sector database's sheets, column by column, beside the canonical record: a table to be read.

Observed in public artefacts, which name the columns but not every word of the header: words that are met otherwise stand
in SPELLINGS. Named one by one they are 34, and 35 are told of: that the foreign language has level and score, as Toán and
Tiếng Việt have, is assumed, being the one other subject of the sheet that every pupil from grade 3 on is tested in and
that pupils of grades 1 and 2 may be tested in (TT 27/2020 Điều 7).
"""

from collections.abc import Mapping
from types import MappingProxyType

from schemas.layout import Column, Field, Form, Pattern, Rows, Sheet
from schemas.record import Assessment, Attainment, Sex, YearResult

ATTAINMENTS: Mapping[str, str] = MappingProxyType({level: level.value for level in Attainment})
"""mức of a subject (TT 27/2020 Điều 6; M: National Data Centre table)"""
ASSESSMENTS: Mapping[str, str] = MappingProxyType({level: level.value for level in Assessment})
"""mức of a competence or quality (TT 27/2020 Điều 6)"""
SEXES: Mapping[str, str] = MappingProxyType({Sex.MALE: "Nam", Sex.FEMALE: "Nữ"})
RESULTS: Mapping[str, str] = MappingProxyType(
    {
        YearResult.EXCELLENT: "Hoàn thành xuất sắc",
        YearResult.GOOD: "Hoàn thành tốt",
        YearResult.DONE: "Hoàn thành",
        YearResult.NOT_DONE: "Chưa hoàn thành",
    }
)
"""Xếp loại (TT 27/2020 Điều 9 khoản 2); that the sheet has the whole words is assumed"""

_SUBJECTS = "Môn học và hoạt động giáo dục"
_COMPETENCES = "Năng lực"
_GENERAL = "Năng lực chung"
_SPECIFIC = "Năng lực đặc thù"
_QUALITIES = "Phẩm chất chủ yếu"
_LEVEL, _SCORE = "Mức đạt được", "Điểm KTĐK"

MARKS = Rows(
    "Bảng điểm",
    "",
    "results.subjects",
    (
        Field("Mã môn học", "code"),
        Field(_LEVEL, "attainment", Form.CODE, ATTAINMENTS, required=True),
        Field(_SCORE, "score", Form.SCORE, least=0, most=10),
    ),
)
_ATTAINMENT, _POINTS = MARKS.fields[1], MARKS.fields[2]


def _plain(name: str) -> Column:
    return Column((name,))


def _one(name: str, member: str, form: Form = Form.TEXT, **facets: int | bool) -> Column:
    return Column((name,), Field(name, member, form, **facets))  # type: ignore[arg-type]


def _level(subject: str, code: str, *, tested: bool = False) -> Column:
    header = (_SUBJECTS, subject, _LEVEL) if tested else (_SUBJECTS, subject)
    return Column(header, _ATTAINMENT, of=code)


def _score(subject: str, code: str) -> Column:
    return Column((_SUBJECTS, subject, _SCORE), _POINTS, of=code)


def _judged(name: str, member: str, *around: str) -> Column:
    return Column((*around, name), Field(name, member, Form.CODE, ASSESSMENTS))


_TWELVE = Pattern("[0-9]{12}", "12 chữ số, ví dụ 079217001234", "12 digits, say 079217001234")
_CLASS = _one("Mã lớp", "class_name", required=True)
_CODE = _one("Mã học sinh", "pupil.code", required=True)
_NAME = _one("Họ tên", "pupil.name", required=True)
_BORN = _one("Ngày sinh", "pupil.born", Form.BIRTH_DATE)

SPELLINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "STT": ("TT", "Số thứ tự"),
        "Mã lớp": ("Lớp",),
        "Mã học sinh": ("Mã HS", "Mã định danh học sinh"),
        "Họ tên": ("Họ và tên", "Họ tên học sinh", "Họ và tên học sinh"),
        "Ngày sinh": ("Ngày tháng năm sinh", "Ngày, tháng, năm sinh"),
        _LEVEL: ("Mức", "Mức ĐĐ"),
        _SCORE: ("Điểm", "Điểm KTĐK cuối năm", "Điểm kiểm tra định kỳ", "Điểm KT"),
        "Tiếng Việt": ("TV",),
        "Tự nhiên và Xã hội": ("TNXH", "Tự nhiên xã hội", "TN&XH"),
        "Ngoại ngữ": ("Ngoại ngữ 1", "Tiếng Anh", "NN"),
        "Tiếng dân tộc": ("Tiếng DT", "Tiếng dân tộc thiểu số"),
        "TH-CN(Tin học)": ("TH-CN (Tin học)", "Tin học", "Tin học và Công nghệ (Tin học)"),
        "Mĩ thuật": ("Mỹ thuật", "Nghệ thuật (Mĩ thuật)"),
        "Âm nhạc": ("Nghệ thuật (Âm nhạc)",),
        "Hoạt động trải nghiệm": ("HĐTN", "HĐ trải nghiệm"),
        "Giáo dục thể chất": ("GDTC",),
        _GENERAL: ("NLC", "NL chung", "Các năng lực chung", "Năng lực cốt lõi"),
        _SPECIFIC: ("NLĐT", "NL đặc thù", "Các năng lực đặc thù"),
        "Tự chủ và tự học": ("Tự chủ, tự học", "TCTH", "Tự chủ tự học"),
        "Giao tiếp và hợp tác": ("Giao tiếp, hợp tác", "GTHT", "Giao tiếp hợp tác"),
        "Giải quyết vấn đề và sáng tạo": ("GQVĐ và sáng tạo", "GQVĐST", "Giải quyết vấn đề sáng tạo"),
        "Thẩm mĩ": ("Thẩm mỹ",),
        "Hoàn thành CT lớp": ("Hoàn thành chương trình lớp", "Hoàn thành chương trình lớp học", "HTCT lớp"),
        "Lên lớp": ("Được lên lớp",),
        "Xếp loại": ("Kết quả xếp loại", "Đánh giá KQGD", "Kết quả giáo dục"),
        "Trạng thái HS": ("Trạng thái", "Trạng thái học sinh"),
        "Số định danh cá nhân": ("Số CCCD", "Mã định danh cá nhân", "Số ĐDCN"),
    }
)

RESULT_SHEET = Sheet(
    title="KQHT",
    spellings=SPELLINGS,
    rows=MARKS,
    columns=(
        Column(("STT",), required=False),
        _CLASS,
        _CODE,
        _NAME,
        _BORN,
        _level("Toán", "TOA", tested=True),
        _score("Toán", "TOA"),
        _level("Tiếng Việt", "TV", tested=True),
        _score("Tiếng Việt", "TV"),
        _level("Đạo đức", "DDU"),
        _level("Tự nhiên và Xã hội", "TNX"),
        _level("Ngoại ngữ", "NN1", tested=True),
        _score("Ngoại ngữ", "NN1"),
        _level("Tiếng dân tộc", "TDT"),
        _level("TH-CN(Tin học)", "TIN"),
        _level("Âm nhạc", "AMN"),
        _level("Mĩ thuật", "MTH"),
        _level("Hoạt động trải nghiệm", "HTN"),
        _level("Giáo dục thể chất", "GTC"),
        _judged("Tự chủ và tự học", "results.competences.self_reliance", _COMPETENCES, _GENERAL),
        _judged("Giao tiếp và hợp tác", "results.competences.communication", _COMPETENCES, _GENERAL),
        _judged("Giải quyết vấn đề và sáng tạo", "results.competences.problem_solving", _COMPETENCES, _GENERAL),
        _judged("Ngôn ngữ", "results.competences.language", _COMPETENCES, _SPECIFIC),
        _judged("Tính toán", "results.competences.mathematics", _COMPETENCES, _SPECIFIC),
        _judged("Khoa học", "results.competences.science", _COMPETENCES, _SPECIFIC),
        _judged("Thẩm mĩ", "results.competences.aesthetics", _COMPETENCES, _SPECIFIC),
        _judged("Thể chất", "results.competences.physical", _COMPETENCES, _SPECIFIC),
        _judged("Yêu nước", "results.qualities.patriotism", _QUALITIES),
        _judged("Nhân ái", "results.qualities.kindness", _QUALITIES),
        _judged("Chăm chỉ", "results.qualities.diligence", _QUALITIES),
        _judged("Trung thực", "results.qualities.honesty", _QUALITIES),
        _judged("Trách nhiệm", "results.qualities.responsibility", _QUALITIES),
        _one("Hoàn thành CT lớp", "results.completed_grade", Form.CROSS),
        _one("Lên lớp", "results.promoted", Form.CROSS),
        Column(("Xếp loại",), Field("Xếp loại", "results.result", Form.CODE, RESULTS)),
    ),
)

PUPIL_SHEET = Sheet(
    title="C1-HocSinh",
    spellings=SPELLINGS,
    columns=(
        Column(("STT",), required=False),
        _CLASS,
        _CODE,
        _NAME,
        _BORN,
        Column(("Giới tính",), Field("Giới tính", "pupil.sex", Form.CODE, SEXES)),
        _plain("Trạng thái HS"),
        _plain("Ngày nhập trạng thái"),
        _one("Dân tộc", "pupil.ethnicity"),
        _plain("Loại khuyết tật"),
        Column(("Số định danh cá nhân",), Field("Số định danh cá nhân", "pupil.personal_id", pattern=_TWELVE)),
    ),
)
