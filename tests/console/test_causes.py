"""A group of failed work speaks in one record's words only where they are everyone's."""

from datetime import UTC, datetime

from console.staff.causes import group_of
from ledger import views
from ledger.views import Advice, FailedRow
from schemas.rules import rules


def _row(cause: str, *advice: Advice) -> FailedRow:
    return FailedRow(
        cause=cause,
        count=4,
        fates=("refused",),
        stages=("check",),
        oldest=datetime(2026, 6, 1, tzinfo=UTC),
        sample=(1,),
        advice=advice,
    )


def _way(rule: str, message: str, count: int) -> Advice:
    return Advice(rule, {"vi": message, "en": message}, {"vi": "Sửa.", "en": "Mend."}, count)


def test_one_fault_of_all_heads_its_group() -> None:
    group = group_of(_row("rule:B07", _way("B07", "thiếu môn HTN", 4), _way("B10", "kết quả sai", 1)))
    assert (group.words.vi, group.remedy.vi, group.headed) == ("thiếu môn HTN", "Sửa.", True)
    assert [advice.rule for advice in group.others] == ["B10"]


def test_several_ways_to_break_a_rule_are_listed_and_none_speaks_for_all() -> None:
    group = group_of(_row("rule:B07", _way("B07", "thiếu môn HTN", 2), _way("B07", "khối này không học LSD", 2)))
    assert rules()["B07"].title.vi in group.words.vi
    assert not group.headed
    assert [advice.message["vi"] for advice in group.others] == ["thiếu môn HTN", "khối này không học LSD"]


def test_warnings_are_no_advice() -> None:
    words = {"vi": "Thiếu môn.", "en": "A subject is missing."}
    note = {"rule": "N03", "severity": "warning", "message": {"vi": "Đã đổi.", "en": "Changed."}, "remedy": words}
    fault = {"rule": "B07", "severity": "error", "message": words, "remedy": words}
    assert [(way.rule, way.count) for way in views.advice_of([[note, fault], [fault], [note]])] == [("B07", 2)]
