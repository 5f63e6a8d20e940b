"""Records are cut out of batches bit for bit, whatever a batch looks like; what is no batch is refused in words."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from schemas.findings import Finding, FindingError
from schemas.octets import CutBatch, cut_batch, cut_plain_batch, parse_record

CASES = Path(__file__).parent / "cases" / "batches"
SIGNATURE = (
    b'<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo></ds:SignedInfo></ds:Signature>'
)


def whole(cut: CutBatch) -> bytes:
    parts = [cut.gaps[0]]
    for record, gap in zip(cut.records, cut.gaps[1:], strict=True):
        parts += [record, gap]
    return b"".join(parts)


def attempt(content: bytes) -> tuple[CutBatch | None, tuple[Finding, ...]]:
    """The batch, or why not."""
    try:
        return cut_batch(content), ()
    except FindingError as refusal:
        return None, refusal.findings


@pytest.mark.parametrize("case", sorted((CASES / "accepted").glob("*.xml")), ids=lambda path: path.stem)
def test_a_batch_that_is_accepted(case: Path) -> None:
    content, told = case.read_bytes(), json.loads(case.with_suffix(".json").read_text(encoding="utf-8"))
    cut = cut_batch(content)
    assert [record.decode() for record in cut.records] == told["records"]
    assert [(f.rule, f.line, f.offset) for f in cut.warnings] == [
        (each["rule"], each["line"], each["offset"]) for each in told["warnings"]
    ]
    assert whole(cut) == content
    for record in cut.records:
        parse_record(record)


@pytest.mark.parametrize("case", sorted((CASES / "refused").glob("*.xml")), ids=lambda path: path.stem)
def test_a_batch_that_is_refused(case: Path) -> None:
    told = json.loads(case.with_suffix(".json").read_text(encoding="utf-8"))
    with pytest.raises(FindingError) as refusal:
        cut_batch(case.read_bytes())
    found = [(f.rule, f.line, f.offset, f.message.en) for f in refusal.value.findings]
    assert found == [(each["rule"], each["line"], each["offset"], each["message"]) for each in told]
    assert all(f.message.vi and f.remedy.vi and f.message.vi != f.message.en for f in refusal.value.findings)


text = st.sampled_from(
    [
        *("", " ", "chữ Việt", "&amp;", "&#13;", "&#x1F600;", "\t\r\n", "a]]&gt;b", '"', "'", "/>", "=\\'"),
        *("<![CDATA[</HOC_BA><HOC_BA>]]>", "<![CDATA[<!--]]>", "<!-- <HOC_BA> -->", "<!-- ' -->", "<?in </HOC_BA> ?>"),
        *(
            "<HOC_BA></HOC_BA>",
            "<HOC_BA/>",
            "<x:a xmlns:x='urn:x' x:b='>'/>",
            '<A b="/>">c</A>',
            "<A\n/>",
            "<A ></A\t>",
        ),
    ]
)
attributes = st.sampled_from(
    ["", ' id="hb-1"', " id='>'", ' xmlns="urn:a"', ' xmlns:p="urn:p" p:q="\'"', ' a="&lt;/HOC_BA>" ', '\n a = "/"']
)
records = st.builds(
    lambda attribute, inside, empty: (
        f"<HOC_BA{attribute}/>" if empty else f"<HOC_BA{attribute}>{''.join(inside)}</HOC_BA >"
    ).encode(),
    attributes,
    st.lists(text, max_size=4),
    st.booleans(),
)
gaps = st.lists(
    st.sampled_from([" ", "\n", "\r\n\t", "<!-- <HOC_BA/> -->", "<!---->", "<?in </DANH_SACH_HOC_BA> ?>"]), max_size=3
).map(lambda parts: "".join(parts).encode())
opening = st.sampled_from(
    [
        b"<DANH_SACH_HOC_BA>",
        b'<DANH_SACH_HOC_BA id="dataDanhSach">',
        b"\xef\xbb\xbf<?xml version='1.0' encoding='utf-8'?>\r\n<DANH_SACH_HOC_BA  id = '>'\n>",
        b"<!-- <DANH_SACH_HOC_BA> --><DANH_SACH_HOC_BA>",
        b"\xef\xbb\xbf<DANH_SACH_HOC_BA>",
    ]
)
closing = st.sampled_from([b"</DANH_SACH_HOC_BA>", b"</DANH_SACH_HOC_BA\n>\n", b"</DANH_SACH_HOC_BA><!-- > -->"])


@given(opening, gaps, st.lists(st.tuples(records, gaps), min_size=1, max_size=5), st.booleans(), closing)
@settings(max_examples=300, deadline=None)
def test_any_batch_is_cut_bit_for_bit(
    start: bytes, first: bytes, parts: list[tuple[bytes, bytes]], signed: bool, end: bytes
) -> None:
    content = start + first + b"".join(record + gap for record, gap in parts) + (SIGNATURE if signed else b"") + end
    cut = cut_batch(content)
    assert cut.records == tuple(record for record, _ in parts)
    assert whole(cut) == content
    agree_on(content)
    children = [
        child for child in etree.fromstring(content).iterchildren("*") if not str(child.tag).endswith("}Signature")
    ]
    for record, child in zip(cut.records, children, strict=True):
        assert etree.tostring(etree.fromstring(record), method="c14n") == etree.tostring(
            child, method="c14n", with_tail=False
        )


@given(st.data(), opening, st.lists(records, min_size=1, max_size=3), closing)
@settings(max_examples=300, deadline=None)
def test_a_damaged_batch_is_refused_in_words_or_still_whole(
    data: st.DataObject, start: bytes, parts: list[bytes], end: bytes
) -> None:
    content = bytearray(start + b"".join(parts) + end)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 5))] = data.draw(st.binary(max_size=3))
    cut, refusal = attempt(bytes(content))
    assert whole(cut) == content if cut else refusal
    agree_on(bytes(content))


def agree_on(content: bytes) -> None:
    """A plain cut whose records can all be read is the thorough cut, whatever was done to the octets."""
    plain = cut_plain_batch(content)
    if plain is None:
        return
    try:
        for record in plain.records:
            parse_record(record)
    except FindingError:
        return
    assert cut_batch(content) == plain


@given(st.lists(records, min_size=1, max_size=4), st.booleans())
def test_a_plain_batch_is_cut_by_its_tags_alone(parts: list[bytes], signed: bool) -> None:
    content = b"<DANH_SACH_HOC_BA>" + b"\n".join(parts) + (SIGNATURE if signed else b"") + b"</DANH_SACH_HOC_BA>"
    agree_on(content)
    simple = all(part.count(b"<HOC_BA") == 1 and not part.endswith(b"/>") for part in parts)
    plain = simple and not any(mark in content for mark in (b"<!", b"<?"))
    assert (cut_plain_batch(content) is not None) == plain


def test_a_record_inside_the_signature_is_not_one_of_the_batch() -> None:
    inside = SIGNATURE.replace(b"</ds:Signature>", b"<HOC_BA></HOC_BA></ds:Signature>")
    content = b"<DANH_SACH_HOC_BA><HOC_BA></HOC_BA>" + inside + b"</DANH_SACH_HOC_BA>"
    assert cut_plain_batch(content) is None
    assert len(cut_batch(content).records) == 1


@pytest.mark.parametrize(
    ("octets", "rule"),
    [
        (b"<HOC_BA>", "P08"),
        (b"", "P08"),
        (b"<HOC_BA><p:A/></HOC_BA>", "P08"),
        (b"<HOC_BA>" + b"<A>" * 400 + b"</A>" * 400 + b"</HOC_BA>", "P08"),
        (b"<HOC_BA>\xff</HOC_BA>", "P02"),
        ("<HOC_BA/>".encode("utf-16"), "P02"),
        (b"<!DOCTYPE HOC_BA><HOC_BA/>", "P03"),
        (b"<HOC_BA>&lol;</HOC_BA>", "P08"),
        (b'<HOC_BA xmlns="urn:x"/>', "P04"),
        (b"<DANH_SACH_HOC_BA/>", "P04"),
    ],
)
def test_octets_that_are_no_record(octets: bytes, rule: str) -> None:
    with pytest.raises(FindingError) as refusal:
        parse_record(octets)
    assert [finding.rule for finding in refusal.value.findings] == [rule]


def test_the_samples_are_cut_and_parsed(samples: list[bytes]) -> None:
    assert len(samples) == 15
    assert {parse_record(record).tag for record in samples} == {"HOC_BA"}
