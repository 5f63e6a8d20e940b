"""Copies of records: who may have one, and that each is written down."""

from uuid import UUID, uuid4

from ledger import copies
from ledger.copies import Purpose, Way
from ledger.database import Pool
from ledger.states import Fate, Stage
from tests.ledger import steps
from tests.support.arrivals import batch, enter_vendor, push, record


async def test_a_record_is_found_by_who_pushed_it_and_by_staff_only(pool: Pool) -> None:
    ours, theirs = await enter_vendor(pool, "A", ["79760401"]), await enter_vendor(pool, "B", ["79760402"])
    item = record()
    receipt = await push(pool, ours, batch(item))
    uuid = UUID(receipt.lines[0].uuid)
    async with pool.connection() as connection:
        for sender_id in (ours.id, None):
            found = await copies.stored(connection, uuid, sender_id=sender_id)
            assert found is not None
            assert (found.octets, found.official, found.fate, found.stage) == (
                item.octets,
                True,
                "open",
                Stage.NORMALISE,
            )
        assert await copies.stored(connection, uuid, sender_id=theirs.id) is None
        assert await copies.stored(connection, uuid4()) is None


async def test_what_ended_tells_how(pool: Pool) -> None:
    sender = await enter_vendor(pool, "A", ["79760401"])
    receipt = await push(pool, sender, batch(record()))
    (reference,) = await steps.claim(pool)
    await steps.write(pool, steps.stopped(reference, Fate.REFUSED, "signature:CBQL:digest-data"))
    async with pool.connection() as connection:
        found = await copies.stored(connection, UUID(receipt.lines[0].uuid))
    assert found is not None
    assert (found.fate, found.cause) == ("refused", "signature:CBQL:digest-data")


async def test_every_copy_is_written_down_newest_first(pool: Pool) -> None:
    uuid, other = uuid4(), uuid4()
    async with pool.connection() as connection:
        for each, purpose in ((uuid, Purpose.CHECK), (other, Purpose.CHECK), (uuid, Purpose.TRANSFER)):
            await copies.log_copy(connection, each, actor="A", way=Way.API, purpose=purpose, pdf_sha256=b"\x01" * 32)
        told = await copies.copies(connection, uuid)
    assert [(row.purpose, row.actor, row.way, row.pdf_sha256) for row in told] == [
        ("transfer", "A", "api", b"\x01" * 32),
        ("check", "A", "api", b"\x01" * 32),
    ]
