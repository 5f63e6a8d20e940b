"""Arrivals as a connector would hand them over, without XML: the ledger must not care what octets say."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from uuid import UUID, uuid4

from ledger import acceptance, lanes, registry
from ledger.acceptance import Receipt
from ledger.database import Pool
from ledger.registry import Sender, UnitRow
from schemas.findings import Finding
from schemas.identity import RecordIdentity

DEADLINE = datetime(2027, 6, 15, tzinfo=UTC)


@dataclass(frozen=True)
class Item:
    octets: bytes
    identity: RecordIdentity | None
    signed: bool = True
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Batch:
    items: tuple[Item, ...]
    format: str = "official"
    gaps: tuple[bytes, ...] = field(default=())


def record(
    school: str = "79760401",
    *,
    pupil: str = "7900000001",
    uuid: UUID | str | None = None,
    text: str = "",
    cccd: str = "",
) -> Item:
    """One record of one pupil; `uuid=""` leaves it to the hub."""
    given = str(uuid4()) if uuid is None else str(uuid)
    identity = RecordIdentity(
        uuid=given,
        version="1.0",
        school_year="2025-2026",
        school_code=school,
        level="01",
        grade="5",
        class_name="5A1",
        pupil_code=pupil,
        personal_id=cccd,
    )
    return Item(octets=f"<HOC_BA>{given}/{school}/{pupil}/{text}</HOC_BA>".encode(), identity=identity)


def batch(*items: Item, sealed: bool = False) -> Batch:
    """Items side by side in one submission."""
    last = b"<Signature/></DANH_SACH_HOC_BA>" if sealed else b"</DANH_SACH_HOC_BA>"
    return Batch(items, gaps=(b"<DANH_SACH_HOC_BA>", *([b""] * (len(items) - 1)), last))


async def enter_vendor(
    pool: Pool, code: str, schools: Sequence[str], *, signing: str = "own", seal: str = "intermediary"
) -> Sender:
    """A vendor with its schools, known to the ledger, and the city as a destination."""
    async with pool.connection() as connection:
        await lanes.enter_destination(connection, "city")
        await registry.enter_units(
            connection,
            [UnitRow(each, "school", f"Trường {each}", None, "01", seal, date(2025, 7, 1), None) for each in schools],
        )
        return await registry.enter_sender(
            connection, code=code, name=code, format="official", signing=signing, schools=schools
        )


async def push(pool: Pool, sender: Sender, arrival: Batch, *, key: str | None = None, body: bytes = b"") -> Receipt:
    """Accept one submission."""
    return await acceptance.accept(
        pool,
        sender=sender,
        arrival=arrival,
        idempotency_key=key,
        body_sha256=sha256(body or b"".join(item.octets for item in arrival.items)).digest(),
        deadline=DEADLINE,
    )
