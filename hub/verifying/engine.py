"""From paths to a report: every record, every batch, and between them the order of issue and transmission."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from hub.checking.engine import go_over
from hub.checking.items import Around, Bench
from hub.verifying.forms import Sealers
from hub.verifying.judging import Terms, broken, desk_of
from hub.verifying.report import Report, Setting
from hub.verifying.sources import read
from hub.verifying.told import Judged, Verdict
from signing.verify.faults import Fault
from signing.verify.transaction import BATCH

ISSUING = "KY_PHAT_HANH"
"""slot whose signing time is a record's time of issue"""

Progress = Callable[[int], None]
"""is told how many records and batches have been judged"""


def verify(
    paths: Sequence[Path], terms: Terms, setting: Setting, *, jobs: int | None = None, progress: Progress | None = None
) -> Report:
    """Judge everything below the paths."""
    began = time.monotonic()
    report, order, sealers = Report(setting), _Order(), Sealers()

    def take(told: Around | Judged) -> None:
        if isinstance(told, Judged):
            report.add(order.look(sealers.look(told)))
            if progress is not None:
                progress(report.judged)
        else:
            report.add(told)

    go_over(paths, Bench(desk_of, terms, broken), jobs=jobs, take=take, read=read)
    report.seconds = time.monotonic() - began
    return report


class _Order:
    """S02 between a batch and its records: nothing is sent before it was issued."""

    def __init__(self) -> None:
        self._file = ""
        self._issued: datetime | None = None

    def look(self, judged: Judged) -> Judged:
        """The same; for a batch that was signed before the last of its records was issued, what is wrong with it."""
        if judged.form:
            return judged
        if judged.file != self._file:
            self._file, self._issued = judged.file, None
        if judged.number is None:
            return judged if self._issued is None else _in_order(judged, self._issued)
        for each in judged.signatures:
            if each.slot == ISSUING and each.passed and each.signing_time is not None:
                self._issued = max(each.signing_time, self._issued or each.signing_time)
        return judged


def _in_order(judged: Judged, issued: datetime) -> Judged:
    if not judged.passed:
        return judged
    (signature,) = judged.signatures
    if signature.signing_time is None or signature.signing_time >= issued:
        return judged
    fault = Fault("order-wrong", seen=signature.signing_time.isoformat(), expected=f"≥ {issued.isoformat()}")
    kind = fault.kind
    wrong = replace(
        signature,
        indication=kind.indication,
        sub_indication=kind.sub_indication,
        cause=kind.cause,
        failed_step=kind.step,
        passed_steps=tuple(step for step in signature.passed_steps if step != kind.step),
        findings=(*signature.findings, fault.finding(path=BATCH.path, uuid=None)),
    )
    return replace(judged, verdict=Verdict.by(kind.indication, kind.cause), signatures=(wrong,))
