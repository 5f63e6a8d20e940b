"""What is told of one record or batch: plain values that travel between processes, without keys or parsed documents."""

from dataclasses import dataclass, field
from datetime import datetime

from schemas.findings import Finding, Words
from signing.certificates import Certificate
from signing.second_opinion import Opinion
from signing.verify import Algorithms, Form, Indication, SlotValidation
from signing.verify.faults import FAULTS
from signing.verify.results import Signer
from signing.verify.steps import StepResult, results

GENERIC = "GENERIC"
"""sub-indication of EN 319 102-1 for any other reason: here, that something could not be looked at to the end"""
FORMAT = "FORMAT_FAILURE"
"""sub-indication of what is no record"""


@dataclass(frozen=True, slots=True)
class Holder:
    """A certificate that signed something."""

    sha256: str
    """lower-case hex SHA-256 of the DER"""
    serial: str
    """lower-case hex"""
    issuer: str
    """RFC 4514"""
    not_before: datetime
    """start of validity"""
    not_after: datetime
    """end of validity"""
    key: str
    """for example RSA-2048"""
    subject: str = field(repr=False)
    """RFC 4514; names a person"""
    der: bytes = field(repr=False)
    """the certificate itself"""

    @classmethod
    def of(cls, certificate: Certificate) -> "Holder":
        """What is told of a certificate."""
        return cls(
            sha256=certificate.sha256,
            serial=certificate.serial,
            issuer=certificate.issuer,
            not_before=certificate.not_before,
            not_after=certificate.not_after,
            key=certificate.key.name,
            subject=certificate.subject,
            der=certificate.der,
        )


@dataclass(frozen=True, slots=True)
class Identifier:
    """What tells one signature from every other (TS 119 102-2, SignatureIdentifier and SignersDocument)."""

    signed_info: bytes
    """SHA-256 of the canonical SignedInfo: of what was signed"""
    value: str
    """Base64 of the signature value"""
    data_method: str
    """URI of the digest method of the reference to the data"""
    data_digest: str
    """Base64 of that digest, by the signature's own word"""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a signature carries to be proven in later years, as far as it holds."""

    level: str
    """of EN 319 132-1: B, T, LT or LTA"""
    times: tuple[datetime, ...]
    """of its timestamps that hold, in the order in which they stand"""
    proven: datetime | None
    """it was there at this time; None without a timestamp that holds"""
    until: datetime | None
    """provable until then, unless it is renewed before; None without a timestamp that holds"""
    by: str | None
    """slot of the signature that covers this one and proves it; None where it proves itself"""
    remark: str | None
    """what keeps it from the next level, by machine text"""


@dataclass(frozen=True, slots=True)
class Beside:
    """An evidence record beside a record's file."""

    file: str
    """its name"""
    passed: bool
    """it proves the file"""
    indication: str | None
    """main indication; None where it cannot be read"""
    sub_indication: str | None
    """sub-indication; None when passed"""
    cause: str | None
    """machine text; None when passed"""
    syntax: str | None
    """RFC 4998 or RFC 6283; None where it cannot be read"""
    since: datetime | None
    """the file was there, as it is, at this time; None unless passed"""
    until: datetime | None
    """that can be shown until then without a renewal; None unless passed"""
    message: Words | None
    """what is wrong; None when passed"""
    remedy: Words | None
    """what to do about it"""
    decided: bool = False
    """the signatures were judged as of its time, since without that proof they would be open"""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature, judged."""

    slot: str
    """name of the slot; GIAO_DICH for a batch's own"""
    path: str
    """where the slot stands in the record"""
    indication: Indication | None
    """main indication; None when only others were asked"""
    sub_indication: str | None
    """sub-indication; None when passed"""
    cause: str | None
    """the first fault; None when passed"""
    failed_step: int | None
    """step that found it"""
    passed_steps: tuple[int, ...]
    """steps passed"""
    signing_time: datetime | None
    """claimed time, from verified octets; None when not reached"""
    form: Form | None
    """form of the signed properties"""
    algorithms: Algorithms | None
    """algorithms used"""
    certificate: str | None
    """SHA-256 of the signer's certificate"""
    chain: tuple[str, ...]
    """SHA-256 from the signer to the anchor; empty when no path was found"""
    findings: tuple[Finding, ...]
    """what is wrong with it, and remarks"""
    identifier: Identifier | None = None
    """what tells it from others; None where it was not asked for, or cannot be read"""
    opinions: tuple[Opinion, ...] = ()
    """what other engines say of it"""
    kept: Kept | None = None
    """its level and until when it is provable; None where the document bears no timestamps"""

    @property
    def steps(self) -> tuple[StepResult, ...]:
        """How each of the ten steps ended."""
        return results(self.passed_steps, self.failed_step)

    @property
    def passed(self) -> bool:
        """TOTAL-PASSED; where only others were asked, all of them accept it."""
        if self.indication is None:
            return bool(self.opinions) and all(opinion.accepted for opinion in self.opinions)
        return self.indication is Indication.PASSED

    @classmethod
    def of(cls, slot: SlotValidation, path: str) -> "Signature":
        """What is told of a verdict."""
        signer: Signer | None = slot.signer
        return cls(
            slot=slot.slot,
            path=path,
            indication=slot.indication,
            sub_indication=slot.sub_indication,
            cause=slot.cause,
            failed_step=slot.failed_step,
            passed_steps=slot.passed_steps,
            signing_time=slot.signing_time,
            form=slot.form,
            algorithms=slot.algorithms,
            certificate=signer.sha256 if signer else None,
            chain=signer.chain if signer else (),
            findings=slot.findings,
        )

    @classmethod
    def unjudged(cls, slot: str, path: str) -> "Signature":
        """A signature of which only others are asked."""
        return cls(slot, path, None, None, None, None, (), None, None, None, None, (), ())


@dataclass(frozen=True, slots=True)
class Verdict:
    """The hub's own word on a record or a batch."""

    indication: Indication
    """main indication"""
    sub_indication: str | None
    """sub-indication of the gravest fault, where it goes with the indication: what a signature leaves open may refuse its
    record; None when passed"""
    cause: str | None
    """the gravest fault, `slot:cause` where a slot is at fault; None when passed"""
    data_sha256: str | None = None
    """SHA-256 of the canonical data that every signature covers; None unless passed, and for batches"""

    @classmethod
    def by(cls, indication: Indication, cause: str | None, data_sha256: str | None = None) -> "Verdict":
        """With the sub-indication that belongs to the cause."""
        kind = None if cause is None else FAULTS[cause.rpartition(":")[2]]
        sub = kind.sub_indication if kind is not None and kind.indication is indication else None
        return cls(indication, sub, cause, data_sha256)


@dataclass(frozen=True, slots=True)
class Judged:
    """One record, the signature over a whole batch, or a printed form."""

    file: str
    """where it is from"""
    number: int | None
    """1-based place of the record in the file; None: the batch itself, or the printed form"""
    uuid: str | None
    """MA_TRA_CUU_UUID"""
    profile: str | None
    """name of the record's profile; None where that could not be told, and for batches"""
    verdict: Verdict | None
    """the hub's word; None when only others were asked"""
    signatures: tuple[Signature, ...]
    """its signatures, in the profile's order"""
    findings: tuple[Finding, ...] = ()
    """what is wrong with it beside its signatures"""
    not_checked: tuple[str, ...] = ()
    """what nobody could be asked about"""
    holders: tuple[Holder, ...] = field(default=(), repr=False)
    """certificates of its signers"""
    offset: int | None = None
    """0-based octet of the file where it starts"""
    line: int | None = None
    """1-based line of the file where it starts"""
    form: bool = False
    """it is a printed form (PDF) that carries records"""
    evidence: tuple[Beside, ...] = ()
    """evidence records beside its file"""

    @property
    def passed(self) -> bool:
        """The hub's word is TOTAL-PASSED; where only others were asked, they accept every signature, and there is one."""
        if self.verdict is None:
            return bool(self.signatures) and all(each.passed for each in self.signatures)
        return self.verdict.indication is Indication.PASSED
