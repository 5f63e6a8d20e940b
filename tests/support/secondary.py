"""A small form for secondary school, by members alone, so that rules are tested without any real form's particulars."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from schemas.codelists.subjects import SECONDARY
from schemas.layout import Block, Field, Form, Rows
from schemas.profiles import Medium, Profile
from schemas.record import Grading
from schemas.rules import rules
from schemas.rules.view import PERIODS, SUBJECTS, RecordView
from schemas.told import LaidOut, Told

_LETTERS = MappingProxyType({each: each.value for each in Grading})
PROFILE = Profile(
    name="test/secondary",
    versions=frozenset(),
    schema=None,
    slots=(),
    rules=tuple(name for name in rules() if name.startswith("C")),
    title="A form for tests",
    medium=Medium.JSON,
    levels=frozenset({"03", "04"}),
    subjects=SECONDARY,
    layout=Block(
        "",
        (
            Field("namhoc", "school_year"),
            Field("makhoi", "grade", Form.GRADE),
            Field("khuyettat", "not_assessed", Form.FLAG),
            Field("sobuoinghi", "absences.total", Form.NUMBER),
            *(Field(f"hoctap_{p}", f"results.learning.{p}", Form.CODE, _LETTERS) for p in PERIODS),
            *(Field(f"renluyen_{p}", f"results.conduct.{p}", Form.CODE, _LETTERS) for p in PERIODS),
            Field("duoclenlop", "results.promoted", Form.FLAG),
            Field("hoanthanh", "results.completion_text"),
            Field("khenthuong", "results.award"),
            Rows(
                "bangdiem",
                "",
                SUBJECTS,
                (Field("mamonhoc", "code"), *(Field(f"diem_{p}", p, Form.MARK) for p in PERIODS)),
            ),
        ),
    ),
)
"""not among the profiles found: tests put it there"""


def view(values: Mapping[str, str], rows: Sequence[Mapping[str, str]]) -> RecordView:
    """One record of the form above, read for the rules."""
    return RecordView(Told(values, {SUBJECTS: rows}, LaidOut(PROFILE)), PROFILE, frozenset())
