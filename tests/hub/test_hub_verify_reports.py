"""The reports of `hocba verify`: four forms, one verdict; holders hidden; where other engines differ, and why."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from interop import jvm
from lxml import etree
from support.command_line import Hocba
from support.verifying import CASES, Desk
from support.workshop import PRINCIPAL, Workshop

from hub.checking.formats import Look
from hub.checking.items import FileFault, Kind, Opened
from hub.verifying import report as reports
from hub.verifying.differences import WORDS, kind_of
from hub.verifying.differences import Kind as Why
from hub.verifying.formats import format_of, names
from hub.verifying.report import Report, Setting
from hub.verifying.told import GENERIC, Judged, Signature, Verdict
from hub.verifying.words import INDICATIONS, SUB_INDICATIONS, indicated
from schemas.findings import HIDDEN
from schemas.record import VIETNAM
from schemas.rules.files import UNKNOWN_KIND
from signing.second_opinion import Engine, Opinion
from signing.verify import Indication, SubIndication
from signing.verify.faults import FAULTS

VR = {"vr": "http://uri.etsi.org/19102/v1.2.1#", "ds": "http://www.w3.org/2000/09/xmldsig#"}
MAIN, SUB = "urn:etsi:019102:mainindication:", "urn:etsi:019102:subindication:"


@pytest.fixture
def mixed(desk: Desk, workshop: Workshop) -> str:
    """A batch, a good record and every named case, in one folder."""
    desk.write("in/lo.xml", desk.batch(workshop.good))
    for name, case in CASES.items():
        desk.write(f"in/{name}.xml", case.make(workshop))
    return str(desk.folder / "in")


def _out(verify: Hocba, *arguments: str) -> str:
    run = verify(*arguments)
    assert run.code == 1, run.err
    return run.out


# ---------------------------------------------------------------- the same verdicts in each


def test_there_are_the_four_forms() -> None:
    assert names() == ["etsi", "html", "json", "text"]


def test_every_form_tells_the_same_verdicts(verify: Hocba, mixed: str) -> None:
    told = json.loads(_out(verify, mixed, "--format", "json"))
    signatures = [each for result in told["results"] for each in result["signatures"]]
    assert {each["indication"] for each in signatures} == set(Indication)

    etsi = etree.fromstring(_out(verify, mixed, "--format", "etsi").encode())
    found = [
        (_text(each, "vr:MainIndication"), _text(each, "vr:SubIndication"))
        for each in etsi.iterfind("vr:SignatureValidationReport/vr:SignatureValidationStatus", VR)
    ]
    wanted = [
        (MAIN + each["indication"].lower(), SUB + each["sub_indication"] if each["sub_indication"] else None)
        for result in told["results"]
        for each in result["signatures"] or [result]
    ]
    assert found == wanted

    page = _out(verify, mixed, "--format", "html", "--lang", "en")
    text = _out(verify, mixed, "--lang", "en")
    for one in (page, text):
        shown = re.findall("(TOTAL-PASSED|TOTAL-FAILED|INDETERMINATE)(?: · ([A-Z_]+))? [(]", one)
        verdicts = [(each["indication"], each["sub_indication"] or "") for each in (*told["results"], *signatures)]
        assert sorted(shown) == sorted(verdicts)
    for cause in told["causes"]:
        assert cause in page


def _text(element: Any, path: str) -> str | None:
    found = element.find(path, VR)
    return None if found is None else str(found.text)


def test_vietnamese_comes_first_and_english_on_demand(verify: Hocba, desk: Desk) -> None:
    file = desk.case("changed-after-signing")
    kind = FAULTS["digest-data"]
    assert "dữ liệu đã đổi sau khi ký" in _out(verify, file)
    assert kind.message.vi in _out(verify, file, "--format", "html")
    english = _out(verify, file, "--lang", "en")
    assert kind.message.en in english
    assert kind.remedy.en in english
    assert "step 6: Digests: unchanged since signing" in english


def test_every_indication_has_words() -> None:
    assert set(INDICATIONS) == set(Indication)
    assert set(SUB_INDICATIONS) == {*SubIndication, GENERIC}
    assert indicated("TOTAL-FAILED", "HASH_FAILURE", "en") == "TOTAL-FAILED · HASH_FAILURE (changed after signing)"


# ---------------------------------------------------------------- ETSI TS 119 102-2


def test_a_signature_is_told_by_what_was_signed_and_who_signed(verify: Hocba, desk: Desk, workshop: Workshop) -> None:
    run = verify(desk.write("a.xml", workshop.good), "--format", "etsi", "--values")
    report = etree.fromstring(run.out.encode())
    (first, *_), record = report.findall("vr:SignatureValidationReport", VR), etree.fromstring(workshop.good)
    signature = record.find(".//ds:Signature", VR)
    assert signature is not None
    value = "".join((first.findtext("vr:SignatureIdentifier/ds:SignatureValue", None, VR) or "").split())
    assert value == "".join((signature.findtext("ds:SignatureValue", None, VR) or "").split())
    digest = first.findtext("vr:SignersDocument/vr:DigestAlgAndValue/ds:DigestValue", None, VR)
    assert digest == signature.findtext("ds:SignedInfo/ds:Reference[@URI='#data']/ds:DigestValue", None, VR)
    assert first.findtext("vr:SignatureAttributes/vr:SigningTime/vr:Time", None, VR) == "2026-05-25T02:00:00Z"
    steps = first.findall("vr:ValidationConstraintsEvaluationReport/vr:ValidationConstraint", VR)
    assert len(steps) == 10
    (named,) = {each.get("VOReference") for each in first.iterfind("vr:SignerInformation/vr:SignerCertificate", VR)}
    assert named == f"C-{workshop.teacher.sha256}"
    whole = report.find(f".//vr:ValidationObject[@id='{named}']//vr:base64", VR)
    assert whole is not None
    assert "CCCD" in (first.findtext("vr:SignerInformation/vr:Signer", None, VR) or "")


def test_the_report_holds_against_the_standards_schema(verify: Hocba, mixed: str, desk: Desk) -> None:
    schema = _schema()
    for arguments in ((mixed,), (mixed, "--values"), (desk.write("x.xml", b"<HOC_BA"),)):
        report = etree.fromstring(_out(verify, *arguments, "--format", "etsi").encode())
        assert schema.validate(report), schema.error_log


def _schema() -> etree.XMLSchema:
    """ETSI's, as EU DSS carries it; it is not this repository's to hand on."""
    missing = jvm.lacking()
    if "dss" in missing:
        pytest.skip(missing["dss"])
    return etree.XMLSchema(etree.parse(str(_unpacked("specs-validation-report", "TS119102-2-v122.xsd")), _PARSER))


def _unpacked(name: str, wanted: str) -> Path:
    """One file of a jar, unpacked beside the others of the same folder."""
    import zipfile

    folder = jvm.JARS / "schemas"
    folder.mkdir(exist_ok=True)
    for jar in jvm.JARS.glob(f"{name}-{jvm.DSS_VERSION}.jar"):
        with zipfile.ZipFile(jar) as archive:
            for entry in archive.namelist():
                if entry.endswith(".xsd"):
                    (folder / Path(entry).name).write_bytes(archive.read(entry))
    return folder / wanted


class _Resolver(etree.Resolver):
    """Addresses of the schemas that are imported → files of the jars."""

    _FILES = (
        ("xmldsig-core-schema", "specs-xmldsig", "xmldsig-core-schema.xsd"),
        ("01903", "specs-xades", "XAdES.xsd"),
        ("19612", "specs-trusted-list", "ts_119612v020401_xsd.xsd"),
        ("xml.xsd", "specs-xmldsig", "xml.xsd"),
    )

    def resolve(self, url: str, _: str, context: Any) -> Any:
        for part, jar, name in self._FILES:
            if part in url.rpartition("/schemas/")[2] and not Path(url).exists():
                return self.resolve_filename(str(_unpacked(jar, name)), context)
        return None


_PARSER = etree.XMLParser(no_network=True)
_PARSER.resolvers.add(_Resolver())


def test_a_fault_that_is_no_signatures_is_told_as_well(verify: Hocba, desk: Desk) -> None:
    report = etree.fromstring(_out(verify, desk.write("x.xml", b"<HOC_BA"), "--format", "etsi").encode())
    assert _text(report, ".//vr:MainIndication") == f"{MAIN}total-failed"


# ---------------------------------------------------------------- what is hidden


@pytest.mark.parametrize("form", ["text", "json", "html", "etsi"])
def test_holders_and_personal_values_are_hidden_until_they_are_asked_for(verify: Hocba, desk: Desk, form: str) -> None:
    file = desk.case("another-person")
    hidden = _out(verify, file, "--format", form)
    shown = _out(verify, file, "--format", form, "--values")
    for personal in (PRINCIPAL, "079070009999", "CN=Lê Văn Hiệu"):
        assert personal not in hidden
    assert "Lê Văn Hiệu" in shown
    assert HIDDEN in hidden


def test_the_page_is_one_and_nothing_in_it_runs_or_loads(verify: Hocba, desk: Desk, workshop: Workshop) -> None:
    desk.write("<script>alert(1)</script>.xml", CASES["comment-inside"].make(workshop))
    page = _out(verify, str(desk.folder), "--format", "html", "--values")
    assert "<script>alert" not in page
    assert not re.search(r"(?:src|href)=[\"'](?!#)", page)
    assert page.count("<html") == 1


# ---------------------------------------------------------------- other engines


def test_other_engines_stand_beside_and_their_versions_are_told(verify: Hocba, desk: Desk, workshop: Workshop) -> None:
    run = verify(desk.write("lo.xml", desk.batch(workshop.good)), "--engine", "all", "--format", "json")
    told = json.loads(run.out)
    assert run.code == 0
    assert set(told["asked"]["others"]) == set(Engine)
    assert re.search(r"libxmlsec1 \d+\.\d+", told["asked"]["others"]["xmlsec1"])
    assert told["differences"] == []
    for result in told["results"]:
        for signature in result["signatures"]:
            assert [(each["engine"], each["accepted"]) for each in signature["opinions"]] == [
                (engine, True) for engine in Engine
            ]


@pytest.mark.parametrize(
    ("name", "engine", "why"),
    [
        ("stranger", "xmlsec1", Why.TRUST),
        ("another-person", "signxml", Why.RULES),
        ("short-key", "signxml", Why.STRENGTH),
        ("no-subject-name", "xmlsec1", Why.PROPERTIES),
    ],
)
def test_where_another_accepts_what_the_hub_does_not_the_reason_is_said(
    verify: Hocba, desk: Desk, name: str, engine: str, why: Why
) -> None:
    told = json.loads(_out(verify, desk.case(name), "--engine", "all", "--format", "json"))
    kinds = {(each["engine"], each["accepted"], each["kind"]) for each in told["differences"]}
    assert (engine, True, why) in kinds
    text = _out(verify, desk.case(name), "--engine", "all")
    assert WORDS[why].vi in text


def test_another_engine_alone_gives_no_verdict_of_the_hubs(hocba: Hocba, desk: Desk, workshop: Workshop) -> None:
    good = hocba("verify", desk.write("a.xml", workshop.good), "--engine", "signxml")
    bad = hocba("verify", desk.case("changed-after-signing"), "--engine", "xmlsec1")
    assert (good.code, bad.code) == (0, 1)
    assert "không phải kết luận của hub" in good.said
    assert "TOTAL-PASSED" not in good.said


def test_a_record_that_no_engine_finds_a_signature_in_does_not_pass(
    hocba: Hocba, desk: Desk, workshop: Workshop
) -> None:
    assert hocba("verify", desk.write("a.xml", workshop.unsigned()), "--engine", "signxml").code == 1


def test_every_cause_and_every_opinion_has_a_reason() -> None:
    accepts = Opinion(Engine.SIGNXML, "CBQL", "", accepted=True, reason=None)
    assert {kind_of(cause, accepts) for cause in FAULTS} <= set(Why)
    assert set(WORDS) == set(Why)
    refuses = replace(accepts, accepted=False, reason="NotImplementedError: PSS")
    assert kind_of(None, refuses) is Why.UNSUPPORTED
    assert kind_of(None, replace(refuses, reason="InvalidDigest: Digest mismatch")) is Why.CORE
    assert kind_of("comment", replace(refuses, reason="not asked: comment")) is Why.NOT_ASKED


def test_where_only_another_refuses_the_exit_code_is_the_hubs(
    verify: Hocba, desk: Desk, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.verifying import judging

    def refuse(octets: bytes, slots: Any, *, engine: Engine) -> tuple[Opinion, ...]:
        return (Opinion(engine, "CBQL", "DANH_SACH_THONG_TIN_KY/CBQL", accepted=False, reason="InvalidDigest"),)

    monkeypatch.setattr(judging, "second_opinions", refuse)
    run = verify(desk.write("a.xml", workshop.good), "--engine", "signxml", "--engine", "all")
    assert run.code == 0
    assert WORDS[Why.CORE].vi in run.said


# ---------------------------------------------------------------- counted exactly, told up to a cap


def _report() -> Report:
    from datetime import datetime

    at = datetime(2026, 6, 1, tzinfo=VIETNAM)
    return Report(Setting(at, "hcmc", "abc", registry=False, roster=False, others={}, masked=True))


def test_all_are_counted_and_some_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "MOST_PASSED", 3)
    monkeypatch.setattr(reports, "MOST_REFUSED", 2)
    report = _report()
    report.add(Opened("a.xml", Kind.XML))
    for number in range(1, 11):
        passed = number % 2 == 0
        verdict = Verdict.by(Indication.PASSED if passed else Indication.FAILED, None if passed else "CBQL:value-wrong")
        report.add(Judged("a.xml", number, None, None, verdict, (Signature.unjudged("CBQL", ""),)))
    assert (report.records, report.passed, report.signatures, len(report.results), report.beyond) == (10, 5, 10, 5, 5)
    assert report.causes == {"value-wrong": 5}
    for form in names():
        assert format_of(form).render(report, Look(failed=True))


def test_a_fault_of_a_file_keeps_the_whole_from_passing() -> None:
    report = _report()
    report.add(Judged("a.xml", 1, None, None, Verdict(Indication.PASSED, None, None), ()))
    assert report.good
    report.add(FileFault("b.xml", (UNKNOWN_KIND.finding(),)))
    assert not report.good
