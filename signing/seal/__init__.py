"""Seals: the signatures that the hub makes itself, in records and on transactions.

Every octet of a `ds:Signature` is written already in exclusive canonical form, so that only the payload has to be
canonicalised and its digest is computed once for all slots of a record. Dates are fixed before the first signature;
what is signed already is never touched. A key lives in one of three homes: a file, a token or HSM, a remote service;
sealing has the same two steps with each: prepare, and finish with a value.
"""

from signing.seal.files import FileKeyring
from signing.seal.homes import Homes
from signing.seal.keys import AnyKey, CertificateWanted, HomeDown, KeyMissing, Keyring, RemoteKey, SealingKey
from signing.seal.lacking import Seal, seals_for
from signing.seal.prepared import CannotSeal, ForeignValue, Prepared
from signing.seal.record import freeze_issue, seal_record
from signing.seal.remote import RemoteKeyring
from signing.seal.tokens import TokenKeyring
from signing.seal.transaction import (
    finish_registration,
    finish_transaction,
    prepare_registration,
    prepare_transaction,
    seal_registration,
    seal_transaction,
)
from signing.seal.two_steps import PreparedSeal, finish_seals, prepare_seals

__all__ = [
    "AnyKey",
    "CannotSeal",
    "CertificateWanted",
    "FileKeyring",
    "ForeignValue",
    "HomeDown",
    "Homes",
    "KeyMissing",
    "Keyring",
    "Prepared",
    "PreparedSeal",
    "RemoteKey",
    "RemoteKeyring",
    "Seal",
    "SealingKey",
    "TokenKeyring",
    "finish_registration",
    "finish_seals",
    "finish_transaction",
    "freeze_issue",
    "prepare_registration",
    "prepare_seals",
    "prepare_transaction",
    "seal_record",
    "seal_registration",
    "seal_transaction",
    "seals_for",
]
