"""The demonstration's sums: whatever is lost, doubled, let through or wrongly refused is named."""

from dataclasses import replace

import pytest

from hub.demo.balance import Balance, Books, balance, count_signatures
from hub.demo.outside import Line, Outcome, Push
from hub.demo.props import Entry

GOOD, CHECKED, CITY, DOOR, SIGNED = "good", "checked", "city", "door", "signed"
PLACES = {GOOD: None, CHECKED: "check", CITY: "city", DOOR: "door", SIGNED: "sign"}
BATCH = (GOOD, CHECKED, CITY, DOOR, SIGNED)
ENTRIES = [
    Entry("V", "b", line, None if kind == GOOD else f"fault-{kind}", PLACES[kind], 5) for line, kind in enumerate(BATCH)
]
UUIDS = [f"uuid-{line}" for line in range(len(BATCH))]
LINES = tuple(
    Line(uuid, "refused" if kind == DOOR else "accepted", ("P09",) if kind == DOOR else ())
    for uuid, kind in zip(UUIDS, BATCH, strict=True)
)
OUTCOMES = {
    ("r", 0): Outcome("approved", "poll", "", (), UUIDS[0]),
    ("r", 1): Outcome("refused", "check", "rule:B08", ("B08",), UUIDS[1]),
    ("r", 2): Outcome("refused", "poll", "city:R05", (), UUIDS[2]),
    ("r", 4): Outcome("held", "sign", "seal-key-missing:GVCN", (), UUIDS[4]),
}
PUSHES = {"b": Push(202, "r", LINES)}
IN_FORCE = {UUIDS[0]: 5}


def test_what_adds_up_is_counted() -> None:
    sums = balance(ENTRIES, {"V": Books(PUSHES, OUTCOMES)}, IN_FORCE)
    assert sums.violations == []
    assert (sums.made, sums.wrong, sums.accepted, sums.delivered, sums.approved) == (5, 4, 4, 2, 1)
    assert sums.refused_by_rule == {"B08": 1, "P09": 1}
    assert sums.refused_by_city == {"R05": 1}
    assert sums.held == {"seal-key-missing:GVCN": 1}
    assert (sums.refused, sums.waiting, sums.dead.total()) == (2, 0, 0)


def _with(line: int, **changes: object) -> dict[tuple[str, int], Outcome]:
    return OUTCOMES | {("r", line): replace(OUTCOMES["r", line], **changes)}


APPROVED = {"fate": "approved", "stage": "poll", "cause": "", "rules": ()}

WRONG = [
    ("a verdict was lost", {key: OUTCOMES[key] for key in OUTCOMES if key[1] != 0}, IN_FORCE, "chưa có kết quả"),
    ("the city lost a record", OUTCOMES, {}, "Sở không có"),
    ("nobody was told", OUTCOMES, IN_FORCE | {"uuid-x": 5}, "nhà cung cấp không được báo"),
    ("a fault got through", _with(1, **APPROVED), IN_FORCE | {UUIDS[1]: 5}, "lọt qua"),
    ("a fault was known too late", _with(1, stage="poll", cause="city:R01", rules=()), IN_FORCE, "đáng lẽ"),
    ("the hub refused for the city", _with(2, stage="check", cause="rule:B01"), IN_FORCE, "đáng lẽ"),
    ("a good record was refused", _with(0, fate="refused", stage="verify", cause="signature:x"), {}, "bị từ chối"),
    ("refused and yet in force", OUTCOMES, IN_FORCE | {UUIDS[1]: 5}, "mà Sở có hiệu lực"),
]


@pytest.mark.parametrize(("outcomes", "in_force", "words"), [case[1:] for case in WRONG], ids=[c[0] for c in WRONG])
def test_what_does_not_add_up_is_named(
    outcomes: dict[tuple[str, int], Outcome], in_force: dict[str, int], words: str
) -> None:
    sums = balance(ENTRIES, {"V": Books(PUSHES, outcomes)}, in_force)
    assert any(words in violation for violation in sums.violations)


def test_one_record_approved_twice_is_named() -> None:
    twice = {"b": Push(202, "r", (LINES[0], LINES[0]))}
    outcomes = {("r", 0): OUTCOMES["r", 0], ("r", 1): OUTCOMES["r", 0]}
    entries = [ENTRIES[0], replace(ENTRIES[0], line=1)]
    assert any("duyệt hai lần" in each for each in balance(entries, {"V": Books(twice, outcomes)}, IN_FORCE).violations)


@pytest.mark.parametrize("pushes", [{}, {"b": Push(422, "", ())}])
def test_a_batch_that_never_arrived_is_named_record_by_record(pushes: dict[str, Push]) -> None:
    sums = balance(ENTRIES, {"V": Books(pushes, {})}, {})
    assert len(sums.violations) == len(ENTRIES)


def test_persons_have_signed_twice_what_the_hub_sealed_and_nothing_else() -> None:
    sealed, hashes = list(OUTCOMES.values()), ["a1", "a2", "b1", "b2"]
    sums = Balance()
    count_signatures(sums, sealed, hashes=[*hashes, "a1"], agreed=3)  # a reply was lost: the same hash once more
    assert (sums.signed, sums.agreed, sums.violations) == (4, 3, [])
    for wrong in (hashes[:3], [*hashes, "c1"]):
        sums = Balance()
        count_signatures(sums, sealed, hashes=wrong, agreed=3)
        assert "chữ ký từ xa" in sums.violations[0]
