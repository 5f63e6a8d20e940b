"""Step 10: the right person, the right institution, the right day."""

import re
from datetime import datetime

from schemas.profiles import Slot
from signing.certificates import Certificate
from signing.verify.faults import Fault
from signing.verify.policy import VIETNAM, Approved
from signing.verify.properties import parse_instant

_PLAIN_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def check_signing_date(text: str | None, signing_time: datetime) -> None:
    """NGAY_KY is the instant of the signing time, or its day in Vietnam; fractions of a second are not compared."""
    if text is None or not text.strip():
        return
    text = text.strip()
    if _PLAIN_DATE.fullmatch(text):
        same = text == signing_time.astimezone(VIETNAM).date().isoformat()
    else:
        try:
            stated = parse_instant(text)
        except Fault:
            raise Fault("signing-date-differs", seen=text[:40], expected=signing_time.isoformat()) from None
        same = stated.replace(microsecond=0) == signing_time.replace(microsecond=0)
    if not same:
        raise Fault("signing-date-differs", seen=text[:40], expected=signing_time.isoformat())


def check_person(slot: Slot, stated: str | None, certificate: Certificate) -> None:
    """The slot's SO_CCCD is the one personal id in the certificate's subject."""
    stated = (stated or "").strip()
    if not stated:
        raise Fault("signer-unnamed", expected=f"{slot.path}/SO_CCCD")
    if certificate.personal_ids != {stated}:
        raise Fault("signer-differs", seen=stated, expected=", ".join(sorted(certificate.personal_ids)) or None)


def check_institution(
    certificate: Certificate, registry: Approved | None, *, school: str | None, role: str, moment: datetime
) -> None:
    """S05: the certificate was approved for this school, in this role, at the signing time."""
    if registry is None:
        raise Fault("registry-unknown")
    if school is not None and registry.unit != school.strip():
        raise Fault("certificate-not-approved", seen=registry.unit, expected=school.strip())
    if not registry.allows(sha256=certificate.sha256, role=role, moment=moment):
        raise Fault("certificate-not-approved", seen=certificate.serial)
