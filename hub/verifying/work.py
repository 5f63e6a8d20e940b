"""`hocba verify` behind its options: what was asked for, the verification, the report, the exit code."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from hub import logs
from hub.checking.given import UnusableFileError, content_of
from hub.checking.options import choices_of_signers, refuse_unknown, slots_told
from hub.checking.rostering import MOST_OCTETS, roster_from
from hub.checking.writing import hand_over, look_for
from hub.failures import FOUND, GOOD, USAGE, Failure, foreseen, wrong_call
from hub.verifying.engine import verify
from hub.verifying.formats import format_of, names
from hub.verifying.formats.text import summary
from hub.verifying.judging import Terms, TrustPlace
from hub.verifying.options import instant, trust_in_someone, trust_place
from hub.verifying.registry import registry_from
from hub.verifying.report import Report, Setting
from hub.watching import watched
from schemas.findings import Words
from schemas.policies import SlotsPolicy
from signing.second_opinion import Engine

COMMAND = "verify"
_NO_TRUST = Words(
    "Chưa có kho chứng thư tin cậy, nên không chữ ký nào tin được: thêm --trust THƯ_MỤC (roots/, intermediates/,"
    " crls/, ocsp/), hoặc chỉ hỏi --engine signxml.",
    "Without a trust folder no signature can be trusted: add --trust FOLDER, or ask --engine signxml alone.",
)
OURS, ALL = "ours", "all"
"""engines beside those that give second opinions: the hub's own verifier, and it beside all of them"""


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for."""

    paths: Sequence[Path]
    """files, folders, archives"""
    format: str
    """how the report is written"""
    output: Path | None
    """where it is written; None: standard output"""
    engine: str
    """who is asked"""
    trust: Path | None
    """folder of trust; None: the settings' one"""
    settings_trust: Callable[[], TrustPlace]
    """asks the settings for theirs"""
    policy: str
    """whose word on who must sign"""
    slots: str | None
    """slots that must be signed, with commas between; None: by the policy"""
    registry: Path | None
    """file of approved certificates"""
    roster: Path | None
    """file that tells who was given which role"""
    sender: str | None
    """unit that signs batches"""
    at: str | None
    """instant as of which is asked; None: now"""
    jobs: int | None
    """processes; None: one per core"""
    masked: bool
    """hide holders and personal values"""
    lang: str
    """vi or en"""
    quiet: bool
    """the summary alone, and no progress"""


def run(request: Request) -> int:
    """Verify, report, and say by the exit code what came of it.

    Raises:
        Failure: it was called wrongly, or something could not be read or written.
    """
    return foreseen(lambda: _run(request))


def _run(request: Request) -> int:
    logs.quiet()
    _refuse_nonsense(request)
    terms = _terms(request)
    setting = _setting(request, terms)
    with watched(quiet=request.quiet) as progress:
        report = verify(request.paths, terms, setting, jobs=request.jobs, progress=progress)
    if report.nothing:
        raise _usage("Không có hồ sơ nào để kiểm chữ ký.", "There is no record to verify.")
    _write(request, report)
    if report.around.unread:
        return USAGE
    return GOOD if report.good else FOUND


def _write(request: Request, report: Report) -> None:
    look = look_for(
        lang=request.lang,
        output=request.output,
        quiet=request.quiet,
        masked=request.masked,
        failed=not report.good,
    )
    shown = report.masked() if request.masked else report
    hand_over(format_of(request.format).render(shown, look), request.output, command=COMMAND)
    if request.output is not None and not request.quiet:
        Console(stderr=True).print(summary(report, look), soft_wrap=True)


def _terms(request: Request) -> Terms:
    others = tuple(Engine) if request.engine == ALL else tuple(Engine(each) for each in _other(request.engine))
    own = request.engine in (OURS, ALL)
    return Terms(
        at=instant(request.at, command=COMMAND),
        trust=_trust_place(request) if own else None,
        slots=SlotsPolicy(request.policy, slots_told(request.slots)),
        registry=request.registry if own else None,
        roster=request.roster if own else None,
        sender=request.sender,
        others=others,
        identify=request.format == "etsi",
    )


def _setting(request: Request, terms: Terms) -> Setting:
    return Setting(
        at=terms.at,
        policy=request.policy if terms.trust is not None else "",
        # Read before children are started that all would fail on it.
        trust=trust_in_someone(terms.trust, command=COMMAND).state if terms.trust is not None else "",
        registry=terms.registry is not None,
        roster=terms.roster is not None,
        others={engine: engine.version for engine in terms.others},
        masked=request.masked,
    )


def _other(engine: str) -> Sequence[str]:
    return [] if engine == OURS else [engine]


def _trust_place(request: Request) -> TrustPlace:
    return trust_place(request.trust, request.settings_trust, command=COMMAND, lacking=_NO_TRUST)


def _refuse_nonsense(request: Request) -> None:
    refuse_unknown(
        (
            (request.format, names(), "--format"),
            (request.engine, {OURS, *Engine, ALL}, "--engine"),
            (request.lang, {"vi", "en"}, "--lang"),
            *choices_of_signers(request.policy, slots_told(request.slots) or ()),
        ),
        command=COMMAND,
    )
    if request.format == "etsi" and request.engine not in (OURS, ALL):
        raise _usage(
            "--format etsi ghi kết luận của hub: dùng --engine ours hoặc all.",
            "--format etsi writes the hub's verdicts: use --engine ours or all.",
        )
    _try_files(request)


def _try_files(request: Request) -> None:
    """Before children are started that all would fail on them."""
    for option, file, read in (
        ("--registry", request.registry, registry_from),
        ("--roster", request.roster, _assignments_from),
    ):
        if file is None:
            continue
        try:
            read(file)
        except UnusableFileError as error:
            raise _usage(f"{option} {file}: {error.vi}.", f"{option} {file}: {error.en}.") from error


def _assignments_from(file: Path) -> None:
    if content_of(file, MOST_OCTETS).startswith(b"PK"):
        raise UnusableFileError("cần tệp JSON có phân công", "a JSON file with assignments is needed")
    roster_from(file, None)


def _usage(vi: str, en: str) -> Failure:
    return wrong_call(COMMAND, vi, en)
