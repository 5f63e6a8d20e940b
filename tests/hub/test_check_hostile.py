"""Hostile files cost the check nothing: a finding or a refusal in words, in bounded memory, whatever lies beside them."""

import io
import json
import os
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.mutations import mutated

from hub.checking import looking
from hub.checking.archives import MOST_ENTRIES
from hub.checking.engine import check
from hub.checking.items import Item, Outcome
from hub.checking.looking import Terms

REPOSITORY = Path(__file__).resolve().parents[2]
VALID = REPOSITORY / "schemas" / "profiles" / "hbs_1_0" / "examples" / "valid" / "grade-5.xml"
MIB = 2**20
MOST_MEMORY = 250 * MIB
"""the interpreter and all it loads, and 200 MB more"""

RECORD = VALID.read_bytes()[VALID.read_bytes().index(b"<HOC_BA") :].rstrip()
HEAD = b"<THONG_TIN_CHUNG>"


def _with(inside: bytes) -> bytes:
    return RECORD.replace(HEAD, HEAD + inside, 1)


def _zip(*members: tuple[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", kind) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return stream.getvalue()


def _nested(levels: int) -> bytes:
    content = RECORD
    for number in range(levels):
        content = _zip((f"{number}.xml" if not number else f"{number}.zip", content))
    return content


def _lying_directory() -> bytes:
    """A directory that says that it is larger than any that the library should be let to read."""
    content = bytearray(_zip(("a.xml", RECORD)) + b"")
    end = content.rfind(b"PK\x05\x06")
    struct.pack_into("<I", content, end + 12, 0x7FFFFFFF)
    return bytes(content)


def _overlapping() -> bytes:
    """Many names for the same octets."""
    content = bytearray(_zip(*((f"{number}.xml", RECORD * 50) for number in range(20))))
    start = content.find(b"PK\x01\x02")
    while start >= 0:
        struct.pack_into("<I", content, start + 42, 0)
        start = content.find(b"PK\x01\x02", start + 4)
    return bytes(
        content[content.find(b"PK\x03\x04") : content.find(b"PK\x03\x04", 4)] + content[content.find(b"PK\x01\x02") :]
    )


def _encrypted() -> bytes:
    content = bytearray(_zip(("a.xml", RECORD)))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        struct.pack_into("<H", content, content.find(mark) + at, 1)
    return bytes(content)


HOSTILE: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    "empty.xml": (lambda: b"", {"P01"}),
    "not-xml.xml": (lambda: b"<HOC_BA><a></HOC_BA>", {"P01"}),
    "latin.xml": (lambda: b"<HOC_BA>\xe9</HOC_BA>", {"P02"}),
    "utf-16.xml": (lambda: RECORD.decode().encode("utf-16"), {"P02"}),
    "doctype.xml": (lambda: b'<!DOCTYPE HOC_BA [<!ENTITY a "b">]>' + RECORD, {"P03"}),
    "garbage.xml": (lambda: os.urandom(MIB), {"F01"}),
    "photo.json": (lambda: b"\x89PNG\r\n", {"F01"}),
    "old.xls": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), {"F01"}),
    "text-node-of-100-mb.xml": (lambda: _with(b"<X>" + b"x" * (100 * MIB) + b"</X>"), {"D03"}),
    "attribute-of-100-mb.xml": (lambda: b'<HOC_BA a="' + b"x" * (100 * MIB) + b'"></HOC_BA>', {"F05"}),
    "foreign-list-of-100-mb.xml": (lambda: b"<X>" + b"<Y/>" * (25 * MIB) + b"</X>", {"F05"}),
    "white-space-of-100-mb.xml": (lambda: RECORD + b" " * (100 * MIB), set()),
    "fifty-thousand-attributes.xml": (
        lambda: RECORD.replace(b"<HOC_BA", b"<HOC_BA" + b"".join(b' a%d=""' % n for n in range(50_000)), 1),
        {"P11"},
    ),
    "two-hundred-levels.xml": (lambda: _with(b"<A>" * 200 + b"</A>" * 200), {"X02"}),
    "ten-thousand-levels.xml": (lambda: _with(b"<A>" * 9_000 + b"</A>" * 9_000), {"P08"}),
    "json-of-brackets.json": (lambda: b"[" * MIB, set()),
    "bomb.zip": (lambda: _zip(("a.xml", b" " * (200 * MIB))), {"F02"}),
    "two-levels.zip": (lambda: _nested(2), set()),
    "three-levels.zip": (lambda: _nested(3), {"F04"}),
    "many-files.zip": (lambda: _zip(*((f"{n}.xml", b"") for n in range(MOST_ENTRIES + 1))), {"F02"}),
    "lying-directory.zip": (_lying_directory, {"F03"}),
    "fat-directory.zip": (lambda: _zip(*((f"{n:0450d}.xml", b"") for n in range(9_500))), {"F02"}),
    "overlapping.zip": (_overlapping, {"F02"}),
    "cut-short.zip": (lambda: _zip(("a.xml", os.urandom(5000)))[:2000], {"F03"}),
    "encrypted.zip": (_encrypted, {"F03"}),
    "damaged.zip": (lambda: _zip(("a.xml", RECORD), kind=zipfile.ZIP_STORED).replace(b"HOC_BA", b"HOC_BB", 1), {"F03"}),
}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc to tell the peak of memory")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_words_and_the_one_beside_it_is_checked(tmp_path: Path, name: str) -> None:
    make, rules = HOSTILE[name]
    (tmp_path / "xuat").mkdir()
    (tmp_path / "xuat" / name).write_bytes(make())
    (tmp_path / "xuat" / "z.xml").write_bytes(
        RECORD.replace(b"7d0a4c52", b"7d0a4c53")
        .replace(b"7900123456", b"7900123457")
        .replace(b"079315004217", b"079315004218")
    )
    report, code, memory = _run(tmp_path)
    told = {each["rule"] for each in report["findings"] if each["file"] != "xuat/z.xml" and each["severity"] == "error"}
    assert rules <= told
    assert code == (1 if told else 0)
    if name not in ("white-space-of-100-mb.xml", "two-levels.zip"):
        assert told
    assert memory < MOST_MEMORY
    for each in report["findings"]:
        assert each["message"]["vi"]
        assert each["remedy"]["vi"]
        assert "libxml" not in json.dumps(each)
    assert report["records"] >= 1


def _run(folder: Path) -> tuple[dict[str, Any], int, int]:
    """The real command, its report, exit code and peak memory."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    script = (
        "import re, sys; sys.argv[0] = 'hocba'\n"
        "from hub.cli import main\n"
        "try:\n    main()\n"
        "finally:\n    print(re.search('VmHWM:.*?([0-9]+)', open('/proc/self/status').read())[1], file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "check", "xuat", "--jobs", "1", "--format", "json"],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout), done.returncode, int(done.stderr.split()[-1]) * 1024


# ---------------------------------------------------------------- records that break whoever looks at them


def _breaking(number: int) -> Callable[[Item], Outcome]:
    def look(item: Item) -> Outcome:
        if item.number == number:
            raise ZeroDivisionError("a pupil's name")
        return Outcome(item.file, item.number, None, None, ())

    return look


def test_a_record_that_breaks_a_rule_costs_the_others_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lo.xml").write_bytes(b"<DANH_SACH_HOC_BA>" + RECORD * 3 + b"</DANH_SACH_HOC_BA>")
    monkeypatch.setattr(looking.Desk, "look", lambda _, item: _breaking(2)(item))
    report = check([tmp_path / "lo.xml"], Terms())
    assert [(place.record, place.finding.rule) for place in report.places] == [(2, "F06")]
    assert "ZeroDivisionError" in report.places[0].finding.message.vi
    assert "pupil's" not in report.places[0].finding.message.en
    assert report.records == 3


DEADLY = """
import os, sys, time
from pathlib import Path
from hub.checking import children, engine, looking

real = looking.Desk.look

def look(self, item):
    if item.number == 5:
        os._exit(1)
    if item.number == 9:
        time.sleep(600)
    return real(self, item)

looking.Desk.look = look
engine.SMALL = 0
children.SECONDS = 3.0
if __name__ == "__main__":
    report = engine.check([Path(sys.argv[1])], looking.Terms(), jobs=2)
    print(report.records, [(place.record, place.finding.rule) for place in report.places if place.finding.rule == "F06"])
"""


def test_a_record_that_kills_or_stalls_its_child_is_told_and_the_others_are_checked(tmp_path: Path) -> None:
    (tmp_path / "deadly.py").write_text(DEADLY, encoding="utf-8")
    (tmp_path / "lo.xml").write_bytes(b"<DANH_SACH_HOC_BA>" + RECORD * 12 + b"</DANH_SACH_HOC_BA>")
    done = subprocess.run(
        [sys.executable, "deadly.py", "lo.xml"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(REPOSITORY)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.strip() == "12 [(5, 'F06'), (9, 'F06')]", done.stderr[-2000:]


# ---------------------------------------------------------------- whatever else comes


@pytest.mark.parametrize(
    "body",
    [
        RECORD,
        b"<DANH_SACH_HOC_BA>" + RECORD + b"</DANH_SACH_HOC_BA>",
        _zip(("a.xml", b"<HOC_BA/>"), ("b.zip", _zip(("c.xml", b"<HOC_BA/>")))),
        json.dumps({"authenticationRequest": {"type": "HBS"}, "content": "AAAA"}).encode(),
    ],
    ids=["record", "batch", "zip", "packed"],
)
@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_comes_there_is_a_report(tmp_path: Path, body: bytes, data: st.DataObject) -> None:
    file = tmp_path / "x.xml"
    file.write_bytes(data.draw(mutated(body)))
    report = check([file], Terms(), jobs=1)
    assert not report.unread
    assert "F06" not in report.rules
    assert report.records or report.errors or file.read_bytes().startswith(b"PK")
