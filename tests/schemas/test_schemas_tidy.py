"""Values of vendors' formats made regular: what is changed, what is left alone, and that every change is told."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.findings import Severity
from schemas.layout import Field, Form
from schemas.rules import notes, rules
from schemas.tidy import tidied

NAME = Field("Họ tên", "pupil.name")
CODE = Field("Mã học sinh", "pupil.code")
BORN = Field("Ngày sinh", "pupil.born", Form.BIRTH_DATE)
SCORE = Field("Điểm", "score", Form.SCORE)
NUMBER = Field("Cân nặng", "pupil.weight_kg", Form.NUMBER)
CROSS = Field("Lên lớp", "results.promoted", Form.CROSS)
LEVEL = Field("Mức", "attainment", Form.CODE, {"a": "T", "b": "Đ"})


@pytest.mark.parametrize(
    ("field", "was", "became", "kinds"),
    [
        (None, unicodedata.normalize("NFD", "Trường"), "Trường", ["N01"]),
        (None, "Lớp\u00a0 4A1 ", "Lớp 4A1", ["N02"]),
        (None, "một\nhai", "một hai", ["N02"]),
        (None, "\u00d0inh", "Đinh", ["N09"]),
        (NAME, "NGUYỄN VĂN AN", "Nguyễn Văn An", ["N08"]),
        (NAME, "H'HEN NIÊ", "H'Hen Niê", ["N08"]),
        (NAME, "\u00d0INH  LÊ", "Đinh Lê", ["N09", "N02", "N08"]),
        (NAME, "Nguyễn Văn An", "Nguyễn Văn An", []),
        (NAME, "A", "A", []),
        (NUMBER, "25,5", "25.5", ["N03"]),
        (NUMBER, "25.50", "25.50", []),
        (SCORE, "9.0", "9", ["N06"]),
        (SCORE, "9,0", "9", ["N03", "N06"]),
        (SCORE, "8.5", "8.5", []),
        (SCORE, "1,000,000", "1,000,000", []),
        (SCORE, "M", "M", []),
        (BORN, "43237", "17/05/2018", ["N04"]),
        (BORN, "43237.5", "17/05/2018", ["N04"]),
        (BORN, "99999", "99999", []),
        (BORN, "12", "12", []),
        (BORN, "2018", "2018", []),
        (BORN, "7/5/18", "07/05/2018", ["N05"]),
        (BORN, "7-5-1999", "07/05/1999", ["N05"]),
        (BORN, "1.6.75", "01/06/1975", ["N05"]),
        (BORN, "2018-05-17", "17/05/2018", ["N05"]),
        (BORN, "2018-05-17 00:00:00", "17/05/2018", ["N05"]),
        (BORN, "5/2018", "05/2018", ["N05"]),
        (BORN, "05/31/2018", "05/31/2018", []),
        (BORN, "17/05/2018", "17/05/2018", []),
        (CODE, "TAM-079318004217", "TAM-079318004217", ["N07"]),
        (CODE, "7900123456", "7900123456", []),
        (CROSS, "X", "x", ["N10"]),
        (CROSS, "Có", "x", ["N10"]),
        (CROSS, "1", "x", ["N10"]),
        (CROSS, "0", "", ["N10"]),
        (CROSS, "x", "x", []),
        (CROSS, "", "", []),
        (CROSS, "chưa rõ", "chưa rõ", []),
        (LEVEL, "t", "T", ["N08"]),
        (LEVEL, "đ", "Đ", ["N08"]),
        (LEVEL, "\u00d0", "Đ", ["N09"]),
        (LEVEL, "D", "D", []),
    ],
)
def test_a_value_is_made_regular_with_a_note_of_each_change(
    field: Field | None, was: str, became: str, kinds: list[str]
) -> None:
    tidy = tidied(was, field, path="S!A1")
    assert (tidy.text, [note.rule.id for note in tidy.notes]) == (became, kinds)
    if kinds:
        assert (tidy.notes[0].was, tidy.notes[-1].became) == (was, became)


def test_a_note_is_a_finding_that_refuses_nothing() -> None:
    (note,) = tidied("9.0", SCORE, path="S!A1").notes
    finding = note.finding()
    assert (finding.rule, finding.severity, finding.path) == ("N06", Severity.WARNING, "S!A1")
    assert (finding.seen, finding.expected, finding.personal) == ("9.0", "9", True)
    assert note.why == notes.WHOLE.message


def test_every_kind_of_note_is_a_warning() -> None:
    kinds = [rule for name, rule in rules().items() if name.startswith("N")]
    assert {rule.severity for rule in kinds} == {Severity.WARNING}
    assert len(kinds) == 10


@given(st.text(max_size=40), st.sampled_from([None, NAME, CODE, BORN, SCORE, NUMBER, CROSS, LEVEL]))
def test_what_is_regular_stays(text: str, field: Field | None) -> None:
    once = tidied(text, field, path="S!A1").text
    again = tidied(once, field, path="S!A1")
    assert again.text == once
    assert [note for note in again.notes if note.was != note.became] == []
