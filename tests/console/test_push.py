"""Pushing over HTTP: every way in, the receipt, and what it promises."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from console.shapes import ProblemShape, ReceiptShape, SubmissionShape
from sandbox.pupils import write_batches
from sandbox.world import World
from tests.console import bodies
from tests.console.serving import SCHOOL, Site, Vendor

REPOSITORY = Path(__file__).parents[2]


def test_a_batch_is_taken_line_by_line(vendor: Vendor) -> None:
    good, foreign = str(uuid4()), str(uuid4())
    answer = vendor.push(bodies.batch(bodies.record(uuid=good), bodies.record(uuid=foreign, school="79769999")))
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/v1/submissions/{answer.json()['receipt']}"
    receipt = ReceiptShape.model_validate_json(answer.content)
    assert (receipt.accepted, receipt.refused, receipt.duplicate) == (1, 1, 0)
    assert [(line.index, line.uuid, line.status) for line in receipt.records] == [
        (0, good, "accepted"),
        (1, foreign, "refused"),
    ]
    assert [finding.rule for finding in receipt.records[1].findings] == ["A01"]


def test_what_the_receipt_counts_is_in_the_ledger(vendor: Vendor, site: Site) -> None:
    text = bodies.record()
    receipt = vendor.push(text.encode()).json()["receipt"]
    rows = site.rows(
        "select p.octets from records r join submissions s on s.id = r.submission_id"
        " join payloads p on p.sha256 = r.received_sha256 where s.receipt = %s",
        receipt,
    )
    assert [bytes(row[0]) for row in rows] == [text.encode()]


@pytest.mark.parametrize("kind", ["application/xml", "text/xml; charset=utf-8", "Application/XML;charset=UTF-8"])
def test_one_record_alone_is_a_push(vendor: Vendor, kind: str) -> None:
    assert vendor.push(bodies.record().encode(), kind=kind).json()["accepted"] == 1


def test_a_packed_transaction_is_taken_without_its_secrets(vendor: Vendor, site: Site) -> None:
    text = bodies.batch(bodies.record(), bodies.record())
    answer = vendor.push(bodies.transaction(bodies.packed(text)), kind="application/json")
    assert answer.status_code == 202, answer.text
    assert answer.json()["accepted"] == 2
    stored = site.rows("select row_to_json(s)::text from submissions s") + site.rows(
        "select convert_from(octets, 'UTF8') from payloads"
    )
    assert not any("secret" in row[0] for row in stored)


def test_a_vendors_own_format_gets_uuids_once(new_vendor: Callable[..., Vendor], world: World, tmp_path: Path) -> None:
    told = write_batches(world, tmp_path / "b", count=6, seed=5, size=3, senders=["SAOKHUE"], processes=1)
    vendor = new_vendor(*(school.code for school in world.schools), format="saokhue")
    body = (tmp_path / "b" / told["files"][0]["file"]).read_bytes()
    first = ReceiptShape.model_validate_json(vendor.push(body, kind="application/json").content)
    again = ReceiptShape.model_validate_json(vendor.push(body, kind="application/json").content)
    assert first.accepted == len(first.records) == again.duplicate
    assert [line.uuid for line in first.records] == [line.uuid for line in again.records]


def test_signed_batches_of_the_sample_world_are_taken(
    new_vendor: Callable[..., Vendor], world: World, tmp_path: Path
) -> None:
    told = write_batches(world, tmp_path / "b", count=6, seed=6, size=3, senders=["HOASEN"], processes=1)
    vendor = new_vendor(*(school.code for school in world.schools))
    for each in told["files"]:
        answer = vendor.push((tmp_path / "b" / each["file"]).read_bytes())
        assert answer.json()["accepted"] == len(each["records"]), answer.text


def test_the_vendors_software_pushes_and_reads(
    new_vendor: Callable[..., Vendor], world: World, tmp_path: Path, site: Site
) -> None:
    told = write_batches(world, tmp_path / "b", count=4, seed=8, size=2, senders=["HOASEN"], processes=1)
    vendor = new_vendor(*(school.code for school in world.schools))
    (tmp_path / "key").write_text(vendor.key)
    lines = []
    for mode in ("push", "once"):
        command = [sys.executable, "-m", "sandbox.vendors", mode, "--hub", site.url, "--world", str(world.folder)]
        command += ["--data", str(tmp_path / "data"), "--sender", "HOASEN", "--key-file", str(tmp_path / "key")]
        command += ["--batches", str(tmp_path / "b"), "--patience", "30"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False, cwd=REPOSITORY)
        assert done.returncode == 0, done.stdout + done.stderr
        lines += [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["accepted"] for line in lines if line["event"] == "pushed"] == [
        len(each["records"]) for each in told["files"]
    ]


def test_same_key_and_body_give_the_first_receipt(vendor: Vendor, site: Site) -> None:
    body = bodies.batch(bodies.record(), bodies.record())
    first, again = vendor.push(body, key="k1"), vendor.push(body, key="k1")
    assert first.status_code == again.status_code == 202
    assert first.json() == again.json()
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert site.rows("select count(*) from submissions where receipt = %s", first.json()["receipt"]) == [(1,)]


def test_a_transaction_repeated_with_a_new_token_is_the_same_push(vendor: Vendor) -> None:
    content = bodies.packed(bodies.batch(bodies.record()))
    answers = [
        vendor.push(bodies.transaction(content, token=token), kind="application/json", key="k") for token in "ab"
    ]
    assert answers[0].json() == answers[1].json()


def test_same_key_and_another_body_is_a_conflict_with_the_receipt(vendor: Vendor) -> None:
    first = vendor.push(bodies.record().encode(), key="k").json()
    answer = vendor.push(bodies.record().encode(), key="k")
    assert answer.status_code == 409
    problem = ProblemShape.model_validate_json(answer.content)
    assert str(problem.receipt) == first["receipt"]


def test_a_key_is_one_senders(vendor: Vendor, new_vendor: Callable[..., Vendor]) -> None:
    other = new_vendor()
    answers = [each.push(bodies.record().encode(), key="k") for each in (vendor, other)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json()["receipt"] != answers[1].json()["receipt"]


def test_a_submission_is_read_page_by_page(vendor: Vendor) -> None:
    pushed = vendor.push(bodies.batch(*(bodies.record() for _ in range(5)))).json()
    seen: list[int] = []
    after, more = -1, True
    while more:
        page = SubmissionShape.model_validate_json(
            vendor.get(f"/v1/submissions/{pushed['receipt']}", after=after, limit=2).content
        )
        assert (page.accepted, page.unfinished) == (5, 5)
        seen += [line.index for line in page.records]
        after, more = page.next, page.more
    assert seen == [0, 1, 2, 3, 4]
    assert {line.stage for line in page.records} == {"normalise"}


def test_a_page_is_never_larger_than_allowed(vendor: Vendor) -> None:
    pushed = vendor.push(bodies.batch(*(bodies.record() for _ in range(52)))).json()
    page = vendor.get(f"/v1/submissions/{pushed['receipt']}", limit=5000).json()
    assert len(page["records"]) == 50
    assert page["more"]


def test_nobody_sees_another_senders_submission(vendor: Vendor, new_vendor: Callable[..., Vendor]) -> None:
    receipt = vendor.push(bodies.record().encode()).json()["receipt"]
    assert new_vendor().get(f"/v1/submissions/{receipt}").status_code == 404
    assert vendor.get(f"/v1/submissions/{receipt}").status_code == 200


def test_five_hundred_records_are_one_push(vendor: Vendor) -> None:
    answer = vendor.push(bodies.batch(*(bodies.record(school=SCHOOL) for _ in range(500))))
    assert answer.json()["accepted"] == 500
