"""What the commands do: ask the registry, or change it in one transaction under the name of whoever asks."""

import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.progress import track

from hub import desk
from hub.certificates.entering import Answer, Entry, Terms, enter, entries_of_files, entries_of_list
from hub.certificates.lists import moment, read_list
from hub.failures import Failure, file_missing
from hub.settings import Settings
from ledger import certificate_views as views
from ledger import certificates, registration_signatures
from ledger.certificate_views import CertificateCard, CertificateView, EventView
from ledger.certificates import STAFF_APPROVERS, NotInState, SpanEmpty
from ledger.database import Connection
from ledger.registration_signatures import RegistrationSignature
from routes.registration_message import CannotRegister, prepare_message
from routes.signers import Signers

LISTS = (".csv", ".xlsx")
LARGEST_REGISTRATION = 256 * 1024
"""octets of a registration that a school has signed itself"""
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
    """Enter files, folders or lists, all in one transaction.

    Raises:
        Failure: a path cannot be read.
    """
    terms = Terms(settings.certificates.approver, approved, who(), datetime.now(UTC))

    async def work(connection: Connection) -> list[Answer]:
        async with connection.transaction():
            answers = await enter(connection, _progress(_entries(paths, given)), terms)
            if dry_run:
                raise _Undone(answers)
        return answers

    try:
        return ask(settings, work)
    except _Undone as undone:
        return undone.answers


def enter_file(settings: Settings, file: Path, given: Mapping[str, str]) -> list[Answer]:
    """Register the certificate in one file; it waits for an approval.

    Raises:
        Failure: there is no such file.
    """
    if not file.is_file():
        raise file_missing(file)
    terms = Terms(settings.certificates.approver, approved=False, actor=who(), now=datetime.now(UTC))

    async def work(connection: Connection) -> list[Answer]:
        async with connection.transaction():
            return await enter(connection, entries_of_files([file], given), terms)

    return ask(settings, work)


def _entries(paths: Sequence[Path], given: Mapping[str, str]) -> Iterator[Entry | Answer]:
    """One after the other: a city's certificates need not be in memory at once."""
    lists = [path for path in paths if path.suffix.lower() in LISTS]
    yield from entries_of_files([path for path in paths if path not in lists], given)
    for path in lists:
        yield from entries_of_list(read_list(path), path.parent)


def _progress(entries: Iterable[Entry | Answer]) -> Iterable[Entry | Answer]:
    """On a terminal, how many were gone through."""
    return track(
        entries,
        "Chứng thư số · certificates",
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )


def found(settings: Settings, name: str) -> tuple[CertificateCard, Sequence[EventView]]:
    """The certificate of a serial number or fingerprint, and its history.

    Raises:
        Failure: there is none, or the name fits several.
    """

    async def look(connection: Connection) -> tuple[CertificateCard | None, Sequence[EventView], list[bytes]]:
        those = await certificates.find(connection, name)
        if len(those) != 1:
            return None, (), those
        card = await views.certificate(connection, sha256=those[0])
        return card, await views.history(connection, sha256=those[0]), those

    card, events, those = ask(settings, look)
    if card is None:
        raise _several(name, those) if those else _none(name)
    return card, events


def _several(name: str, those: Sequence[bytes]) -> Failure:
    beginnings = ", ".join(sha256.hex()[:16] for sha256 in those[:5])
    return Failure(
        vi=f"Nhiều chứng thư số ứng với «{name[:70]}».",
        en=f"Several certificates fit «{name[:70]}».",
        do_vi=f"Chỉ rõ bằng SHA-256: {beginnings}.",
        do_en=f"Name one by its SHA-256: {beginnings}.",
        code=64,
    )


def _none(name: str) -> Failure:
    return Failure(
        vi=f"Không có chứng thư số ứng với «{name[:70]}».",
        en=f"There is no certificate «{name[:70]}».",
        do_vi="Xem số serial và SHA-256 bằng «hocba certificates list --format json».",
        do_en="See «hocba certificates list --format json».",
        code=64,
    )


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


def signatures(settings: Settings, rows: Sequence[CertificateView]) -> Mapping[int, RegistrationSignature]:
    """Registration → its signature, of those that wait for one from a remote service or get none."""
    waiting = [row.id for row in rows if row.state == "waiting" and row.approver == "portal"]
    if not waiting:
        return {}
    return ask(settings, lambda connection: registration_signatures.of_registrations(connection, waiting))


def check_decider(row: CertificateView) -> None:
    """Whether people decide here.

    Raises:
        Failure: a portal does.
    """
    if row.state == "waiting" and row.approver not in STAFF_APPROVERS:
        raise Failure(
            vi=f"Đăng ký số {row.id} do cổng phê duyệt (giao dịch 4), không quyết định ở đây.",
            en=f"The portal decides on registration {row.id} (transaction 4), not people here.",
            do_vi=f"Gửi bằng «hocba certificates send {row.id}»; hoặc đặt certificates.approver rồi đăng ký lại.",
            do_en=f"Send it with «hocba certificates send {row.id}», or set certificates.approver and register it again.",
            code=65,
        )


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
    last = _moment(at, end=True) or datetime.now(UTC)
    _change(settings, lambda connection: certificates.end(connection, row.id, actor=who(), at=last, why=why))


def send(settings: Settings, row: CertificateView, *, signed: Path | None) -> str | None:
    """Put the message of transaction 3 on its way; its messageid, None while the certificate's holder is asked to sign.

    Raises:
        Failure: there is nothing to send, or what there is would be refused.
    """
    content = None if signed is None else _content(signed)
    signing = settings.routes.signing

    async def prepare(connection: Connection) -> str | None:
        signers = Signers(signing.services, certificate_seconds=signing.waiting.certificate_seconds)
        try:
            return await prepare_message(
                connection, row.id, destination="city", settings=settings.routes, signed=content, signers=signers
            )
        finally:
            await signers.close()

    try:
        return ask(settings, prepare)
    except CannotRegister as error:
        words, found = error.hindrance.value, error.findings[:3]
        raise Failure(
            vi=" ".join((words.vi, *(each.message.vi for each in found))),
            en=" ".join((words.en, *(each.message.en for each in found))),
            code=65,
        ) from error


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            octets = stream.read(LARGEST_REGISTRATION + 1)
    except OSError as error:
        raise file_missing(file) from error
    if len(octets) > LARGEST_REGISTRATION:
        raise Failure(
            vi=f"Tệp {file.name} quá lớn: đăng ký đã ký chỉ vài chục KB.",
            en=f"{file.name} is too large: a signed registration has some tens of kB.",
            code=65,
        )
    return octets


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
