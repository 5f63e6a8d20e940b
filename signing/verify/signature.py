"""Steps 4 to 9 for one signature, over a region whose place the profile declares."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lxml import etree

from schemas.algorithms import Suite, in_force
from schemas.findings import Severity
from signing.certificates import Certificate
from signing.trust import PathProblem, Revocation, Trust
from signing.verify.canonical import Canonicalisation, canonical_octets
from signing.verify.envelope import SIGNATURE, ReadSignature, Reference, read_signature
from signing.verify.faults import Fault
from signing.verify.policy import VIETNAM, Limits, SlotPolicy
from signing.verify.properties import (
    SignedFacts,
    SignedProperties,
    check_certificate_reference,
    collect_properties,
    read_facts,
    signing_certificate,
)
from signing.verify.results import Algorithms, Disposition, Form, Indication, Signer, SlotValidation


class Region:
    """The data region that signatures must cover, canonicalised once for each method and digested once for each
    algorithm."""

    def __init__(
        self, element: Any, identifier: str, *, canonicalise: Callable[[Any, Canonicalisation], bytes], enveloped: bool
    ) -> None:
        self.element = element
        self.identifier = identifier
        self.enveloped = enveloped
        self._canonicalise = canonicalise
        self._octets: dict[Canonicalisation, bytes] = {}
        self._digests: dict[tuple[Canonicalisation, str], bytes] = {}

    def octets(self, how: Canonicalisation) -> bytes:
        """Canonical octets by this method."""
        octets = self._octets.get(how)
        if octets is None:
            octets = self._octets[how] = self._canonicalise(self.element, how)
        return octets

    def digest(self, reference: Reference) -> bytes:
        """Digest of the canonical octets that a reference asks for."""
        key = (reference.canonicalisation, reference.digest.name)
        value = self._digests.get(key)
        if value is None:
            octets = self.octets(reference.canonicalisation)
            value = self._digests[key] = reference.digest.of(octets).digest()
        return value


@dataclass(slots=True)
class Progress:
    """What has been established about one signature so far; a fault leaves the rest empty."""

    slot: str
    """Slot name."""
    signing_time: datetime | None = None
    """From step 8."""
    certificate: Certificate | None = None
    """From step 8, before the digest of SigningCertificate is compared."""
    chain: tuple[str, ...] = ()
    """From step 9."""
    form: Form | None = None
    """From step 8."""
    algorithms: Algorithms | None = None
    """From step 7."""
    data: Canonicalisation | None = None
    """How the data region was canonicalised."""
    digests: frozenset[str] = frozenset()
    """Digests of its references."""
    value: Any = None
    """The `ds:SignatureValue` element."""
    unsigned: Any = None
    """The `xades:UnsignedProperties`, where there are any."""
    proven_time: datetime | None = None
    """The earliest time at which a valid timestamp proves that it was there."""
    passed: list[int] = field(default_factory=lambda: [1, 2, 3])
    """Steps that it has passed; those before a signature is looked at are the record's."""
    remarks: list[Fault] = field(default_factory=list)
    """What is worth saying of a signature that may pass all the same."""

    def conclude(self, fault: Fault | None, *, policy: SlotPolicy, path: str, uuid: str | None) -> SlotValidation:
        """The verdict: passed without a fault, otherwise the fault's own indication."""
        certificate = self.certificate
        signer = None
        if certificate is not None:
            signer = Signer(certificate.sha256, certificate.serial, self.chain, certificate.subject, certificate)
        return SlotValidation(
            slot=self.slot,
            indication=fault.kind.indication if fault else Indication.PASSED,
            sub_indication=fault.kind.sub_indication if fault else None,
            disposition=policy.disposition(fault.kind.cause) if fault else Disposition.PASS,
            cause=fault.kind.cause if fault else None,
            failed_step=fault.kind.step if fault else None,
            passed_steps=self._steps(fault),
            signing_time=self.signing_time,
            signer=signer,
            form=self.form,
            algorithms=self.algorithms,
            level=self._level(),
            proven_time=self.proven_time,
            findings=(
                *((fault.finding(path=path, uuid=uuid),) if fault else ()),
                *(remark.finding(path=path, uuid=uuid, severity=Severity.WARNING) for remark in self.remarks),
            ),
        )

    def _level(self) -> str | None:
        if self.form in (None, Form.PROPERTY):
            return None
        return "B-B" if self.proven_time is None else "B-T"

    def _steps(self, fault: Fault | None) -> tuple[int, ...]:
        """Those passed: the first three follow one another; the later ones have parts that come after others."""
        if fault is None:
            return tuple(self.passed)
        failed = fault.kind.step
        return tuple(step for step in self.passed if (step < failed if failed <= 3 else step != failed))


def check_signature(element: Any, region: Region, progress: Progress, *, limits: Limits) -> tuple[Certificate, ...]:
    """Steps 4 to 8; answers the other certificates that the signature carries."""
    # 4. Structure and whitelist (XMLDSig 1.1 section 4; EN 319 102-1 5.2.7 and 5.2.8).
    signature = read_signature(element, most_references=limits.references)
    properties = collect_properties(signature)
    certificate, others = signing_certificate(signature)
    progress.certificate = certificate
    _check_key(signature, certificate)
    progress.passed.append(4)
    # 5. References (XMLDSig 1.1 4.4.3; CV 2088 1.6): the whole declared region, and own properties; nothing else.
    data, covered = _resolve(signature, properties, region)
    progress.data = data.canonicalisation
    progress.algorithms = _algorithms(signature, data, certificate)
    progress.passed.append(5)
    # 6. Digests (XMLDSig 1.1 3.2.1; EN 319 102-1 5.2.7).
    if region.digest(data) != data.value:
        raise Fault("digest-data")
    for reference, target in covered:
        octets = canonical_octets(target, reference.canonicalisation)
        if reference.digest.of(octets).digest() != reference.value:
            raise Fault("digest-properties")
    progress.passed.append(6)
    # 7. Signature value (XMLDSig 1.1 3.2.2; EN 319 102-1 5.2.7).
    signed = canonical_octets(signature.signed_info, signature.canonicalisation)
    if not signature.method.verifies(certificate.key, value=signature.value, signed=signed):
        raise Fault("value-wrong")
    progress.passed.append(7)
    # 8. Signed properties (CV 2088 1.6; EN 319 102-1 5.2.3 and 5.2.8; EN 319 132-1 5.2).
    facts: SignedFacts = read_facts(signature, properties, [target for _, target in covered])
    progress.signing_time, progress.form = facts.signing_time, facts.form
    check_certificate_reference(properties, certificate)
    progress.passed.append(8)
    progress.digests = frozenset(reference.digest.name for reference in signature.references)
    progress.value, progress.unsigned = signature.value_element, properties.unsigned
    return others


def check_strength(progress: Progress, suites: Sequence[Suite], *, now: datetime) -> None:
    """Step 4, the part that depends on the day (EN 319 102-1 5.2.8; TT 15/2025/TT-BKHCN).

    The best time known is the one that a timestamp proves, else the present: what was strong at the claimed time only is
    INDETERMINATE.
    """
    used, certificate, claimed = progress.algorithms, progress.certificate, progress.signing_time
    if used is None or certificate is None or claimed is None:
        raise Fault("certificate-missing")
    key, c14n = certificate.key, (used.c14n, used.data_c14n)
    allowing = [
        suite
        for suite in suites
        if suite.allows(signature=used.signature, key=key.kind, bits=key.bits, digests=progress.digests, c14n=c14n)
    ]
    if not _in_force(allowing, progress.proven_time or now):
        cause = "algorithm-outdated" if _in_force(allowing, claimed) else "algorithm-forbidden"
        raise Fault(cause, seen=used.signature)


def _in_force(suites: Sequence[Suite], moment: datetime) -> bool:
    """Whether any of them holds on the moment's day in Vietnam."""
    return bool(in_force(suites, moment.astimezone(VIETNAM).date()))


def check_trust(
    progress: Progress, others: tuple[Certificate, ...], trust: Trust, *, policy: SlotPolicy, now: datetime
) -> None:
    """Step 9 (EN 319 102-1 5.2.6 and 5.5; RFC 5280 6): the signer's certificate at the claimed time.

    A revocation after a time that a timestamp proves comes too late to matter, whatever its reason (5.5.4).
    """
    certificate, claimed = progress.certificate, progress.signing_time
    if certificate is None or claimed is None:
        raise Fault("certificate-missing")
    if certificate.is_ca:
        raise Fault("certificate-is-ca")
    if not certificate.may_sign:
        raise Fault("key-usage")
    if claimed > now + policy.clock_tolerance:
        raise Fault("time-in-future", seen=claimed.isoformat(), expected=f"≤ {now.isoformat()}")
    if claimed < certificate.not_before:
        raise Fault("certificate-not-yet-valid", seen=claimed.isoformat(), expected=certificate.not_before.isoformat())
    if claimed > certificate.not_after:
        raise Fault("certificate-expired", seen=claimed.isoformat(), expected=certificate.not_after.isoformat())
    standing = trust.standing(certificate, claimed=claimed, now=now, others=others)
    progress.chain = standing.chain
    if standing.problem in (PathProblem.NOT_FOUND, PathProblem.INVALID):
        raise Fault(standing.problem.value)
    for revocation in standing.revocations:
        _check_revocation(revocation, claimed=claimed, proven=progress.proven_time)
    if standing.problem is not None:
        raise Fault(standing.problem.value, seen=standing.lack)
    progress.passed.append(9)


def _check_revocation(revocation: Revocation, *, claimed: datetime, proven: datetime | None) -> None:
    if revocation.on_hold:
        raise Fault("certificate-on-hold")
    if proven is not None and revocation.moment > proven:
        return
    whose = "issuer" if revocation.issuer else "certificate"
    when = "revoked" if revocation.moment <= claimed or revocation.compromised else "revoked-later"
    raise Fault(f"{whose}-{when}", seen=revocation.moment.isoformat())


def _check_key(signature: ReadSignature, certificate: Certificate) -> None:
    key = certificate.key
    if not key.allowed:
        raise Fault("key-too-small", seen=key.name, expected="RSA ≥ 2048, P-256, P-384, P-521")
    if key.kind is not signature.method.key:
        raise Fault("algorithm-forbidden", seen=signature.method.name, expected=key.name)


def _resolve(
    signature: ReadSignature, properties: SignedProperties, region: Region
) -> tuple[Reference, list[tuple[Reference, Any]]]:
    """Every reference means the data region or something inside its own signature, by place and not by search."""
    data: Reference | None = None
    covered: list[tuple[Reference, Any]] = []
    for reference in signature.references:
        if reference.target == region.identifier:
            if data is not None:
                raise Fault("reference-foreign", seen=f"#{reference.target}")
            data = reference
            _check_region_transforms(reference, region)
        elif (target := properties.by_identifier.get(reference.target)) is not None:
            if reference.enveloped or reference.subtracts_signatures:
                raise Fault("transform-forbidden", seen=f"#{reference.target}")
            covered.append((reference, target))
        else:
            raise Fault("reference-foreign", seen=f"#{reference.target}"[:80])
    if data is None:
        raise Fault("data-unsigned", expected=f"#{region.identifier}")
    if not covered:
        raise Fault("properties-unsigned")
    return data, covered


def _check_region_transforms(reference: Reference, region: Region) -> None:
    """A region that holds its own signature needs the enveloped transform; filtering out signatures must be void."""
    if region.enveloped and not reference.enveloped:
        raise Fault("transform-forbidden", expected="enveloped-signature")
    if reference.subtracts_signatures and next(region.element.iter(SIGNATURE), None) is not None:
        raise Fault("transform-forbidden", seen="xmldsig-filter2")


def _algorithms(signature: ReadSignature, data: Reference, certificate: Certificate) -> Algorithms:
    return Algorithms(
        signature=signature.method.name,
        key=certificate.key.name,
        c14n=signature.canonicalisation.method.name,
        data_c14n=data.canonicalisation.method.name,
        data_digest=data.digest.name,
    )


def guarded(work: Callable[[], None]) -> Fault | None:
    """Run a check; a fault it finds, or whatever breaks in a library on hostile input, becomes the answer."""
    try:
        work()
    except Fault as fault:
        return fault
    except etree.C14NError:
        return Fault("c14n-forbidden")
    except Exception as error:
        # Libraries below raise many kinds of error on hostile input; each of them is a refusal, none may escape.
        return Fault("unreadable", seen=type(error).__name__)
    return None
