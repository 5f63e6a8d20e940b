"""Verdicts are written down, and what each means: for the transfer, its UUID, its pupil's next record, the sender."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from psycopg.types.json import Jsonb

from ledger.database import Connection, copy_rows, wake
from ledger.dispatch import Reference
from ledger.outcomes import Limits, Step, feed
from ledger.outcomes.ends import Ended, settle_ends
from ledger.packages.members import Member
from ledger.packages.rows import finish_package, leased_at
from ledger.states import Fate, Stage
from schemas.findings import Finding


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """The destination's answer for one record, as received."""

    uuid: UUID
    """which record"""
    trang_thai: int
    """1 approved, 0 refused"""
    error: str
    """the portal's code"""
    error_field_title: str
    """its title"""
    error_description: str
    """its words"""


@dataclass(frozen=True, slots=True)
class Judged:
    """A member with the fate that its verdict means."""

    member: Member
    """which"""
    verdict: VerdictRow | None
    """the answer, kept as received; None when there was none"""
    fate: Fate
    """done (approved), refused, held or dead"""
    cause: str
    """e.g. city:R02"""
    findings: tuple[Finding, ...] = ()
    """what the sender is told beside the verdict"""


async def judge(
    connection: Connection, reference: Reference, judged: Sequence[Judged], *, limits: Limits
) -> bool | None:
    """Write verdicts; True when the package is judged whole, None when the lease was lost (nothing was written)."""
    stage = await leased_at(connection, reference)
    if stage is None:
        return None
    if judged:
        await _keep_verdicts(connection, reference.id, judged)
        await _end_members(connection, reference.id, judged, stage=stage, limits=limits)
    row = await (
        await connection.execute(
            "select count(*) from package_members where package_id = %s and live and not judged", [reference.id]
        )
    ).fetchone()
    if row is not None and row[0] == 0:
        await finish_package(connection, reference.id, "judged")
        await wake(connection)
        return True
    return False


async def _keep_verdicts(connection: Connection, package_id: int, judged: Sequence[Judged]) -> None:
    await copy_rows(
        connection,
        "verdicts",
        "transfer_id, package_id, uuid, trang_thai, error, error_field_title, error_description",
        (
            (
                j.member.transfer_id,
                package_id,
                j.verdict.uuid,
                j.verdict.trang_thai,
                j.verdict.error,
                j.verdict.error_field_title,
                j.verdict.error_description,
            )
            for j in judged
            if j.verdict is not None
        ),
    )


async def _end_members(
    connection: Connection, package_id: int, judged: Sequence[Judged], *, stage: Stage, limits: Limits
) -> None:
    """Approved ones stay the record's live way for ever: no second package can carry them to this destination."""
    await connection.execute(
        "update package_members m set judged = true, live = j.approved from unnest(%s::bigint[], %s::bool[])"
        " j (id, approved) where m.package_id = %s and m.transfer_id = j.id",
        [[j.member.transfer_id for j in judged], [j.fate is Fate.DONE for j in judged], package_id],
    )
    await connection.execute(
        "update transfers t set fate = j.fate, stage = %s, cause = j.cause, findings = t.findings || j.findings,"
        " changed_at = now() from unnest(%s::bigint[], %s::text[], %s::text[], %s::jsonb[])"
        " j (id, fate, cause, findings) where t.id = j.id",
        [
            stage.value,
            [j.member.transfer_id for j in judged],
            [j.fate.value for j in judged],
            [j.cause for j in judged],
            [Jsonb([finding.as_dict() for finding in j.findings]) for j in judged],
        ],
    )
    ended = await _leave(connection, judged)
    await _use_uuids(connection, [j.member.record_id for j in judged if j.fate is Fate.DONE])
    await copy_rows(
        connection,
        "events",
        "transfer_id, stage, fate, cause",
        ((j.member.transfer_id, stage.value, j.fate.value, j.cause) for j in judged),
    )
    await feed(
        connection,
        [(j.member.transfer_id, "approved" if j.fate is Fate.DONE else j.fate.value) for j in judged],
    )
    last = {j.member.transfer_id: Step(stage, j.fate, j.cause) for j in judged}
    await settle_ends(connection, last, ended, limits=limits)


async def _leave(connection: Connection, judged: Sequence[Judged]) -> list[Ended]:
    """Held members rest, the others leave the table of unfinished work."""
    held = [j.member.transfer_id for j in judged if j.fate is Fate.HELD]
    if held:
        await connection.execute("update work set state = 'held' where id = any(%s) and state = 'gathered'", [held])
    cursor = await connection.execute(
        "delete from work where id = any(%s) and state = 'gathered' returning id, sequence_id, sender_id, destination",
        [[j.member.transfer_id for j in judged if j.fate is not Fate.HELD]],
    )
    return [Ended(*row) for row in await cursor.fetchall()]


async def _use_uuids(connection: Connection, approved: Sequence[int]) -> None:
    if approved:
        await connection.execute(
            "update uuids u set state = 'used' from records r where r.id = any(%s) and u.uuid = r.uuid"
            " and u.record_id = r.id",
            [list(approved)],
        )
