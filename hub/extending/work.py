"""`hocba extend` behind its options: what was asked for, each file carried further, the exit code."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from hub import logs
from hub.extending.asking import Authorities
from hub.extending.carrying import Done, Work, carry
from hub.extending.words import told
from hub.failures import FOUND, GOOD, USAGE, foreseen, wrong_call
from hub.verifying.judging import TrustPlace
from hub.verifying.options import read_trust
from hub.watching import watched
from routes.signing_settings import SigningSettings
from signing.preserve import Level
from signing.trust import TrustStore
from signing.verify.transaction import BATCH_LIMITS

LEVELS = (Level.T, Level.LT, Level.LTA)
"""what a file can be carried to"""
ALGORITHMS = ("sha256", "sha384", "sha512")
"""what new timestamps may be made over"""


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for."""

    files: Sequence[Path]
    """signed records, batches and printed forms (PDF)"""
    level: str
    """T, LT or LTA"""
    renew: bool
    """a further archive timestamp on what has one"""
    digest: str
    """digest of new timestamps"""
    out: Path | None
    """folder of the new files; None: beside the old ones"""
    overwrite: bool
    """write over what is there"""
    trust: Path | None
    """folder of trust; None: the settings' one"""
    settings: Callable[[], SigningSettings]
    """asks the settings"""
    lang: str
    """vi or en"""
    quiet: bool
    """the summary alone, and no progress"""


def run(request: Request) -> int:
    """Carry each file further, tell of each, and say by the exit code what came of it.

    Raises:
        Failure: it was called wrongly, or nothing could be read or written.
    """
    return foreseen(lambda: _run(request))


def _run(request: Request) -> int:
    logs.quiet()
    _refuse_nonsense(request)
    settings = request.settings()
    store, place = _trust(request, settings)
    if request.out is not None:
        _make_folder(request.out)
    console = Console(soft_wrap=True)
    outcomes: list[Done] = []
    with Authorities(settings, store) as stamp, watched(quiet=request.quiet) as progress:
        work = Work(
            level=Level(request.level),
            renew=request.renew,
            algorithm=request.digest,
            trust=store,
            stamp=stamp,
            most_octets=BATCH_LIMITS.octets,
        )
        for file, target in _targets(request):
            done = carry(file, target, work, overwrite=request.overwrite)
            outcomes.append(done)
            if not request.quiet or not done.good:
                for line in told(done, lang=request.lang):
                    console.print(line)
            if progress is not None:
                progress(len(outcomes))
    console.print(_summary(request, outcomes, place))
    if any(done.unread for done in outcomes):
        return USAGE
    return GOOD if all(done.good for done in outcomes) else FOUND


def _targets(request: Request) -> Iterator[tuple[Path, Path]]:
    """Each file with where its new form goes: `name.lta.xml` beside it, or the same name in another folder."""
    for file in request.files:
        if request.out is not None:
            yield file, request.out / file.name
        else:
            yield file, file.with_name(f"{file.stem}.{request.level.lower()}{file.suffix or '.xml'}")


def _summary(request: Request, outcomes: Sequence[Done], place: TrustPlace) -> Text:
    good = sum(done.good for done in outcomes)
    vi = f"{good}/{len(outcomes)} tệp ở mức {request.level} trở lên · kho tin cậy {place.folder}"
    en = f"{good}/{len(outcomes)} files at level {request.level} or above · trust {place.folder}"
    style = "bold green" if good == len(outcomes) else "bold red"
    return Text(vi if request.lang == "vi" else en, style=style)


def _trust(request: Request, settings: SigningSettings) -> tuple[TrustStore, TrustPlace]:
    place = TrustPlace(request.trust or settings.trust_folder, settings.revocation.most_age)
    store = read_trust(place, command="extend")
    if store.is_empty:
        raise wrong_call(
            "extend",
            "Chưa có kho chứng thư tin cậy: thêm --trust THƯ_MỤC (roots/, intermediates/, crls/, ocsp/).",
            "There is no trust folder: add --trust FOLDER (roots/, intermediates/, crls/, ocsp/).",
        )
    return store, place


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise wrong_call(
            "extend", f"--output {folder}: không tạo được.", f"--output {folder}: cannot be made."
        ) from error


def _refuse_nonsense(request: Request) -> None:
    for value, allowed, option in (
        (request.level, [str(level) for level in LEVELS], "--level"),
        (request.digest, ALGORITHMS, "--digest"),
        (request.lang, ["vi", "en"], "--lang"),
    ):
        if value not in allowed:
            some = ", ".join(allowed)
            raise wrong_call("extend", f"{option}: không có «{value}»; có {some}.", f"{option}: only {some}.")
    if request.renew and request.level != Level.LTA:
        raise wrong_call(
            "extend",
            "--renew chỉ đi với --level LTA.",
            "--renew goes with --level LTA alone.",
        )
    names = [file.name for file in request.files]
    if request.out is not None and len(set(names)) < len(names):
        raise wrong_call(
            "extend",
            "--output: có hai tệp trùng tên.",
            "--output: two of the files have the same name.",
        )
