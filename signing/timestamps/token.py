"""A TimeStampToken read strictly: CMS SignedData over a TSTInfo (RFC 3161 2.4.2, RFC 5816, EN 319 422)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from asn1crypto import cms, core, tsp

MOST_OCTETS = 64 * 1024
"""Largest token; authorities send 2 to 8 KiB."""
MOST_CERTIFICATES = 16
"""Most certificates in a token."""

ALGORITHMS: Mapping[str, int] = MappingProxyType({"sha256": 32, "sha384": 48, "sha512": 64})
"""Digests that may be stamped and that authorities may sign with (TT 15/2025/TT-BKHCN), by their length in octets."""

_SET_OF = b"\x31"
_VERSIONS = frozenset({"v3", "v4", "v5"})


class TokenUnreadable(Exception):
    """Not a timestamp token of the form that the standards give."""


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says; not yet proven."""

    time: datetime
    """genTime, UTC"""
    algorithm: str
    """digest algorithm of the imprint, by hashlib's name where it is known there"""
    imprint: bytes
    """digest of what was stamped"""
    serial: int
    """the authority's number for it"""
    nonce: int | None
    """what the request bore"""
    policy: str
    """object identifier of the policy that it was issued under"""
    statement: bytes = field(repr=False)
    """octets of TSTInfo"""
    signer: Any = field(repr=False)
    """SignerInfo, as asn1crypto has it"""
    signed: bytes = field(repr=False)
    """what the authority signed: the signed attributes as they came, under the tag that RFC 5652 5.4 gives them"""
    certificates: tuple[bytes, ...] = field(repr=False)
    """DER of every certificate that came with it, in order"""


def read_token(token: bytes) -> Token:
    """Read a DER TimeStampToken.

    Raises:
        TokenUnreadable: it is not one, has several signers, or is larger than allowed.
    """
    if len(token) > MOST_OCTETS:
        raise TokenUnreadable("size")
    try:
        return _read(token)
    except TokenUnreadable:
        raise
    except Exception as error:
        # Parsed lazily and made by others: whatever breaks (RecursionError among them), it is no token.
        raise TokenUnreadable("structure") from error


def _read(token: bytes) -> Token:
    content = cms.ContentInfo.load(token, strict=True)
    _require(content["content_type"].native == "signed_data", "content type")
    signed = content["content"]
    _require(signed["version"].native in _VERSIONS, "version")
    inside = signed["encap_content_info"]
    _require(inside["content_type"].native == "tst_info", "content type")
    _require(len(signed["signer_infos"]) == 1, "signers")
    statement = bytes(inside["content"])
    told = tsp.TSTInfo.load(statement, strict=True)
    _require(told["version"].native == "v1", "version")
    _require(not any(each["critical"].native for each in _items(told["extensions"])), "critical extension")
    imprint = told["message_imprint"]
    signer = signed["signer_infos"][0]
    # Before anything in them is looked at: asn1crypto writes anew what it has parsed.
    attributes = signer["signed_attrs"].dump()
    return Token(
        time=_instant(told["gen_time"]),
        algorithm=str(imprint["hash_algorithm"]["algorithm"].native),
        imprint=bytes(imprint["hashed_message"].native),
        serial=int(told["serial_number"].native),
        nonce=told["nonce"].native,
        policy=str(told["policy"].dotted),
        statement=statement,
        signer=signer,
        signed=_SET_OF + attributes[1:],
        certificates=tuple(_certificates(signed["certificates"])),
    )


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise TokenUnreadable(what)


def _items(optional: Any) -> Any:
    return () if isinstance(optional, core.Void) else optional


def _instant(value: Any) -> datetime:
    """RFC 3161 2.4.2: GeneralizedTime in UTC, ending with Z."""
    _require(bytes(value.contents).endswith(b"Z"), "time")
    moment = value.native
    _require(isinstance(moment, datetime) and moment.tzinfo is not None, "time")
    return moment.astimezone(UTC)  # type: ignore[no-any-return]


def _certificates(bag: Any) -> Iterator[bytes]:
    found = _items(bag)
    _require(len(found) <= MOST_CERTIFICATES, "certificates")
    for each in found:
        if each.name == "certificate":
            yield each.chosen.dump()
