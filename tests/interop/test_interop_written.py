"""What the hub writes, in every form, with every kind of key, of every profile and in every place, is accepted by others."""

from collections import Counter

import pytest
from support.papers import KINDS, PAPERS

from interop.agreement import Comparison
from interop.case import Case
from interop.written import (
    ALONE,
    BATCH,
    CITY,
    CUT,
    CUT_OF_SEVERAL,
    FORMS,
    INCLUSIVE,
    INCLUSIVE_MOVED,
    MOVED,
    PACKAGE,
    REGISTRATION,
    SEVERAL,
    SPOILT,
)

pytestmark = [pytest.mark.oracle, pytest.mark.timeout(1200)]

EACH = len(FORMS) * len(KINDS)
INCLUSIVE_METHODS = (b"REC-xml-c14n-20010315", b"xml-c14n11")


def test_everything_that_the_hub_writes_is_accepted_by_everybody(written: Comparison) -> None:
    assert written.undeclared() == []
    for engine in written.engines:
        assert not any(written.differs(engine, case) for case in written.cases)
        assert set(written.words[engine.name]) >= {case.name for case in written.cases}


def test_every_form_key_profile_and_place_is_there(written_cases: list[Case]) -> None:
    counted = Counter(case.kind for case in written_cases)
    for place in (ALONE, MOVED, CUT_OF_SEVERAL):
        assert [counted[f"{place}, {name}"] for name in PAPERS] == [EACH] * 3
    assert sum(counted[f"{CUT}, {name}"] for name in PAPERS) == EACH
    assert sum(counted[f"{CITY}, {name}"] for name in PAPERS) == 4 * EACH
    assert [counted[each] for each in (BATCH, SEVERAL, PACKAGE, REGISTRATION)] == [EACH, EACH, 2 * EACH, EACH]
    assert len({case.name for case in written_cases}) == len(written_cases)


def test_what_is_written_passes_here_and_what_is_spoilt_does_not(written_cases: list[Case]) -> None:
    refused = Counter((case.kind, case.cause) for case in written_cases if not case.passes)
    assert refused == {(SPOILT, "digest-data"): 5, (INCLUSIVE_MOVED, "digest-data"): 2}


def test_cutting_gives_back_what_was_put_in(written_cases: list[Case]) -> None:
    alone = {case.octets for case in written_cases if case.kind.startswith(f"{ALONE},")}
    for place in (CUT, CUT_OF_SEVERAL, CITY):
        assert {case.octets for case in written_cases if case.kind.startswith(f"{place},")} <= alone
    batches = {case.octets for case in written_cases if case.kind in (BATCH, SEVERAL)}
    assert {case.octets for case in written_cases if case.kind == PACKAGE} == batches


def test_a_record_that_is_moved_is_another_file_with_the_same_signatures(written_cases: list[Case]) -> None:
    """Why the hub writes exclusive canonicalisation alone: the others do not survive this."""
    for case in written_cases:
        inclusive = any(method in case.octets for method in INCLUSIVE_METHODS)
        assert inclusive is (case.kind in (INCLUSIVE, INCLUSIVE_MOVED))
        if case.kind.startswith(MOVED):
            assert b"xml:lang" in case.octets
            assert case.passes
