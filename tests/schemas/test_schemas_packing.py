"""The envelope keeps every octet, refuses every lie, and never unpacks beyond its bound."""

import base64
import gzip
import struct
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.findings import Finding
from schemas.packing import PackingError, pack, unpack

TEXT = b'<?xml version="1.0"?>\n<DANH_SACH_HOC_BA id="dataDanhSach"><HOC_BA a="\\"/></DANH_SACH_HOC_BA>'


def envelope(member: bytes, length: int) -> str:
    return base64.b64encode(struct.pack("<I", length) + member).decode()


def refusal(content: str, **bounds: int) -> str:
    with pytest.raises(PackingError) as refused:
        unpack(content, **bounds)
    assert refused.value.finding.message.vi
    return refused.value.finding.rule


def attempt(content: str) -> tuple[bytes, tuple[Finding, ...]]:
    """The text, or why not."""
    try:
        return unpack(content, limit=4096), ()
    except PackingError as refused:
        return b"", refused.findings


inside = st.lists(st.sampled_from(["chữ ", '"', "\\", '\\"', "'", "&amp;", "<a b='&lt;'/>", "\n"]), max_size=8)


@given(inside, st.sampled_from(["none", "backslash", "entity"]), st.integers(1, 9))
@settings(deadline=None)
def test_what_is_packed_comes_out_again(parts: list[str], escape: str, level: int) -> None:
    text = f'<DANH_SACH_HOC_BA id="dataDanhSach">{"".join(parts)}</DANH_SACH_HOC_BA>'.encode()
    assert unpack(pack(text, escape=escape, level=level)) == text


def test_the_envelope_is_the_specifications() -> None:
    packed = base64.b64decode(pack(TEXT))
    assert packed[:4] == struct.pack("<I", len(TEXT))
    assert gzip.decompress(packed[4:]) == TEXT


def test_an_escaped_quote_is_told_by_the_first_attribute() -> None:
    for quote in (b'\\"', b"&quot;"):
        escaped = TEXT.replace(b'"', quote)
        assert unpack(envelope(gzip.compress(escaped), len(escaped))) == TEXT


def test_an_attribute_that_is_escaped_xml_stays_as_it_is() -> None:
    text = b'<HOC_BA a="x=&quot;1&quot;" b="\\"/>'
    assert unpack(pack(text)) == text


def test_an_ambiguous_quote_is_not_packed() -> None:
    with pytest.raises(PackingError) as refused:
        pack(b'<HOC_BA a="&quot;"/>', escape="entity")
    assert refused.value.finding.rule == "P26"


def test_lies_and_damage_are_refused() -> None:
    member = gzip.compress(TEXT)
    assert refusal("không phải Base64") == "P21"
    assert refusal(envelope(member, len(TEXT)) + "\n") == "P21"
    assert refusal("====") == "P21"
    assert refusal("") == "P22"
    assert refusal(envelope(b"", 0)) == "P22"
    assert refusal(envelope(member[:-9], len(TEXT))) == "P22"
    assert refusal(envelope(member[:-4], len(TEXT))) == "P22"
    assert refusal(envelope(member[:-8] + b"\0" * 8, len(TEXT))) == "P22"
    assert refusal(envelope(TEXT, len(TEXT))) == "P22"
    assert refusal(envelope(member, len(TEXT) - 1)) == "P23"
    assert refusal(envelope(member, len(TEXT) + 1)) == "P23"
    assert refusal(envelope(member, 0)) == "P23"
    assert refusal(envelope(member + b"\0", len(TEXT))) == "P24"
    assert refusal(envelope(member + member, len(TEXT))) == "P24"
    assert refusal(envelope(member, len(TEXT)), limit=len(TEXT) - 1) == "P25"
    assert refusal(envelope(member, 2**32 - 1)) == "P25"


def test_a_bomb_is_not_unpacked() -> None:
    bomb = envelope(gzip.compress(b"\0" * 50_000_000, 9), 100)
    tracemalloc.start()
    try:
        assert refusal(bomb) == "P23"
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4_000_000


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_damaged_content_is_refused_or_right(data: st.DataObject) -> None:
    packed = bytearray(base64.b64decode(pack(TEXT)))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(packed) - 1))
        packed[place : place + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    text, refused = attempt(base64.b64encode(packed).decode())
    assert text == TEXT or refused


@given(st.text(max_size=60))
def test_any_text_is_refused_or_unpacked(content: str) -> None:
    text, refused = attempt(content)
    assert len(text) <= 4096
    assert text or refused
