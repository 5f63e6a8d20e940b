"""A record of the ledger made ready for the printed form: its signatures are in the state that its journey has shown."""

from collections.abc import Mapping

from ledger.copies import Stored
from ledger.states import Stage
from schemas.findings import Words
from transformers.printed.form import Printable
from transformers.printed.reading import NotPrintableError, printable_of
from transformers.printed.signatures import Judgement, State

VERIFIED = frozenset({Stage.PACK, Stage.DELIVER, Stage.POLL})
"""stages behind the one that verifies every signature"""

_SLOTS = ("GVBM", "GVCN", "CBQL", "KY_PHAT_HANH")


def printable(stored: Stored) -> Printable:
    """The record with its signatures as the hub has found them.

    Raises:
        NotPrintableError: it has no official form yet, or cannot be read.
    """
    if not stored.official:
        raise NotPrintableError(
            Words(
                vi="Hồ sơ chưa có dạng chính thức: hub chưa chuyển xong dữ liệu của bên gửi.",
                en="The record has no official form yet: the hub has not converted what the sender pushed.",
            )
        )
    return printable_of(stored.octets, states=_states(stored))


def _states(stored: Stored) -> Mapping[Judgement, State] | State:
    if stored.fate == "done" or stored.stage in VERIFIED:
        return State.VALID
    if not stored.cause.startswith("signature:"):
        return State.UNCHECKED
    told = " ".join(str(finding.get("path") or "") for finding in stored.findings) + stored.cause
    faulty = [slot for slot in _SLOTS if slot in told]
    # Where nobody says which one it is, none of them can be relied on (QĐ 1789/QĐ-SGDĐT Điều 12).
    return {(slot, number): State.INVALID for slot in faulty for number in range(99)} if faulty else State.INVALID
