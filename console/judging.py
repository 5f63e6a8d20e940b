"""Files that staff bring to be verified (QĐ 1789/QĐ-SGDĐT Điều 12, 27): judged in a child, compared with what the hub has.

Nothing of such a file is stored, logged or kept after the answer.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from connectors.arrivals import Limits
from console.gate import Gate
from console.wiring import Turnstile
from ledger import comparing, copies
from ledger.copies import CopyRow
from routes.confined import Cell, Overrun
from routes.judged import Examined, FormVerdict, RecordVerdict, Terms
from routes.signing_settings import SigningSettings
from schemas.findings import Finding
from signing.indications import Indication
from transformers.printed.settings import PrintSettings

if TYPE_CHECKING:
    from ledger.database import Connection

MOST_OCTETS = 16 * 1024 * 1024
"""octets of a file that is judged here"""
AT_ONCE = 2
"""files at the same time: one is judged, one waits"""


class Likeness(StrEnum):
    """A record beside the one that the hub has under the same UUID."""

    SAME = "same"
    """octet for octet"""
    DIFFERS = "differs"
    """the hub has another one"""
    ABSENT = "absent"
    """the hub has none"""


@dataclass(frozen=True, slots=True)
class Compared:
    """One record, judged and compared."""

    verdict: RecordVerdict
    """what is said of it"""
    likeness: Likeness
    """beside the hub's own"""


@dataclass(frozen=True, slots=True)
class Judgement:
    """All that is said of a file."""

    form: FormVerdict | None
    """of a PDF"""
    records: tuple[Compared, ...]
    """of the records in it"""
    beyond: int
    """records that were not judged, because there are too many"""
    findings: tuple[Finding, ...]
    """why it could not be read, or what is wrong with parts of it"""
    copy: CopyRow | None
    """when the hub issued this very PDF; None where it did not"""
    overrun: bool = False
    """judging it was broken off"""

    @property
    def look(self) -> str:
        """good, bad or warn: whether it counts (Điều 12: one thing that is not right, and it does not)."""
        said = [*([self.form.indication] if self.form else ()), *(each.verdict.indication for each in self.records)]
        wrong = Indication.FAILED in said or any(each.verdict.structure for each in self.records)
        if self.findings or wrong:
            return "bad"
        strange = any(each.likeness is Likeness.DIFFERS for each in self.records)
        whole = bool(self.records) and not self.overrun and not self.beyond
        return "good" if whole and not strange and set(said) == {Indication.PASSED} else "warn"


class JudgeRoom:
    """One child for strangers' files, started when there is the first."""

    def __init__(
        self, gate: Gate, signing: SigningSettings, printing: PrintSettings, limits: Limits, *, retry_after_seconds: int
    ) -> None:
        self._gate = gate
        self._terms = Terms(
            trust_folder=signing.trust_folder,
            most_age=signing.revocation.most_age,
            slots=signing.slots,
            approved_slots=signing.approved_slots,
            limits=limits,
            printing=printing,
        )
        self._roles = signing.approved_slots | {"KY_PHAT_HANH"}
        self._turnstile = Turnstile(AT_ONCE, retry_after_seconds=retry_after_seconds)
        self._cell: Cell | None = None

    async def judge(self, octets: bytes) -> Judgement:
        """What is to be said of a file.

        Raises:
            Problem: too many are being judged.
        """
        # The verifier of PDF signatures is not loaded before somebody brings a file.
        from routes.judging import examine, judge

        with self._turnstile.place():
            self._cell = self._cell or Cell()
            try:
                examined = await self._cell.ask(examine, octets, self._terms)
                async with self._gate.connection() as connection:
                    approved = await comparing.approvals_of(
                        connection, {each.school for each in examined.records}, roles=self._roles
                    )
                form, verdicts = await self._cell.ask(judge, octets, examined, approved, self._terms)
            except Overrun:
                return Judgement(None, (), 0, (), None, overrun=True)
            async with self._gate.connection() as connection:
                return await _compared(connection, octets, examined, form, verdicts)

    def close(self) -> None:
        """End the child."""
        if self._cell is not None:
            self._cell.close()


async def _compared(
    connection: "Connection",
    octets: bytes,
    examined: Examined,
    form: FormVerdict | None,
    verdicts: tuple[RecordVerdict, ...],
) -> Judgement:
    known = {}
    for inside in examined.records:
        uuid = _uuid(inside.uuid)
        stored = None if uuid is None else await copies.stored(connection, uuid)
        same = stored is not None and stored.octets.strip() == inside.octets.strip()
        known[inside.uuid] = Likeness.ABSENT if stored is None else Likeness.SAME if same else Likeness.DIFFERS
    uuids = [uuid for uuid in map(_uuid, known) if uuid is not None]
    copy = None
    if form is not None:
        copy = await comparing.issued(connection, uuids, pdf_sha256=hashlib.sha256(octets).digest())
    records = tuple(Compared(each, known[each.uuid]) for each in verdicts)
    return Judgement(form, records, examined.beyond, examined.findings, copy)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
