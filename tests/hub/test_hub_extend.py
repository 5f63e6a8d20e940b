"""`hocba extend`: files carried to a level with timestamps of a real process, told of one by one, written all at once."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.command_line import Hocba
from support.forge import batch
from support.pdf_attacks import ATTACKS
from support.sealed_forms import PrintShop
from support.tsa import Tsa, stamping_world
from support.verifying import Desk
from support.workshop import HOUR, SIGNED, Workshop


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tsa]:
    started = Tsa(stamping_world(tmp_path_factory.mktemp("world")))
    started.start()
    yield started
    started.stop()


@pytest.fixture
def tsa(process: Tsa, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Tsa:
    """Its buttons at rest; the settings name it, the folder of trust knows it."""
    process.press()
    for file in (process.world / "trust").rglob("*.*"):
        shutil.copy(file, Path(desk.trust) / file.parent.name / f"tsa-{file.name}")
    monkeypatch.setenv("HOCBA_SIGNING__TIMESTAMPS__URLS", json.dumps([process.url("/rsa")]))
    return process


@pytest.fixture
def extend(hocba: Hocba, desk: Desk, tsa: Tsa) -> Hocba:
    """Run `hocba extend ARGS` with that trust and that authority."""
    return lambda *arguments: hocba("extend", "--trust", desk.trust, *arguments)


def told(hocba: Hocba, desk: Desk, file: str) -> Any:
    """What `hocba verify` says of the one thing in a file."""
    run = hocba("verify", file, "--trust", desk.trust, "--format", "json")
    return json.loads(run.out)["results"][-1]


def test_a_file_is_carried_and_verify_tells_its_level(
    extend: Hocba, hocba: Hocba, desk: Desk, workshop: Workshop
) -> None:
    run = extend(desk.write("a.xml", workshop.good))
    assert (run.code, run.err) == (0, "")
    assert "GVCN LTA, CBQL LTA, KY_PHAT_HANH LTA · chứng minh được đến 31/12/2034" in run.said
    assert "1/1 tệp ở mức LTA" in run.said
    assert (desk.folder / "a.xml").read_bytes() == workshop.good
    result = told(hocba, desk, "a.lta.xml")
    assert result["passed"]
    for signature in result["signatures"]:
        kept = signature["preservation"]
        assert kept["level"] == "LTA"
        assert len(kept["timestamps"]) == 2
        assert kept["proven"] == kept["timestamps"][0]
        assert kept["provable_until"].startswith("2034-12-31")
    text = hocba("verify", "a.lta.xml", "--trust", desk.trust)
    assert "mức XAdES LTA · dấu thời gian" in text.said
    assert "chứng minh được đến 31/12/2034" in text.said
    assert hocba("verify", "a.lta.xml", "--trust", desk.trust, "--format", "html").code == 0


def test_levels_and_renewals_go_on_from_what_is_there(
    extend: Hocba, hocba: Hocba, desk: Desk, tsa: Tsa, workshop: Workshop
) -> None:
    first = desk.write("a.xml", workshop.good)
    assert extend(first, "--level", "T").code == 0
    assert told(hocba, desk, "a.t.xml")["signatures"][0]["preservation"]["level"] == "T"
    assert extend("a.t.xml", "--level", "lt", "--output", "lt").code == 0
    assert told(hocba, desk, "lt/a.t.xml")["signatures"][0]["preservation"]["level"] == "LT"
    before = tsa.count()
    assert extend("lt/a.t.xml", "--output", "lta", "--digest", "sha384").code == 0
    assert tsa.count() == before + 3
    kept = extend("lta/a.t.xml")
    assert kept.code == 0
    assert "đã ở mức này, không ghi gì" in kept.said
    assert extend("lta/a.t.xml", "--renew", "--digest", "sha512", "--output", "more").code == 0
    assert tsa.count() == before + 6
    result = told(hocba, desk, "more/a.t.xml")
    assert result["passed"]
    assert [len(each["preservation"]["timestamps"]) for each in result["signatures"]] == [3, 3, 3]


def test_a_batch_is_carried_by_its_own_signature(extend: Hocba, hocba: Hocba, desk: Desk, workshop: Workshop) -> None:
    octets = batch([workshop.good], by=workshop.school, at=SIGNED + 9 * HOUR)
    assert extend(desk.write("lo.xml", octets)).code == 0
    result = told(hocba, desk, "lo.lta.xml")
    assert (result["record"], result["passed"]) == (None, True)
    assert result["signatures"][0]["preservation"]["level"] == "LTA"


def test_a_printed_form_is_carried_and_renewed_beside_records(
    extend: Hocba, hocba: Hocba, desk: Desk, tsa: Tsa, workshop: Workshop
) -> None:
    shop = PrintShop(workshop)
    form, record = desk.write("in.pdf", shop.sealed()), desk.write("a.xml", workshop.good)
    run = extend(form, record)
    assert (run.code, run.err) == (0, "")
    assert "in.lta.pdf" in run.said
    assert "pdf KY_PHAT_HANH LTA · chứng minh được đến " in run.said
    assert "2/2 tệp ở mức LTA" in run.said
    assert (desk.folder / "in.lta.pdf").read_bytes().startswith((desk.folder / "in.pdf").read_bytes())
    before = tsa.count()
    assert extend("in.lta.pdf", "--renew", "--digest", "sha512", "--output", "more").code == 0
    assert tsa.count() == before + 1
    result = told(hocba, desk, "more/in.lta.pdf")
    assert result["passed"]
    seal = result["signatures"][0]["preservation"]
    assert (seal["level"], len(seal["timestamps"])) == ("PAdES-B-LTA", 3)
    assert "mức PAdES-B-LTA · dấu thời gian" in hocba("verify", "in.lta.pdf", "--trust", desk.trust).said


def test_a_form_that_does_not_hold_is_told_why(extend: Hocba, desk: Desk, tsa: Tsa, workshop: Workshop) -> None:
    before = tsa.count()
    run = extend(desk.write("in.pdf", ATTACKS["painted-over"].make(PrintShop(workshop))))
    assert run.code == 1
    assert "KY_PHAT_HANH: Tệp PDF bị sửa sau khi ký." in run.said
    assert "→ Xin lại đúng tệp PDF" in run.said
    assert tsa.count() == before
    assert [file.name for file in desk.folder.glob("*.pdf")] == ["in.pdf"]


def test_a_changed_archive_does_not_pass(extend: Hocba, hocba: Hocba, desk: Desk, workshop: Workshop) -> None:
    assert extend(desk.write("a.xml", workshop.good)).code == 0
    archived = (desk.folder / "a.lta.xml").read_bytes()
    changed = re.sub(rb"<xades:RevocationValues>.*?</xades:RevocationValues>", b"", archived, count=1)
    run = hocba("verify", desk.write("b.xml", changed), "--trust", desk.trust, "--format", "json")
    assert run.code == 1
    (result,) = json.loads(run.out)["results"]
    assert (result["indication"], result["cause"]) == ("TOTAL-FAILED", "GVCN:timestamp-imprint")
    assert [each["passed"] for each in result["signatures"]] == [False, True, True]
    assert extend("b.xml").code == 1


def test_what_is_lacking_is_told_with_what_to_do(extend: Hocba, desk: Desk, workshop: Workshop) -> None:
    for file in (Path(desk.trust) / "crls").glob("tsa-*"):
        file.unlink()
    run = extend(desk.write("a.xml", workshop.good), desk.write("b.xml", workshop.good + b" x"))
    assert run.code == 1
    assert "GVCN: Thiếu thông tin thu hồi (CRL hoặc OCSP) còn hiệu lực cho tổ chức cấp dấu thời gian." in run.said
    assert "b.xml" in run.said
    assert "Hồ sơ không phải XML đúng cú pháp." in run.said
    assert "0/2 tệp ở mức LTA" in run.said
    assert not (desk.folder / "a.lta.xml").exists()


def test_a_signers_lists_are_wanted(extend: Hocba, desk: Desk, workshop: Workshop) -> None:
    for file in (Path(desk.trust) / "crls").glob("[0-9]*"):
        file.unlink()
    run = extend(desk.write("a.xml", workshop.good))
    assert run.code == 1
    assert "GVCN: Thiếu thông tin thu hồi (CRL hoặc OCSP) còn hiệu lực cho chứng thư người ký." in run.said
    assert "không có CRL hay OCSP nào" in run.said
    assert "→ Đặt CRL hoặc trả lời OCSP" in run.said
    english = extend("a.xml", "--lang", "en")
    assert "there is no list or response at all" in english.said


def test_an_authority_that_fails_is_told(
    extend: Hocba, desk: Desk, tsa: Tsa, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = desk.write("a.xml", workshop.good)
    tsa.press(error=503)
    monkeypatch.setenv("HOCBA_SIGNING__TIMESTAMPS__PATIENCE_SECONDS", "0.2")
    run = extend(file)
    assert run.code == 1
    assert "Không xin được dấu thời gian: http://127.0.0.1" in run.said
    assert "HTTP 503" in run.said
    monkeypatch.delenv("HOCBA_SIGNING__TIMESTAMPS__URLS")
    assert "chưa có địa chỉ nào trong signing.timestamps.urls" in extend(file).said
    assert sorted(path.name for path in desk.folder.glob("*.xml")) == ["a.xml"]


def test_nothing_is_written_over_unless_wanted(extend: Hocba, desk: Desk, tsa: Tsa, workshop: Workshop) -> None:
    file, there = desk.write("a.xml", workshop.good), desk.write("a.lta.xml", b"something")
    before = tsa.count()
    run = extend(file, "b.xml")
    assert run.code == 2
    assert "thêm --overwrite để ghi đè" in run.said
    assert "b.xml: không đọc được" in run.said
    assert Path(there).read_bytes() == b"something"
    assert tsa.count() == before
    assert extend(file, "--overwrite", "--quiet").code == 0
    assert Path(there).read_bytes().startswith(b"<HOC_BA")
    assert [path.name for path in desk.folder.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(
    "arguments",
    [("--level", "B"), ("--level", "LT", "--renew"), ("--digest", "sha1"), ("--lang", "fr"), ("--trust", "nowhere")],
)
def test_a_wrong_call_is_said(extend: Hocba, desk: Desk, workshop: Workshop, arguments: tuple[str, ...]) -> None:
    run = extend(desk.write("a.xml", workshop.good), *arguments)
    assert run.code == 2
    assert "hocba extend --help" in run.said


def test_help_teaches(hocba: Hocba) -> None:
    run = hocba("extend", "--help")
    assert run.code == 0
    for word in ("LTA", "--renew", "--output", "Mã thoát", "signing.timestamps.urls"):
        assert word in run.said
