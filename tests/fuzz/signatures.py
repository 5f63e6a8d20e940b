"""Signed records and transactions under the fuzzer: no exception, and nothing passes that says other than what was signed.

Keys are fixed, so that what is found today is judged tomorrow as it was.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any
from unittest.mock import patch

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree
from support import authority, workshop
from support.forge import DS, Style, batch
from support.workshop import HOUR, NOW, SIGNED, SLOTS, Workshop

from schemas.findings import Finding, FindingError
from schemas.octets import parse_record
from signing.certificates import CertificateUnreadable, certificate_from_der
from signing.verify import Limits, RecordValidation, RecordVerifier, SlotPolicy, verify_transaction
from signing.verify.faults import Fault
from signing.verify.locate import place_signatures
from signing.verify.prescreen import check_scope, parse, prescreen_octets, prescreen_tree

_PRIMES = tuple((3 << 1022) + step for step in (1037, 1697, 1937, 2087, 2197, 3031))
"""Six primes, one after another: five keys of 2048 bits that protect nothing."""
_PARSER = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)

Meaning = tuple[bytes, tuple[tuple[str, str, datetime | None], ...]]


@contextmanager
def _fixed_keys() -> Iterator[None]:
    """Authorities and signers get the same keys and serial numbers each time."""
    keys, serials, scalars = itertools.cycle(map(_rsa, range(5))), itertools.count(1000), itertools.count(7)

    def curve_key(curve: Any = None) -> Any:
        return ec.derive_private_key(next(scalars), curve or ec.SECP256R1())

    with (
        patch.object(x509, "random_serial_number", lambda: next(serials)),
        patch.object(authority, "ec_key", lambda *_: next(keys)),
        patch.object(workshop, "ec_key", curve_key),
        patch.object(workshop, "rsa_key", lambda *_: next(keys)),
    ):
        yield


def _rsa(turn: int) -> rsa.RSAPrivateKey:
    p, q = _PRIMES[turn + 1], _PRIMES[turn]
    d = pow(65537, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(65537, p * q)
    parts = (rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q))
    return rsa.RSAPrivateNumbers(p, q, d, *parts, public).private_key()


@cache
def _site() -> Workshop:
    with _fixed_keys():
        return Workshop()


@cache
def _verifier() -> RecordVerifier:
    return RecordVerifier(SLOTS, trust=_site().trust(), policy=SlotPolicy.city())


@cache
def records() -> Sequence[bytes]:
    """One of each family of styles."""
    site = _site()
    with _fixed_keys():
        head = site.head()
    return [
        site.good,
        site.record(layout="pretty", GVCN={"c14n": "inc", "prefix": ""}, CBQL={"form": "property", "c14n": "c11"}),
        site.record(CBQL={"by": head, "form": "xades", "prefix": ""}, KY_PHAT_HANH={"pss": True}),
        site.styled(c14n="inc", digest="sha512", key_info=lambda text: text + text),
    ]


@cache
def lists() -> Sequence[bytes]:
    """Sealed lists of one record and of two, short enough to be changed in many places."""
    site, at = _site(), SIGNED + 9 * HOUR
    small = b"<HOC_BA><A/></HOC_BA>"
    return [
        batch([small], by=site.school, at=at),
        batch([small, small], by=site.school, at=at, style=Style(prefix="", form="xades"), gap="\n"),
        batch([site.good], by=site.school, at=at, style=Style(form="property")),
    ]


@cache
def certificates() -> Sequence[bytes]:
    """A person's, a school's, an authority's."""
    site = _site()
    return [site.teacher.der, site.school.der, site.neighbour.der, site.issuing.holder.der, site.foreign.holder.der]


def prescreen(octets: bytes) -> Sequence[Finding]:
    """What it lets through is the same to the reader whose values go on."""
    limits = Limits()
    root = _refused(lambda: _screened(octets, limits))
    try:
        read = parse_record(octets)
        assert canonical(read) == canonical(root)
    except FindingError as refusal:
        return refusal.findings
    except etree.C14NError:
        # A relative namespace has no canonical form; whoever signs or verifies it is refused later.
        return ()
    return ()


def _screened(octets: bytes, limits: Limits) -> Any:
    declared = prescreen_octets(octets, limits)
    root = parse(octets)
    check_scope(root, limits, declared=declared)
    prescreen_tree(root, limits, SLOTS)
    place_signatures(root, SLOTS, limits)
    return root


def _refused(work: Callable[[], Any]) -> Any:
    """A fault, in the words of the hub's readers."""
    try:
        return work()
    except Fault as fault:
        raise FindingError([fault.finding(path=None, uuid=None)]) from fault


def signed_record(octets: bytes) -> Sequence[Finding]:
    """What passes has the data, the signers and the times of one that was signed."""
    verdict = _verifier().verify(octets, registry=_site().approved(), at=NOW)
    if verdict.passed:
        (region,) = etree.fromstring(octets, _PARSER).iter("DU_LIEU_HOC_BA")
        assert verdict.data == canonical(region)
        assert _meaning(verdict) in _meanings()
    else:
        assert verdict.data is None
        assert verdict.cause
        assert verdict.findings
    return verdict.findings


def signed_list(octets: bytes) -> Sequence[Finding]:
    """What passes is, but for its seal, a list that was sealed."""
    site = _site()
    trust, approved = _trust(), site.approved()
    verdict = verify_transaction(octets, trust=trust, policy=SlotPolicy.city(), approved=approved, at=NOW)
    assert verdict.passed or verdict.cause
    if verdict.passed:
        assert _unsealed(octets) in _sealed_lists()
    return verdict.findings


def certificate(octets: bytes) -> Sequence[Finding]:
    """What can be read as a certificate has a standing, and a path only where the authority's own signature holds."""
    try:
        read = certificate_from_der(octets)
    except CertificateUnreadable:
        return ()
    standing = _trust().standing(read, claimed=SIGNED, now=NOW)
    assert standing.problem is not None or _to_be_signed(octets) in map(_to_be_signed, certificates())
    return ()


@cache
def _trust() -> Any:
    return _site().trust()


def _to_be_signed(der: bytes) -> bytes:
    return x509.load_der_x509_certificate(der).tbs_certificate_bytes


def canonical(element: Any) -> bytes:
    """Exclusive, without comments."""
    return bytes(etree.tostring(element, method="c14n", exclusive=True, with_comments=False))


def _meaning(verdict: RecordValidation) -> Meaning:
    slots = tuple((one.slot, one.signer.sha256 if one.signer else "", one.signing_time) for one in verdict.slots)
    return verdict.data or b"", slots


@cache
def _meanings() -> frozenset[Meaning]:
    verdicts = [_verifier().verify(octets, registry=_site().approved(), at=NOW) for octets in records()]
    assert all(verdict.passed for verdict in verdicts)
    return frozenset(map(_meaning, verdicts))


@cache
def _sealed_lists() -> frozenset[bytes]:
    return frozenset(map(_unsealed, lists()))


def _unsealed(octets: bytes) -> bytes:
    root = etree.fromstring(octets, _PARSER)
    seal = root.find(f"{DS}Signature")
    before, after = seal.getprevious(), seal.tail or ""
    before.tail = (before.tail or "") + after
    root.remove(seal)
    return canonical(root)
