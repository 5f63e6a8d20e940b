"""Tampering: whatever octets of a signed record are changed, it is refused, or it still says and shows the same."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.workshop import NOW, Workshop

from signing.verify import RecordValidation, RecordVerifier

Meaning = tuple[object, ...]


@pytest.fixture(scope="module")
def records(workshop: Workshop) -> list[bytes]:
    """One of each family of styles."""
    return [
        workshop.good,
        workshop.record(layout="pretty", GVCN={"c14n": "inc", "prefix": ""}, CBQL={"form": "property", "c14n": "c11"}),
        workshop.record(CBQL={"by": workshop.head(), "form": "xades", "prefix": ""}, KY_PHAT_HANH={"pss": True}),
    ]


@pytest.fixture(scope="module")
def verdict(workshop: Workshop) -> Callable[[bytes], RecordValidation]:
    verifier: RecordVerifier = workshop.verifier()
    return lambda octets: verifier.verify(octets, registry=workshop.approved(), at=NOW)


def _meaning(validation: RecordValidation) -> Meaning:
    """All that anybody downstream may read: the canonical data, who signed when, and in which slot."""
    slots = [(one.slot, one.signer and one.signer.sha256, one.signing_time) for one in validation.slots]
    return validation.data, tuple(slots)


def _holds(verdict: Callable[[bytes], RecordValidation], record: bytes, tampered: bytes) -> None:
    found = verdict(tampered)
    if found.passed:
        assert _meaning(found) == _meaning(verdict(record))
    else:
        assert found.data is None
        assert found.cause


@settings(max_examples=400, deadline=None)
@given(which=st.integers(0, 2), place=st.floats(0, 1, exclude_max=True), octet=st.integers(1, 255))
def test_one_octet_exchanged(
    records: list[bytes], verdict: Callable[[bytes], RecordValidation], which: int, place: float, octet: int
) -> None:
    record = records[which]
    at = int(place * len(record))
    _holds(verdict, record, record[:at] + bytes([record[at] ^ octet]) + record[at + 1 :])


@settings(max_examples=200, deadline=None)
@given(which=st.integers(0, 2), start=st.floats(0, 1, exclude_max=True), length=st.integers(1, 60))
def test_octets_taken_out(
    records: list[bytes], verdict: Callable[[bytes], RecordValidation], which: int, start: float, length: int
) -> None:
    record = records[which]
    at = int(start * len(record))
    _holds(verdict, record, record[:at] + record[at + length :])


pieces = st.sampled_from(
    [
        b" ",
        b"\n",
        b"x",
        b"&#32;",
        b"<x/>",
        b"<!---->",
        b"<?x?>",
        b"<![CDATA[]]>",
        b' Id="data"',
        b' xmlns=""',
        b"</HOC_BA>",
    ]
)


@settings(max_examples=300, deadline=None)
@given(which=st.integers(0, 2), place=st.floats(0, 1), piece=pieces)
def test_octets_put_in(
    records: list[bytes], verdict: Callable[[bytes], RecordValidation], which: int, place: float, piece: bytes
) -> None:
    record = records[which]
    at = int(place * len(record))
    _holds(verdict, record, record[:at] + piece + record[at:])


@settings(max_examples=100, deadline=None)
@given(which=st.integers(0, 2), first=st.floats(0, 1), second=st.floats(0, 1), length=st.integers(1, 400))
def test_octets_copied_elsewhere(
    records: list[bytes],
    verdict: Callable[[bytes], RecordValidation],
    which: int,
    first: float,
    second: float,
    length: int,
) -> None:
    record = records[which]
    source, target = int(first * len(record)), int(second * len(record))
    _holds(verdict, record, record[:target] + record[source : source + length] + record[target:])


def test_every_letter_of_the_data_counts(workshop: Workshop, verdict: Callable[[bytes], RecordValidation]) -> None:
    """Not by chance: a letter exchanged in each value of the record, one value after another."""
    record = workshop.good
    start, end = record.index(b"<THONG_TIN_CHUNG>"), record.index(b"</DU_LIEU_HOC_BA>")
    values = [at for at in range(start, end) if record[at - 1 : at] == b">" and record[at : at + 1] != b"<"]
    assert len(values) > 80
    for at in values:
        changed = record[:at] + (b"Z" if record[at : at + 1] != b"Z" else b"Y") + record[at + 1 :]
        assert not verdict(changed).passed


equivalent = {
    "empty elements as one tag": lambda text: text.replace("></ds:Transform>", "/>"),
    "quotes of another kind": lambda text: text.replace('Id="data"', "Id='data'"),
    "white space inside a tag": lambda text: text.replace('Id="data"', '  Id = "data" '),
    "characters by number": lambda text: text.replace("Việt", "&#86;iệt"),
    "characters as CDATA": lambda text: text.replace(">Việt Nam<", "><![CDATA[Việt Nam]]><"),
    "white space between slots": lambda text: text.replace("<CBQL>", "\n  <CBQL>"),
    "white space in Base64": lambda text: text.replace("MII", "M II"),
    "a byte order mark": lambda text: "\ufeff" + text,
    "a declaration": lambda text: '<?xml version="1.0" encoding="utf-8"?>\n' + text,
    "an unused namespace": lambda text: text.replace("<HOC_BA ", '<HOC_BA xmlns:u="urn:u" '),
}


@pytest.mark.parametrize("change", equivalent.values(), ids=list(equivalent))
def test_what_xml_holds_to_be_the_same_passes(
    workshop: Workshop, verdict: Callable[[bytes], RecordValidation], change: Callable[[str], str]
) -> None:
    found = verdict(change(workshop.good.decode()).encode())

    assert found.passed, found.cause
    assert _meaning(found) == _meaning(verdict(workshop.good))
