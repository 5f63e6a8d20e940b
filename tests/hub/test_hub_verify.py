"""`hocba verify`: the hub's verdict on every record and batch, however they come, and by its exit code."""

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from support.command_line import Hocba, Run
from support.verifying import AT, CASES, Desk
from support.workbooks import PUPIL, PUPILS, workbook
from support.workshop import Workshop

from hub.verifying.differences import WORDS
from schemas.packing import pack
from signing import verify as verifier
from signing.verify.steps import STEPS


def told(run: Run) -> Any:
    """The JSON report."""
    return json.loads(run.out)


# ---------------------------------------------------------------- verdicts


def test_a_good_record_passes_and_what_was_not_asked_is_said(verify: Hocba, desk: Desk, workshop: Workshop) -> None:
    run = verify(desk.write("a.xml", workshop.good))
    assert run.code == 0
    assert "a.xml:1 · hồ sơ 1" in run.said
    assert run.said.count("TOTAL-PASSED (hợp lệ)") == 4
    assert "25/05/2026 10:00:00" in run.said
    assert f"{workshop.principal.certificate.serial_number:x}" in run.said
    assert "ĐẠT: 1/1 đạt · 1 hồ sơ · 0 lô có chữ ký giao dịch · 3 chữ ký · 1 tệp" in run.said
    for silent in ("S05", "S07", "thu hồi trực tuyến"):
        assert f"Chưa kiểm: {silent}" in run.said


@pytest.mark.parametrize("name", CASES)
def test_a_record_that_does_not_pass_is_told_by_step_cause_and_remedy(verify: Hocba, desk: Desk, name: str) -> None:
    case = CASES[name]
    run = verify(desk.case(name), "--format", "json")
    assert run.code == 1
    (result,) = told(run)["results"]
    assert not result["passed"]
    assert result["cause"] == (f"{case.slot}:{case.cause}" if case.slot else case.cause)
    if case.slot:
        (at_fault,) = [each for each in result["signatures"] if each["slot"] == case.slot]
        assert at_fault["sub_indication"] == case.sub_indication
        assert at_fault["failed_step"] == case.step
        assert at_fault["steps"][str(case.step)] == "failed"
        findings = at_fault["findings"]
    else:
        assert (result["indication"], result["sub_indication"]) == ("TOTAL-FAILED", case.sub_indication)
        findings = result["findings"]
    assert all(each["message"]["vi"] and each["remedy"]["vi"] and each["message"]["en"] for each in findings)
    assert findings


def test_every_step_that_can_fail_has_a_case() -> None:
    assert {case.step for case in CASES.values()} == {each.number for each in STEPS} - {2}


def test_approvals_are_asked_where_there_is_a_registry(verify: Hocba, desk: Desk, workshop: Workshop) -> None:
    file = desk.write("lo.xml", desk.batch(workshop.good))
    asked = told(verify(file, "--format", "json", "--registry", desk.registry()))
    assert asked["passed"]
    assert "S05" not in asked["not_checked"]
    elsewhere = told(verify(file, "--format", "json", "--registry", desk.registry(unit="79760499")))
    assert elsewhere["causes"] == {"certificate-not-approved": 2}
    no_seal = told(verify(file, "--format", "json", "--registry", desk.registry(roles=("KY_PHAT_HANH",))))
    assert [each["passed"] for each in no_seal["results"]] == [True, False]


def test_a_row_that_is_not_approved_does_not_count_and_csv_says_the_same(
    verify: Hocba, desk: Desk, workshop: Workshop
) -> None:
    file = desk.write("a.xml", workshop.good)
    rows = json.loads(Path(desk.registry()).read_bytes())
    for separator in "\t;,":
        for state, code in (("phe_duyet", 0), ("tu_choi", 1)):
            lines = [separator.join(rows[0])]
            lines += [separator.join({**row, "trang_thai": state}.values()) for row in rows]
            assert verify(file, "--registry", desk.write("r.csv", "\r\n".join(lines).encode())).code == code


def test_assignments_are_asked_where_there_is_a_roster(verify: Hocba, desk: Desk, workshop: Workshop) -> None:
    file = desk.write("a.xml", workshop.good)
    year = re.search("<TEN_NAM_HOC>([^<]*)", workshop.good.decode())
    assert year is not None
    assert year[1] == "2025-2026"
    assert "S07" not in told(verify(file, "--format", "json", "--roster", desk.roster()))["not_checked"]
    other = told(verify(file, "--format", "json", "--roster", desk.roster(teacher="079184009999")))
    assert [each["rule"] for each in other["results"][0]["signatures"][0]["findings"]] == ["S07"]


def test_the_policy_or_the_named_slots_decide_who_must_sign(verify: Hocba, desk: Desk, workshop: Workshop) -> None:
    text = re.sub(r"<GVCN.*?</GVCN>", "", workshop.good.decode(), flags=re.DOTALL)
    file = desk.write("a.xml", text.encode())
    assert verify(file).code == 1
    assert verify(file, "--policy", "national").code == 0
    assert verify(file, "--required-slots", "KY_PHAT_HANH").code == 0
    assert verify(file, "--required-slots", "").code == 1


def test_the_instant_decides(hocba: Hocba, desk: Desk, workshop: Workshop) -> None:
    file = desk.write("a.xml", workshop.good)
    early = hocba("verify", file, "--trust", desk.trust, "--at", "2026-05-01", "--format", "json")
    assert told(early)["causes"] == {"time-in-future": 1}


# ---------------------------------------------------------------- batches


def test_a_batch_is_judged_record_by_record_and_then_as_a_whole(verify: Hocba, desk: Desk, workshop: Workshop) -> None:
    run = verify(desk.write("lo.xml", desk.batch(workshop.good, CASES["stranger"].make(workshop))), "--format", "json")
    first, second, whole = told(run)["results"]
    assert (first["record"], first["passed"]) == (1, True)
    assert (second["record"], second["cause"]) == (2, "CBQL:path-invalid")
    assert (whole["record"], whole["signatures"][0]["slot"], whole["passed"]) == (None, "GIAO_DICH", True)
    assert set(whole["signatures"][0]["steps"].values()) == {"passed"}


def test_a_batch_changed_as_a_whole_does_not_pass(verify: Hocba, desk: Desk, workshop: Workshop) -> None:
    octets = desk.batch(workshop.good, workshop.good)
    start = octets.index(b"<HOC_BA ")
    end = octets.index(b"</HOC_BA>") + len(b"</HOC_BA>")
    run = verify(desk.write("lo.xml", octets[:start] + octets[end:]), "--format", "json")
    assert [each["cause"] for each in told(run)["results"]] == [None, "digest-data"]


def test_a_batch_signed_before_its_records_were_issued_does_not_pass(
    verify: Hocba, desk: Desk, workshop: Workshop
) -> None:
    run = verify(desk.write("lo.xml", desk.batch(workshop.good, hours=1)), "--format", "json")
    whole = told(run)["results"][-1]
    assert (whole["cause"], whole["signatures"][0]["failed_step"]) == ("order-wrong", 10)
    assert run.code == 1


def test_a_batch_without_a_signature_of_its_own_is_its_records(verify: Hocba, desk: Desk, workshop: Workshop) -> None:
    run = verify(desk.write("lo.xml", b"<DANH_SACH_HOC_BA>" + workshop.good + b"</DANH_SACH_HOC_BA>"))
    assert run.code == 0
    assert "0 lô có chữ ký giao dịch" in run.said


@pytest.mark.parametrize("hidden", [b"<!-- </HOC_BA> -->", b""], ids=["behind-a-comment", "plain"])
def test_a_bad_signature_over_a_batch_is_never_overlooked(
    verify: Hocba, desk: Desk, workshop: Workshop, hidden: bytes
) -> None:
    octets = desk.batch(workshop.good).replace(b"</DANH_SACH_HOC_BA>", hidden + b"</DANH_SACH_HOC_BA>")
    octets = octets.replace(b'Id="dataDanhSach"', b'Id="dataDanhSach" x="1"').replace(
        b'id="dataDanhSach"', b'id="dataDanhSach" x="1"'
    )
    run = verify(desk.write("lo.xml", octets), "--format", "json")
    assert run.code == 1
    assert told(run)["batches"] == 1


def test_who_sent_a_batch_of_several_schools_is_asked(verify: Hocba, desk: Desk, workshop: Workshop) -> None:
    other = workshop.good.replace(workshop.unit.encode(), b"79760499")
    file = desk.write("lo.xml", desk.batch(workshop.good, other))
    open_ = told(verify(file, "--format", "json", "--registry", desk.registry()))
    assert open_["results"][-1]["not_checked"] == ["S05-sender", "online-revocation"]
    named = told(verify(file, "--format", "json", "--registry", desk.registry(), "--sender-unit", "79"))
    assert named["results"][-1]["cause"] == "certificate-not-approved"


# ---------------------------------------------------------------- what files may be


def test_a_packed_body_is_unpacked_and_judged(verify: Hocba, desk: Desk, workshop: Workshop) -> None:
    body = {"authenticationRequest": {"type": "HBS", "function": "1"}, "content": pack(desk.batch(workshop.good))}
    run = verify(desk.write("body.json", json.dumps(body).encode()), "--format", "json")
    assert (run.code, told(run)["records"], told(run)["batches"]) == (0, 1, 1)


def test_folders_and_archives_are_read_and_what_bears_no_signature_is_passed_by(
    verify: Hocba, desk: Desk, workshop: Workshop
) -> None:
    desk.write("in/a.xml", workshop.good)
    desk.write("in/pupils.xlsx", workbook(PUPILS, PUPIL))
    desk.write("in/rows.json", b'[{"idbanghi": "1"}]')
    desk.write("in/picture.png", b"\x89PNG")
    with zipfile.ZipFile(desk.folder / "in" / "b.zip", "w") as archive:
        archive.writestr("lo.xml", desk.batch(workshop.good))
        archive.writestr("lop/a.xml", CASES["stranger"].make(workshop))
    report = told(verify(str(desk.folder / "in"), "--format", "json"))
    files = [(Path(each["file"]).name, each["record"], each["passed"]) for each in report["results"]]
    assert files == [("a.xml", 1, True), ("lo.xml", 1, True), ("lo.xml", None, True), ("a.xml", 1, False)]
    assert report["skipped"]["count"] == 3


# ---------------------------------------------------------------- how it ends


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("no.xml",), "Không đọc được: no.xml"),
        (("--engine", "guess", "a.xml"), "--engine: không có «guess»"),
        (("--format", "pdf", "a.xml"), "--format: không có «pdf»"),
        (("--policy", "moon", "a.xml"), "--policy: không có «moon»"),
        (("--required-slots", "GVCN,KING", "a.xml"), "không có «KING»"),
        (("--at", "yesterday", "a.xml"), "«yesterday» không phải thời điểm"),
        (("--format", "etsi", "--engine", "signxml", "a.xml"), "--format etsi ghi kết luận của hub"),
        (("--registry", "no.json", "a.xml"), "--registry no.json: không đọc được tệp"),
        (("--registry", "a.xml", "a.xml"), "không đúng dạng sổ chứng thư"),
        (("--roster", "a.xml", "a.xml"), "--roster a.xml: không đúng dạng"),
        (("--roster", "pupils.xlsx", "a.xml"), "cần tệp JSON có phân công"),
        (("-o", "no/such/folder.txt", "a.xml"), "Không ghi được no/such/folder.txt"),
        (("rows.json",), "Không có hồ sơ nào để kiểm chữ ký"),
    ],
)
def test_a_wrong_call_is_said_in_words(
    verify: Hocba, desk: Desk, workshop: Workshop, arguments: tuple[str, ...], words: str
) -> None:
    desk.write("a.xml", workshop.good)
    desk.write("rows.json", b"[{}]")
    desk.write("pupils.xlsx", workbook(PUPILS, PUPIL))
    run = verify(*arguments)
    assert words in run.said
    assert run.code == 2
    assert "Traceback" not in run.said


def test_trust_must_be_there_and_trust_somebody(hocba: Hocba, desk: Desk, workshop: Workshop) -> None:
    file = desk.write("a.xml", workshop.good)
    (desk.folder / "empty").mkdir()
    broken = Path(desk.write("broken/roots/a.pem", b"no certificate")).parents[1]
    assert "Chưa có kho chứng thư tin cậy" in hocba("verify", file).said
    assert "không có chứng thư gốc nào" in hocba("verify", file, "--trust", str(desk.folder / "empty")).said
    assert "không phải chứng thư" in hocba("verify", file, "--trust", str(broken)).said


def test_trust_may_be_the_settings_own(
    hocba: Hocba, desk: Desk, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOCBA_SIGNING__TRUST_FOLDER", desk.trust)
    assert hocba("verify", desk.write("a.xml", workshop.good), "--at", AT).code == 0


def test_a_fault_of_the_program_is_not_taken_for_one_of_the_files(
    verify: Hocba, desk: Desk, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.verifying import work

    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("a pupil's name")

    monkeypatch.setattr(work, "verify", fail)
    run = verify(desk.write("a.xml", workshop.good))
    assert run.code == 3
    assert "a pupil's name" not in run.said


# ---------------------------------------------------------------- the page about it

PAGE = Path(__file__).resolve().parents[2] / "docs" / "verify.md"


def test_the_page_tells_the_steps_as_the_verifier_has_them() -> None:
    rows = re.findall(r"^\| (\d+) \| (.*?) · (.*?) \| (.*?) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [(str(each.number), each.title.vi, each.title.en, each.basis) for each in STEPS]
    numbered = re.findall(r"^(\d+)\. +", verifier.__doc__ or "", re.MULTILINE)
    assert numbered == [str(each.number) for each in STEPS]


def test_the_page_tells_the_members_of_the_report(verify: Hocba, desk: Desk, workshop: Workshop) -> None:
    (text,) = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    example = json.loads(text)
    real = told(verify(desk.write("a.xml", workshop.good), "--format", "json"))
    for shown, had in (
        (example, real),
        (example["results"][0], real["results"][0]),
        (example["results"][0]["signatures"][0], real["results"][0]["signatures"][0]),
        (next(iter(example["certificates"].values())), next(iter(real["certificates"].values()))),
    ):
        assert list(shown) == list(had)
    kinds = re.findall(r"^\| `([a-z-]+)` \| (.*?) · ", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert kinds == [(kind, words.vi) for kind, words in WORDS.items()]
