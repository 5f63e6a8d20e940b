"""A timestamping authority that stamps at whatever time it is told, and evidence of a day under one stamp of its."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from secrets import randbits
from typing import Any

from asn1crypto import cms, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from signing.evidence import Chain, HashTree, Syntax, data_digest, first, link_digest, rehashed, rehashed_leaf, renewed
from signing.trust import TrustStore
from support.authority import Authority, Holder, ec_key

FIRST = datetime(2026, 6, 1, 17, 30, tzinfo=UTC)
YEAR = timedelta(days=365)
BOTH = (Syntax.ASN1, Syntax.XML)


@dataclass(slots=True)
class Stamping:
    """Timestamping authorities under one root."""

    root: Authority = field(default_factory=lambda: Authority("Gốc dấu thời gian thử"))
    foreign: Authority = field(default_factory=lambda: Authority("Gốc dấu thời gian thử"))
    """A root of the same name that nobody trusts."""

    def authority(
        self, *, starts: datetime = FIRST - YEAR, ends: datetime = FIRST + 5 * YEAR, by: Authority | None = None
    ) -> Holder:
        """The key and certificate of an authority."""
        key, above = ec_key(), (by or self.root).holder
        names = [x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"), x509.NameAttribute(NameOID.COMMON_NAME, "TSA thử")]
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name(names))
            .issuer_name(above.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(starts)
            .not_valid_after(ends)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
            .sign(above.key, hashes.SHA256())
        )
        return Holder(key, certificate)

    def trust(self) -> TrustStore:
        """The root, and its list as it stands now."""
        lists = [self.root.revocation_list(ends=FIRST + 60 * YEAR)]
        return TrustStore(anchors=[self.root.holder.der], revocation_lists=lists)


def stamp(holder: Holder, digest: bytes, *, at: datetime, algorithm: str = "sha256") -> bytes:
    """A DER TimeStampToken of an authority over a digest."""
    told = tsp.TSTInfo(
        {
            "version": "v1",
            "policy": "1.3.6.1.4.1.4146.2.2",
            "message_imprint": {"hash_algorithm": {"algorithm": algorithm}, "hashed_message": digest},
            "serial_number": randbits(64),
            "gen_time": at.replace(microsecond=0),
        }
    )
    certificate = asn1_x509.Certificate.load(holder.der)
    attributes = cms.CMSAttributes(
        [
            {"type": "content_type", "values": ["tst_info"]},
            {"type": "message_digest", "values": [hashlib.new(algorithm, told.dump()).digest()]},
            {"type": "signing_certificate_v2", "values": [_named(holder)]},
        ]
    )
    name = {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
    value = holder.key.sign(attributes.dump(), ec.ECDSA(getattr(hashes, algorithm.upper())()))
    signer = {
        "version": "v1",
        "sid": cms.SignerIdentifier({"issuer_and_serial_number": name}),
        "digest_algorithm": {"algorithm": algorithm},
        "signature_algorithm": {"algorithm": f"{algorithm}_ecdsa"},
        "signed_attrs": attributes,
        "signature": value,
    }
    signed = {
        "version": "v3",
        "digest_algorithms": [{"algorithm": algorithm}],
        "encap_content_info": {"content_type": "tst_info", "content": told},
        "certificates": [certificate],
        "signer_infos": [signer],
    }
    octets: bytes = cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)}).dump()
    return octets


def _named(holder: Holder) -> Any:
    named = tsp.ESSCertIDv2({"cert_hash": hashlib.sha256(holder.der).digest()})
    return tsp.SigningCertificateV2({"certs": [named]})


@dataclass(slots=True)
class Kept:
    """Data objects whose evidence is renewed as years go by; each in both syntaxes."""

    stamping: Stamping
    objects: Sequence[bytes]
    chains: dict[tuple[Syntax, int], tuple[Chain, ...]] = field(default_factory=dict)

    def begin(self, *, at: datetime = FIRST, by: Holder | None = None, algorithm: str = "sha256") -> "Kept":
        """One timestamp over all."""
        leaves = {
            (syntax, number): data_digest(syntax, octets, algorithm)
            for syntax in BOTH
            for number, octets in enumerate(self.objects)
        }
        tree, token = self._stamp(leaves, algorithm, at, by)
        self.chains = {key: first(leaf, tree, token) for key, leaf in leaves.items()}
        return self

    def renew(self, *, at: datetime, by: Holder | None = None) -> "Kept":
        """Another timestamp in the same chains."""
        algorithm = next(iter(self.chains.values()))[-1].algorithm
        leaves = {
            key: link_digest(key[0], chains[-1].timestamps[-1].token, algorithm) for key, chains in self.chains.items()
        }
        tree, token = self._stamp(leaves, algorithm, at, by)
        self.chains = {key: renewed(key[0], chains, tree, token) for key, chains in self.chains.items()}
        return self

    def rehash(self, algorithm: str, *, at: datetime, by: Holder | None = None) -> "Kept":
        """Another chain by another algorithm."""
        digests = {key: data_digest(key[0], self.objects[key[1]], algorithm) for key in self.chains}
        leaves = {key: rehashed_leaf(key[0], chains, digests[key], algorithm) for key, chains in self.chains.items()}
        tree, token = self._stamp(leaves, algorithm, at, by)
        self.chains = {key: rehashed(key[0], chains, digests[key], tree, token) for key, chains in self.chains.items()}
        return self

    def _stamp(
        self, leaves: Mapping[tuple[Syntax, int], bytes], algorithm: str, at: datetime, by: Holder | None
    ) -> tuple[HashTree, bytes]:
        holder = by or self.stamping.authority(starts=at - YEAR, ends=at + 5 * YEAR)
        tree = HashTree.of(leaves.values(), algorithm)
        return tree, stamp(holder, tree.root, at=at, algorithm=algorithm)
