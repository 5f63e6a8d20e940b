"""Sealing: from a canonical payload and from a record's octets, with keys in files and on a token, beside the same keys'
raw signatures measured in turns with it, and beside what others take to sign a record."""

import hashlib
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from pkcs11 import Mechanism

from bench.clock import in_turns, per_core
from bench.declared import Benchmark, Figure
from bench.other_signers import Sign, signxml_signer, xmlsec_signer
from bench.runs.limits import PROFILE, canonical
from bench.softhsm import ROLES, UNIT, certificate, has_token, new_keys, soft_token
from bench.stand import Stand
from schemas.octets import parse_record
from schemas.profiles import profiles
from signing.certificates import certificate_from_x509
from signing.seal import SealingKey, seal_record, seals_for
from signing.seal.files import EcKey, RsaKey
from signing.seal.keys import ECDSA_SHA256
from signing.seal.tokens import TokenKey
from signing.seal.writing import Payload, write_signature
from signing.verify.results import Form

AT = datetime(2026, 5, 25, 2, tzinfo=UTC)
_SLOTS = re.compile(rb"<DANH_SACH_THONG_TIN_KY>.*</DANH_SACH_THONG_TIN_KY>", re.DOTALL)
INFO = b"<ds:SignedInfo>".ljust(1000, b"x")
"""as much as a canonical SignedInfo has"""


@dataclass(frozen=True, slots=True)
class _One:
    """A keyring in which everybody has the same key."""

    one: SealingKey

    def key(self, unit: str, role: str, cccd: str = "") -> SealingKey:
        """The key."""
        return self.one

    def transaction_key(self, unit: str) -> SealingKey:
        """The key."""
        return self.one


@dataclass(frozen=True, slots=True)
class _Pair:
    """A key as the hub seals with it, and its signature with nothing around it."""

    key: SealingKey
    raw: Callable[[], object]


def _rsa(_: Stand) -> _Pair:
    private = new_keys()["rsa"]
    assert isinstance(private, rsa.RSAPrivateKey)
    scheme, digest = padding.PKCS1v15(), hashes.SHA256()
    key = RsaKey((certificate_from_x509(certificate(private)),), private)
    return _Pair(key, lambda: private.sign(INFO, scheme, digest))


def _p256(_: Stand) -> _Pair:
    private = new_keys()["p256"]
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    scheme = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    key = EcKey((certificate_from_x509(certificate(private)),), private, ECDSA_SHA256)
    return _Pair(key, lambda: private.sign(INFO, scheme))


def _on_token(stand: Stand, kind: str) -> _Pair:
    key = soft_token(stand.folder / "softhsm").key(UNIT, ROLES[kind])
    assert isinstance(key, TokenKey)
    key.sign(INFO)
    private = key.sessions.run(lambda held: held.keys[key.name])
    if kind == "rsa":
        return _Pair(key, lambda: private.sign(INFO, mechanism=Mechanism.SHA256_RSA_PKCS))
    return _Pair(key, lambda: private.sign(hashlib.sha256(INFO).digest(), mechanism=Mechanism.ECDSA))


def _token_rsa(stand: Stand) -> _Pair:
    return _on_token(stand, "rsa")


def _token_p256(stand: Stand) -> _Pair:
    return _on_token(stand, "p256")


def _unsigned(stand: Stand) -> list[bytes]:
    """Records that nobody has signed."""
    return [_SLOTS.sub(b"", octets) for octets in stand.corpus.official]


_Work = Callable[[Stand, SealingKey], Callable[[], object]]


def _payload(stand: Stand, key: SealingKey) -> Callable[[], object]:
    """Seal the canonical octets of a record's data: digest, both forms of signature, value."""
    payloads = [canonical(parse_record(octets).find("DU_LIEU_HOC_BA")) for octets in _unsigned(stand)]
    turn = itertools.cycle(enumerate(payloads))

    def seal() -> str:
        number, octets = next(turn)
        payload = Payload("data", hashlib.sha256(octets).digest())
        return write_signature(payload, key=key, form=Form.BOTH, signature_id=f"sig-ky-phat-hanh-{number}", at=AT)

    return seal


def _octets(stand: Stand, key: SealingKey) -> Callable[[], object]:
    """Seal a record from its octets to those with the institution's seal in them."""
    records, slots = itertools.cycle(_unsigned(stand)), profiles()[PROFILE].slots[-1:]
    keys = _One(key)

    def seal() -> bytes:
        octets = next(records)
        root = parse_record(octets)
        seals = seals_for(root, slots, named={}, keys=keys, form="both", at=AT)
        assert seals
        return seal_record(octets, seals=seals, root=root)

    return seal


def _sealing(
    name: str, measures: str, pair: Callable[[Stand], _Pair], work: _Work, references: tuple[str, ...] = ()
) -> Benchmark:
    def run(stand: Stand) -> Iterator[Figure]:
        both = pair(stand)
        rate, raw = in_turns((work(stand, both.key), both.raw), seconds=stand.seconds)
        yield benchmark.figure(rate)
        yield benchmark.figure(rate / raw, "of-raw", unit="of the key's raw signatures, in turns")

    benchmark = Benchmark(name, measures, "seals/s/core", references, run)
    return benchmark


def _other(name: str, signer: Callable[[rsa.RSAPrivateKey, x509.Certificate], Sign]) -> Benchmark:
    def run(stand: Stand) -> Iterator[Figure]:
        private = new_keys()["rsa"]
        assert isinstance(private, rsa.RSAPrivateKey)
        sign = signer(private, certificate(private))
        yield benchmark.figure(per_core(sign, _unsigned(stand), seconds=stand.seconds))

    measures = f"{name}: RSA-2048 over the data of a record, from its octets to those with the signature; the key given"
    benchmark = Benchmark(f"sign-{name}", measures, "seals/s/core", (), run)
    return benchmark


_PAYLOAD = "canonical data of a record sealed in both forms"
_OTHERS = ("sign-signxml", "sign-xmlsec")

BENCHMARKS = (
    _sealing("seal-payload", f"{_PAYLOAD} with RSA-2048 in a file", _rsa, _payload, ("raw-rsa-sign",)),
    _sealing(
        "seal-octets",
        "a record's octets to those with its seal, RSA-2048 in a file: parsing, slots, C14N, signature, its place",
        _rsa,
        _octets,
        ("raw-rsa-sign", *_OTHERS),
    ),
    _sealing("seal-p256", f"{_PAYLOAD} with P-256 in a file, by RFC 6979", _p256, _payload),
    _sealing("seal-octets-p256", "a record's octets to those with its seal, P-256 in a file", _p256, _octets),
    *(
        (
            _sealing(
                "seal-token",
                f"{_PAYLOAD} with RSA-2048 on a SoftHSM2 token; each value is verified",
                _token_rsa,
                _payload,
            ),
            _sealing(
                "seal-token-p256",
                f"{_PAYLOAD} with P-256 on a SoftHSM2 token; each value is verified",
                _token_p256,
                _payload,
            ),
        )
        if has_token()
        else ()
    ),
    _other("signxml", signxml_signer),
    _other("xmlsec", xmlsec_signer),
)
