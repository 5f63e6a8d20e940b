"""Verdicts as the verify step writes them into a record's story."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache

from routes.verify import told
from signing.certificates import Certificate, certificate_from_x509
from signing.verify import Disposition, Indication, RecordValidation, SlotValidation, SubIndication
from signing.verify.results import Algorithms, Form, Signer
from tests.support.authority import Authority, ec_key, person

SIGNER = "Trần Văn Hiệu Trưởng"
"""personal: stands in the certificate and on no story"""
SIGNED = datetime(2026, 5, 28, 1, 30, tzinfo=UTC)
SLOTS = ("GVCN", "CBQL", "KY_PHAT_HANH")


@cache
def certificate() -> Certificate:
    """The one that signed."""
    return certificate_from_x509(Authority("CA").issue(person(SIGNER, "079185001234"), key=ec_key()).certificate)


def all_well() -> Mapping[str, object]:
    """Three signatures, all passed."""
    return _told(Indication.PASSED, Disposition.PASS, None, [_slot(name) for name in SLOTS], registry="a1b2c3d4")


def too_early() -> Mapping[str, object]:
    """The last of three cannot be judged before there is a fresh revocation list."""
    slots = [*(_slot(name) for name in SLOTS[:2]), _slot(SLOTS[2], cause="revocation-unknown")]
    return _told(Indication.INDETERMINATE, Disposition.RETRY, "KY_PHAT_HANH:revocation-unknown", slots, registry="")


def _told(
    indication: Indication, disposition: Disposition, cause: str | None, slots: list[SlotValidation], *, registry: str
) -> Mapping[str, object]:
    validation = RecordValidation(
        indication=indication,
        disposition=disposition,
        cause=cause,
        slots=tuple(slots),
        findings=(),
        policy="hcmc",
        trust="5f0e1c2d",
        registry=registry,
        not_checked=("S07",),
        data_sha256=None,
        data=None,
    )
    return told(validation)


def _slot(name: str, *, cause: str | None = None) -> SlotValidation:
    seal = certificate()
    return SlotValidation(
        slot=name,
        indication=Indication.INDETERMINATE if cause else Indication.PASSED,
        sub_indication=SubIndication.TRY_LATER if cause else None,
        disposition=Disposition.RETRY if cause else Disposition.PASS,
        cause=cause,
        failed_step=9 if cause else None,
        passed_steps=tuple(range(1, 9 if cause else 11)),
        signing_time=SIGNED,
        signer=Signer(seal.sha256, seal.serial, (), seal.subject, seal),
        form=Form.BOTH,
        algorithms=Algorithms("ecdsa-sha256", "EC-256", "exc-c14n", "c14n", "sha256"),
        findings=(),
    )
