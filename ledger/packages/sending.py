"""What is known of a package on its way out: about to be sent, perhaps sent, surely not sent, acknowledged."""

from dataclasses import dataclass, replace
from uuid import uuid4

from ledger.crash import planted
from ledger.database import Connection
from ledger.dispatch import Reference
from ledger.outcomes import move_one
from ledger.packages.rows import lease_holds
from ledger.states import Stage, State


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A package that is about to be sent, or may have been."""

    id: int
    """package"""
    destination: str
    """where to"""
    messageid: str
    """chosen by the hub, never reused"""
    unit_code: str
    """ma_don_vi"""
    nam_hoc: int
    """first year of the school year"""
    state: str
    """sending (now to be sent), uncertain (a former try may have arrived), sent"""
    since_seconds: float
    """since the last byte may have left"""
    age_seconds: float
    """since the destination acknowledged it"""
    members: int
    """records in it"""
    tries: int
    """tries of the present stage"""
    content: bytes
    """Base64 text of the packed batch; empty unless it is to be sent"""


_OUTGOING = """
select p.id, p.destination, p.messageid, u.code, p.nam_hoc, p.state,
       extract(epoch from now() - coalesce(p.sending_at, now()))::float8,
       extract(epoch from now() - coalesce(p.sent_at, now()))::float8, p.members, w.tries, ''::bytea
from packages p join units u on u.id = p.unit_id join work w on w.id = p.id where p.id = %s for update of p
"""


async def _outgoing(connection: Connection, reference: Reference) -> Outgoing | None:
    if not await lease_holds(connection, reference):
        return None
    row = await (await connection.execute(_OUTGOING, [reference.id])).fetchone()
    return Outgoing(*row) if row else None


async def begin_sending(connection: Connection, reference: Reference) -> Outgoing | None:
    """Say «sending», before the first byte leaves. The caller commits, then sends."""
    found = await _outgoing(connection, reference)
    if found is None:
        return None
    if found.state != "sealed" and not planted("resend-without-asking"):
        return replace(found, state="uncertain")
    messageid = found.messageid if found.state == "sealed" else f"HB-{uuid4()}"
    body = await (
        await connection.execute(
            "update packages set state = 'sending', sending_at = now(), messageid = %s where id = %s returning body",
            [messageid, reference.id],
            binary=True,
        )
    ).fetchone()
    assert body is not None
    return replace(found, messageid=messageid, state="sending", content=bytes(body[0]))


async def outgoing(connection: Connection, reference: Reference) -> Outgoing | None:
    """A package whose verdicts are to be asked for."""
    found = await _outgoing(connection, reference)
    return found and replace(found, state="sent" if found.state == "sent" else "uncertain")


async def acknowledged(connection: Connection, reference: Reference, *, poll_seconds: float) -> bool:
    """The destination has the package."""
    if not await move_one(
        connection,
        id=reference.id,
        token=reference.token,
        stage=Stage.POLL,
        state=State.WAITING,
        due_seconds=poll_seconds,
    ):
        return False
    await connection.execute(
        "update packages set state = 'sent', sent_at = coalesce(sent_at, now()) where id = %s", [reference.id]
    )
    return True


async def line_ended(connection: Connection, package_id: int) -> None:
    """The exchange broke off: the last byte may have left just now, and the settle time begins here."""
    await connection.execute("update packages set sending_at = now() where id = %s and state = 'sending'", [package_id])


async def not_sent(connection: Connection, package_id: int) -> None:
    """It is known that the destination does not have the package: it may be sent again, same bytes, same messageid."""
    await connection.execute(
        "update packages set state = 'sealed' where id = %s and state in ('sending', 'sent')", [package_id]
    )


async def unseal(connection: Connection, package_id: int, *, cause: str) -> None:
    """The messageid is spent on a refusal: once freed, the package is sealed anew under another."""
    await connection.execute(
        "update packages set state = 'closed', messageid = null, body = null, cause = %s where id = %s",
        [cause, package_id],
    )


async def arrived(connection: Connection, package_id: int) -> None:
    """The destination answers for the package: it has it, whatever became of the acknowledgement."""
    await connection.execute(
        "update packages set state = 'sent', sent_at = coalesce(sent_at, now()), cause = ''"
        " where id = %s and state = 'sending'",
        [package_id],
    )
