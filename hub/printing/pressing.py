"""Records set as the Ministry's form, PDF/A with the XML inside: sealed where asked, logged, written."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from getpass import getuser
from pathlib import Path
from uuid import UUID

from rich.console import Console
from rich.text import Text

from hub import desk
from hub.failures import Failure
from hub.printing.finding import Found, find
from hub.settings import Settings
from ledger import copies
from ledger.copies import Purpose, Way
from ledger.database import Connection
from routes.keys import keys_of
from routes.sealed_forms import NotSealed, sealed_form
from signing.printed import PreparedPdf
from transformers.printed.form import NotOnePupilError, Printable, TooLongError
from transformers.printed.press import Press

UNPRINTED = 1
"""exit code when some record could not be printed"""


def purpose_of(name: str) -> Purpose:
    """What a copy is for.

    Raises:
        Failure: not on the list.
    """
    try:
        return Purpose(name)
    except ValueError as error:
        raise Failure(
            vi=f"Không có mục đích «{name}».",
            en=f"There is no purpose «{name}».",
            do_vi=f"Chọn một trong: {', '.join(Purpose)}.",
            do_en=f"One of: {', '.join(Purpose)}.",
            code=64,
        ) from error


def print_records(
    settings: Settings,
    names: Sequence[str],
    *,
    output: Path | None,
    join: bool,
    sign: bool,
    purpose: Purpose,
    console: Console,
) -> int:
    """Print every record named, each as one PDF or all as one, under the school's seal if asked; 0 when all are printed.

    Raises:
        Failure: a name means nothing, a file cannot be read, or records that are to be joined are not one pupil's.
    """
    found = [each for name in names for each in find(settings, name)]
    good = [each for each in found if each.printable is not None]
    for each in found:
        if each.printable is None:
            console.print(Text(f"✗ {each.name}: {each.why}", "red"))
    if join and len(good) < len(found):
        return UNPRINTED  # a joined form with a year missing would be read as whole
    press = _Press(settings, sign=sign)
    sets = [good] if join and good else [[each] for each in good]
    targets = _targets(output, sets)
    unsealed = 0
    for group, target in zip(sets, targets, strict=True):
        try:
            _print(settings, press, group, target, purpose)
        except NotSealed as error:
            unsealed += 1
            console.print(Text(f"✗ {group[0].name}: {error.words.vi} · {error.words.en}", "red"))
            continue
        console.print(Text(f"✓ {target}"))
    if any(not each.ours for each in good):
        console.print(Text("Bản in từ tệp không ghi vào nhật ký của hub. · Copies of files are not logged.", "dim"))
    return UNPRINTED if unsealed or len(good) < len(found) else 0


class _Press:
    """Sets forms, and seals them where that was asked for."""

    def __init__(self, settings: Settings, *, sign: bool) -> None:
        self._settings = settings
        self._press = Press()
        self._keys = keys_of(settings.signing) if sign else None
        self.print = self._sealed if sign else self._plain

    def _plain(self, printables: Sequence[Printable]) -> bytes:
        return self._press.print(printables, self._settings.printing)

    def _sealed(self, printables: Sequence[Printable]) -> bytes:
        async def run(work: Callable[[], PreparedPdf]) -> PreparedPdf:
            return work()

        sealing = sealed_form(
            self._press,
            printables,
            printing=self._settings.printing,
            signing=self._settings.signing,
            keys=self._keys,
            run=run,
        )
        return asyncio.run(sealing)


def _print(settings: Settings, press: _Press, group: Sequence[Found], target: Path, purpose: Purpose) -> None:
    printables = [each.printable for each in group if each.printable is not None]
    try:
        pdf = press.print(printables)
    except NotOnePupilError as error:
        raise Failure(
            vi="Các hồ sơ này không phải các năm học của một học sinh ở một cấp học, nên không in chung được.",
            en="These are not one pupil's school years at one level of schooling: they cannot be joined.",
            do_vi="Bỏ --join, hoặc chỉ nêu hồ sơ của một học sinh, mỗi hồ sơ một lần.",
            do_en="Leave out --join, or name one pupil's records only, each once.",
            code=65,
        ) from error
    except TooLongError as error:
        raise Failure(
            vi=f"{group[0].name}: hồ sơ dài quá mức của một bản in.",
            en=f"{group[0].name} is longer than a form can be.",
            code=65,
        ) from error
    ours = [each.printable.record.uuid for each in group if each.ours and each.printable is not None]
    if ours:
        _log(settings, ours, purpose, pdf)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(pdf)
    except OSError as error:
        raise Failure(
            vi=f"Không ghi được {target}: {error.strerror}.",
            en=f"{target} cannot be written: {error.strerror}.",
            do_vi="Chọn nơi khác bằng --output.",
            do_en="Choose another place with --output.",
            code=73,
        ) from error


def _log(settings: Settings, uuids: Sequence[str], purpose: Purpose, pdf: bytes) -> None:
    """Written down before the copy exists: one that could not be logged is not issued."""
    sha256 = hashlib.sha256(pdf).digest()

    async def log(connection: Connection) -> None:
        for uuid in uuids:
            await copies.log_copy(
                connection, UUID(uuid), actor=f"cli:{getuser()}", way=Way.COMMAND, purpose=purpose, pdf_sha256=sha256
            )

    desk.ask(settings, log)


def _targets(output: Path | None, sets: Sequence[Sequence[Found]]) -> list[Path]:
    if output is not None and output.suffix.lower() == ".pdf":
        if len(sets) > 1:
            raise Failure(
                vi=f"Có {len(sets)} bản in mà chỉ một tệp {output}.",
                en=f"There are {len(sets)} copies for one file {output}.",
                do_vi="Nêu một thư mục, hoặc thêm --join nếu là các năm của một học sinh.",
                do_en="Name a folder, or add --join for one pupil's years.",
                code=64,
            )
        return [output] * len(sets)
    folder = output or Path()
    return [folder / name for name in _file_names(sets)]


def _file_names(sets: Sequence[Sequence[Found]]) -> Iterator[str]:
    seen: Counter[str] = Counter()
    for group in sets:
        newest = max((each.printable for each in group if each.printable), key=lambda each: each.record.school_year)
        try:
            name = str(UUID(newest.record.uuid))
        except ValueError:
            name = "khong-ro-ma"  # what a file says of itself must not choose where another file lands
        seen[name] += 1
        yield f"hoc-ba-{name}.pdf" if seen[name] == 1 else f"hoc-ba-{name}-{seen[name]}.pdf"
