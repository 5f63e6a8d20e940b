"""The seal on a transaction: the last child of what is sent, over all of it but itself."""

import hashlib
from datetime import datetime

from signing.seal.keys import SealingKey
from signing.seal.record import CannotSeal
from signing.seal.writing import ENVELOPED, Payload, write_signature
from signing.seal.writing import EXCLUSIVE as EXCLUSIVE_METHOD
from signing.verify.canonical import EXCLUSIVE, canonical_octets
from signing.verify.envelope import SIGNATURE
from signing.verify.prescreen import parse
from signing.verify.results import Form
from signing.verify.transaction import BATCH, REGISTERED, Envelope


def seal_transaction(text: bytes, *, key: SealingKey, signature_id: str, at: datetime, form: Form = Form.BOTH) -> bytes:
    """The batch with its transaction signature; not one octet of the batch itself is changed.

    `text` holds a whole DANH_SACH_HOC_BA that is not sealed yet; `signature_id` must not occur in it.
    """
    return _sealed(text, BATCH, key=key, signature_id=signature_id, at=at, form=form)


def seal_registration(
    text: bytes, *, key: SealingKey, signature_id: str, at: datetime, form: Form = Form.BOTH
) -> bytes:
    """The content of transaction 3 with the signature of the certificate it registers, which `key` must belong to."""
    return _sealed(text, REGISTERED, key=key, signature_id=signature_id, at=at, form=form)


def _sealed(text: bytes, envelope: Envelope, *, key: SealingKey, signature_id: str, at: datetime, form: Form) -> bytes:
    root = parse(text)
    closing = text.rfind(f"</{envelope.root}".encode())
    named = root.tag == envelope.root and root.get("id") == envelope.identifier
    if not named or closing < 0 or root.find(SIGNATURE) is not None:
        raise CannotSeal(envelope.root)
    digest = hashlib.sha256(canonical_octets(root, EXCLUSIVE)).digest()
    payload = Payload(envelope.identifier, digest, (ENVELOPED, EXCLUSIVE_METHOD))
    signature = write_signature(payload, key=key, form=form, signature_id=signature_id, at=at)
    return b"".join((text[:closing], signature.encode(), text[closing:]))
