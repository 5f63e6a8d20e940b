"""The seal on a transaction: the last child of what is sent, over all of it but itself."""

import hashlib
import re
from dataclasses import replace
from datetime import datetime

from signing.seal.finishing import finish
from signing.seal.keys import SealingKey, SignerIdentity
from signing.seal.prepared import CannotSeal, Prepared
from signing.seal.writing import ENVELOPED, Payload, prepare_signature, write_signature
from signing.seal.writing import EXCLUSIVE as EXCLUSIVE_METHOD
from signing.verify.canonical import EXCLUSIVE, canonical_octets
from signing.verify.envelope import SIGNATURE
from signing.verify.prescreen import parse
from signing.verify.results import Form
from signing.verify.transaction import BATCH, REGISTERED, Envelope

_END = re.compile(rb"</[A-Z_]+\s*>\s*")
"""An end tag, and nothing but white space after it: a comment could hold another."""


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


def prepare_transaction(
    text: bytes, *, key: SignerIdentity, signature_id: str, at: datetime, form: Form = Form.BOTH
) -> Prepared:
    """The batch's transaction signature without its value; `text` as for `seal_transaction`."""
    return _prepared(text, BATCH, key=key, signature_id=signature_id, at=at, form=form)


def prepare_registration(
    text: bytes, *, key: SignerIdentity, signature_id: str, at: datetime, form: Form = Form.BOTH
) -> Prepared:
    """The signature on the content of transaction 3 without its value; `text` and `key` as for `seal_registration`."""
    return _prepared(text, REGISTERED, key=key, signature_id=signature_id, at=at, form=form)


def finish_transaction(text: bytes, *, prepared: Prepared, value: bytes) -> bytes:
    """The batch with its prepared signature; it must be octet for octet the batch that was prepared.

    Raises:
        ForeignValue: the value is not its signature.
        CannotSeal: the batch is another one, or what was prepared is damaged.
    """
    return _finished(text, BATCH, prepared, value)


def finish_registration(text: bytes, *, prepared: Prepared, value: bytes) -> bytes:
    """The content of transaction 3 with its prepared signature; raises as `finish_transaction` does."""
    return _finished(text, REGISTERED, prepared, value)


def _prepared(
    text: bytes, envelope: Envelope, *, key: SignerIdentity, signature_id: str, at: datetime, form: Form
) -> Prepared:
    payload, _ = _payload(text, envelope)
    prepared = prepare_signature(payload, key=key, form=form, signature_id=signature_id, at=at)
    return replace(prepared, whole=hashlib.sha256(text).hexdigest())


def _finished(text: bytes, envelope: Envelope, prepared: Prepared, value: bytes) -> bytes:
    if hashlib.sha256(text).hexdigest() != prepared.whole:
        raise CannotSeal(envelope.root)
    payload, closing = _payload(text, envelope)
    signature = finish(prepared, value, payload=payload)
    return b"".join((text[:closing], signature.encode(), text[closing:]))


def _sealed(text: bytes, envelope: Envelope, *, key: SealingKey, signature_id: str, at: datetime, form: Form) -> bytes:
    payload, closing = _payload(text, envelope)
    signature = write_signature(payload, key=key, form=form, signature_id=signature_id, at=at)
    return b"".join((text[:closing], signature.encode(), text[closing:]))


def _payload(text: bytes, envelope: Envelope) -> tuple[Payload, int]:
    """What is signed, and where its signature goes."""
    root = parse(text)
    closing = text.rfind(f"</{envelope.root}".encode())
    if not _END.fullmatch(text, max(closing, 0)):
        raise CannotSeal(envelope.root)
    named = root.tag == envelope.root and root.get("id") == envelope.identifier
    if not named or root.find(SIGNATURE) is not None:
        raise CannotSeal(envelope.root)
    digest = hashlib.sha256(canonical_octets(root, EXCLUSIVE)).digest()
    return Payload(envelope.identifier, digest, (ENVELOPED, EXCLUSIVE_METHOD)), closing
