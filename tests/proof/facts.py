"""What three stores say when all is quiet: the city's, the vendors', the ledger. Logs are not read."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.proof.signatures import SignatureFacts, read_signatures


@dataclass(frozen=True, slots=True)
class Judgement:
    """One verdict row of the city, in the order in which it judged."""

    messageid: str
    """message that carried the record"""
    uuid: str
    """MA_TRA_CUU_UUID, lower case"""
    error: str
    """`0`, or the code of the refusal"""
    belated: bool = False
    """the city refused the whole message, and took it after all: no sender could know"""


@dataclass(frozen=True, slots=True)
class Bundle:
    """One bundle that the city returned."""

    code: str
    """MA_TRA_HOC_BA"""
    good: bool
    """neither tampered with nor sent to a school that nobody knows"""


@dataclass(slots=True)
class CityFacts:
    """The city's own store."""

    judged: list[Judgement] = field(default_factory=list)
    """every verdict"""
    in_force: set[str] = field(default_factory=set)
    """UUIDs of the records it accepted"""
    bundles: list[Bundle] = field(default_factory=list)
    """what it returned"""
    receipts: list[tuple[str, int]] = field(default_factory=list)
    """(bundle, 1 received | 0 refused), in order of arrival"""
    registrations: dict[str, str] = field(default_factory=dict)
    """messageid → what the city decided on the certificate: waiting, approved, refused"""


@dataclass(frozen=True, slots=True)
class Promise:
    """One line of a receipt that a vendor holds."""

    receipt: str
    """names the submission"""
    uuid: str
    """MA_TRA_CUU_UUID, lower case"""
    status: str
    """accepted, refused or duplicate"""
    explained: bool = True
    """it carries findings"""


@dataclass(frozen=True, slots=True)
class Heard:
    """One outcome as a vendor read it."""

    position: str
    """its place in the feed"""
    receipt: str
    """submission that brought the record"""
    uuid: str
    """MA_TRA_CUU_UUID, lower case"""
    fate: str
    """approved, refused, held, dead or superseded"""
    cause: str
    """machine-readable; empty when approved"""
    error: str
    """the city's code, where the city decided"""
    explained: bool
    """it carries findings or the city's words"""


@dataclass(slots=True)
class VendorFacts:
    """One vendor's own store."""

    promises: list[Promise] = field(default_factory=list)
    """every line of every receipt"""
    unanswered: int = 0
    """pushes without a receipt"""
    heard: list[Heard] = field(default_factory=list)
    """outcomes, in the order of reading"""
    bundles: dict[str, tuple[str | None, tuple[str, ...]]] = field(default_factory=dict)
    """MA_TRA_HOC_BA → (received | refused | not yet, the UUIDs in it)"""


@dataclass(frozen=True, slots=True)
class Transfer:
    """One record's journey, as the ledger has it."""

    id: int
    """transfer"""
    sender: str
    """code of the vendor"""
    receipt: str
    """submission that brought it"""
    uuid: str
    """MA_TRA_CUU_UUID, lower case"""
    sequence: int
    """the pupil's surrogate id"""
    position: int
    """place in the order of acceptance"""
    fate: str
    """open, done, refused, held, dead or superseded"""
    cause: str
    """machine-readable"""
    rests: str
    """what its row of unfinished work says: empty when there is none"""
    package: str
    """cause of the package that holds it, where one is held"""


@dataclass(frozen=True, slots=True)
class Registered:
    """One message of transaction 3, as the ledger has it."""

    messageid: str
    """chosen by the hub"""
    state: str
    """ready, sending, sent, approved, refused or dead"""
    cause: str
    """machine-readable"""
    registration: str
    """state of what it is about: waiting, approved, refused or ended"""


@dataclass(slots=True)
class LedgerFacts:
    """The hub's own truth."""

    transfers: list[Transfer] = field(default_factory=list)
    """of records"""
    receipts: dict[str, int] = field(default_factory=dict)
    """receipt → records accepted with it"""
    bundles: dict[str, tuple[str, str]] = field(default_factory=dict)
    """MA_TRA_HOC_BA → (state, cause)"""
    unburied: int = 0
    """dead transfers without a dead letter, or with one that no topic has"""
    registrations: list[Registered] = field(default_factory=list)
    """certificates that the hub registered"""
    loose_work: list[str] = field(default_factory=list)
    """unfinished work that belongs to no record's journey and is not held"""


@dataclass(slots=True)
class Facts:
    """All of it."""

    city: CityFacts = field(default_factory=CityFacts)
    """the city's own store"""
    vendors: dict[str, VendorFacts] = field(default_factory=dict)
    """sender → that vendor's own store"""
    ledger: LedgerFacts = field(default_factory=LedgerFacts)
    """the hub"""
    signatures: SignatureFacts = field(default_factory=SignatureFacts)
    """the remote signing service's own store, and what came of it"""


def read(*, city: Path, vendors: Mapping[str, Path], ledger: str, signing: Path | None = None) -> Facts:
    """Read everything; `signing` is the remote signing service's store, where there is one."""
    with psycopg.connect(ledger, autocommit=True) as connection:
        signatures = read_signatures(connection, signing)
    return Facts(
        city=read_city(city),
        vendors={sender: read_vendor(store) for sender, store in vendors.items()},
        ledger=read_ledger(ledger),
        signatures=signatures,
    )


def _rows(store: Path, query: str) -> list[sqlite3.Row]:
    connection = sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=30)
    connection.row_factory = sqlite3.Row
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def read_city(store: Path) -> CityFacts:
    """Verdicts in the order in which the one judge gave them: by message, by place."""
    judged = _rows(
        store,
        "SELECT v.messageid, v.uuid, v.error, m.content IS NULL AS belated FROM verdicts v JOIN messages m USING (messageid)"
        " ORDER BY m.received_at, v.place",
    )
    bundles = _rows(store, "SELECT code, tampered, ma_truong_den = '79999999' AS unknown FROM bundles")
    receipts = _rows(store, "SELECT code, trang_thai FROM receipts ORDER BY position")
    return CityFacts(
        judged=[Judgement(row["messageid"], row["uuid"].lower(), row["error"], bool(row["belated"])) for row in judged],
        in_force={row["uuid"] for row in _rows(store, "SELECT uuid FROM accepted")},
        bundles=[Bundle(row["code"], not row["tampered"] and not row["unknown"]) for row in bundles],
        receipts=[(row["code"], row["trang_thai"]) for row in receipts],
        registrations={
            row["messageid"]: row["state"] for row in _rows(store, "SELECT messageid, state FROM registrations")
        },
    )


def read_vendor(store: Path) -> VendorFacts:
    """What the vendor was promised, what it heard, what it was given."""
    facts = VendorFacts()
    for push in _rows(store, "SELECT status, receipt, reply FROM pushes"):
        if push["status"] not in (200, 202):
            facts.unanswered += 1
        for line in json.loads(push["reply"] or "{}").get("records", ()):
            facts.promises.append(
                Promise(push["receipt"], line["uuid"].lower(), line["status"], bool(line["findings"]))
            )
    for row in _rows(store, "SELECT body FROM outcomes ORDER BY seen"):
        facts.heard.append(_heard(json.loads(row["body"])))
    for row in _rows(store, "SELECT body, status FROM bundles ORDER BY seen"):
        item = json.loads(row["body"])
        facts.bundles[item["ma_tra_hoc_ba"]] = (row["status"], tuple(each["uuid"].lower() for each in item["records"]))
    return facts


def _heard(said: dict[str, Any]) -> Heard:
    verdict = said.get("verdict") or {}
    return Heard(
        position=str(said["position"]),
        receipt=str(said["receipt"]),
        uuid=said["uuid"].lower(),
        fate=said["fate"],
        cause=said["cause"],
        error=verdict.get("error", ""),
        explained=bool(said["findings"] or verdict),
    )


_TRANSFERS = """
select t.id, s.code, b.receipt::text, r.uuid::text, t.sequence_id, t.position, t.fate, t.cause,
       coalesce(w.stage || ' ' || w.state, ''),
       coalesce((select coalesce(nullif(p.cause, ''), '-') from package_members m join packages p on p.id = m.package_id
                 join work h on h.id = p.id and h.state = 'held'
                 where m.transfer_id = t.id and m.live and not m.judged limit 1), '')
from transfers t join records r on r.id = t.record_id join senders s on s.id = t.sender_id
join submissions b on b.id = t.submission_id left join work w on w.id = t.id
where t.kind = 'record' order by t.position
"""

_UNBURIED = """
select count(*) from transfers t where t.fate = 'dead' and not exists
    (select from dead_letters d where (d.message ->> 'id')::bigint = t.id and d.published_at is not null)
"""

_REGISTRATIONS = """
select m.messageid, m.state, m.cause, r.state from certificate_messages m
join certificate_registrations r on r.id = m.registration_id order by m.messageid
"""

_LOOSE = """
select w.kind || ' ' || w.id || ' ' || w.stage || ' ' || w.state from work w
where w.kind <> 'record' and w.state <> 'held'
"""


def read_ledger(url: str) -> LedgerFacts:
    """Journeys, receipts, bundles, and what is left to do."""
    with psycopg.connect(url, autocommit=True) as connection:

        def rows(query: str) -> Sequence[tuple[Any, ...]]:
            return connection.execute(query.encode()).fetchall()

        return LedgerFacts(
            transfers=[Transfer(*row) for row in rows(_TRANSFERS)],
            receipts=dict(rows("select receipt::text, accepted from submissions")),
            bundles={
                row[0]: (row[1], row[2])
                for row in rows(
                    "select b.ma_tra_hoc_ba, b.state, t.cause from bundles b join transfers t on t.id = b.id"
                )
            },
            unburied=rows(_UNBURIED)[0][0],
            registrations=[Registered(*row) for row in rows(_REGISTRATIONS)],
            loose_work=[row[0] for row in rows(_LOOSE)],
        )
