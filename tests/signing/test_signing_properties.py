"""Properties of verdicts: they hang on the canonical octets of what is signed, and on nothing around a record.

`test_signing_tampering.py` changes octets anywhere and asks whether what passes still says the same. Here changes are
made where something is signed, and another canonicalisation says whether they changed it: if so, nothing passes; if not,
everything does.
"""

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.forge import batch
from support.pool import Pool, Verdicts, pool_of
from support.retelling import (
    attributes_changed,
    elements_changed,
    octets_changed,
    signed_parts,
    surroundings_changed,
    written_otherwise,
)
from support.workshop import NOW, SLOTS, Workshop

from schemas.octets import cut_batch, cut_plain_batch
from signing.second_opinion import Engine, second_opinions
from signing.verify import Disposition, RecordValidation

Verdict = Callable[[bytes], RecordValidation]
REFUSED_AS_WRITTEN = frozenset({"comment"})
"""What C14N leaves out, and step 1 does not let in."""


@pytest.fixture(scope="module")
def verdict(workshop: Workshop) -> Verdict:
    verifier = workshop.verifier()
    return lambda octets: verifier.verify(octets, registry=workshop.approved(), at=NOW)


@pytest.fixture(scope="module")
def exclusive(workshop: Workshop) -> list[bytes]:
    """Prefixed, and with a default namespace, an elliptic curve, RSA-PSS and another digest."""
    other = workshop.record(
        GVCN={"form": "property", "digest": "sha512"},
        CBQL={"by": workshop.head(), "form": "xades", "prefix": ""},
        KY_PHAT_HANH={"pss": True},
    )
    return [workshop.good, other]


def _hangs_on_what_is_signed(verdict: Verdict, record: bytes, changed: bytes) -> None:
    found = verdict(changed)
    if signed_parts(changed) != signed_parts(record):
        assert not found.passed
        assert found.data is None
    else:
        assert found.passed or found.cause in REFUSED_AS_WRITTEN, found.cause


@settings(max_examples=200, deadline=None)
@given(data=st.data(), which=st.integers(0, 1))
def test_octets_of_what_is_signed(exclusive: list[bytes], verdict: Verdict, data: st.DataObject, which: int) -> None:
    _hangs_on_what_is_signed(verdict, exclusive[which], data.draw(octets_changed(exclusive[which])))


@settings(max_examples=80, deadline=None)
@given(data=st.data(), which=st.integers(0, 1))
def test_elements_of_what_is_signed(exclusive: list[bytes], verdict: Verdict, data: st.DataObject, which: int) -> None:
    _hangs_on_what_is_signed(verdict, exclusive[which], data.draw(elements_changed(exclusive[which])))


@settings(max_examples=80, deadline=None)
@given(data=st.data(), which=st.integers(0, 1))
def test_attributes_of_what_is_signed(
    exclusive: list[bytes], verdict: Verdict, data: st.DataObject, which: int
) -> None:
    _hangs_on_what_is_signed(verdict, exclusive[which], data.draw(attributes_changed(exclusive[which])))


@settings(max_examples=40, deadline=None)
@given(data=st.data(), which=st.integers(0, 1))
def test_the_same_written_otherwise(exclusive: list[bytes], verdict: Verdict, data: st.DataObject, which: int) -> None:
    record = exclusive[which]
    changed = data.draw(written_otherwise(record))
    assert signed_parts(changed) == signed_parts(record)
    found = verdict(changed)
    assert found.passed, found.cause
    assert found.data == verdict(record).data


def test_whatever_passes_here_holds_for_another_engine(workshop: Workshop, verdict: Verdict) -> None:
    """Inclusive forms, where namespaces and `xml:` attributes around a part are part of it."""
    record = workshop.record(
        layout="pretty",
        GVCN={"c14n": "inc", "prefix": ""},
        CBQL={"form": "property", "c14n": "c11"},
        KY_PHAT_HANH={"c14n": "inc"},
    )

    @settings(max_examples=60, deadline=None)
    @given(
        octets_changed(record) | attributes_changed(record) | written_otherwise(record) | surroundings_changed(record)
    )
    def changed(octets: bytes) -> None:
        if verdict(octets).passed:
            opinions = second_opinions(octets, SLOTS, engine=Engine.XMLSEC)
            assert [opinion.reason for opinion in opinions] == [None] * 3

    changed()


@pytest.fixture(scope="module")
def pool(workshop: Workshop) -> Pool:
    return pool_of(workshop)


@pytest.fixture(scope="module")
def alone(pool: Pool) -> Verdicts:
    return pool.alone()


def test_the_pool_has_every_kind_of_end(pool: Pool, alone: Verdicts) -> None:
    ends = {name: alone[name, NOW].cause for name in pool.records}
    assert [name for name, cause in ends.items() if cause is None] == [
        "good",
        "written otherwise",
        "inclusive",
        "elliptic",
        "of another school",
    ]
    assert len(set(ends.values())) == 9, ends
    assert {verdict.disposition for verdict in alone.values()} == set(Disposition)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_verdicts_do_not_hang_on_neighbours(
    workshop: Workshop, pool: Pool, alone: Verdicts, data: st.DataObject
) -> None:
    """Cut out of one batch and put into another, in any order, sealed or not."""
    names = data.draw(st.lists(st.sampled_from(sorted(pool.records)), min_size=1, max_size=5))
    first = _cut(_batch([pool.records[name] for name in names], gap=data.draw(GAPS)))
    moved = data.draw(st.permutations(first))[:4]
    by = data.draw(st.sampled_from([None, workshop]))
    verifier, name_of = pool.verifier(), {octets: name for name, octets in pool.records.items()}
    for octets in _cut(_batch(moved, gap=data.draw(GAPS), by=by)):
        assert pool.judge(verifier, octets, NOW) == alone[name_of[octets], NOW]


GAPS = st.sampled_from(["", "\n", " \n\t"])


def _batch(records: Sequence[bytes], *, gap: str, by: Workshop | None = None) -> bytes:
    if by is not None:
        return batch(list(records), by=by.school, at=NOW, gap=gap)
    text = gap.join(octets.decode() for octets in records)
    return f'<DANH_SACH_HOC_BA id="dataDanhSach">{gap}{text}{gap}</DANH_SACH_HOC_BA>'.encode()


def _cut(octets: bytes) -> Sequence[bytes]:
    """By both ways of cutting, where the faster one dares."""
    records = cut_batch(octets).records
    plain = cut_plain_batch(octets)
    assert plain is None or plain.records == records
    return records


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_verdicts_do_not_hang_on_what_was_verified_before(pool: Pool, alone: Verdicts, data: st.DataObject) -> None:
    """Other records, another school, other hours, as time goes on: what a verifier keeps is not to be noticed."""
    verifier = pool.verifier()
    asked = data.draw(st.lists(st.sampled_from(sorted(alone)), min_size=2, max_size=12))
    for name, at in sorted(asked, key=lambda one: one[1]):
        assert pool.judge(verifier, pool.records[name], at) == alone[name, at]


def test_another_process_says_the_same(pool: Pool, alone: Verdicts) -> None:
    """It has read nothing before, and its sets have another order."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as processes:
        told = processes.submit(pool.told).result()
    assert told == {asked: repr(verdict) for asked, verdict in alone.items()}
