"""Seals: the signatures that the hub makes itself, in records and on transactions.

Every octet of a `ds:Signature` is written already in exclusive canonical form, so that only the payload has to be
canonicalised and its digest is computed once for all slots of a record. Dates are fixed before the first signature;
what is signed already is never touched. A key is anything with `SealingKey.sign`: a file today, a token or a remote
service behind the same few lines.
"""

from signing.seal.keys import FileKeyring, KeyMissing, Keyring, SealingKey
from signing.seal.record import CannotSeal, Seal, seal_record, seals_for
from signing.seal.transaction import seal_registration, seal_transaction

__all__ = [
    "CannotSeal",
    "FileKeyring",
    "KeyMissing",
    "Keyring",
    "Seal",
    "SealingKey",
    "seal_record",
    "seal_registration",
    "seal_transaction",
    "seals_for",
]
