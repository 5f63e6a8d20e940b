"""`hocba evidence verify` behind its options: files in, a report and an exit code out; no ledger, no network."""

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.text import Text

from hub.checking.formats import Look
from hub.checking.formats.text import console_for
from hub.checking.writing import hand_over, look_for
from hub.evidence.judging import judge, pairs
from hub.evidence.showing import verdicts, verdicts_as_json
from hub.failures import FOUND, GOOD, USAGE, Failure, foreseen, wrong_call
from hub.verifying.judging import TrustPlace
from hub.watching import watched
from schemas.record import VIETNAM
from signing.trust import TrustStore

COMMAND = "evidence verify"


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for."""

    paths: Sequence[Path]
    """evidence, records or folders"""
    trust: Path | None
    """folder of trust; None: the settings' one"""
    settings_trust: Callable[[], TrustPlace]
    """asks the settings for theirs"""
    at: str | None
    """instant as of which is asked; None: now"""
    format: str
    """text or json"""
    output: Path | None
    """where the report is written; None: standard output"""
    lang: str
    """vi or en"""
    quiet: bool
    """the summary alone, and no progress"""


def run(request: Request) -> int:
    """Judge, report, and say by the exit code what came of it.

    Raises:
        Failure: it was called wrongly, or something could not be read or written.
    """
    return foreseen(lambda: _run(request))


def _run(request: Request) -> int:
    at, trust = _instant(request.at), _store(request)
    judged = []
    with watched(quiet=request.quiet) as progress:
        for evidence, record in pairs(request.paths):
            judged.append(judge(evidence, record, trust=trust, at=at))
            if progress is not None:
                progress(len(judged))
    if not judged:
        raise wrong_call(
            COMMAND,
            "Không có tệp bằng chứng nào (.er, .ers.xml).",
            "There is no evidence (.er, .ers.xml).",
        )
    passed = all(each.passed for each in judged)
    look = look_for(lang=request.lang, output=request.output, quiet=request.quiet, masked=False, failed=not passed)
    if request.format == "json":
        report = verdicts_as_json(judged, at=at, trust=trust.state).encode() + b"\n"
    else:
        report = _lines(verdicts(judged, request.lang, brief=look.brief), look)
    hand_over(report, request.output, command=COMMAND)
    if any(each.validation is None for each in judged):
        return USAGE
    return GOOD if passed else FOUND


def _lines(lines: Iterable[Text], look: Look) -> bytes:
    stream = io.StringIO()
    console = console_for(look, stream)
    for line in lines:
        console.print(line, soft_wrap=True)
    return stream.getvalue().encode()


def _instant(text: str | None) -> datetime:
    """An instant; without an offset, Vietnam's."""
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise wrong_call(
            COMMAND,
            f"--at: «{text[:40]}» không phải thời điểm, ví dụ 2046-06-01T08:00:00+07:00.",
            f"--at: «{text[:40]}» is no instant such as 2046-06-01T08:00:00+07:00.",
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)


def _store(request: Request) -> TrustStore:
    place = TrustPlace(request.trust) if request.trust else request.settings_trust()
    if place.folder is None:
        raise _untrusting(
            "Chưa có kho chứng thư tin cậy: thêm --trust THƯ_MỤC (roots/, intermediates/, crls/, ocsp/).",
            "No timestamp can be trusted without a trust folder: add --trust FOLDER.",
        )
    try:
        store = place.store()
    except (OSError, ValueError) as error:
        raise _untrusting(
            f"--trust {place.folder}: có tệp không phải chứng thư, CRL hay trả lời OCSP.",
            f"--trust {place.folder}: some file is no certificate, revocation list or OCSP response.",
        ) from error
    if store.is_empty:
        raise _untrusting(
            f"--trust {place.folder}: không có chứng thư gốc nào trong roots/.",
            f"--trust {place.folder}: no certificate in roots/.",
        )
    return store


def _untrusting(vi: str, en: str) -> Failure:
    return wrong_call(COMMAND, vi, en)
