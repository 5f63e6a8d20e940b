"""The registry of certificates: who may sign for which unit in which role, since when, by whose word.

What the verifier reads, the spans in which a certificate was approved for a unit and role (`ledger.certificate_spans`), is
written from here only, together with the registration's state and a line of its history. Spans are used as of the time
in question: an approval that ends today still covers what was signed yesterday, one given again later leaves the gap.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from ledger import certificate_registrations as rows
from ledger import certificate_spans as spans
from ledger.certificate_registrations import (
    APPROVED,
    ENDED,
    NO_END,
    REFUSED,
    STAFF_APPROVERS,
    WAITING,
    NoSuchRegistration,
    NoSuchUnit,
    NotInState,
    Registration,
    SpanEmpty,
    Wanted,
)
from ledger.database import Connection

__all__ = [
    "NO_END",
    "STAFF_APPROVERS",
    "CertificateFacts",
    "Entered",
    "NoSuchRegistration",
    "NoSuchUnit",
    "NotInState",
    "SpanEmpty",
    "Wanted",
    "approve",
    "end",
    "enter_approved",
    "enter_waiting",
    "find",
    "refuse",
    "register",
    "remember",
]

LONGEST_SERIAL = 49
"""decimal digits of the largest serial number of 20 octets (RFC 5280)"""
_FINGERPRINT = re.compile("[0-9a-f]{8,64}")


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What a certificate says of itself."""

    sha256: bytes
    """of the DER octets"""
    der: bytes | None = field(repr=False)
    """the certificate; None while only its fingerprint is known"""
    serial_hex: str
    """upper-case hexadecimal"""
    subject: str = field(default="", repr=False)
    """RFC 4514; may name a person"""
    issuer: str = ""
    """RFC 4514"""
    holder: str = "unknown"
    """person, institution or unknown"""
    not_before: datetime | None = None
    """UTC; None while only its fingerprint is known"""
    not_after: datetime | None = None
    """UTC; None while only its fingerprint is known"""


@dataclass(frozen=True, slots=True)
class Entered:
    """What became of something that was entered."""

    id: int
    """of the registration"""
    what: str
    """registered, again (opened after a refusal or an end), approved, changed, there (it stood so already), or over (it
    was approved like this once, and that was ended here since)"""
    state: str
    """of the registration now"""


async def remember(connection: Connection, certificates: Iterable[CertificateFacts]) -> None:
    """Keep what certificates say of themselves; one known by its fingerprint only is completed.

    What was approved for longer than a certificate turns out to be valid is narrowed to its dates.
    """
    known = {each.sha256: each for each in certificates}
    if not known:
        return
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into certificates (sha256, der, serial_hex, subject, issuer, holder, not_before, not_after)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict (sha256) do update set der = excluded.der,"
            " serial_hex = excluded.serial_hex, subject = excluded.subject, issuer = excluded.issuer,"
            " holder = excluded.holder, not_before = excluded.not_before, not_after = excluded.not_after"
            " where certificates.der is null and excluded.der is not null",
            [
                (c.sha256, c.der, c.serial_hex, c.subject, c.issuer, c.holder, c.not_before, c.not_after)
                for _, c in sorted(known.items())
            ],
        )
        written = cursor.rowcount
    if written:
        for registration in await spans.too_wide(connection, known):
            await _narrow(connection, registration)


async def _narrow(connection: Connection, registration_id: int) -> None:
    held = await rows.held(connection, registration_id)
    left = await spans.narrow(connection, held.use, (held.not_before or held.valid_from, held.not_after or NO_END))
    why = "theo hạn của chính chứng thư số · the certificate's own dates"
    if left is None and held.state == APPROVED:
        await rows.decide(connection, held, ENDED)
        await rows.write_down(connection, held.id, "hub", "ended", span=(None, held.not_after), why=why)
    else:
        await rows.write_down(connection, held.id, "hub", "changed", span=left or (None, None), why=why)


async def find(connection: Connection, name: str) -> list[bytes]:
    """Fingerprints of the certificates with this serial number or fingerprint, as people write them.

    A serial number in hexadecimal or decimal, a fingerprint in full or its first eight digits; colons and spaces are
    passed over.
    """
    told = "".join(name.replace(":", "").split()).removeprefix("0x").lower()
    serials = [told.lstrip("0").upper()]
    if told.isascii() and told.isdecimal() and len(told) <= LONGEST_SERIAL:
        serials.append(f"{int(told):X}")
    prefix = told if _FINGERPRINT.fullmatch(told) else ""
    found = await (
        await connection.execute(
            "select sha256 from certificates where ltrim(serial_hex, '0') = any(%(serials)s)"
            " or (%(prefix)s and sha256 between %(first)b and %(last)b) order by sha256 limit 20",
            {
                "serials": [serial for serial in serials if serial],
                "prefix": bool(prefix),
                "first": bytes.fromhex(prefix.ljust(64, "0")),
                "last": bytes.fromhex(prefix.ljust(64, "f")),
            },
        )
    ).fetchall()
    return [bytes(sha256) for (sha256,) in found]


async def register(connection: Connection, wanted: Wanted, *, actor: str, why: str = "") -> int:
    """As `enter_waiting`; returns the registration's id."""
    return (await enter_waiting(connection, wanted, actor=actor, why=why)).id


async def enter_waiting(connection: Connection, wanted: Wanted, *, actor: str, why: str = "") -> Entered:
    """Enter a wish, or open a refused or ended one again.

    One that waits may be completed by kind, provider and approver while no portal is asked; an approved one is left.

    Raises:
        NoSuchUnit: the unit is not known.
    """
    new = await rows.insert(connection, wanted)
    if new is not None:
        await rows.write_down(connection, new, actor, "registered", span=(wanted.valid_from, None), why=why)
        return Entered(new, "registered", WAITING)
    held = await rows.standing(connection, wanted)
    if held.state in (REFUSED, ENDED):
        await rows.open_again(connection, held, wanted)
        await rows.write_down(connection, held.id, actor, "registered", span=(wanted.valid_from, None), why=why)
        return Entered(held.id, "again", WAITING)
    if held.state == WAITING and await rows.complete(connection, held, wanted):
        await rows.write_down(connection, held.id, actor, "changed", span=(held.valid_from, None), why=why)
        return Entered(held.id, "changed", WAITING)
    return Entered(held.id, "there", held.state)


async def enter_approved(
    connection: Connection,
    wanted: Wanted,
    *,
    actor: str,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Entered:
    """Enter what the city hands over as approved between two moments; where it is approved already, with these dates.

    A moment that is not told stays as it stands; at first, the day asked for and the certificate's own end. A list that
    is handed over again undoes nothing: what it said before, and was ended here since, stays ended.

    Raises:
        NoSuchUnit: the unit is not known.
        SpanEmpty: nothing is left of the span within the certificate's own dates.
    """
    registration = await rows.insert(connection, wanted)
    if registration is not None:
        await rows.write_down(connection, registration, actor, "registered", span=(wanted.valid_from, None), why="")
    else:
        held = await rows.standing(connection, wanted)
        if await rows.ended_since(connection, held, since, until):
            return Entered(held.id, "there" if held.state == APPROVED else "over", held.state)
        if held.state == APPROVED:
            changed = await _change(connection, held, since, until, actor=actor)
            return Entered(held.id, "changed" if changed else "there", APPROVED)
        registration = (await enter_waiting(connection, wanted, actor=actor)).id
    await approve(connection, registration, actor=actor, valid_from=since or wanted.valid_from, valid_to=until)
    return Entered(registration, "approved", APPROVED)


async def approve(
    connection: Connection,
    registration_id: int,
    *,
    actor: str,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
    why: str = "",
) -> None:
    """Let the certificate sign from `valid_from` (the day asked for) until `valid_to` (the certificate's own end).

    Spans of earlier approvals stay as they are, and so do the gaps between them.

    Raises:
        NoSuchRegistration: the id is unknown.
        NotInState: it does not wait for a decision.
        SpanEmpty: nothing is left of the span within the certificate's own dates.
    """
    held = await rows.held(connection, registration_id, WAITING)
    span = held.within(valid_from or held.valid_from, valid_to or held.not_after or NO_END)
    await spans.add(connection, held.use, span)
    await rows.decide(connection, held, APPROVED)
    await rows.write_down(connection, held.id, actor, "approved", span=span, why=why)


async def refuse(connection: Connection, registration_id: int, *, actor: str, why: str) -> None:
    """Decide that the certificate may not sign.

    Spans that it once had stay: a certificate whose approval ended and that was registered again without success still
    covers what it signed while it was approved.

    Raises:
        NoSuchRegistration: the id is unknown.
        NotInState: it does not wait for a decision.
    """
    held = await rows.held(connection, registration_id, WAITING)
    await rows.decide(connection, held, REFUSED)
    await rows.write_down(connection, held.id, actor, "refused", span=(None, None), why=why)


async def end(connection: Connection, registration_id: int, *, actor: str, at: datetime, why: str) -> None:
    """End an approval at an instant: what was signed until then stays approved; one that had yet to begin never does.

    Raises:
        NoSuchRegistration: the id is unknown.
        NotInState: it is not approved.
        SpanEmpty: the approval ends earlier already.
    """
    held = await rows.held(connection, registration_id, APPROVED)
    if not await spans.cut(connection, held.use, at):
        raise SpanEmpty(held.id)
    await rows.decide(connection, held, ENDED)
    await rows.write_down(connection, held.id, actor, "ended", span=(None, at), why=why)


async def _change(
    connection: Connection, held: Registration, since: datetime | None, until: datetime | None, *, actor: str
) -> bool:
    """Other dates for the newest span; False where they are the same."""
    first, last = await spans.newest(connection, held.use) or (held.valid_from, held.not_after or NO_END)
    span = held.within(since or first, until or last)
    changed = await spans.replace(connection, held.use, span)
    if changed:
        await rows.write_down(connection, held.id, actor, "changed", span=span, why="")
    return changed
