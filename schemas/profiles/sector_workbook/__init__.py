"""Profile `sector-workbook`: the sector database's Excel files, its import of year results and its export of pupils.

Observed in public artefacts. The sheet of results has no columns for Lịch sử và Địa lí, Khoa học and Công nghệ nor for two
of the competences, so that a year's result cannot be worked out from it, only bounded (W20 instead of B10).
"""

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from schemas.codelists import subjects
from schemas.profiles import Medium, Profile, Subject
from schemas.profiles.sector_workbook.columns import ASSESSMENTS, ATTAINMENTS, PUPIL_SHEET, RESULT_SHEET, RESULTS, SEXES

_FOLDER = Path(__file__).parent
_NONE: frozenset[int] = frozenset()
_SCORED = {column.of for column in RESULT_SHEET.columns if column.field is not None and column.field.member == "score"}
_CELLS = (
    *("W01", "W02", "W03", "W04", "W05", "W06", "W07", "W08", "W09", "W10", "W11", "W12", "W13", "W14", "W15", "W16"),
    *("W17", "W18", "W19", "N01", "N02", "N03", "N04", "N05", "N06", "N07", "N08", "N09", "N10"),
)


def _subject(code: str) -> Subject:
    """As the programme has it; without a column for it, no score is asked for."""
    subject = subjects.PRIMARY[code]
    return subject if code in _SCORED else replace(subject, tested=_NONE, may_be_tested=subject.tested)


_RESULTS = Profile(
    name="sector-workbook/results",
    versions=frozenset(),
    schema=None,
    medium=Medium.WORKBOOK,
    observed=True,
    slots=(),
    rules=("B08", "B09", "B12", "B15", "B22", "B23", "W20", *_CELLS),
    title="Tệp Excel nhập kết quả học tập cấp tiểu học của cơ sở dữ liệu ngành (quan sát)",
    codes=MappingProxyType(
        {
            "Mức đạt được": MappingProxyType({text: text for text in ATTAINMENTS.values()}),
            "Mức năng lực, phẩm chất": MappingProxyType({text: text for text in ASSESSMENTS.values()}),
            "Xếp loại": MappingProxyType({text: text for text in RESULTS.values()}),
        }
    ),
    subjects=MappingProxyType({each.of: _subject(each.of) for each in RESULT_SHEET.columns if each.of}),
    sheet=RESULT_SHEET,
    layout=RESULT_SHEET.layout,
    examples=_FOLDER / "examples" / "results",
)

_PUPILS = Profile(
    name="sector-workbook/pupils",
    versions=frozenset(),
    schema=None,
    medium=Medium.WORKBOOK,
    observed=True,
    slots=(),
    rules=("B05", "B22", "B23", "B24", *_CELLS),
    title="Tệp Excel danh sách học sinh (C1-HocSinh) xuất từ cơ sở dữ liệu ngành (quan sát)",
    codes=MappingProxyType({"Giới tính": MappingProxyType({text: text for text in SEXES.values()})}),
    sheet=PUPIL_SHEET,
    layout=PUPIL_SHEET.layout,
    examples=_FOLDER / "examples" / "pupils",
)

PROFILES = (_RESULTS, _PUPILS)
