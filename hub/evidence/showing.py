"""What is said of evidence that was checked: for people at a terminal, and as JSON."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from rich.text import Text

from hub.checking.formats.text import visible
from hub.evidence.judging import Judged
from hub.verifying.words import clock, in_lang
from schemas.findings import Words
from signing.evidence import PROBLEMS, TimestampOutcome

MOST = 200
"""lines of a list on a terminal"""

_PASSED = Words("CHỨNG MINH ĐƯỢC", "PROVEN")
_FAILED = Words("CHƯA CHỨNG MINH ĐƯỢC", "NOT PROVEN")
_SINCE = Words("có nguyên vẹn từ trước", "there, as it is, since before")
_UNTIL = Words("tự chứng minh được đến", "can be shown without a renewal until")
_STAMPED = Words("dấu thời gian", "timestamp")
_TSA = Words("tổ chức cấp", "authority")
_REHASHED = Words("băm lại", "hashed anew")
_OF = Words("bằng chứng", "records of evidence")


def verdicts(judged: Sequence[Judged], lang: str, *, brief: bool) -> Iterator[Text]:
    """The report on files, its summary last."""
    for each in judged:
        if not brief and (not each.passed or len(judged) <= MOST):
            yield from _verdict(each, lang)
    good = sum(each.passed for each in judged)
    text = Text()
    text.append(
        in_lang(_PASSED if good == len(judged) else _FAILED, lang),
        style="bold green" if good == len(judged) else "bold red",
    )
    text.append(f": {good}/{len(judged)} {in_lang(_OF, lang)}")
    yield text


def _verdict(each: Judged, lang: str) -> Iterator[Text]:
    style = "bold green" if each.passed else "bold red"
    head = Text(f"{'✓' if each.passed else '✗'} ", style=style)
    head.append(visible(each.evidence), style="bold")
    validation = each.validation
    if validation is not None:
        told = "/".join(filter(None, (validation.indication, validation.sub_indication)))
        head.append(f" · {told} · {validation.syntax or '?'}", style=style)
    yield head
    if validation is not None and validation.since is not None:
        told = f"      {visible(each.record)}: {in_lang(_SINCE, lang)} {clock(validation.since)}"
        until = f"; {in_lang(_UNTIL, lang)} {clock(validation.until)}" if validation.until else ""
        yield Text(told + until)
    for stamp in validation.timestamps if validation is not None else ():
        yield _stamp(stamp, lang)
    if each.message is not None:
        yield Text(f"      {visible(in_lang(each.message, lang))}", style="red")
    if each.remedy is not None:
        yield Text(f"      → {in_lang(each.remedy, lang)}", style="green")


def _stamp(stamp: TimestampOutcome, lang: str) -> Text:
    told = [
        f"{in_lang(_STAMPED, lang)} {stamp.chain}.{stamp.number}",
        clock(stamp.time) if stamp.time else "?",
        f"{stamp.algorithm}{f' ({in_lang(_REHASHED, lang)})' if stamp.chain > 1 and stamp.number == 1 else ''}",
        stamp.signature,
        f"{in_lang(_TSA, lang)}: {stamp.tsa.subject}" if stamp.tsa else "",
        f"→ {clock(stamp.until)}" if stamp.until else "",
        in_lang(PROBLEMS[stamp.cause].message, lang) if stamp.cause else "",
    ]
    line = " · ".join(filter(None, told))
    return Text(f"      {'✓' if stamp.passed else '✗'} {visible(line)}", style="dim" if stamp.passed else "red")


def verdicts_as_json(judged: Sequence[Judged], *, at: datetime, trust: str) -> str:
    """The report for machines."""
    return as_text(
        {
            "at": at.isoformat(),
            "trust": trust,
            "passed": all(each.passed for each in judged),
            "evidence": [_judged(each) for each in judged],
        }
    )


def _judged(each: Judged) -> dict[str, Any]:
    validation, message = each.validation, each.message
    return {
        "evidence": each.evidence,
        "record": each.record,
        "passed": each.passed,
        "indication": validation and validation.indication,
        "sub_indication": validation and validation.sub_indication,
        "cause": validation and validation.cause,
        "message": message and {"vi": message.vi, "en": message.en},
        "syntax": validation and validation.syntax,
        "since": iso(validation.since if validation else None),
        "until": iso(validation.until if validation else None),
        "timestamps": [_as_json(stamp) for stamp in (validation.timestamps if validation else ())],
    }


def _as_json(stamp: TimestampOutcome) -> dict[str, Any]:
    return {
        "chain": stamp.chain,
        "number": stamp.number,
        "algorithm": stamp.algorithm,
        "signature": stamp.signature,
        "passed": stamp.passed,
        "cause": stamp.cause,
        "time": iso(stamp.time),
        "judged_at": iso(stamp.judged_at),
        "until": iso(stamp.until),
        "authority": stamp.tsa and stamp.tsa.subject,
        "certificate": stamp.tsa and stamp.tsa.sha256,
    }


def iso(moment: datetime | None) -> str | None:
    """As JSON has it."""
    return None if moment is None else moment.isoformat()


def as_text(told: Any) -> str:
    """A report as JSON text."""
    return json.dumps(told, ensure_ascii=False, indent=2)
