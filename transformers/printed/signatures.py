"""The signatures as the form shows them: who, as what, when, by which certificate, and whether somebody has checked."""

import re
from base64 import b64decode
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from cryptography import x509

from schemas.profiles import Profile, Slot
from schemas.record import CanonicalRecord
from transformers.printed import words

_DS = "{http://www.w3.org/2000/09/xmldsig#}"
_COMMON_NAME = re.compile(r"(?:^|[,+;])\s*(?:CN|2\.5\.4\.3)\s*=\s*((?:\\.|[^,+;\\])*)", re.IGNORECASE)


class State(StrEnum):
    """What is known of a signature; the value is what the page says."""

    VALID = "Chữ ký hợp lệ"
    """the hub, or this command, has verified it"""
    UNCHECKED = "Chưa kiểm chữ ký"
    """it is there, and nobody has looked"""
    INVALID = "Chữ ký không hợp lệ"
    """it was looked at, and does not hold"""
    UNSIGNED = "Chưa ký số"
    """the place is there, and empty"""


@dataclass(frozen=True, slots=True)
class SignatureShown:
    """One signature on the page."""

    slot: str
    """GVBM, GVCN, CBQL or KY_PHAT_HANH"""
    role: str
    """role in words: Giáo viên chủ nhiệm, Hiệu trưởng, …"""
    name: str
    """who signs, as the record names them; empty where it does not"""
    time: str
    """when, as the signature itself says; empty where unsigned"""
    owner: str
    """whose certificate it is, as the signature says; empty where unsigned"""
    state: State
    """whether it holds"""
    serial: str = ""
    """number of that certificate, upper-case hex; empty where it cannot be read"""
    issuer: str = ""
    """who issued it; empty where it cannot be read"""


Judgement = tuple[str, int]
"""A slot's name and which of its signatures, from 0."""


def signatures_of(
    root: Any,
    profile: Profile,
    record: CanonicalRecord,
    *,
    states: Mapping[Judgement, State] | State = State.UNCHECKED,
) -> tuple[SignatureShown, ...]:
    """What stands in the record's slots, with one state for all or one for each; what is not judged is not checked."""
    found = []
    seen: Counter[str] = Counter()
    for slot in profile.slots:
        for element in root.findall(slot.path):
            shown = _read(element, slot, record)
            if shown.state is not State.UNSIGNED:
                judged = (slot.name, seen[slot.name])
                known = states if isinstance(states, State) else states.get(judged, State.UNCHECKED)
                seen[slot.name] += 1
                shown = replace(shown, state=known)
            found.append(shown)
    return tuple(found)


def _read(element: Any, slot: Slot, record: CanonicalRecord) -> SignatureShown:
    role, name = _signer(slot.name, (element.findtext("SO_CCCD") or "").strip(), record)
    signature = element.find(f"{_DS}Signature")
    if signature is None:
        return SignatureShown(slot.name, role, name, "", "", State.UNSIGNED)
    time = next((each.text for each in signature.iter() if _local(each) == "SigningTime"), None)
    subject = signature.findtext(f".//{_DS}X509SubjectName") or ""
    serial, issuer = _certificate(signature.findtext(f".//{_DS}X509Certificate") or "")
    return SignatureShown(
        slot=slot.name,
        role=role,
        name=name,
        time=_time(time or element.findtext("NGAY_KY") or ""),
        owner=common_name(subject),
        state=State.UNCHECKED,
        serial=serial,
        issuer=issuer,
    )


def _certificate(text: str) -> tuple[str, str]:
    """Number and issuer of the certificate that came along (QĐ 1789/QĐ-SGDĐT Điều 11 khoản 1); empty where unreadable."""
    try:
        found = x509.load_der_x509_certificate(b64decode(text))
        return f"{found.serial_number:X}", common_name(found.issuer.rfc4514_string())[:120]
    except ValueError:
        return "", ""


def _local(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _signer(slot: str, personal_id: str, record: CanonicalRecord) -> tuple[str, str]:
    if slot == "CBQL":
        return record.principal.title, record.principal.name
    if slot == "KY_PHAT_HANH":
        return "Cơ sở giáo dục phát hành", record.school.name
    if slot == "GVCN":
        return "Giáo viên chủ nhiệm", record.teacher.name or ""
    taught = [each for each in record.results.subjects if each.teacher.personal_id == personal_id != ""]
    subjects = ", ".join(dict.fromkeys(each.name for each in taught))
    role = f"Giáo viên {subjects}" if subjects else "Giáo viên môn học"
    return role, next((each.teacher.name for each in taught if each.teacher.name), "")


def _time(text: str) -> str:
    try:
        return words.moment(datetime.fromisoformat(text.strip()))
    except ValueError:
        return text.strip()[:40]


def common_name(subject: str) -> str:
    """The common name in an RFC 4514 subject; all of it where it has none."""
    found = _COMMON_NAME.search(subject)
    return re.sub(r"\\(.)", r"\1", found.group(1)).strip() if found else subject.strip()[:120]


def is_signed(signatures: tuple[SignatureShown, ...]) -> bool:
    """At least one of them is there."""
    return any(each.state is not State.UNSIGNED for each in signatures)
