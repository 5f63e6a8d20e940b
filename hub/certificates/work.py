"""What the commands do: ask the registry, or change it in one transaction under the name of whoever asks."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path
from typing import TypeVar

from hub import desk
from hub.certificates.entering import Answer, Entry, Terms, enter, entries_of_files, entries_of_list
from hub.certificates.lists import moment, read_list
from hub.failures import Failure
from hub.settings import Settings
from ledger import certificate_views as views
from ledger import certificates
from ledger.certificate_views import CertificateCard, CertificateView, EventView
from ledger.certificates import NotInState, SpanEmpty
from ledger.database import Connection
from routes.registration_message import CannotRegister, prepare_message

LISTS = (".csv", ".xlsx")
Answered = TypeVar("Answered")


class _Undone(Exception):
    """Takes a dry run back; carries its answers."""

    def __init__(self, answers: list[Answer]) -> None:
        self.answers = answers


def ask(settings: Settings, question: Callable[[Connection], Awaitable[Answered]]) -> Answered:
    """One transaction on the ledger; see `desk.ask`."""
    return desk.ask(settings, question)


def who() -> str:
    """Whoever sits at this terminal, in the registry's history."""
    return f"{desk.ACTOR}:{getuser()}"[:60]


def enter_paths(
    settings: Settings, paths: Sequence[Path], given: Mapping[str, str], *, approved: bool, dry_run: bool
) -> list[Answer]:
    """Enter files, folders or one list.

    Raises:
        Failure: a path cannot be read.
    """
    entries = _entries(paths, given)
    terms = Terms(settings.certificates.approver, approved, who(), datetime.now(UTC))

    async def work(connection: Connection) -> list[Answer]:
        async with connection.transaction():
            answers = await enter(connection, entries, terms)
            if dry_run:
                raise _Undone(answers)
        return answers

    try:
        return ask(settings, work)
    except _Undone as undone:
        return undone.answers


def _entries(paths: Sequence[Path], given: Mapping[str, str]) -> list[Entry | Answer]:
    lists = [path for path in paths if path.suffix.lower() in LISTS]
    files = [path for path in paths if path not in lists]
    entries = list(entries_of_files(files, given))
    for path in lists:
        entries += entries_of_list(read_list(path), path.parent)
    return entries


def found(settings: Settings, name: str) -> tuple[CertificateCard, Sequence[EventView]]:
    """The certificate of a serial number or fingerprint, and its history.

    Raises:
        Failure: there is none, or the name fits several.
    """

    async def look(connection: Connection) -> tuple[CertificateCard | None, Sequence[EventView], int]:
        those = await certificates.find(connection, name)
        if len(those) != 1:
            return None, (), len(those)
        card = await views.certificate(connection, sha256=those[0])
        return card, await views.history(connection, sha256=those[0]), 1

    card, events, count = ask(settings, look)
    if card is None:
        raise Failure(
            vi=f"{'Nhiều' if count else 'Không có'} chứng thư số ứng với «{name}».",
            en=f"{'Several certificates fit' if count else 'There is no certificate'} «{name}».",
            do_vi="Xem số serial và SHA-256 bằng «hocba certificates list».",
            do_en="See «hocba certificates list».",
            code=64,
        )
    return card, events


def registration(settings: Settings, number: int) -> CertificateView:
    """One registration.

    Raises:
        Failure: there is none with this number.
    """
    row = ask(settings, lambda connection: views.registration(connection, number))
    if row is None:
        raise Failure(
            vi=f"Không có đăng ký số {number}.",
            en=f"There is no registration {number}.",
            do_vi="Xem số đăng ký bằng «hocba certificates list».",
            do_en="See «hocba certificates list».",
            code=64,
        )
    return row


def approve(settings: Settings, row: CertificateView, *, since: str, until: str, why: str) -> None:
    """Approve a registration.

    Raises:
        Failure: it does not wait, or a day is none.
    """
    first, last = _moment(since), _moment(until, end=True)
    _change(
        settings,
        lambda connection: certificates.approve(
            connection, row.id, actor=who(), valid_from=first, valid_to=last, why=why
        ),
    )


def refuse(settings: Settings, row: CertificateView, *, why: str) -> None:
    """Refuse a registration.

    Raises:
        Failure: it does not wait.
    """
    _change(settings, lambda connection: certificates.refuse(connection, row.id, actor=who(), why=why))


def end(settings: Settings, row: CertificateView, *, at: str, why: str) -> None:
    """End an approval.

    Raises:
        Failure: it is not approved, or ends earlier already.
    """
    moment = _moment(at, end=True) or datetime.now(UTC)
    _change(settings, lambda connection: certificates.end(connection, row.id, actor=who(), at=moment, why=why))


def send(settings: Settings, row: CertificateView, *, signed: Path | None) -> str:
    """Put the message of transaction 3 on its way; returns its messageid.

    Raises:
        Failure: there is nothing to send, or what there is would be refused.
    """
    content = None if signed is None else signed.read_bytes()

    async def prepare(connection: Connection) -> str:
        return await prepare_message(connection, row.id, destination="city", settings=settings.routes, signed=content)

    try:
        return ask(settings, prepare)
    except CannotRegister as error:
        words = error.hindrance.value
        raise Failure(vi=words.vi, en=words.en, code=65) from error


def _change(settings: Settings, change: Callable[[Connection], Awaitable[None]]) -> None:
    try:
        ask(settings, change)
    except NotInState as error:
        raise Failure(
            vi=f"Đăng ký này đang ở trạng thái «{error.args[0]}», không làm được việc đó.",
            en=f"The registration is {error.args[0]}: this cannot be done.",
            code=65,
        ) from error
    except SpanEmpty as error:
        raise Failure(
            vi="Ngày đó nằm ngoài hạn của chứng thư số hoặc của lần phê duyệt.",
            en="That day lies outside the certificate's or the approval's dates.",
            code=65,
        ) from error


def _moment(text: str, *, end: bool = False) -> datetime | None:
    try:
        return moment(text, end=end) if text else None
    except ValueError as error:
        raise Failure(
            vi=f"«{text[:40]}» không phải ngày.",
            en=f"«{text[:40]}» is no day.",
            do_vi="Viết 2026-05-31 hoặc 31/05/2026.",
            do_en="Write 2026-05-31.",
            code=64,
        ) from error
