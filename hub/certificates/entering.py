"""Entering certificates: one at a time, a folder of them, or a list; each row gets its own answer, all or nothing lasts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from hub.certificates.lists import ROLES, ListedRow, moment
from hub.failures import file_missing
from ledger import certificates
from ledger.certificates import CertificateFacts, Entered, NoSuchUnit, SpanEmpty, Wanted
from ledger.database import Connection
from routes.certificates import LARGEST_FILE, IsAuthority, NotACertificate, read_file

SUFFIXES = (".pem", ".crt", ".cer", ".der")
MOST_FILES = 20_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A certificate, with what it is to be allowed."""

    name: str
    """file or row, as the person knows it"""
    facts: CertificateFacts | None = field(repr=False)
    """what its file says; None where the list names a certificate that the registry knows"""
    row: Mapping[str, str] = field(default_factory=dict)
    """unit, role, valid_from, valid_to, kind, provider, sha256, serial: as written"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one entry."""

    name: str
    """file or row"""
    outcome: Literal["taken", "there", "refused"]
    """something was entered, it stood there already, or it was not taken"""
    vi: str
    """what was done, or why not"""
    en: str
    """the same in English"""
    registration: int | None = None
    """id of the registration; None where there is none"""


class Refused(Exception):
    """An entry cannot be taken."""

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(en)
        self.vi, self.en = vi, en


@dataclass(frozen=True, slots=True)
class Terms:
    """How entries are taken."""

    approver: str
    """whose word a registration waits for"""
    approved: bool
    """the city hands them over as approved"""
    actor: str
    """who enters them"""
    now: datetime
    """the day from which a certificate counts where nothing else is said"""


def entries_of_files(paths: Sequence[Path], given: Mapping[str, str]) -> Iterator[Entry | Answer]:
    """Every certificate in files and folders; what is none is answered at once.

    Raises:
        Failure: a path does not exist.
    """
    for number, file in enumerate(_files(paths)):
        name = file.name.encode(errors="replace").decode()
        if number >= MOST_FILES:
            yield Answer(name, "refused", f"quá {MOST_FILES} tệp", f"more than {MOST_FILES} files")
            return
        try:
            yield from (Entry(name, each, given) for each in _read(file))
        except Refused as refused:
            yield Answer(name, "refused", refused.vi, refused.en)


def entries_of_list(rows: Sequence[ListedRow], folder: Path) -> Iterator[Entry | Answer]:
    """Every row of a list; files are looked for beside it."""
    for row in rows:
        name = f"dòng {row.number}"
        try:
            yield Entry(name, _listed(row, folder), row.values)
        except Refused as refused:
            yield Answer(name, "refused", refused.vi, refused.en)


def _listed(row: ListedRow, folder: Path) -> CertificateFacts | None:
    if not row.text("unit"):
        raise Refused("thiếu mã đơn vị", "the unit's code is missing")
    if not row.text("file"):
        return None
    file = (folder / row.text("file")).resolve()
    if not file.is_relative_to(folder.resolve()) or not file.is_file():
        raise Refused("không có tệp này cạnh danh sách", "there is no such file beside the list")
    found = _read(file)
    if len(found) != 1:
        raise Refused("tệp có nhiều chứng thư, không rõ lấy cái nào", "the file holds several certificates")
    return found[0]


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from (each for each in sorted(path.rglob("*")) if each.is_file() and each.suffix.lower() in SUFFIXES)
        elif path.is_file():
            yield path
        else:
            raise file_missing(path)


def _read(file: Path) -> tuple[CertificateFacts, ...]:
    try:
        with file.open("rb") as stream:
            return read_file(stream.read(LARGEST_FILE + 1))
    except OSError as error:
        raise Refused("không đọc được tệp", "the file cannot be read") from error
    except NotACertificate as error:
        raise Refused("không phải tệp chứng thư số (PEM hoặc DER)", "it is no certificate in PEM or DER") from error
    except IsAuthority as error:
        raise Refused("là chứng thư của tổ chức cấp, không dùng để ký học bạ", "an authority's certificate") from error


async def enter(connection: Connection, entries: Iterable[Entry | Answer], terms: Terms) -> list[Answer]:
    """Enter them in the transaction at hand, each in its own part of it."""
    answers = []
    for entry in entries:
        if isinstance(entry, Answer):
            answers.append(entry)
            continue
        try:
            async with connection.transaction():
                answers.append(await _enter(connection, entry, terms))
        except Refused as refused:
            answers.append(Answer(entry.name, "refused", refused.vi, refused.en))
    return answers


async def _enter(connection: Connection, entry: Entry, terms: Terms) -> Answer:
    found = entry.facts
    if found is not None:
        await certificates.remember(connection, [found])
        if not entry.row.get("unit"):
            return Answer(entry.name, "taken", "đã ghi nhận, chưa gắn với đơn vị nào", "kept, for no unit yet")
    since, until = _moment(entry.row, "valid_from"), _moment(entry.row, "valid_to", end=True)
    wanted = Wanted(
        unit=entry.row["unit"],
        role=_role(entry.row),
        sha256=found.sha256 if found is not None else await _known(connection, entry.row),
        valid_from=since or (found.not_before if found is not None else None) or terms.now,
        approver=terms.approver,
        source="import" if terms.approved else "staff",
        kind=entry.row.get("kind", ""),
        provider=entry.row.get("provider", ""),
    )
    return _answer(entry, await _decided(connection, wanted, terms, since=since, until=until))


async def _decided(
    connection: Connection, wanted: Wanted, terms: Terms, *, since: datetime | None, until: datetime | None
) -> Entered:
    try:
        if terms.approved:
            return await certificates.enter_approved(connection, wanted, actor=terms.actor, since=since, until=until)
        return await certificates.enter_waiting(connection, wanted, actor=terms.actor)
    except NoSuchUnit as error:
        raise Refused(f"không có đơn vị {wanted.unit[:20]}", f"there is no unit {wanted.unit[:20]}") from error
    except SpanEmpty as error:
        raise Refused("ngày hiệu lực nằm ngoài hạn của chứng thư số", "outside the certificate's own dates") from error


def _answer(entry: Entry, entered: Entered) -> Answer:
    number = entered.id
    told: Mapping[str, tuple[str, str]] = {
        "registered": (f"đăng ký số {number}, chờ duyệt", f"registration {number} waits for an approval"),
        "again": (f"mở lại đăng ký số {number}, chờ duyệt", f"registration {number} is open again and waits"),
        "approved": (f"đã phê duyệt, đăng ký số {number}", f"approved, registration {number}"),
        "changed": (f"đã cập nhật đăng ký số {number}", f"registration {number} was changed"),
        "there": (f"đã có từ trước, đăng ký số {number}", f"there already, registration {number}"),
    }
    if entered.what == "over":
        raise Refused(
            f"lần phê duyệt này đã bị chấm dứt hoặc từ chối ở đây (đăng ký số {number}); muốn duyệt lại thì đăng ký lại",
            f"this approval was ended or refused here (registration {number}): register it again to approve it again",
        )
    vi, en = told[entered.what]
    return Answer(entry.name, "there" if entered.what == "there" else "taken", vi, en, number)


def _role(row: Mapping[str, str]) -> str:
    role = row.get("role", "").strip().upper()
    if role not in ROLES:
        raise Refused(f"vai trò phải là một trong {', '.join(ROLES)}", f"the role must be one of {', '.join(ROLES)}")
    return role


def _moment(row: Mapping[str, str], column: str, *, end: bool = False) -> datetime | None:
    text = row.get(column, "")
    if not text:
        return None
    try:
        return moment(text, end=end)
    except ValueError as error:
        raise Refused(f"«{text[:40]}» không phải ngày (2026-05-31 hoặc 31/05/2026)", "not a day") from error


async def _known(connection: Connection, row: Mapping[str, str]) -> bytes:
    """The one certificate that the registry knows by this fingerprint or serial number."""
    found = await certificates.find(connection, row.get("sha256") or row.get("serial", ""))
    if len(found) != 1:
        raise Refused(
            "chưa có chứng thư này, hoặc nhiều chứng thư cùng số: hãy chỉ tệp chứng thư",
            "no certificate is known by that, or several are: name its file",
        )
    return found[0]
