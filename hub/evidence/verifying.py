"""`hocba evidence verify` behind its options: files in, a report and an exit code out; no ledger, no network."""

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.text import Text

from hub.checking.formats import Look
from hub.checking.formats.text import console_for
from hub.checking.writing import hand_over, look_for
from hub.evidence.judging import judge, pairs
from hub.evidence.showing import verdicts, verdicts_as_json
from hub.failures import FOUND, GOOD, USAGE, foreseen, wrong_call
from hub.verifying.judging import TrustPlace
from hub.verifying.options import instant, trust_in_someone, trust_place
from hub.watching import watched
from schemas.findings import Words
from signing.trust import TrustStore

COMMAND = "evidence verify"
_NO_TRUST = Words(
    "Chưa có kho chứng thư tin cậy: thêm --trust THƯ_MỤC (roots/, intermediates/, crls/, ocsp/).",
    "No timestamp can be trusted without a trust folder: add --trust FOLDER.",
)


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
    at, trust = instant(request.at, command=COMMAND), _store(request)
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


def _store(request: Request) -> TrustStore:
    place = trust_place(request.trust, request.settings_trust, command=COMMAND, lacking=_NO_TRUST)
    return trust_in_someone(place, command=COMMAND)
