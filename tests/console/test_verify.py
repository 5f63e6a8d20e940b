"""Files that staff bring: verified, compared with what the hub has, told in plain words, and kept nowhere."""

import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from console.settings import WebSettings
from ledger import dispatch, outcomes
from ledger.certificate_lists import CertificateRow, enter_certificates
from ledger.database import Connection
from ledger.dispatch import Lane
from ledger.outcomes import Limits, RecordOutcome, Step
from ledger.states import Fate, Stage
from routes.signing_settings import SigningSettings
from signing.printed import sign_pdf
from tests.console.conftest import _ledger
from tests.console.serving import Site, serving
from tests.support.pdf_attacks import ATTACKS, swap_record
from tests.support.sealed_forms import SEALED, PrintShop, key_of
from tests.support.verifying import desk_in
from tests.support.workshop import Workshop
from transformers.printed.reading import printable_of
from transformers.printed.signatures import State


@dataclass(frozen=True)
class Counter:
    """Where staff verify files: the application, and the school whose files they are."""

    site: Site
    shop: PrintShop

    def bring(self, octets: bytes, *, name: str = "hoc-ba.pdf", **headers: str) -> Any:
        """Choose a file on the page and send it."""
        with self.site.client() as staff:
            token = re.search(r'name="token" value="([^"]+)"', staff.get("/console/verify").text)
            assert token is not None
            return staff.post(
                "/console/verify",
                data={"token": headers.pop("token", token[1])},
                files={"file": (name, octets)},
                headers={"Sec-Fetch-Site": "same-origin"} | headers,
            )

    def told(self, octets: bytes) -> str:
        """The words of the answer."""
        answer = self.bring(octets)
        assert answer.status_code == 200, answer.text
        return " ".join(re.sub(r"<[^>]*>", " ", answer.text).split())


@pytest.fixture(scope="module")
def counter(postgres: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    folder, workshop = tmp_path_factory.mktemp("counter"), Workshop()
    desk = desk_in(folder, workshop)
    keys = workshop.write_keys(folder / "keys")
    signing = SigningSettings(trust_folder=Path(desk.trust), keys_folder=keys)
    with (
        _ledger(postgres, template) as ledger,
        serving(ledger, WebSettings(key_cache_seconds=0), signing=signing) as running,
    ):
        made = Counter(running, PrintShop(workshop))
        made.site.vendor("PHAN-MEM", workshop.unit)
        made.site.ask(lambda connection: _approve(connection, workshop))
        yield made


async def _approve(connection: Connection, workshop: Workshop) -> None:
    seal = workshop.school
    span = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 12, 31, tzinfo=UTC))
    serial = f"{seal.certificate.serial_number:x}"
    row = CertificateRow(workshop.unit, "KY_PHAT_HANH", serial, bytes.fromhex(seal.sha256), *span)
    await enter_certificates(connection, [row])


def test_a_signed_form_is_valid_and_its_pages_say_what_the_record_says(counter: Counter) -> None:
    told = counter.told(counter.shop.sealed())
    assert "Hợp lệ" in told
    assert "không bị sửa sau khi ký" in told
    assert "Trang in khớp từng chữ với XML bên trong" in told
    assert "hub không có học bạ này" in told
    assert "không có trong nhật ký các bản in của hub" in told
    assert counter.shop.workshop.uuid in told


def test_a_record_alone_is_verified_as_well(counter: Counter) -> None:
    workshop = counter.shop.workshop
    assert "Hợp lệ" in counter.told(workshop.good)
    changed = counter.told(workshop.good.replace(b"<DAN_TOC>", b"<DAN_TOC>X", 1))
    assert "Không có giá trị" in changed
    assert "Dữ liệu học bạ đã bị thay đổi sau khi ký" in changed
    assert "Lấy lại tệp gốc ngay sau khi ký" in changed


def test_what_the_law_wants_to_be_looked_at_is_shown(counter: Counter) -> None:
    """QĐ 1789/QĐ-SGDĐT Điều 12 khoản 2: name, time, state, integrity, certificate with its span and issuer, structure."""
    told = counter.told(counter.shop.sealed())
    for words in ("79760411", "Cơ quan cấp thử", "01/01/2024 – 01/01/2034", "26/05/2026 10:30:00", "đúng quy định"):
        assert words in told
    broken = counter.told(counter.shop.workshop.record(data=_without_class(counter.shop.workshop)))
    assert "Không có giá trị" in broken
    assert "Lỗi cấu trúc, nội dung" in broken


def _without_class(workshop: Workshop) -> str:
    return re.sub("<LOP_HOC>[^<]*</LOP_HOC>|<TEN_LOP>[^<]*</TEN_LOP>", "", workshop.data, count=1)


@pytest.mark.parametrize(
    "name", ["painted-over", "record-replaced", "not-signed", "stranger-alone", "garbage", "locked"]
)
def test_a_form_that_does_not_hold_says_why_and_what_to_do(name: str, counter: Counter) -> None:
    told = counter.told(ATTACKS[name].make(counter.shop))
    assert "Hợp lệ" not in told
    assert "Không có giá trị" in told or "Chưa thể kết luận" in told
    assert "Xin lại đúng tệp PDF" in told or "đề nghị cơ sở giáo dục" in told.lower() or "Ký lại bằng chứng thư" in told


def test_a_form_by_somebody_else_is_not_conclusive(counter: Counter) -> None:
    workshop = counter.shop.workshop
    told = counter.told(counter.shop.sealed(key=key_of(workshop.neighbour, workshop.issuing)))
    assert "Chưa thể kết luận" in told
    assert "không do cơ sở giáo dục đã phát hành học bạ ký" in told


def test_pages_that_say_something_else_are_not_taken_for_the_records(counter: Counter) -> None:
    """The school itself signs a form whose pages were set from another record."""
    shop = counter.shop
    other = shop.workshop.good.replace(b"<HO_VA_TEN>", "<HO_VA_TEN>Bà ".encode(), 1)
    form = shop.press.print_to_seal([printable_of(other, states=State.VALID)])
    assert "Chưa đối chiếu được trang in" in counter.told(
        sign_pdf(_with_record(form.pdf, shop.workshop.good), key=shop.key, at=SEALED)
    )


def _with_record(pdf: bytes, octets: bytes) -> bytes:
    """The same pages with another record inside."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    swap_record(octets)(writer)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def test_a_hostile_file_ends_within_its_bounds_and_the_next_one_is_judged(counter: Counter) -> None:
    for name in ("bomb-in-a-bomb", "many-objects"):
        assert "Không có giá trị" in counter.told(ATTACKS[name].make(counter.shop))
    assert "Hợp lệ" in counter.told(counter.shop.workshop.good)


def test_only_this_consoles_own_form_is_taken(counter: Counter) -> None:
    assert counter.bring(b"x", token="khac").status_code == 403
    assert counter.bring(b"x", **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert counter.bring(b"").status_code == 422
    assert counter.bring(b" " * (17 * 2**20)).status_code == 413


def test_nothing_of_a_file_is_kept(counter: Counter) -> None:
    counts = "select (select count(*) from payloads), (select count(*) from records), (select count(*) from copies)"
    before = counter.site.rows(counts)
    counter.told(counter.shop.sealed())
    assert counter.site.rows(counts) == before


async def _pass(connection: Connection) -> None:
    """Let the journeys that have just begun be past the stage that verifies every signature."""
    claimed = await dispatch.claim(connection, Lane(Stage.NORMALISE, "city"), limit=9, lease_seconds=60)
    steps = tuple(Step(stage, Fate.DONE) for stage in (Stage.NORMALISE, Stage.CHECK, Stage.SIGN, Stage.VERIFY))
    passed = [RecordOutcome(each.id, each.token, steps, Stage.PACK) for each in claimed]
    await outcomes.write_records(
        connection, passed, payloads={}, limits=Limits(refusals=1000, refusal_share=0.5, deaths=1000)
    )


def test_it_is_held_against_what_the_hub_has_and_what_it_issued(counter: Counter) -> None:
    workshop = counter.shop.workshop
    vendor = counter.site.vendor("PHAN-MEM", workshop.unit)
    assert vendor.push(workshop.good).json()["accepted"] == 1
    counter.site.ask(_pass)
    with counter.site.client() as staff:
        shown = staff.get(f"/console/records/{workshop.uuid}").text
        assert "In và ký số" in shown
        token = re.search(r'name="token" value="([^"]+)"', shown)
        assert token is not None
        told = {"token": token[1], "purpose": "pupil", "sealed": "yes"}
        answer = staff.post(
            f"/console/records/{workshop.uuid}/print", data=told, headers={"Sec-Fetch-Site": "same-origin"}
        )
    assert answer.headers["content-type"] == "application/pdf"
    words = counter.told(answer.content)
    assert "Hợp lệ" in words
    assert "Đúng tệp mà hub đã cấp lúc" in words
    assert "Cấp cho học sinh, cha mẹ" in words
    assert "giống từng byte" in words
    (copy,) = counter.site.rows("select purpose, pdf_sha256 from copies where uuid = %s::uuid", workshop.uuid)
    assert copy == ("pupil", hashlib.sha256(answer.content).digest())
    other = workshop.record(layout="pretty")
    assert other != workshop.good
    differs = counter.told(other)
    assert "Chưa thể kết luận" in differs
    assert "khác" in differs


def test_without_the_schools_key_nobody_is_offered_a_signed_form(counter: Counter, site: Site) -> None:
    uuid = counter.shop.workshop.uuid
    vendor = site.vendor("KHONG-KHOA", counter.shop.workshop.unit)
    vendor.push(counter.shop.workshop.good)
    site.ask(_pass)
    with site.client() as staff:
        shown = staff.get(f"/console/records/{uuid}").text
        assert "In học bạ" in shown
        assert "In và ký số" not in shown
        token = re.search(r'name="token" value="([^"]+)"', shown)
        assert token is not None
        told = {"token": token[1], "purpose": "pupil", "sealed": "yes"}
        answer = staff.post(f"/console/records/{uuid}/print", data=told, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 422
    assert "không giữ khóa" in answer.text
    assert site.rows("select count(*) from copies where uuid = %s::uuid", uuid) == [(0,)]
