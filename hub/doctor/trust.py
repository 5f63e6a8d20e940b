"""Anchors that expire, revocation data that is stale or from the future: what makes signatures undecidable."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from asn1crypto import pem
from cryptography import x509

from hub.doctor.findings import Finding, State
from hub.settings import Settings
from signing.trust import EvidenceUnreadable, Lack
from signing.trust.evidence import read_list, read_response

EXPIRY_DAYS = 30


def look_at_trust(settings: Settings) -> Iterator[Finding]:
    """Anchors that expire, revocation data that is stale or from the future: what makes signatures undecidable."""
    folder = settings.signing.trust_folder
    roots = _files(folder / "roots") if folder is not None else []
    if folder is None or not roots:
        yield Finding(
            State.BAD,
            "Chưa có chứng thư số gốc tin cậy: mọi chữ ký sẽ bị từ chối.",
            "No trust anchor: every signature will be refused.",
            "Đặt HOCBA_SIGNING__TRUST_FOLDER: thư mục có roots/, intermediates/, crls/.",
            "Set HOCBA_SIGNING__TRUST_FOLDER: a folder with roots/, intermediates/, crls/.",
        )
        return
    now = datetime.now(UTC)
    for file in (*roots, *_files(folder / "intermediates")):
        yield from _certificate(file, now)
    lists, responses = _files(folder / "crls"), _files(folder / "ocsp")
    if not lists and not responses:
        yield Finding(
            State.WARN,
            "Chưa có thông tin thu hồi (CRL, OCSP): hồ sơ sẽ phải chờ dữ liệu thu hồi.",
            "No revocation list and no OCSP response: records will wait until there is one.",
            f"Bật HOCBA_SIGNING__REVOCATION__ONLINE, hoặc tải CRL của các CA vào {folder / 'crls'}.",
            f"Turn on HOCBA_SIGNING__REVOCATION__ONLINE, or put the authorities' lists into {folder / 'crls'}.",
        )
    most_age = settings.signing.revocation.most_age
    for file in lists:
        yield _revocation_list(file, now, most_age)
    yield from _responses(responses, now, most_age)


def _certificate(file: Path, now: datetime) -> Iterator[Finding]:
    octets = file.read_bytes()
    try:
        certificate = (
            x509.load_pem_x509_certificate(octets) if pem.detect(octets) else x509.load_der_x509_certificate(octets)
        )
    except ValueError:
        yield _unreadable(file)
        return
    days = (certificate.not_valid_after_utc - now).days
    if days < EXPIRY_DAYS:
        yield Finding(
            State.BAD if days < 0 else State.WARN,
            f"Chứng thư số {file.name} hết hạn {certificate.not_valid_after_utc:%d/%m/%Y}.",
            f"The certificate {file.name} expires on {certificate.not_valid_after_utc:%d/%m/%Y}.",
            "Lấy chứng thư mới của CA, kiểm dấu vân tay rồi thêm vào thư mục tin cậy.",
            "Get the authority's new one, compare its fingerprint, add it to the trust folder.",
        )
    else:
        yield Finding(
            State.WELL,
            f"Chứng thư số {file.name} còn hạn đến {certificate.not_valid_after_utc:%d/%m/%Y}.",
            "The certificate is valid.",
        )


def _revocation_list(file: Path, now: datetime, most_age: timedelta | None) -> Finding:
    try:
        statement = read_list(file.read_bytes()).statements[0]
    except EvidenceUnreadable:
        return _unreadable(file)
    match statement.lack(moment=now, now=now, most_age=most_age):
        case Lack.FUTURE:
            return _from_the_future(f"CRL {file.name}", statement.this_update)
        case Lack.STALE:
            ended = statement.until(most_age)
            return Finding(
                State.WARN,
                f"CRL {file.name} đã cũ (hạn {ended:%d/%m/%Y %H:%M} UTC).",
                f"The revocation list {file.name} is stale.",
                "Bật HOCBA_SIGNING__REVOCATION__ONLINE, hoặc tải bản mới vào thư mục crls; hồ sơ đang chờ tự đi tiếp.",
                "Turn on HOCBA_SIGNING__REVOCATION__ONLINE, or fetch the new one; what waits goes on by itself.",
            )
    return Finding(
        State.WELL,
        f"CRL {file.name} còn mới đến {statement.until(most_age):%d/%m/%Y %H:%M} UTC.",
        "The revocation list is fresh.",
    )


def _responses(files: list[Path], now: datetime, most_age: timedelta | None) -> Iterator[Finding]:
    """One line for all of them: a city has tens of thousands."""
    unreadable, lacks, newest = [], Counter[Lack | None](), now
    for file in files:
        try:
            statements = read_response(file.read_bytes()).statements
        except EvidenceUnreadable:
            unreadable.append(file)
            continue
        lacks.update(each.lack(moment=now, now=now, most_age=most_age) for each in statements)
        newest = max(newest, *(each.this_update for each in statements))
    if unreadable:
        yield _unreadable(unreadable[0], more=len(unreadable) - 1)
    if lacks[Lack.FUTURE]:
        yield _from_the_future("OCSP", newest)
    if lacks[Lack.STALE]:
        yield Finding(
            State.WARN,
            f"{lacks[Lack.STALE]} câu trả lời OCSP đã cũ.",
            f"{lacks[Lack.STALE]} OCSP responses are stale.",
            "Kiểm tra kết nối tới OCSP của các CA; chữ ký chờ nếu không có CRL còn mới.",
            "Check the connection to the authorities' responders; signatures wait where no list is fresh.",
        )
    if lacks[None]:
        yield Finding(
            State.WELL, f"{lacks[None]} câu trả lời OCSP còn mới.", f"{lacks[None]} OCSP responses are fresh."
        )


def _from_the_future(what: str, moment: datetime) -> Finding:
    return Finding(
        State.WARN,
        f"{what} ghi thời điểm phát hành ở tương lai ({moment:%d/%m/%Y %H:%M} UTC).",
        f"{what} was issued in the future ({moment:%d/%m/%Y %H:%M} UTC): it settles nothing yet.",
        "Kiểm tra đồng hồ máy này (NTP, chrony); nếu đúng thì báo CA.",
        "Check this machine's clock (NTP, chrony); if it is right, tell the authority.",
    )


def _unreadable(file: Path, *, more: int = 0) -> Finding:
    others = (f" và {more} tệp khác", f" and {more} others") if more else ("", "")
    return Finding(
        State.BAD,
        f"Không đọc được {file.name}{others[0]}.",
        f"{file.name}{others[1]} cannot be read.",
        "Thay bằng tệp PEM hoặc DER đúng.",
        "Replace it by a proper PEM or DER file.",
    )


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(file for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))
