"""`hocba verify` over printed forms: the verdict on the PDF and on the record inside, side by side."""

import json
import zipfile
from pathlib import Path

import pytest
from support.authority import ec_key, institution
from support.command_line import Hocba
from support.pdf_attacks import ATTACKS
from support.sealed_forms import PrintShop, key_of
from support.verifying import Desk
from support.workshop import Workshop

from routes.confined import Cell


@pytest.fixture(scope="module")
def shop(workshop: Workshop) -> PrintShop:
    return PrintShop(workshop)


def test_both_verdicts_are_told(verify: Hocba, desk: Desk, shop: PrintShop) -> None:
    file = desk.write("ban-in.pdf", shop.sealed())
    told = verify(file)
    assert told.code == 0, told.said
    assert f"ban-in.pdf!/hoc-ba-{shop.workshop.uuid}.xml" in told.said
    assert "bản in" in told.said
    assert "mức PAdES-B-B" in told.said
    assert "2/2 đạt · 1 hồ sơ · 0 lô có chữ ký giao dịch · 1 bản in PDF" in told.said
    report = json.loads(verify(file, "--format", "json").out)
    record, form = report["results"]
    assert (record["printed_form"], record["uuid"], record["passed"]) == (False, shop.workshop.uuid, True)
    assert (form["printed_form"], form["uuid"], form["passed"]) == (True, shop.workshop.uuid, True)
    assert form["signatures"][0]["slot"] == "KY_PHAT_HANH"
    for format_ in ("html", "etsi"):
        assert verify(file, "--format", format_).code == 0


def test_a_form_that_was_changed_fails_beside_a_record_that_holds(verify: Hocba, desk: Desk, shop: PrintShop) -> None:
    told = verify(desk.write("ban-in.pdf", ATTACKS["painted-over"].make(shop)))
    assert told.code == 1
    assert "1/2 đạt" in told.said
    assert "Tệp PDF bị sửa sau khi ký" in told.said
    assert "Xin lại đúng tệp PDF vừa ký xong" in told.said


def test_a_form_signed_by_somebody_else_is_not_conclusive(
    verify: Hocba, desk: Desk, shop: PrintShop, workshop: Workshop
) -> None:
    told = verify(desk.write("ban-in.pdf", shop.sealed(key=key_of(workshop.neighbour, workshop.issuing))))
    assert told.code == 1
    assert "PDF không do cơ sở giáo dục đã phát hành học bạ ký" in told.said
    renewed = workshop.issuing.issue(institution("Trường Tiểu học Thử", workshop.unit), key=ec_key())
    assert verify(desk.write("moi.pdf", shop.sealed(key=key_of(renewed, workshop.issuing)))).code == 0


def test_forms_are_found_in_folders_and_archives(verify: Hocba, desk: Desk, shop: PrintShop, clean: Path) -> None:
    sealed = shop.sealed()
    desk.write("kho/mot.pdf", sealed)
    with zipfile.ZipFile(clean / "kho" / "hai.zip", "w") as archive:
        archive.writestr("trong/hai.pdf", sealed)
    told = verify(str(clean / "kho"))
    assert told.code == 0, told.said
    assert "4/4 đạt" in told.said
    assert "hai.zip!/trong/hai.pdf!/hoc-ba-" in told.said


@pytest.mark.parametrize("name", ["garbage", "locked", "bomb"])
def test_a_hostile_file_is_refused_in_words(name: str, verify: Hocba, desk: Desk, shop: PrintShop) -> None:
    told = verify(desk.write("la.pdf", ATTACKS[name].make(shop)))
    assert told.code == 1
    assert "Traceback" not in told.said
    assert "pdf" in told.said.lower()


def test_nobody_but_the_hub_is_asked_about_a_pdf(verify: Hocba, hocba: Hocba, desk: Desk, shop: PrintShop) -> None:
    told = hocba("verify", "--engine", "signxml", desk.write("ban-in.pdf", shop.sealed()))
    assert told.code == 1
    assert "S99" in told.said or "no engine for PDF" in told.said


def test_a_file_that_takes_too_long_is_broken_off(
    verify: Hocba, desk: Desk, shop: PrintShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = Cell(seconds=2.0)
    monkeypatch.setattr("hub.verifying.judging_forms._cell", lambda: cell)
    body = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/X [" + b"1 " * 1_700_000 + b"]>>\nendobj\n"
    table = b"xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \ntrailer<</Size 2/Root 1 0 R>>\nstartxref\n"
    told = verify(desk.write("dai.pdf", body + table + b"%d\n%%%%EOF" % len(body)))
    cell.close()
    assert told.code == 1
    assert "GENERIC" in told.said
    assert "làm treo tiến trình kiểm tra" in told.said
