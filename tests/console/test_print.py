"""Copies over HTTP: for who may have them, as PDF, each written down."""

import hashlib
import re
from collections.abc import Callable
from uuid import uuid4

import pytest

from ledger.copies import Purpose
from tests.console import bodies
from tests.console.serving import SCHOOL, Site, Vendor
from tests.console.test_records_and_feeds import return_bundle
from tests.support import pdf as within
from tests.support.printables import EXAMPLES

RECORD = (EXAMPLES / "grade-4.xml").read_text(encoding="utf-8")


def a_record() -> tuple[str, bytes]:
    """A whole record of a pupil of its own, under a UUID of its own."""
    uuid = str(uuid4())
    text = re.sub("[0-9a-f]{8}-[0-9a-f-]{27}", uuid, RECORD)
    pupil = f"79{uuid4().int % 10**8:08}"
    return uuid, re.sub("(?<=<MA_HOC_SINH>)[^<]*", pupil, text).strip().encode()


@pytest.fixture
def pushed(vendor: Vendor) -> tuple[str, bytes]:
    uuid, octets = a_record()
    answer = vendor.push(octets)
    assert answer.json()["accepted"] == 1, answer.text
    return uuid, octets


def _copies(site: Site, uuid: str) -> list[tuple[object, ...]]:
    return site.rows("select actor, way, purpose, pdf_sha256 from copies where uuid = %s::uuid order by id", uuid)


def test_who_pushed_a_record_gets_its_pdf_and_the_copy_is_written_down(
    vendor: Vendor, site: Site, pushed: tuple[str, bytes]
) -> None:
    uuid, octets = pushed
    answer = vendor.get(f"/v1/records/{uuid}/print", purpose="transfer")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"] == f'attachment; filename="hoc-ba-{uuid}.pdf"'
    assert octets in within.streams(answer.content)
    digest = hashlib.sha256(answer.content).digest()
    assert _copies(site, uuid) == [(vendor.sender.code, "api", "transfer", digest)]
    vendor.get(f"/v1/records/{uuid}/print")
    assert _copies(site, uuid)[1:] == [(vendor.sender.code, "api", "check", digest)]


def test_nobody_else_gets_it_and_nothing_is_written_down(
    new_vendor: Callable[..., Vendor], site: Site, pushed: tuple[str, bytes]
) -> None:
    uuid, _ = pushed
    assert new_vendor(SCHOOL).get(f"/v1/records/{uuid}/print").status_code == 404
    assert site.client().get(f"/v1/records/{uuid}/print").status_code == 401
    assert _copies(site, uuid) == []


def test_the_school_that_a_record_was_returned_to_gets_its_pdf(new_vendor: Callable[..., Vendor], site: Site) -> None:
    school = f"7976{uuid4().int % 10**4:04}"
    theirs, other = new_vendor(school), new_vendor()
    uuid, octets = a_record()
    return_bundle(site, school, uuid=uuid, octets=octets)
    answer = theirs.get(f"/v1/records/{uuid}/print")
    assert answer.status_code == 200
    assert octets in within.streams(answer.content)
    assert other.get(f"/v1/records/{uuid}/print").status_code == 404
    assert [row[:3] for row in _copies(site, uuid)] == [(theirs.sender.code, "api", "check")]


def test_a_record_that_cannot_be_read_is_refused_in_words_and_not_written_down(vendor: Vendor, site: Site) -> None:
    uuid = str(uuid4())
    vendor.push(bodies.record(uuid=uuid).encode())
    answer = vendor.get(f"/v1/records/{uuid}/print")
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("unprintable")
    assert _copies(site, uuid) == []
    assert vendor.get(f"/v1/records/{uuid}/print", purpose="vì tò mò").status_code == 422


def test_staff_print_from_a_records_page_with_what_it_is_for(site: Site, pushed: tuple[str, bytes]) -> None:
    uuid, octets = pushed
    with site.client() as staff:
        shown = staff.get(f"/console/records/{uuid}").text
        assert all(f'<option value="{purpose}"' in shown for purpose in Purpose)
        token = re.search(r'name="token" value="([^"]+)"', shown)
        assert token is not None
        told = {"token": token[1], "purpose": "authority"}
        answer = staff.post(f"/console/records/{uuid}/print", data=told, headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.headers["content-type"] == "application/pdf"
        assert octets in within.streams(answer.content)
        foreign = staff.post(f"/console/records/{uuid}/print", data=told, headers={"Sec-Fetch-Site": "cross-site"})
        assert foreign.status_code == 403
        wrong = staff.post(
            f"/console/records/{uuid}/print",
            data=told | {"purpose": "x"},
            headers={"Sec-Fetch-Site": "same-origin"},
        )
        assert wrong.status_code == 404
        assert [row[:3] for row in _copies(site, uuid)] == [("console", "console", "authority")]
        after = staff.get(f"/console/records/{uuid}").text
    assert hashlib.sha256(answer.content).hexdigest()[:12] in after
    assert "Cơ quan có thẩm quyền yêu cầu" in after
