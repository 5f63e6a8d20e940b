"""Recall lists (transaction 5) and certificate registrations (3) as values, and as the official forms carry them.

What is written is canonical XML already, without white space, so that a transaction's signature needs no second look.
"""

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Any

from schemas.profiles import Profile
from schemas.record import BirthDate, CanonicalRecord, Sex
from schemas.told import mapped
from schemas.transactions import ENTRY, RECALL, RECALL_MEMBERS, REGISTRATION, ROOTS
from transformers.official import escape

RECALL_ID, REGISTRATION_ID = "dataDanhSach", "dataChungThuSo"
"""identifiers that the transactions' signatures refer to"""
_CERTIFICATE = "CHUNG_THU_SO"


class UnreadableError(ValueError):
    """A content that its checker would have refused."""


@dataclass(frozen=True, slots=True)
class RecallEntry:
    """One record that is to be recalled: what the official list tells of it."""

    uuid: str
    """MA_TRA_CUU_UUID of the record in force"""
    name: str
    """HO_VA_TEN"""
    sex: Sex
    """GIOI_TINH"""
    born: BirthDate
    """NGAY_SINH"""
    personal_id: str
    """SO_CCCD"""
    school_name: str
    """TEN_TRUONG"""
    school_code: str
    """MA_TRUONG"""
    school_year: str
    """TEN_NAM_HOC"""


@dataclass(frozen=True, slots=True)
class CertificateRegistration:
    """One certificate that a unit wants approved for its signatures."""

    unit: str
    """ma_don_vi"""
    serial_number: str
    """in upper-case hexadecimal"""
    valid_from: date
    """ngay_hieu_luc"""
    kind: str
    """ma_kieu_chu_ky: USB_TOKEN, REMOTE_SIGNING, or what the catalogue says"""
    issuer: str
    """nha_phat_hanh: VNPT, BKAV, VIETTEL, BAN_CO_YEU, or what the catalogue says"""


_FIELDS: Mapping[str, str] = dict(zip(RECALL_MEMBERS, RecallEntry.__dataclass_fields__, strict=True))
"""member of the record → field of the entry; both in the official order"""


def recall_of(record: CanonicalRecord) -> RecallEntry:
    """What a recall list tells of a record.

    Raises:
        ValueError: the record does not say when the pupil was born, which the list must.
    """
    if record.pupil.born is None:
        raise ValueError("a recall list needs the date of birth")
    return RecallEntry(**{name: attrgetter(member)(record) for member, name in _FIELDS.items()})


def write_recall(entries: Iterable[RecallEntry], profile: Profile) -> bytes:
    """The content of transaction 5, without signature.

    Raises:
        KeyError: a value that the profile's code lists do not have, such as an unknown sex.
    """
    root, write = ROOTS[RECALL], _entry_writer(profile)
    inside = "".join([write(entry) for entry in entries])
    return f'<{root} id="{RECALL_ID}">{inside}</{root}>'.encode()


def read_recall(root: Any, profile: Profile) -> tuple[RecallEntry, ...]:
    """The records that a checked list wants recalled.

    Raises:
        UnreadableError: something is missing or is no such value.
    """
    try:
        return tuple(_entry(element, profile) for element in root.iterchildren(ENTRY))
    except (KeyError, ValueError) as error:
        raise UnreadableError("not a recall list") from error


def write_registration(certificate: bytes) -> bytes:
    """The content of transaction 3, without signature: a certificate in DER."""
    root, text = ROOTS[REGISTRATION], base64.b64encode(certificate).decode("ascii")
    return f'<{root} id="{REGISTRATION_ID}"><{_CERTIFICATE}>{text}</{_CERTIFICATE}></{root}>'.encode()


def read_registration(root: Any) -> bytes:
    """The certificate in DER that a checked content wants registered.

    Raises:
        UnreadableError: there is none, or it is not Base64.
    """
    text = "".join((root.findtext(_CERTIFICATE) or "").split())
    try:
        certificate = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise UnreadableError("not Base64") from error
    if not certificate:
        raise UnreadableError("no certificate")
    return certificate


def registration_body(registration: CertificateRegistration, *, message_id: str, content: str) -> dict[str, str]:
    """The request of transaction 3 around its packed content."""
    return {
        "messageid": message_id,
        "type": "HBS",
        "function": REGISTRATION,
        "ma_don_vi": registration.unit,
        "serial_number": registration.serial_number,
        "ngay_hieu_luc": registration.valid_from.isoformat(),
        "ma_kieu_chu_ky": registration.kind,
        "nha_phat_hanh": registration.issuer,
        "content": content,
    }


def registration_of(body: Mapping[str, Any]) -> CertificateRegistration:
    """What a request of transaction 3 says.

    Raises:
        UnreadableError: something is missing, or is no text or no day.
    """
    names = ("ma_don_vi", "serial_number", "ngay_hieu_luc", "ma_kieu_chu_ky", "nha_phat_hanh")
    told = [body.get(name) for name in names]
    texts = [text for text in told if isinstance(text, str) and text]
    if len(texts) < len(names):
        raise UnreadableError("something is missing")
    unit, serial, since, kind, issuer = texts
    try:
        return CertificateRegistration(unit, serial, date.fromisoformat(since[:10]), kind, issuer)
    except ValueError as error:
        raise UnreadableError("not a day") from error


def _entry_writer(profile: Profile) -> Callable[[RecallEntry], str]:
    table = mapped(profile.name)
    parts = [(table.elements[member], attrgetter(name), table.writers[member]) for member, name in _FIELDS.items()]

    def write(entry: RecallEntry) -> str:
        inside = "".join(
            f"<{element}>{escape(written(get(entry)) or '')}</{element}>" for element, get, written in parts
        )
        return f"<{ENTRY}>{inside}</{ENTRY}>"

    return write


def _entry(element: Any, profile: Profile) -> RecallEntry:
    table = mapped(profile.name)
    told = {name: (element.findtext(table.elements[member]) or "").strip() for member, name in _FIELDS.items()}
    if not all(told.values()):
        raise ValueError("empty")
    return RecallEntry(**{name: table.readers[member](told[name]) for member, name in _FIELDS.items()})
