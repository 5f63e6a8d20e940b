"""What a record's journey says of its signatures, as the printed form shows it."""

import pytest
from support.printables import EXAMPLES

from ledger.copies import Stored
from ledger.states import Stage
from routes import printing
from transformers.printed.reading import NotPrintableError
from transformers.printed.signatures import State

SIGNED = (
    (EXAMPLES / "grade-4.xml")
    .read_text(encoding="utf-8")
    .replace("</SO_CCCD>\n  </", '</SO_CCCD><Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/></')
    .encode()
)


def stored(**changed: object) -> Stored:
    told = {"octets": SIGNED, "official": True, "fate": "open", "stage": Stage.CHECK, "cause": "", "findings": []}
    return Stored(**(told | changed))  # type: ignore[arg-type]


def states(given: Stored) -> dict[str, State]:
    return {each.slot: each.state for each in printing.printable(given).signatures}


def test_signatures_hold_once_the_record_is_past_the_verify_stage() -> None:
    assert set(states(stored()).values()) == {State.UNCHECKED, State.UNSIGNED}
    for past in ({"stage": Stage.PACK}, {"stage": Stage.POLL, "fate": "refused"}, {"fate": "done"}):
        assert states(stored(**past))["GVCN"] is State.VALID
        assert states(stored(**past))["KY_PHAT_HANH"] is State.UNSIGNED


def test_a_record_refused_for_its_signatures_says_which() -> None:
    one = stored(stage=Stage.VERIFY, fate="refused", cause="signature:CBQL:digest-data")
    assert states(one) | {"KY_PHAT_HANH": None} == {
        "GVCN": State.UNCHECKED,
        "CBQL": State.INVALID,
        "KY_PHAT_HANH": None,
    }
    unknown = stored(stage=Stage.VERIFY, fate="refused", cause="signature:prescreen")
    assert states(unknown)["GVCN"] is states(unknown)["CBQL"] is State.INVALID


def test_what_has_no_official_form_yet_is_not_printed() -> None:
    with pytest.raises(NotPrintableError):
        printing.printable(stored(official=False))
