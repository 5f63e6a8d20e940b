"""Timestamps for tests: tokens over signatures, sound and not, and the sandbox's authority as a process."""

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from lxml import etree

from sandbox import pki
from sandbox.tsa.certificates import Stamping, stamping
from sandbox.tsa.faults import Faults
from sandbox.tsa.tokens import make_token
from signing.trust import TrustStore
from support.authority import ENDS, STARTS, Authority, ec_key
from support.stand_in import StandIn

EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
VALUE = "{http://www.w3.org/2000/09/xmldsig#}Signature/{http://www.w3.org/2000/09/xmldsig#}SignatureValue"
END = "</xades:QualifyingProperties>"


def tsa(
    by: Authority,
    *,
    key: Any = None,
    starts: datetime = STARTS,
    ends: datetime = ENDS,
    purposes: Sequence[x509.ObjectIdentifier] = (ExtendedKeyUsageOID.TIME_STAMPING,),
    critical: bool = True,
) -> Stamping:
    """A timestamping authority under an authority of the tests."""
    return stamping(by.holder, key=key or ec_key(), starts=starts, ends=ends, purposes=purposes, critical=critical)


def token(octets: bytes, holder: Stamping, at: datetime, *, algorithm: str = "sha256", **faults: Any) -> bytes:
    """A DER TimeStampToken over octets, as these faults of the sandbox would have it."""
    digest = hashlib.new(algorithm, octets).digest()
    return bytes(make_token(digest, algorithm, holder, Faults(**faults), now=at).dump())


def value_of(octets: bytes, slot: str) -> bytes:
    """The canonical SignatureValue of a slot, or of a transaction for an empty name: what its timestamp covers."""
    root = etree.fromstring(octets)
    element = root.find(f".//{slot}/{VALUE}" if slot else VALUE)
    assert element is not None
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)


def property_of(*tokens: bytes, method: str | None = EXCLUSIVE) -> str:
    """One SignatureTimeStamp."""
    named = f'<ds:CanonicalizationMethod Algorithm="{method}"/>' if method else ""
    inside = "".join(
        f"<xades:EncapsulatedTimeStamp>{b64encode(each).decode()}</xades:EncapsulatedTimeStamp>" for each in tokens
    )
    return f"<xades:SignatureTimeStamp>{named}{inside}</xades:SignatureTimeStamp>"


def with_properties(octets: bytes, slot: str, *properties: str) -> bytes:
    """The file with these unsigned properties in the signature of a slot, or of the transaction."""
    text = octets.decode()
    start = re.search(f"<{slot}[ >]", text).start() if slot else text.rindex("<ds:Signature ")  # type: ignore[union-attr]
    place = text.index(END, start)
    around = "".join(properties)
    unsigned = (
        "<xades:UnsignedProperties><xades:UnsignedSignatureProperties>"
        f"{around}</xades:UnsignedSignatureProperties></xades:UnsignedProperties>"
    )
    return (text[:place] + unsigned + text[place:]).encode()


def stamped(
    octets: bytes,
    slot: str,
    holder: Stamping,
    at: datetime,
    *,
    change: Callable[[bytes], bytes] = lambda each: each,
    **faults: Any,
) -> bytes:
    """The file with one timestamp on the signature of a slot, or of the transaction."""
    made = change(token(value_of(octets, slot), holder, at, **faults))
    return with_properties(octets, slot, property_of(made))


def stamping_world(folder: Path) -> Path:
    """A world with nothing but certificate authorities."""
    keys = [pki.read_key(pki.new_key_pem(2048)) for _ in range(2)]
    root = pki.new_authority("Gốc", key=keys[0], above=None, serial=1)
    issuing = pki.new_authority("Cấp", key=keys[1], above=root, serial=2)
    now = datetime.now(UTC).replace(microsecond=0)
    files = {
        "trust/roots/root.pem": pki.pem(root.certificate),
        "trust/intermediates/issuing.pem": pki.pem(issuing.certificate),
        "trust/crls/root.crl": pki.revocation_list(root, [], at=now),
        "trust/crls/issuing.crl": pki.revocation_list(issuing, [], at=now),
        "authority/issuing.key": pki.key_der(issuing.key),
    }
    for name, octets in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(octets)
    return folder


@dataclass
class Tsa(StandIn):
    """One process of `sandbox.tsa`."""

    module: str = "sandbox.tsa"

    @property
    def trust(self) -> TrustStore:
        """The world's."""
        return TrustStore.from_folder(self.world / "trust")

    def count(self) -> int:
        """How often it was asked."""
        return int(httpx.get(self.url("/admin/state")).json()["asked"])
