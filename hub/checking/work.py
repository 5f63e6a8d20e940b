"""`hocba check` behind its options: what was asked for, the check, the report, the exit code."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from hub.checking.engine import check
from hub.checking.formats import format_of, names
from hub.checking.formats.text import summary
from hub.checking.looking import Terms
from hub.checking.options import choices_of_signers, refuse_unknown, slots_told
from hub.checking.report import Report
from hub.checking.writing import hand_over, look_for
from hub.failures import FOUND, GOOD, USAGE, Failure, foreseen, wrong_call
from hub.watching import watched
from schemas.policies import SlotsPolicy
from schemas.profiles import profiles

FAIL_ON = ("error", "warning", "never")
"""what makes a check fail"""


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for."""

    paths: Sequence[Path]
    """files, folders, archives"""
    profile: str | None
    """name of a profile, or None: by each record's own word"""
    format: str
    """how the report is written"""
    output: Path | None
    """where it is written; None: standard output"""
    lang: str
    """vi or en"""
    fail_on: str
    """error, warning or never"""
    policy: str
    """whose word on who must sign"""
    slots: str | None
    """slots that must be signed, with commas between; None: by the policy"""
    roster: Path | None
    """file of schools, pupils and who teaches what"""
    roster_of: str | None
    """MA_TRUONG/school year of a roster that does not say so itself"""
    masked: bool | None
    """hide personal values; None: as the format does by itself"""
    jobs: int | None
    """processes; None: one per core"""
    quiet: bool
    """the summary alone, and no progress"""


def run(request: Request) -> int:
    """Check, report, and say by the exit code what came of it.

    Raises:
        Failure: it was called wrongly, or something could not be read or written.
    """
    return foreseen(lambda: _run(request))


def _run(request: Request) -> int:
    _refuse_nonsense(request)
    with watched(quiet=request.quiet) as progress:
        report = check(request.paths, _terms(request), jobs=request.jobs, progress=progress)
    if report.nothing:
        raise _usage("Không có hồ sơ nào để kiểm tra.", "There is no record to check.")
    found = report.errors > 0 or (report.warnings > 0 and request.fail_on == "warning")
    _write(request, report, failed=found or bool(report.unread))
    if report.unread:
        return USAGE
    return FOUND if found and request.fail_on != "never" else GOOD


def _terms(request: Request) -> Terms:
    policy = SlotsPolicy(request.policy, slots_told(request.slots))
    return Terms(request.profile, policy, roster=request.roster, roster_of=_roster_of(request))


def _roster_of(request: Request) -> tuple[str, str] | None:
    if request.roster_of is None:
        return None
    school, _, year = request.roster_of.partition("/")
    if not school or not year:
        raise _usage("--roster-of: ghi MÃ_TRƯỜNG/NĂM_HỌC.", "--roster-of: write SCHOOL_CODE/SCHOOL_YEAR.")
    return school, year


def _refuse_nonsense(request: Request) -> None:
    refuse_unknown(
        (
            (request.profile, profiles(), "--profile"),
            (request.format, names(), "--format"),
            (request.lang, {"vi", "en"}, "--lang"),
            (request.fail_on, FAIL_ON, "--fail-on"),
            *choices_of_signers(request.policy, slots_told(request.slots) or ()),
        ),
        command="check",
    )
    if request.roster is not None:
        _try_roster(_terms(request))
    if format_of(request.format).BINARY and request.output is None and sys.stdout.isatty():
        raise _usage(
            f"Bảng {request.format} cần nơi ghi: thêm --output TỆP.",
            f"{request.format} needs a place: add --output FILE.",
        )


def _try_roster(terms: Terms) -> None:
    """Before children are started that all would fail on it."""
    from hub.checking.given import UnusableFileError
    from hub.checking.rostering import roster_from

    assert terms.roster is not None
    try:
        roster_from(terms.roster, terms.roster_of)
    except UnusableFileError as error:
        raise _usage(f"--roster {terms.roster}: {error.vi}.", f"--roster {terms.roster}: {error.en}.") from error


def _write(request: Request, report: Report, *, failed: bool) -> None:
    module = format_of(request.format)
    masked = module.MASKED if request.masked is None else request.masked
    look = look_for(lang=request.lang, output=request.output, quiet=request.quiet, masked=masked, failed=failed)
    hand_over(module.render(report.masked() if masked else report, look), request.output, command="check")
    if request.output is not None and not request.quiet:
        Console(stderr=True).print(summary(report, look), soft_wrap=True)


def _usage(vi: str, en: str) -> Failure:
    return wrong_call("check", vi, en)
