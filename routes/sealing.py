"""A package under its transaction signature: what a child process makes of a closed one.

The school's own batch goes on octet for octet, under a signature that holds; everything else is sealed by the key of
its unit or of the intermediary, on the spot or in two steps.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.packages import Draft
from ledger.registry import ApprovedRow
from ledger.signatures import Ask, Requested
from routes import way
from routes.cargo import NOTHING, Halt, Supplies, Wants
from routes.sign import ALGORITHMS, CERTIFICATE_WANTED, TIMESTAMP_WANTED, learn, standstill
from routes.verify import approvals
from schemas.packing import pack
from signing.seal import (
    CannotSeal,
    CertificateWanted,
    ForeignValue,
    HomeDown,
    KeyMissing,
    Prepared,
    RemoteKey,
    finish_transaction,
    prepare_transaction,
    seal_transaction,
    stamping,
)
from signing.verify import Disposition, Form, verify_transaction
from signing.verify.transaction import TRANSACTION

BATCH_OPEN = b'<?xml version="1.0" encoding="UTF-8"?>\n<DANH_SACH_HOC_BA id="dataDanhSach">'
BATCH_CLOSE = b"</DANH_SACH_HOC_BA>"


@dataclass(frozen=True, slots=True)
class SealingJob:
    """A package on its way into a child process."""

    draft: Draft
    """what is to be sealed"""
    approved: tuple[ApprovedRow, ...] | None
    """pass-through: the unit's certificates approved for transactions; None: the school's seal is not looked at"""
    key_unit: str
    """whose key signs; unused for pass-through"""
    at: datetime
    """SigningTime"""
    gzip_level: int
    """1 fast … 9 small"""
    escape: str
    """kind of «escape quote»"""
    requests: tuple[Requested, ...] = ()
    """the transaction signature that a remote service was asked for"""
    supplies: Supplies = NOTHING
    """what was fetched for it from outside since it asked"""
    signature: bytes = b""
    """its transaction signature, where that was made before something was fetched"""


@dataclass(frozen=True, slots=True)
class SealedPackage:
    """What comes back from the child."""

    content: bytes
    """Base64 text of the packed batch; empty when it could not be made"""
    unpacked: int
    """octets of the batch text"""
    halt: Halt | None = None
    """why the package cannot go on as it is"""
    ask: Ask | None = None
    """the signature that a remote service is to make"""
    wants: Wants | None = None
    """what it needs from outside to go on at once"""
    signature: bytes = b""
    """the transaction signature that it is to go on with"""


HALTS: Mapping[Disposition, str] = {
    Disposition.REFUSE: "transaction-signature",
    Disposition.HOLD: "transaction-indeterminate",
    Disposition.RETRY: "transaction-later",
}


def batch_text(octets: Sequence[bytes]) -> bytes:
    """Records side by side, not one octet changed, in a list that declares nothing they could inherit."""
    return b"".join((BATCH_OPEN, *octets, BATCH_CLOSE))


def as_received(gaps: Sequence[bytes], octets: Sequence[bytes]) -> bytes:
    """The sender's own batch, octet for octet."""
    parts = [gaps[0]]
    for record, gap in zip(octets, gaps[1:], strict=True):
        parts += [record, gap]
    return b"".join(parts)


def seal_package(job: SealingJob) -> SealedPackage:
    """Sign and pack one package (runs in a child process)."""
    text = as_received(job.draft.gaps, job.draft.octets) if job.draft.gaps else _stamped(job, _sealed_by_hub(job))
    if isinstance(text, SealedPackage):
        return text
    if job.draft.gaps and (halt := _doubt(job, text)) is not None:
        return SealedPackage(b"", 0, halt)
    content = pack(text, escape=job.escape, level=job.gzip_level)
    return SealedPackage(content.encode("ascii"), len(text))


def _sealed_by_hub(job: SealingJob) -> bytes | SealedPackage:
    """The batch with the unit's or the intermediary's signature; what the hub lacks for it, otherwise."""
    kit = way.kit()
    learn(job.supplies.certificates, kit)
    text = batch_text(job.draft.octets)
    if job.signature:
        return b"".join((text.removesuffix(BATCH_CLOSE), job.signature, BATCH_CLOSE))
    halt = standstill(job.requests)
    if halt is not None:
        return stands(halt)
    for each in job.requests:
        if each.state == "answered":
            try:
                return finish_transaction(text, prepared=Prepared.from_bytes(each.prepared), value=each.value or b"")
            except (ForeignValue, CannotSeal):
                return stands(Halt(f"signer-foreign:{TRANSACTION}"))
    if kit.keys is None:
        return stands(Halt("seal-key-missing"))
    signature_id = f"sig-giao-dich-{job.draft.id}"
    form = Form(kit.settings.form_of(job.draft.profile))
    try:
        key = kit.keys.all.transaction_key(job.key_unit)
        if isinstance(key, RemoteKey):
            prepared = prepare_transaction(text, key=key, signature_id=signature_id, at=job.at, form=form)
            return SealedPackage(b"", 0, Halt(f"awaiting-signature:{TRANSACTION}"), ask=_ask(key, prepared))
        return seal_transaction(text, key=key, signature_id=signature_id, at=job.at, form=form)
    except KeyMissing:
        return stands(Halt("seal-key-missing"))
    except HomeDown as down:
        return stands(Halt(f"signer-down:{down.home}:{down.why}"))
    except CertificateWanted as lack:
        return SealedPackage(b"", 0, Halt(CERTIFICATE_WANTED), wants=Wants(certificates=lack.wanted))


def _stamped(job: SealingJob, sealed: bytes | SealedPackage) -> bytes | SealedPackage:
    """One timestamp on the transaction signature: for all that is in the package, where the settings want it so."""
    if isinstance(sealed, SealedPackage) or way.kit().settings.stamping(job.draft.profile) == "none":
        return sealed
    imprint = stamping.imprint(sealed, stamping.TRANSACTION_PATH)
    token = job.supplies.timestamps.get(imprint)
    if token is None:
        made = sealed[len(batch_text(job.draft.octets)) - len(BATCH_CLOSE) : -len(BATCH_CLOSE)]
        return SealedPackage(b"", 0, Halt(TIMESTAMP_WANTED), wants=Wants(imprints=(imprint,)), signature=made)
    return stamping.with_timestamp(sealed, stamping.TRANSACTION_PATH, token)


def stands(halt: Halt) -> SealedPackage:
    """A package that cannot go on."""
    return SealedPackage(b"", 0, halt)


def _ask(key: RemoteKey, prepared: Prepared) -> Ask:
    return Ask(
        place=TRANSACTION,
        role=TRANSACTION,
        home=key.home,
        credential=key.credential,
        algorithm=ALGORITHMS[key.method],
        digest=prepared.digest,
        prepared=prepared.to_bytes(),
    )


def _doubt(job: SealingJob, text: bytes) -> Halt | None:
    """Why the school's own transaction signature cannot carry the batch on; None when it is TOTAL-PASSED."""
    if job.approved is None:
        return None
    kit = way.kit()
    verdict = verify_transaction(
        text,
        trust=kit.trust,
        policy=kit.policy,
        approved=approvals(job.draft.unit_code, job.approved),
        at=job.at,
    )
    return None if verdict.passed else Halt(f"{HALTS[verdict.disposition]}:{verdict.cause}", verdict.findings)
