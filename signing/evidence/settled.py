"""Revocation data inside the tokens themselves (RFC 5652 5.1, RFC 5940): put there before a token is covered by the next
one, so that decades later nobody has to find the lists of its day (RFC 4998 5.2, RFC 6283 3.1.3)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from asn1crypto import cms, core
from asn1crypto import ocsp as asn1_ocsp

from signing.certificates import Certificate, CertificateUnreadable, certificate_from_der
from signing.timestamps import TokenUnreadable, read_token
from signing.timestamps.token import MOST_OCTETS
from signing.trust import Trust, TrustFolder, TrustStore
from signing.trust.material import Material, NoMaterial, kept_store, material_for, store_of

_OTHER = "1.3.6.1.5.5.7.16.2"
"""id-ri-ocsp-response"""
MOST_KEPT = 32
"""lists and responses that are read from one token, at most"""


def settled(token: bytes, tsa: Certificate, trust: Trust, *, at: datetime) -> bytes:
    """The token with what proves its authority's standing at a time; as it is where that is not held, or too large."""
    if not isinstance(trust, TrustStore | TrustFolder):
        return token
    try:
        read = read_token(token)
        others = [each for der in read.certificates if (each := _certificate(der)) is not None]
        found = material_for(store_of(trust), tsa, claimed=read.time, now=at, others=others)
    except (NoMaterial, TokenUnreadable):
        return token
    enriched = _with(token, found, known=read.certificates)
    return enriched if len(enriched) <= MOST_OCTETS else token


def trust_beside(token: bytes, trust: Trust) -> Trust:
    """The same trust, which knows in addition what the token carries."""
    if not isinstance(trust, TrustStore | TrustFolder):
        return trust
    kept = _kept(token)
    return kept_store(store_of(trust), kept, alone=False) if kept.lists or kept.responses else trust


def _with(token: bytes, material: Material, *, known: tuple[bytes, ...]) -> bytes:
    content = cms.ContentInfo.load(token, strict=True)
    signed = content["content"]
    certificates = [*signed["certificates"], *(_parsed(der) for der in material.certificates if der not in known)]
    lists = [_of_list(each) for each in material.lists]
    responses = [_of_response(each) for each in material.responses]
    held = _items(signed["crls"])
    signed["certificates"] = cms.CertificateSet(certificates)
    signed["crls"] = cms.RevocationInfoChoices([*held, *lists, *responses])
    if responses:
        signed["version"] = "v5"
    octets: bytes = cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump()
    return octets


def _parsed(der: bytes) -> Any:
    return cms.CertificateChoices(name="certificate", value=cms.Certificate.load(der))


def _of_list(der: bytes) -> Any:
    return cms.RevocationInfoChoice({"crl": cms.CertificateList.load(der)})


def _of_response(der: bytes) -> Any:
    other = {"other_rev_info_format": _OTHER, "other_rev_info": asn1_ocsp.OCSPResponse.load(der)}
    return cms.RevocationInfoChoice({"other": cms.OtherRevocationInfoFormat(other)})


def _items(optional: Any) -> Any:
    return () if isinstance(optional, core.Void) else optional


def _kept(token: bytes) -> Material:
    try:
        choices = _items(cms.ContentInfo.load(token, strict=True)["content"]["crls"])
        if len(choices) > MOST_KEPT:
            return Material()
        found = list(_read(choices))
    except Exception:
        # Parsed lazily and made by others: what breaks proves nothing.
        return Material()
    return Material(
        lists=tuple(octets for listed, octets in found if listed),
        responses=tuple(octets for listed, octets in found if not listed),
    )


def _read(choices: Any) -> Iterator[tuple[bool, bytes]]:
    for each in choices:
        if each.name == "other":
            if each.chosen["other_rev_info_format"].dotted == _OTHER:
                yield False, each.chosen["other_rev_info"].dump()
        else:
            yield True, each.chosen.dump()


def _certificate(der: bytes) -> Certificate | None:
    try:
        return certificate_from_der(der)
    except CertificateUnreadable:
        return None
