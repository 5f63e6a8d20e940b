"""The seal on a transaction: the last child of the batch, over all of the batch but itself."""

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

_ROOT = "DANH_SACH_HOC_BA"
_IDENTIFIER = "dataDanhSach"


def seal_transaction(text: bytes, *, key: SealingKey, signature_id: str, at: datetime, form: Form = Form.BOTH) -> bytes:
    """The batch with its transaction signature; not one octet of the batch itself is changed.

    `text` holds a whole DANH_SACH_HOC_BA that is not sealed yet; `signature_id` must not occur in it.
    """
    root = parse(text)
    closing = text.rfind(f"</{_ROOT}".encode())
    if root.tag != _ROOT or root.get("id") != _IDENTIFIER or closing < 0 or root.find(SIGNATURE) is not None:
        raise CannotSeal(_ROOT)
    digest = hashlib.sha256(canonical_octets(root, EXCLUSIVE)).digest()
    payload = Payload(_IDENTIFIER, digest, (ENVELOPED, EXCLUSIVE_METHOD))
    signature = write_signature(payload, key=key, form=form, signature_id=signature_id, at=at)
    return b"".join((text[:closing], signature.encode(), text[closing:]))
