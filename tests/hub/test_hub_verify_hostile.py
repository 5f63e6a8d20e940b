"""Hostile and huge files cost `hocba verify` nothing: a verdict for each in bounded memory, whatever lies beside them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.command_line import Hocba
from support.mutations import mutated
from support.verifying import AT, CASES, Desk
from support.workshop import NOW, Workshop

from hub.verifying import judging, sources
from hub.verifying.engine import verify as verified
from hub.verifying.judging import Terms, TrustPlace
from hub.verifying.report import Setting

REPOSITORY = Path(__file__).resolve().parents[2]
MIB = 2**20


def _terms(desk: Desk) -> Terms:
    return Terms(NOW, TrustPlace(Path(desk.trust)))


def _setting() -> Setting:
    return Setting(NOW, "hcmc", "", registry=False, roster=False, others={}, masked=True)


HOSTILE = {
    "dtd": b"<!DOCTYPE HOC_BA [<!ENTITY e 'x'>]>%s",
    "wide": b"\xff\xfe<%s",
    "nul": b"\x00%s",
    "twice": b"%s%s",
    "cut": b"%s<",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_record_is_told_and_never_passes(verify: Hocba, desk: Desk, workshop: Workshop, name: str) -> None:
    octets = HOSTILE[name].replace(b"%s", workshop.good)
    run = verify(desk.write("a.xml", octets), "--format", "json")
    assert run.code == 1
    assert "Traceback" not in run.said
    assert json.loads(run.out)["passed"] is False


def test_a_record_that_breaks_the_verifier_is_indeterminate_and_the_others_are_judged(
    verify: Hocba, desk: Desk, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = judging.Desk.look

    def look(self: judging.Desk, item: object) -> object:
        if getattr(item, "number", None) == 2:
            raise ZeroDivisionError("a pupil's name")
        return real(self, item)  # type: ignore[arg-type]

    monkeypatch.setattr(judging.Desk, "look", look)
    batch = b"<DANH_SACH_HOC_BA>" + workshop.good * 3 + b"</DANH_SACH_HOC_BA>"
    run = verify(desk.write("lo.xml", batch), "--format", "json")
    told = json.loads(run.out)
    assert [each["passed"] for each in told["results"]] == [True, False, True]
    assert (told["results"][1]["indication"], told["results"][1]["sub_indication"]) == ("INDETERMINATE", "GENERIC")
    assert "a pupil's name" not in run.said
    assert run.code == 1


@given(data=st.data())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_comes_there_is_a_report_and_nothing_changed_passes(
    desk: Desk, workshop: Workshop, data: st.DataObject
) -> None:
    batch = desk.batch(workshop.good)
    octets = data.draw(mutated(batch))
    file = Path(desk.write("x.xml", octets))
    report = verified([file], _terms(desk), _setting(), jobs=1)
    assert not report.around.unread
    assert not any(each.verdict and each.verdict.sub_indication == "GENERIC" for each in report.results)
    assert report.judged or report.around.errors
    signed = {each.verdict.data_sha256 for each in report.results if each.verdict and each.number and each.passed}
    assert signed <= {workshop.verify(workshop.good).data_sha256}


CROWD = b"".join(b' a%d=""' % number for number in range(4_000))


@pytest.mark.parametrize("engine", ["ours", "all"])
def test_a_crowd_of_attributes_is_refused_before_anything_is_canonicalised(
    verify: Hocba, desk: Desk, workshop: Workshop, engine: str
) -> None:
    octets = desk.batch(workshop.good)
    for name, text in (
        ("list", octets.replace(b"<DANH_SACH_HOC_BA", b"<DANH_SACH_HOC_BA" + CROWD, 1)),
        ("record", octets.replace(b"<THONG_TIN_CHUNG", b"<THONG_TIN_CHUNG" + CROWD, 1)),
    ):
        run = verify(desk.write(f"{name}.xml", text), "--engine", engine, "--format", "json")
        *_, whole = json.loads(run.out)["results"]
        assert (run.code, whole["cause"]) == (1, "too-many-attributes")
        for opinion in whole["signatures"][0]["opinions"]:
            assert opinion["reason"] == "not asked: too-many-attributes"


def test_what_the_trust_folder_warns_of_keeps_off_the_report(verify: Hocba, desk: Desk, workshop: Workshop) -> None:
    desk.write("trust/crls/broken.der", b"no list")
    run = verify(desk.write("a.xml", workshop.good), "--format", "json")
    assert json.loads(run.out)["passed"]
    assert run.code == 0


CHILDREN = """
import os, sys
from datetime import datetime
from pathlib import Path
from hub.checking import engine
from hub.verifying import judging
from hub.verifying.engine import verify
from hub.verifying.judging import Terms, TrustPlace
from hub.verifying.report import Setting

real = judging.Desk.look

def look(self, item):
    if item.number == 2:
        os._exit(1)
    return real(self, item)

judging.Desk.look = look
engine.SMALL = 0
if __name__ == "__main__":
    at = datetime.fromisoformat(sys.argv[2])
    setting = Setting(at, "hcmc", "", registry=False, roster=False, others={}, masked=True)
    report = verify([Path("lo.xml")], Terms(at, TrustPlace(Path(sys.argv[1]))), setting, jobs=2)
    print([(each.number, each.passed) for each in report.results])
"""


def test_children_judge_in_order_and_one_that_dies_costs_its_record_alone(desk: Desk, workshop: Workshop) -> None:
    desk.write("children.py", CHILDREN.encode())
    desk.write("lo.xml", desk.batch(*([workshop.good] * 3), CASES["stranger"].make(workshop)))
    done = subprocess.run(
        [sys.executable, "children.py", desk.trust, AT],
        cwd=desk.folder, env={**os.environ, "PYTHONPATH": str(REPOSITORY)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    wanted: list[tuple[int | None, bool]] = [(1, True), (2, False), (3, True), (4, False)]
    assert done.stdout.strip() == str([*wanted, (None, True)]), done.stderr[-2000:]


PEAK = """
import re, resource, sys
from datetime import datetime
from pathlib import Path
from hub.verifying.engine import verify
from hub.verifying.judging import Terms, TrustPlace
from hub.verifying.report import Setting
if __name__ == "__main__":
    at = datetime.fromisoformat(sys.argv[2])
    setting = Setting(at, "hcmc", "", registry=False, roster=False, others={}, masked=True)
    report = verify([Path("lo.xml")], Terms(at, TrustPlace(Path(sys.argv[1]))), setting, jobs=1)
    peak = int(re.search("VmHWM:.*?([0-9]+)", Path("/proc/self/status").read_text())[1])
    causes = sorted(report.causes)
    print(report.records, report.batches, report.passed, causes, peak // 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc to tell the peak of memory")
def test_a_batch_larger_than_any_may_be_is_streamed_and_its_own_signature_refused_unread(
    desk: Desk, workshop: Workshop
) -> None:
    octets = desk.batch(workshop.good)
    start, end = octets.index(b"<HOC_BA "), octets.index(b"</HOC_BA>") + len(b"</HOC_BA>")
    padding = b" " * (MIB // 2)
    with (desk.folder / "lo.xml").open("wb") as stream:
        stream.write(octets[:start])
        for _ in range(140):
            stream.write(octets[start:end] + padding)
        stream.write(octets[end:])
    desk.write("peak.py", PEAK.encode())
    done = subprocess.run(
        [sys.executable, "peak.py", desk.trust, AT],
        cwd=desk.folder, env={**os.environ, "PYTHONPATH": str(REPOSITORY)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    records, batches, passed, cause, peak = done.stdout.split()
    assert (records, batches, passed, cause) == ("140", "1", "140", "['too-large']")
    assert int(peak) < 200


def test_a_signature_over_a_batch_is_found_wherever_it_stands_right_below_the_list() -> None:
    import io

    def bears(text: bytes) -> bool:
        return sources.bears_signature(lambda: io.BytesIO(text))

    signature = b'<d:Signature xmlns:d="http://www.w3.org/2000/09/xmldsig#"/>'
    assert bears(b"<DANH_SACH_HOC_BA><HOC_BA/>" + signature + b"</DANH_SACH_HOC_BA>")
    assert bears(b"<DANH_SACH_HOC_BA><Signature/><HOC_BA/></DANH_SACH_HOC_BA>")
    assert bears(b"<DANH_SACH_HOC_BA><HOC_BA/>" + signature + b"<!-- </HOC_BA> --></DANH_SACH_HOC_BA>")
    assert not bears(b"<DANH_SACH_HOC_BA><HOC_BA>" + signature + b"</HOC_BA></DANH_SACH_HOC_BA>")
    assert not bears(b"<HOC_BA>" + signature + b"</HOC_BA>")
