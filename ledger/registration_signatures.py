"""The signature of a registration whose key is at a remote service: wanted once at a time, put to use once.

Whoever changes one holds its registration first (`certificate_messages.wish`); the keeper that asks its holder changes the
request alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from psycopg.rows import class_row

from ledger.database import Connection
from ledger.signatures import LIVE, OPEN, Ask


@dataclass(frozen=True, slots=True)
class RegistrationSignature:
    """How the signature of a registration stands."""

    id: int
    """request"""
    registration: int
    """id of the registration"""
    destination: str
    """portal that its message is for"""
    role: str
    """what the certificate is to sign: whose key it is"""
    state: str
    """one of `LIVE`"""
    cause: str
    """why it was refused or failed, or how the last asking ended"""
    asks: int
    """how often its holder was asked"""
    until: datetime | None
    """its holder may agree until then; None while nobody is asked"""
    prepared: bytes = field(repr=False)
    """the signature without its value"""
    value: bytes | None = field(repr=False)
    """its value once answered"""

    @property
    def open(self) -> bool:
        """It comes by itself, or has come: nobody needs to ask for it."""
        return self.state in (*OPEN, "answered")


_LIVE = (
    "select id, registration_id as registration, place as destination, role, state, cause, asks,"
    " case when state = 'asked' then until_at end as until, prepared, value from signature_requests"
)


async def want(connection: Connection, registration: int, ask: Ask) -> None:
    """Write down that a registration's holder is to be asked; what was there of it before is of no use any more."""
    await end(connection, registration)
    await connection.execute(
        "insert into signature_requests (kind, registration_id, place, role, unit_id, home, credential, algorithm, digest,"
        " prepared, state) select 'registration', r.id, %s, %s, r.unit_id, %s, %s, %s, %s, %s, 'wanted'"
        " from certificate_registrations r where r.id = %s",
        [ask.place, ask.role, ask.home, ask.credential, ask.algorithm, ask.digest, ask.prepared, registration],
    )


async def live(connection: Connection, registration: int) -> RegistrationSignature | None:
    """How the signature of a registration stands; None where none is asked for. Held until the transaction ends."""
    cursor = connection.cursor(row_factory=class_row(RegistrationSignature), binary=True)
    await cursor.execute(
        f"{_LIVE} where registration_id = %s and state = any(%s) for update".encode(), [registration, list(LIVE)]
    )
    return await cursor.fetchone()


async def of_registrations(connection: Connection, registrations: Sequence[int]) -> Mapping[int, RegistrationSignature]:
    """Registration → its signature, of those that wait for one or get none."""
    cursor = connection.cursor(row_factory=class_row(RegistrationSignature), binary=True)
    await cursor.execute(
        f"{_LIVE} where registration_id = any(%s) and state = any(%s)".encode(), [list(registrations), list(LIVE)]
    )
    return {each.registration: each for each in await cursor.fetchall()}


async def due(connection: Connection, *, destination: str) -> list[int]:
    """Registrations for a portal whose signature has come, or is to be prepared again."""
    rows = await (
        await connection.execute(
            "select registration_id from signature_requests where kind = 'registration' and place = %s"
            " and state in ('answered', 'stale') order by id",
            [destination],
        )
    ).fetchall()
    return [row[0] for row in rows]


async def used(connection: Connection, request: int) -> None:
    """Its value stands in the message."""
    await connection.execute(
        "update signature_requests set state = 'used', changed_at = now() where id = %s", [request]
    )


async def fail(connection: Connection, request: int, cause: str) -> None:
    """Nothing can be made of what came: somebody must act."""
    await connection.execute(
        "update signature_requests set state = 'failed', cause = %s, changed_at = now() where id = %s", [cause, request]
    )


async def end(connection: Connection, registration: int) -> None:
    """Whatever was asked for a registration is of no use any more."""
    await connection.execute(
        "update signature_requests set state = 'ended', changed_at = now() where registration_id = %s"
        " and state = any(%s)",
        [registration, list(LIVE)],
    )


async def end_of_decided(connection: Connection) -> int:
    """End what was asked for registrations that do not wait any more; how many those are."""
    cursor = await connection.execute(
        "update signature_requests s set state = 'ended', changed_at = now() from certificate_registrations r"
        " where r.id = s.registration_id and s.kind = 'registration' and s.state = any(%s) and r.state <> 'waiting'",
        [list(LIVE)],
    )
    return cursor.rowcount
