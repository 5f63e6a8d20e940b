"""Revocation lists and OCSP responses as they are held: parsed once, found by issuer or by serial number.

They come from outside. What cannot be read is left out and said so in the log; what can be read still has to be proven
(`revocation`).
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import pem
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer

from signing.trust.standing import Lack

log = structlog.get_logger(__name__)

CLOCKS = timedelta(minutes=5)
"""how far an authority's clock may be ahead of ours"""
UNTOLD = timedelta(minutes=30)
"""how long an answer counts that does not say when the next one comes (as pyhanko-certvalidator has it)"""


class EvidenceUnreadable(Exception):
    """Not a revocation list, or not an OCSP response with an answer in it."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One revocation list, or one certificate's answer in an OCSP response; not yet proven."""

    container: Any
    """As pyhanko-certvalidator takes it; of a list without its lines where `named` is there."""
    this_update: datetime
    """Since when it is true."""
    next_update: datetime
    """When something newer was to be there."""
    named: Any = field(default=None, repr=False)
    """A complete list with its lines, that finds a serial number at once; None: `container` has everything."""

    def about(self, serial: int) -> Any:
        """What proves it about a certificate: the library walks through every line, so it gets them only if it must."""
        if self.named is None or self.named.get_revoked_certificate_by_serial_number(serial) is None:
            return self.container
        return self.whole()

    def whole(self) -> Any:
        """What proves it about any certificate, every line included."""
        if self.named is None:
            return self.container
        return CRLContainer(asn1_crl.CertificateList.load(self.named.public_bytes(Encoding.DER), strict=True))

    @property
    def octets(self) -> bytes:
        """The whole list or response as its authority signed it, DER."""
        whole = self.whole()
        signed = whole.crl_data if isinstance(whole, CRLContainer) else whole.ocsp_response_data
        return bytes(signed.dump())

    def lack(self, *, moment: datetime, now: datetime, most_age: timedelta | None) -> Lack | None:
        """Whether it is too old to be asked about the moment, or newer than the present.

        Whoever judges as of an earlier time may use what was learnt since (EN 319 102-1 5.5): only what the clock has
        not reached is from the future.
        """
        if self.this_update > max(now, datetime.now(UTC)) + CLOCKS:
            return Lack.FUTURE
        return Lack.STALE if moment > self.until(most_age) else None

    def until(self, most_age: timedelta | None) -> datetime:
        """The last moment that it says anything about."""
        return self.next_update if most_age is None else min(self.next_update, self.this_update + most_age)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one file holds."""

    digest: bytes
    """SHA-256 of its octets."""
    by_issuer: tuple[tuple[str, Statement], ...] = ()
    """Of a complete list: its issuer's name, comparable."""
    deltas: tuple[tuple[str, Statement], ...] = ()
    """Of a delta list: its issuer's name, comparable."""
    indirect: tuple[Statement, ...] = ()
    """Of a list that speaks for other issuers."""
    by_serial: tuple[tuple[int, Statement], ...] = ()
    """Of an OCSP response: the serial number of each certificate that it answers for."""

    @property
    def statements(self) -> list[Statement]:
        """All that it says."""
        keyed = (*self.by_issuer, *self.deltas, *self.by_serial)
        return [*(statement for _, statement in keyed), *self.indirect]


def read_list(octets: bytes) -> Evidence:
    """A certificate revocation list, PEM or DER.

    Raises:
        EvidenceUnreadable: it is not one.
    """
    try:
        parsed = asn1_crl.CertificateList.load(der(octets), strict=True)
        content = parsed["tbs_cert_list"]
        issued, upcoming = content["this_update"].native, content["next_update"].native
        issuer = parsed.issuer.hashable
        scope = parsed.issuing_distribution_point_value
        delta = parsed.delta_crl_indicator_value is not None
        indirect = scope is not None and bool(scope["indirect_crl"].native)
        named = x509.load_der_x509_crl(parsed.dump())
    except Exception as error:
        # Parsed lazily and made by others: whatever breaks, it is no list.
        raise EvidenceUnreadable("revocation list") from error
    digest = hashlib.sha256(octets).digest()
    statement = Statement(CRLContainer(parsed), issued, upcoming or issued + UNTOLD)
    if delta:
        return Evidence(digest, deltas=((issuer, statement),))
    if indirect:
        return Evidence(digest, indirect=(statement,))
    _without_lines(content)
    return Evidence(digest, by_issuer=((issuer, replace(statement, named=named)),))


def _without_lines(content: Any) -> None:
    """Take the lines out of a parsed list; its octets stay what was signed."""
    place = content._field_map["revoked_certificates"]
    if len(content["revoked_certificates"].contents or b""):
        content.children[place] = asn1_crl.RevokedCertificates.load(b"\x30\x00")


def read_response(octets: bytes) -> Evidence:
    """An OCSP response, PEM or DER.

    Raises:
        EvidenceUnreadable: it is not one, or it holds no answer.
    """
    try:
        containers = OCSPContainer.load_multi(asn1_ocsp.OCSPResponse.load(der(octets), strict=True))
        answers = tuple(_answer(container) for container in containers)
    except Exception as error:
        # Parsed lazily and made by others: whatever breaks, it is no response.
        raise EvidenceUnreadable("OCSP response") from error
    if not answers:
        raise EvidenceUnreadable("OCSP response without an answer")
    return Evidence(hashlib.sha256(octets).digest(), by_serial=answers)


def _answer(container: OCSPContainer) -> tuple[int, Statement]:
    answer = container.extract_single_response()
    assert answer is not None
    issued, upcoming = answer["this_update"].native, answer["next_update"].native
    # The status is read here as well, so that an answer that cannot be read is known as such.
    assert answer["cert_status"].name in {"good", "revoked", "unknown"}
    return answer["cert_id"]["serial_number"].native, Statement(container, issued, upcoming or issued + UNTOLD)


class Shelf:
    """All evidence that a store holds, found by what it is about."""

    def __init__(self, evidence: Iterable[Evidence]) -> None:
        self._lists: dict[str, list[Statement]] = {}
        self._deltas: dict[str, list[Statement]] = {}
        self._indirect: list[Statement] = []
        self._answers: dict[int, list[Statement]] = {}
        for each in evidence:
            _sort_in(self._lists, each.by_issuer)
            _sort_in(self._deltas, each.deltas)
            _sort_in(self._answers, each.by_serial)
            self._indirect += each.indirect

    def lists(self, issuer: str) -> list[Statement]:
        """Complete lists that may name the certificates of an issuer, the newest first."""
        return sorted([*self._lists.get(issuer, ()), *self._indirect], key=_newest, reverse=True)

    def deltas(self, issuer: str) -> list[Statement]:
        """Delta lists of an issuer."""
        return self._deltas.get(issuer, [])

    def answers(self, serial: int) -> list[Statement]:
        """OCSP answers about a serial number, whoever issued it, the newest first."""
        return sorted(self._answers.get(serial, ()), key=_newest, reverse=True)


def _sort_in(shelf: dict[Any, list[Statement]], found: Iterable[tuple[Any, Statement]]) -> None:
    for key, statement in found:
        shelf.setdefault(key, []).append(statement)


def _newest(statement: Statement) -> datetime:
    return statement.this_update


def readable(kind: Mapping[str, Any], name: str, octets: bytes) -> Evidence:
    """What a file of the trust folder holds; one that cannot be read holds nothing, and is known by its octets."""
    try:
        found: Evidence = kind[name](octets)
    except EvidenceUnreadable as error:
        log.warning("trust.unreadable", what=str(error))
        return Evidence(hashlib.sha256(octets).digest())
    return found


def der(octets: bytes) -> bytes:
    """The DER octets of something that may be PEM."""
    if not pem.detect(octets):
        return octets
    _, _, found = pem.unarmor(octets)
    return bytes(found)
