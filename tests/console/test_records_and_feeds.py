"""What senders read: a record's journey, outcomes and inbox by positions that skip nothing, and confirming."""

import asyncio
import hashlib
from collections.abc import Callable
from contextlib import AsyncExitStack
from uuid import UUID, uuid4

import psycopg

from console.shapes import ConfirmationShape, InboxShape, OutcomesShape, RecordShape
from ledger import dispatch, returns
from ledger.database import Connection, Pool, open_pool
from ledger.returns import Returned
from ledger.states import Fate, Stage
from tests.console import bodies
from tests.console.serving import Site, Vendor, run
from tests.ledger import steps

RETURNED = bodies.record().encode()


def _with_pool(site: Site, story: Callable[[Pool], object]) -> object:
    async def told() -> object:
        async with open_pool(site.ledger) as pool:
            return await story(pool)  # type: ignore[misc]

    return run(told())


def _number(site: Site) -> None:
    site.ask(dispatch.number_feeds)


def _settle(site: Site, vendor: Vendor, fate: Fate, cause: str) -> None:
    """All that this vendor has at the first stage ends like this."""

    async def settle(pool: Pool) -> None:
        references = await steps.claim(pool, limit=1000)
        await steps.write(pool, *(steps.stopped(each, fate, cause) for each in references))

    _with_pool(site, settle)
    _number(site)


def test_a_records_journey_is_told_stage_by_stage(vendor: Vendor, site: Site) -> None:
    uuid = str(uuid4())
    pushed = vendor.push(bodies.record(uuid=uuid).encode()).json()
    story = RecordShape.model_validate_json(vendor.get(f"/v1/records/{uuid}").content)
    assert (story.uuid, story.fate, story.stage, story.state) == (UUID(uuid), "open", "normalise", "ready")
    assert (str(story.receipt), story.index) == (pushed["receipt"], 0)
    assert {"B04", "B06", "S07"} <= set(story.not_checked)  # this hub has no roster, and says so
    _settle(site, vendor, Fate.REFUSED, "rule:B10")
    story = RecordShape.model_validate_json(vendor.get(f"/v1/records/{uuid.upper()}").content)
    assert (story.fate, story.stage, story.state, story.cause) == ("refused", "check", None, "rule:B10")
    assert [(step.stage, step.fate, step.cause) for step in story.stages] == [("check", "refused", "rule:B10")]


def test_a_refused_uuid_may_come_again_and_both_journeys_are_told(vendor: Vendor, site: Site) -> None:
    uuid = str(uuid4())
    vendor.push(bodies.record(uuid=uuid).encode())
    _settle(site, vendor, Fate.REFUSED, "rule:B10")
    vendor.push(bodies.record(uuid=uuid, note=" Hai").encode())
    story = RecordShape.model_validate_json(vendor.get(f"/v1/records/{uuid}").content)
    assert story.fate == "open"
    assert [earlier.fate for earlier in story.earlier] == ["refused"]


def test_an_approved_record_carries_its_messageid_and_verdict(vendor: Vendor, site: Site) -> None:
    uuid = str(uuid4())
    vendor.push(bodies.record(uuid=uuid).encode())

    async def approve(pool: Pool) -> None:
        await steps.gather(pool, await steps.carry(pool))
        await steps.sealed(pool)
        await steps.judge(pool, await steps.sent(pool))

    _with_pool(site, approve)
    _number(site)
    story = RecordShape.model_validate_json(vendor.get(f"/v1/records/{uuid}").content)
    assert story.fate == "approved"
    assert story.messageid
    assert story.verdict is not None
    assert story.verdict.trang_thai == 1
    (outcome,) = OutcomesShape.model_validate_json(vendor.get("/v1/outcomes").content).outcomes
    assert (outcome.uuid, outcome.fate) == (uuid, "approved")
    assert outcome.verdict is not None


def test_nobody_sees_another_senders_records(vendor: Vendor, new_vendor: Callable[..., Vendor], site: Site) -> None:
    uuid = str(uuid4())
    vendor.push(bodies.record(uuid=uuid).encode())
    _settle(site, vendor, Fate.REFUSED, "rule:B10")
    other = new_vendor()
    assert other.get(f"/v1/records/{uuid}").status_code == 404
    assert other.get("/v1/outcomes").json()["outcomes"] == []


def test_outcomes_are_read_page_by_page_each_once(vendor: Vendor, site: Site) -> None:
    uuids = [str(uuid4()) for _ in range(7)]
    vendor.push(bodies.batch(*(bodies.record(uuid=uuid) for uuid in uuids)))
    _settle(site, vendor, Fate.REFUSED, "rule:B10")
    seen: list[str] = []
    after, more = 0, True
    while more:
        page = OutcomesShape.model_validate_json(vendor.get("/v1/outcomes", after=after, limit=3).content)
        seen += [outcome.uuid for outcome in page.outcomes]
        after, more = page.next, page.more
    assert sorted(seen) == sorted(uuids)
    rest = vendor.get("/v1/outcomes", after=after).json()
    assert (rest["next"], rest["more"], rest["outcomes"]) == (after, False, [])


def test_a_transaction_that_commits_late_is_never_skipped(vendor: Vendor, site: Site) -> None:
    """The earlier row's transaction commits after a later row has been read."""

    async def insert(connection: Connection) -> str:
        uuid = str(uuid4())
        await connection.execute(
            "insert into outcomes (sender_id, transfer_id, uuid, unit_id, fate, stage, cause)"
            " values (%s, 0, %s, 0, 'dead', 'check', 'poison')",
            [vendor.sender.id, uuid],
        )
        return uuid

    async def late() -> tuple[list[str], list[str]]:
        assert site.ledger.url is not None
        url = site.ledger.url.get_secret_value()
        async with AsyncExitStack() as stack:
            one, two, numberer = [
                await stack.enter_async_context(await psycopg.AsyncConnection.connect(url)) for _ in range(3)
            ]
            written = [await insert(one), await insert(two)]
            await two.commit()
            await dispatch.number_feeds(numberer)
            await numberer.commit()
            first = (await asyncio.to_thread(vendor.get, "/v1/outcomes")).json()
            await one.commit()
            await dispatch.number_feeds(numberer)
            await numberer.commit()
            second = (await asyncio.to_thread(vendor.get, "/v1/outcomes", after=first["next"])).json()
        return written, [row["uuid"] for page in (first, second) for row in page["outcomes"]]

    written, read = run(late())
    assert read == [written[1], written[0]]


def return_bundle(site: Site, school: str, *, uuid: str = "", octets: bytes = RETURNED) -> int:
    """The city returns one record to a school, and it is verified."""
    content = b"<DANH_SACH_HOC_BA>" + octets + b"</DANH_SACH_HOC_BA>"
    name = f"TRA-{uuid4()}"
    bundle = Returned(
        ma_tra_hoc_ba=name,
        ma_truong_di="79760401",
        ma_truong_den=school,
        ngay_tra="2026-08-01",
        content=content,
        sha256=hashlib.sha256(content).digest(),
        about={"ma_hoc_sinh": "7900000001"},
    )

    async def arrive(pool: Pool) -> int:
        async with pool.connection() as connection:
            await returns.keep(
                connection, destination="city", bundles=[bundle], cursor_name="city/returns", cursor=name
            )
        ((new,),) = await steps.ask(pool, "select id from bundles where ma_tra_hoc_ba = %s", [name])
        (reference,) = (each for each in await steps.claim(pool, Stage.RETURN) if each.id == new)
        async with pool.connection() as connection:
            loaded = await returns.load_bundle(connection, reference)
            assert loaded is not None
            rows = [(uuid or str(uuid4()), "2025-2026", hashlib.sha256(octets).digest(), octets)]
            assert await returns.to_inbox(connection, reference, loaded, rows)
        return reference.id

    found = _with_pool(site, arrive)
    _number(site)
    assert isinstance(found, int)
    return found


def test_a_returned_record_is_read_octet_for_octet_and_confirmed_once(
    new_vendor: Callable[..., Vendor], site: Site
) -> None:
    school = f"7976{uuid4().int % 10**4:04}"
    theirs, other = new_vendor(school), new_vendor()
    bundle = return_bundle(site, school)
    page = InboxShape.model_validate_json(theirs.get("/v1/inbox", limit=500).content)
    (item,) = page.items
    assert (item.bundle, item.school, item.confirmation) == (str(bundle), school, None)
    assert item.records[0].content.encode() == RETURNED
    assert InboxShape.model_validate_json(other.get("/v1/inbox").content).items == []
    with site.client(other.key) as client:
        assert client.post(f"/v1/inbox/{bundle}/confirm", json={"status": "received"}).status_code == 404
    with site.client(theirs.key) as client:
        for _ in range(2):
            answer = client.post(f"/v1/inbox/{bundle}/confirm", json={"status": "received"})
            assert answer.status_code == 200
            assert ConfirmationShape.model_validate_json(answer.content).state == "confirmed"
    (item,) = InboxShape.model_validate_json(theirs.get("/v1/inbox").content).items
    assert item.confirmation == "received"
    assert theirs.get("/v1/inbox", after=page.next).json()["items"] == []


def test_a_school_may_refuse_and_say_why(new_vendor: Callable[..., Vendor], site: Site) -> None:
    school = f"7976{uuid4().int % 10**4:04}"
    theirs = new_vendor(school)
    bundle = return_bundle(site, school)
    with site.client(theirs.key) as client:
        answer = client.post(f"/v1/inbox/{bundle}/confirm", json={"status": "refused", "reason": "không học ở đây"})
    assert answer.json() == {"bundle": str(bundle), "state": "confirmed"}
    assert site.rows("select confirmation, reason from bundles where id = %s", bundle) == [
        ("refused", "không học ở đây")
    ]
