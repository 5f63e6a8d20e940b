"""What tells one signature from every other, for reports that others will hold against the file."""

import base64
import hashlib
from typing import Any

from hub.verifying.told import Identifier
from signing.verify.algorithms import DIGESTS
from signing.verify.canonical import canonical_octets
from signing.verify.envelope import read_signature
from signing.verify.locate import IDENTIFIER_ATTRIBUTES
from signing.verify.policy import Limits
from signing.verify.signature import guarded

_URIS = {digest.name: uri for uri, digest in DIGESTS.items()}


def identifier_of(element: Any) -> Identifier | None:
    """Of a `ds:Signature` in its place; None where its structure or algorithms are not to be read."""
    found: list[Identifier] = []
    guarded(lambda: found.append(_identifier(element)))
    return found[0] if found else None


def _identifier(element: Any) -> Identifier:
    signature = read_signature(element, most_references=Limits().references)
    own = {value for node in element.iter() for name in IDENTIFIER_ATTRIBUTES if (value := node.get(name))}
    data = next(reference for reference in signature.references if reference.target not in own)
    signed = canonical_octets(signature.signed_info, signature.canonicalisation)
    return Identifier(
        signed_info=hashlib.sha256(signed).digest(),
        value=base64.b64encode(signature.value).decode(),
        data_method=_URIS[data.digest.name],
        data_digest=base64.b64encode(data.value).decode(),
    )
