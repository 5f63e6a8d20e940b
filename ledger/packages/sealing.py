"""A package closes, is read whole and keeps what was sealed; a batch that lost a record is packed anew."""

from dataclasses import dataclass
from uuid import uuid4

from ledger.database import Connection, wake
from ledger.dispatch import Reference
from ledger.outcomes import move_one
from ledger.packages.rows import finish_package, lease_holds
from ledger.states import Stage, State

LOOK_AGAIN_SECONDS = 1.0
"""An incomplete batch is looked at again this often."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A closed package, ready to be sealed."""

    id: int
    """package"""
    unit_id: int
    """the sending unit"""
    unit_code: str
    """ma_don_vi of the sending unit"""
    seal: str
    """pass-through, delegated or intermediary"""
    nam_hoc: int
    """first year of the school year"""
    octets: tuple[bytes, ...]
    """the official signed octets of its records, in order"""
    tries: int
    """tries of sealing it that failed"""
    gaps: tuple[bytes, ...]
    """pass-through: the octets around the records as the sender sent them; else empty"""
    profile: str = ""
    """structure of its records"""


async def draft(connection: Connection, reference: Reference) -> Draft | None:
    """Close a package and read what is to be sealed; None when there is nothing (more) to do under this lease."""
    if not await lease_holds(connection, reference):
        return None
    row = await (
        await connection.execute(
            "select p.state, p.seal, p.school_year, u.code, p.members < s.accepted, s.gaps, u.id, w.tries, p.profile"
            " from packages p join units u on u.id = p.unit_id left join submissions s on s.id = p.submission_id"
            " join work w on w.id = p.id where p.id = %s for update of p",
            [reference.id],
        )
    ).fetchone()
    if row is None or row[0] not in ("open", "closed"):
        return None
    state, seal, school_year, unit_code, incomplete, gaps, unit_id, tries, profile = row
    if seal == "pass-through" and incomplete:
        await _wait_or_dissolve(connection, reference)
        return None
    if state == "open":
        await connection.execute("update packages set state = 'closed' where id = %s", [reference.id])
    octets = await (
        await connection.execute(
            "select p.octets from package_members m join records r on r.id = m.record_id"
            " join payloads p on p.sha256 = coalesce(r.official_sha256, r.received_sha256)"
            " where m.package_id = %s and m.live order by m.place",
            [reference.id],
            binary=True,
        )
    ).fetchall()
    return Draft(
        id=reference.id,
        unit_id=unit_id,
        unit_code=unit_code,
        seal=seal,
        nam_hoc=int(school_year[:4]) if school_year[:4].isdigit() else 0,
        octets=tuple(bytes(o[0]) for o in octets),
        tries=tries,
        gaps=tuple(bytes(gap) for gap in gaps) if seal == "pass-through" else (),
        profile=profile,
    )


async def _wait_or_dissolve(connection: Connection, reference: Reference) -> None:
    """The last records of a batch may still be on their way; one that has failed never comes."""
    row = await (
        await connection.execute(
            "select now() >= p.closes_at or exists (select from transfers t where t.submission_id = p.submission_id"
            " and t.destination = p.destination and t.fate <> 'open') from packages p where p.id = %s",
            [reference.id],
        )
    ).fetchone()
    if row is None or row[0]:
        await _dissolve(connection, reference)
        return
    await move_one(
        connection,
        id=reference.id,
        token=reference.token,
        stage=Stage.PACK,
        state=State.WAITING,
        due_seconds=LOOK_AGAIN_SECONDS,
    )


async def _dissolve(connection: Connection, reference: Reference) -> None:
    """A batch that lost a record cannot go on octet for octet: its good records are packed anew, under another seal."""
    await connection.execute(
        "update submissions set sealed = false where id = (select submission_id from packages where id = %s)",
        [reference.id],
    )
    await _release_members(connection, reference.id)
    await finish_package(connection, reference.id, "split", cause="batch-incomplete")


async def _release_members(connection: Connection, package_id: int) -> None:
    await connection.execute(
        "with freed as (update package_members set live = false where package_id = %s and live and not judged"
        " returning transfer_id)"
        " update work set state = 'ready', due_at = now() where id in (select transfer_id from freed)"
        " and state = 'gathered'",
        [package_id],
    )
    await wake(connection)


async def sealed(connection: Connection, reference: Reference, *, nam_hoc: int, content: bytes) -> bool:
    """Keep the final bytes and a messageid; the package may now be sent. False when the lease was lost."""
    if not await move_one(connection, id=reference.id, token=reference.token, stage=Stage.DELIVER, state=State.READY):
        return False
    await connection.execute(
        "update packages set state = 'sealed', messageid = %s, body = %b, nam_hoc = %s, sealed_at = now()"
        " where id = %s and state = 'closed'",
        [f"HB-{uuid4()}", content, nam_hoc, reference.id],
    )
    await wake(connection)
    return True
