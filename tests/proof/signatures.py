"""What was signed by whom: the remote service's own store, the requests in the ledger, and the signatures themselves."""

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

DS = "{http://www.w3.org/2000/09/xmldsig#}"
PERSONAL = ("GVCN", "CBQL")
"""slots of version 1.0 that only a person may sign"""
SLOTS = (*PERSONAL, "KY_PHAT_HANH")
"""every slot of version 1.0"""


@dataclass(frozen=True, slots=True)
class Order:
    """Hashes that a holder was asked for, as the service has it."""

    reference: str
    """the hub's name of it"""
    state: str
    """waiting, agreed, signed, refused or expired"""
    hashes: frozenset[str]
    """hexadecimal"""


@dataclass(frozen=True, slots=True)
class Request:
    """One signature that the hub wanted, as the ledger has it."""

    transfer: int
    """of the record"""
    role: str
    """slot"""
    state: str
    """wanted … used, refused, failed, ended"""
    cause: str
    """why it was refused or failed"""
    hash: str
    """what was to be signed, hexadecimal"""
    lifted: bool
    """staff let the record go again after this request"""


@dataclass(frozen=True, slots=True)
class RegistrationRequest:
    """A signature on the registration of a certificate, as the ledger has it."""

    registration: int
    """of the certificate"""
    state: str
    """wanted … used, refused, failed, ended"""
    cause: str
    """why it was refused or failed"""
    hash: str
    """what was to be signed, hexadecimal"""
    messages: int
    """messages to the city that the registration has"""


@dataclass(slots=True)
class SignatureFacts:
    """Everything that three places know of signatures."""

    remote: bool = False
    """persons sign at the remote service in this run"""
    orders: list[Order] = field(default_factory=list)
    """as the service has them, in the order in which they came"""
    signed: list[tuple[str, str]] = field(default_factory=list)
    """(hash, the hub's name of the order): all that the service ever signed"""
    requests: list[Request] = field(default_factory=list)
    """for records"""
    registering: list[RegistrationRequest] = field(default_factory=list)
    """for registrations"""
    sealed: dict[int, dict[str, str]] = field(default_factory=dict)
    """transfer of a record that the hub had to have signed → slot → hash that its signature is over"""


_REQUESTS = """
select r.work_id, r.role, r.state, r.cause, encode(r.digest, 'hex'),
       exists (select from events e where e.transfer_id = r.work_id and e.fate = 'retry' and e.actor <> 'hub'
               and e.at >= r.asked_at)
from signature_requests r where r.kind = 'record' order by r.id
"""

_REGISTERING = """
select r.registration_id, r.state, r.cause, encode(r.digest, 'hex'),
       (select count(*) from certificate_messages m where m.registration_id = r.registration_id)
from signature_requests r where r.kind = 'registration' order by r.id
"""

_OCTETS = """
select t.id, p.octets from transfers t join records r on r.id = t.record_id join senders s on s.id = t.sender_id
join payloads p on p.sha256 = coalesce(r.official_sha256, r.received_sha256)
where s.signing = 'delegated' and t.kind = 'record' and r.official_sha256 is not null order by t.id
"""


def read_signatures(ledger: Any, service: Path | None) -> SignatureFacts:
    """All of it, from a connection to the ledger and the service's store; None: nobody signs remotely."""
    facts = SignatureFacts(
        remote=service is not None,
        requests=[Request(*row) for row in ledger.execute(_REQUESTS).fetchall()],
        registering=[RegistrationRequest(*row) for row in ledger.execute(_REGISTERING).fetchall()],
        sealed={transfer: hashes_in(bytes(octets)) for transfer, octets in ledger.execute(_OCTETS).fetchall()},
    )
    if service is not None:
        facts.orders = [
            Order(row["reference"], row["state"], frozenset(json.loads(row["hashes"])))
            for row in _rows(service, "SELECT reference, state, hashes FROM orders ORDER BY asked_at")
        ]
        signed = _rows(service, "SELECT hash, reference FROM signed ORDER BY position")
        facts.signed = [(row["hash"], row["reference"]) for row in signed]
    return facts


def hashes_in(octets: bytes) -> dict[str, str]:
    """Slot → SHA-256 over the canonical SignedInfo of the signature in it: what its key was asked to sign."""
    found = {}
    for signature in etree.fromstring(octets).iter(f"{DS}Signature"):
        slot = next((above.tag for above in signature.iterancestors() if above.tag in SLOTS), None)
        info = signature.find(f"{DS}SignedInfo")
        if slot is not None and info is not None:
            found[slot] = hashlib.sha256(etree.tostring(info, method="c14n", exclusive=True)).hexdigest()
    return found


def _rows(store: Path, query: str) -> Sequence[sqlite3.Row]:
    connection = sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=30)
    connection.row_factory = sqlite3.Row
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()
