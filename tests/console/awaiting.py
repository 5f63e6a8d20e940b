"""Records that wait for people at a remote signing service: what the staff's pages on signatures are shown in the tests."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from ledger import signatures
from ledger.database import Connection, Pool, open_pool
from ledger.outcomes import RecordOutcome, Step
from ledger.settings import LedgerSettings
from ledger.signatures import Ask
from ledger.states import Fate, Stage
from tests.ledger import steps
from tests.support.arrivals import batch, enter_vendor, push, record

SCHOOLS = ("79760401", "79760402", "79760403")
CREDENTIAL = "079185001234"
"""a service may name a key by its holder's personal number: no page may show it"""
ROOM = "5A1"
TEXT = f"<TEN_LOP>{ROOM}</TEN_LOP>"
KY_SO = "ky-so"


@dataclass(frozen=True)
class Awaited:
    """Where to look."""

    asked: int
    """transfer whose class teacher has been asked"""
    uuid: UUID
    """of its record"""
    refused: int
    """transfer whose holder said no"""
    request: int
    """a request of the class teacher whose service is down"""


async def play(settings: LedgerSettings) -> Awaited:
    """Nine records at three schools: asked, unanswered, service down, lost, refused, locked, and about to be asked."""
    async with open_pool(settings) as pool:
        vendor = await enter_vendor(pool, "SAOMAI", list(SCHOOLS))
        for number, school in enumerate(SCHOOLS):
            await push(
                pool, vendor, batch(*(record(school=school, pupil=f"79000{number}000{n}", text=TEXT) for n in range(3)))
            )
        references = await steps.claim(pool)
        # Three of each school, in the order in which they came.
        first, second, third = (references[n : n + 3] for n in (0, 3, 6))
        await _ask(pool, first, role="GVCN", credential=CREDENTIAL)
        await _ask(pool, second[:2], role="CBQL", credential="K2")
        await _ask(pool, second[2:], role="GVCN", credential="K3")
        await _ask(pool, third[:1], role="GVCN", credential="K4")
        await _ask(pool, third[1:2], role="CBQL", credential="K5")
        await _ask(pool, third[2:], role="KY_PHAT_HANH", credential="K6")
        async with pool.connection() as connection:
            await _happen(connection, [reference.id for reference in references])
            row = await (
                await connection.execute(
                    "select r.uuid, (select min(id) from signature_requests where credential = 'K3')"
                    " from transfers t join records r on r.id = t.record_id where t.id = %s",
                    [first[0].id],
                )
            ).fetchone()
        assert row is not None
        await _refused(pool, third[0].id)
        return Awaited(first[0].id, row[0], third[0].id, row[1])


async def _ask(pool: Pool, references: Sequence[steps.Reference], *, role: str, credential: str) -> None:
    outcomes = [
        RecordOutcome(
            each.id,
            each.token,
            (Step(Stage.NORMALISE, Fate.DONE), Step(Stage.SIGN, Fate.RETRY, f"{signatures.AWAITING}:{role}")),
            None,
            asks=(Ask(f"DANH_SACH_THONG_TIN_KY/{role}", role, KY_SO, credential, "rsa-sha256", b"d", b"p"),),
        )
        for each in references
    ]
    await steps.write(pool, *outcomes)


async def _happen(connection: Connection, transfers: Sequence[int]) -> None:
    """What a keeper and its services would have made of the requests."""
    told = (
        ("K2", "state = 'wanted', asks = 2, cause = 'expired', asked_at = now() - interval '2 hours',"
         " due_at = now() + interval '3 hours'"),
        ("K3", "state = 'wanted', asks = 1, cause = 'signer-down', due_at = now() + interval '1 minute'"),
        ("K4", "state = 'refused', asks = 1, cause = 'signer-refused:GVCN', asked_at = now()"),
        ("K5", "state = 'failed', asks = 1, cause = 'signer-locked:CBQL', asked_at = now()"),
        (CREDENTIAL, "state = 'asked', asks = 1, handle = 'h', asked_at = now(), until_at = now() + interval '4 minutes'"),
    )  # fmt: skip
    for credential, change in told:
        await connection.execute(f"update signature_requests set {change} where credential = %s".encode(), [credential])
    await connection.execute("update work set deadline = now() + interval '1 day' where id = %s", [transfers[0]])
    await connection.execute("update signature_requests set created_at = now() - interval '5 hours'")


async def _refused(pool: Pool, transfer: int) -> None:
    async with pool.connection() as connection:
        await connection.execute("update work set state = 'ready' where id = %s", [transfer])
    (reference,) = await steps.claim(pool, Stage.SIGN)
    assert reference.id == transfer
    await steps.write(pool, steps.stopped(reference, Fate.HELD, "signer-refused:GVCN", Stage.SIGN))
