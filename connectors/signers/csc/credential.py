"""What `credentials/info` says of a key: whether the hub can use it, and what its authorisation takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.signers.client import Key
from connectors.signers.line import Reply
from connectors.signers.protocol import CredentialLocked, CredentialUnknown, SignerDown
from connectors.signers.values import ECDSA, RSA, read_chain

SIGN_ALGORITHMS = {
    RSA: ("1.2.840.113549.1.1.11", "1.2.840.113549.1.1.1"),
    ECDSA: ("1.2.840.10045.4.3.2",),
}
"""What a service may call it, the one that names its digest first (RFC 8017 A.2.4, RFC 5758 3.2)."""

_OUT_OF_BAND = frozenset({"PasswordOOB", "ChallengeResponseOOB"})
"""Factors that the service asks the holder for by itself (CSC API v2, 8.3.1)."""
_PIN = "PIN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Details(Key):
    """One key, and how it is asked."""

    sign_algorithm: str
    """identifier for `signAlgo`"""
    factors: tuple[str, ...]
    """identifiers of the authentication objects that an authorisation must name"""


def read_details(reply: Reply) -> Details:
    """The key in a good answer.

    Raises:
        CredentialLocked: its key is disabled, or its certificate suspended.
        CredentialUnknown: its certificate has ended, or it wants something that the hub does not have.
        SignerDown: the answer cannot be read.
    """
    key, cert = _member(reply.document, "key"), _member(reply.document, "cert")
    if key.get("status") == "disabled" or cert.get("status") == "suspended":
        raise CredentialLocked("key-disabled")
    if cert.get("status") in ("expired", "revoked"):
        raise CredentialUnknown("certificate-ended")
    chain = read_chain(cert.get("certificates"))
    offered = key.get("algo")
    offered = offered if isinstance(offered, list) else []
    fitting = [each for each in SIGN_ALGORITHMS[chain.algorithm] if each in offered]
    if not fitting:
        raise CredentialUnknown("algorithm")
    multisign = reply.document.get("multisign")
    at_once = multisign if isinstance(multisign, int) and multisign > 0 else 1
    factors, automatic = _factors(_member(reply.document, "auth"))
    return Details(chain=chain, at_once=at_once, automatic=automatic, sign_algorithm=fitting[0], factors=factors)


def _factors(auth: Mapping[str, Any]) -> tuple[tuple[str, ...], bool]:
    """What an authorisation must name, and whether nobody is asked.

    A code that the holder would have to type in here, or a web page where the holder would have to log in, is nothing
    that a hub can wait for.
    """
    if auth.get("mode") == "implicit":
        return (), False
    if auth.get("mode") != "explicit":
        raise CredentialUnknown("authorisation-elsewhere")
    objects = auth.get("objects")
    objects = objects if isinstance(objects, list) else []
    named, asked = [], False
    for each in objects:
        if not isinstance(each, dict) or not isinstance(each.get("id"), str):
            raise SignerDown("authorisation-unreadable")
        asked = asked or each.get("type") in _OUT_OF_BAND
        if each.get("type") not in _OUT_OF_BAND and each["id"] != _PIN:
            raise CredentialUnknown("authorisation-by-hand")
        named.append(each["id"])
    return tuple(named), not asked


def auth_data(details: Details, pin: str) -> list[dict[str, str]]:
    """The authentication objects of an authorisation: an out-of-band one is named without a value."""
    return [{"id": each, "value": pin} if each == _PIN else {"id": each} for each in details.factors]


def _member(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    told = document.get(name)
    return told if isinstance(told, dict) else {}
