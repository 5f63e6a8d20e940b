"""`hocba convert` behind its options: what was asked for, the conversion, the report, the exit code."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console

from hub.checking.sources import found_in
from hub.converting.defaults import USAGE, defaults_from, usage
from hub.converting.drafts import Stamp
from hub.converting.engine import Converter
from hub.converting.sinks import SUFFIXES, further, write
from hub.converting.telling import Teller
from hub.failures import Failure, program_fault
from hub.watching import watched
from schemas.profiles import Medium, Profile, profiles
from schemas.record import VIETNAM
from transformers.ndc import Event

ALL, SOME, BROKEN = 0, 1, 3
"""exit codes, beside USAGE"""
_HIGHEST_VERSION = 99_999


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for."""

    paths: Sequence[Path]
    """files, folders, archives"""
    target: str
    """name of a profile, or of a folder of profiles: then the level of each record says which"""
    output: Path | None
    """a file, or a folder for one file each"""
    sets: Sequence[str]
    """member=value"""
    defaults: Path | None
    """the same in a file"""
    event: str | None
    """sukien of rows; None: NEW"""
    version: int | None
    """phienban of rows; None: 1"""
    dry_run: bool
    """tell, and write nothing"""
    overwrite: bool
    """write over what is there"""
    lang: str
    """vi or en"""


def run(request: Request) -> int:
    """Convert, report, and say by the exit code what came of it.

    Raises:
        Failure: it was called wrongly, or something cannot be written.
    """
    try:
        return _run(request)
    except Failure:
        raise
    except Exception as error:
        raise program_fault(error, code=BROKEN) from error


def _run(request: Request) -> int:
    if request.lang not in ("vi", "en"):
        raise usage(f"--lang: không có «{request.lang}»; có vi, en.", f"--lang: no «{request.lang}»; there are vi, en.")
    targets = targets_of(request.target)
    (target, *_) = targets.values()
    stamp = _stamp(request, target)
    defaults = defaults_from(request.sets, request.defaults)
    defaults.try_on(targets.values())
    place, one_each = _place(request, target)
    converter = Converter(targets, defaults, stamp)
    with watched(quiet=False) as progress:
        try:
            written = write(converter.drafts(found_in(request.paths), progress), target, place, one_each=one_each)
        except OSError as error:
            raise usage(f"Không ghi được {place}.", f"{place} cannot be written.") from error
    return _told(request, converter, written)


def _told(request: Request, converter: Converter, written: Sequence[Path]) -> int:
    report = converter.report
    if report.nothing:
        raise usage("Không có hồ sơ nào để chuyển.", "There is no record to convert.")
    console = Console(soft_wrap=True, highlight=False)
    teller = Teller(report, request.lang, " ".join(shlex.quote(str(path)) for path in request.paths))
    for line in teller.lines(written=written, dry_run=request.dry_run):
        console.print(line)
    if report.unread:
        return USAGE
    return ALL if report.complete else SOME


def targets_of(name: str) -> Mapping[str, Profile]:
    """Kind of schooling → profile, of a profile's name or of a folder's.

    Raises:
        Failure: no profile goes by that name, or several of one kind.
    """
    known = profiles()
    found = [known[name]] if name in known else [each for each in known.values() if each.name.startswith(f"{name}/")]
    kinds: dict[str, Profile] = {each.kind: each for each in found}
    if not found or len(kinds) < len(found):
        some = ", ".join(each.name for each in found) or ", ".join(known)
        raise usage(
            f"--to: «{name}» không phải một cấu trúc; có {some}.", f"--to: «{name}» is no profile; there are {some}."
        )
    return kinds


def _stamp(request: Request, target: Profile) -> Stamp:
    if target.medium is not Medium.JSON and (request.event, request.version) != (None, None):
        raise usage("--event, --version chỉ dùng khi ghi ra ndc-json.", "--event and --version are for ndc-json only.")
    event = (request.event or Event.NEW).upper()
    version = 1 if request.version is None else request.version
    if event not in set(Event):
        some = ", ".join(Event)
        raise usage(f"--event: không có «{event}»; có {some}.", f"--event: no «{event}»; there are {some}.")
    if not version or abs(version) > _HIGHEST_VERSION:
        raise usage(
            "--version: số nguyên khác 0, nhiều nhất 5 chữ số.",
            "--version: a whole number other than 0, of 5 digits at most.",
        )
    return Stamp(Event(event), version, datetime.now(VIETNAM))


def _place(request: Request, target: Profile) -> tuple[Path | None, bool]:
    """Where it is written, and whether each record has its own file there.

    Raises:
        Failure: nowhere, or where it would take the place of something.
    """
    place = request.output
    if request.dry_run:
        return None, False
    if place is None:
        raise usage("Thiếu nơi ghi: thêm --output TỆP hoặc THƯ_MỤC.", "No place to write: add --output FILE or FOLDER.")
    suffix = SUFFIXES[target.medium]
    one_each = place.is_dir() or not place.suffix
    if one_each and target.medium is Medium.WORKBOOK:
        raise usage("Bảng tính là một tệp: --output TỆP.xlsx.", "A workbook is one file: --output FILE.xlsx.")
    if not one_each and place.suffix.lower() != suffix:
        raise usage(f"--output: tên tệp phải có đuôi {suffix}.", f"--output: the file must be called *{suffix}.")
    if not one_each and not place.parent.is_dir():
        raise usage(f"Không có thư mục {place.parent}.", f"There is no folder {place.parent}.")
    if _is_read(place, request.paths):
        raise usage("Nơi ghi trùng với nơi đọc.", "What is written would be what is read.")
    if not request.overwrite and _is_taken(place, one_each=one_each):
        raise usage(
            f"{place} đã có: chọn nơi khác, hoặc thêm --overwrite để ghi đè.",
            f"{place} is there already: choose another place, or add --overwrite.",
        )
    return place, one_each


def _is_taken(place: Path, *, one_each: bool) -> bool:
    if one_each:
        return place.is_dir() and any(place.iterdir())
    return place.exists() or further(place, 2).exists()


def _is_read(place: Path, paths: Sequence[Path]) -> bool:
    """It is one of the paths, or lies below one: a folder is still being read while it is written."""
    there = place.resolve()
    return any(there == path.resolve() or path.resolve() in there.parents for path in paths)
