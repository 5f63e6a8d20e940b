"""Revocation offline: a list or a response suffices, the worse word counts, and what is not proven is not known."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st
from support.authority import STARTS, Authority, Holder
from support.workshop import HOUR, NOW, SIGNED, SLOTS, Workshop

from signing.certificates import Certificate, certificate_from_der
from signing.trust import Lack, NotProven, PathProblem, Standing, TrustFolder, TrustStore, check_list, check_response
from signing.verify import Disposition, Indication, RecordVerifier, SlotPolicy, SubIndication

DAY = timedelta(days=1)
HOLD, COMPROMISE, SUPERSEDED = (
    x509.ReasonFlags.certificate_hold,
    x509.ReasonFlags.key_compromise,
    x509.ReasonFlags.superseded,
)


def store(
    shop: Workshop,
    *,
    lists: Iterable[bytes] = (),
    responses: Iterable[bytes] = (),
    most_age: timedelta | None = None,
) -> TrustStore:
    return TrustStore(
        anchors=[shop.root.holder.der],
        intermediates=[shop.issuing.holder.der],
        revocation_lists=lists,
        responses=responses,
        most_age=most_age,
    )


def certificate(holder: Holder) -> Certificate:
    return certificate_from_der(holder.der)


def standing(trust: TrustStore | TrustFolder, holder: Holder, *, now: datetime = NOW) -> Standing:
    return trust.standing(certificate(holder), claimed=SIGNED, now=now)


def root_list(shop: Workshop) -> bytes:
    """Settles the issuing authority, so that a test is about the signer's certificate."""
    return shop.root.revocation_list()


def list_of(shop: Workshop, *revoked: tuple[Holder, datetime, x509.ReasonFlags], **dates: datetime) -> bytes:
    """A list of the issuing authority that names these and nobody else."""
    other = Authority.__new__(Authority)
    other.name, other.above, other.holder, other.revoked = "", None, shop.issuing.holder, []
    for holder, at, reason in revoked:
        other.revoke(holder, at, reason)
    return other.revocation_list(**dates)


@pytest.mark.parametrize("of_signer", ["list", "response"])
@pytest.mark.parametrize("of_issuer", ["list", "response"])
def test_a_list_or_a_response_settles_each_certificate(workshop: Workshop, of_signer: str, of_issuer: str) -> None:
    lists, responses = [], []
    if of_issuer == "list":
        lists.append(root_list(workshop))
    else:
        responses.append(workshop.root.response(workshop.issuing.holder))
    signers = (workshop.teacher, workshop.principal, workshop.school)
    if of_signer == "list":
        lists.append(list_of(workshop))
    else:
        responses += [workshop.issuing.response(holder) for holder in signers]
    verifier = RecordVerifier(SLOTS, trust=store(workshop, lists=lists, responses=responses), policy=SlotPolicy.city())

    verdict = verifier.verify(workshop.good, registry=workshop.approved(), at=NOW)

    assert verdict.passed, verdict.cause


Make = Callable[[Workshop], bytes]
TOMORROW = datetime.now(UTC) + DAY
"""by the clock, whatever the present of a test is"""

UNUSABLE: dict[str, tuple[Lack, Make | None, Make | None]] = {
    "nothing": (Lack.MISSING, None, None),
    "empty": (Lack.MISSING, lambda _: b"", lambda _: b""),
    "garbage": (Lack.MISSING, lambda _: b"\x30\x82\xff\xff<html>", lambda _: b"\x30\x03\x0a\x01\x03"),
    "stale": (
        Lack.STALE,
        lambda shop: list_of(shop, ends=NOW - HOUR),
        lambda shop: shop.issuing.response(shop.teacher, ends=NOW - HOUR),
    ),
    "stale, as it says nothing of a next one": (
        Lack.STALE,
        lambda shop: list_of(shop, issued=NOW - DAY, ends=NOW - DAY + timedelta(seconds=1)),
        lambda shop: shop.issuing.response(shop.teacher, issued=NOW - HOUR, ends=None),
    ),
    "from the future": (
        Lack.FUTURE,
        lambda shop: list_of(shop, issued=TOMORROW),
        lambda shop: shop.issuing.response(shop.teacher, issued=TOMORROW),
    ),
    "wrong signer": (
        Lack.UNPROVEN,
        lambda shop: _same_name(shop.issuing).revocation_list(),
        lambda shop: shop.issuing.response(shop.teacher, by=_same_name(shop.issuing).holder),
    ),
    "another authority": (
        Lack.MISSING,
        lambda shop: shop.root.revocation_list(),
        lambda shop: shop.issuing.response(shop.principal),
    ),
    "no right to answer": (
        Lack.UNPROVEN,
        lambda shop: _same_name(shop.issuing).revocation_list(),
        lambda shop: shop.issuing.response(shop.teacher, by=shop.issuing.responder(purpose=False)),
    ),
    "unknown": (
        Lack.UNPROVEN,
        lambda shop: _same_name(shop.issuing).revocation_list(),
        lambda shop: shop.issuing.response(shop.teacher, unknown=True),
    ),
}


def _same_name(authority: Authority) -> Authority:
    return Authority(authority.name, above=authority.above)


@pytest.mark.parametrize("kind", ["list", "response", "both"])
@pytest.mark.parametrize("case", UNUSABLE)
def test_what_settles_nothing_is_tried_again_later(workshop: Workshop, case: str, kind: str) -> None:
    lack, make_list, make_response = UNUSABLE[case]
    lists = [make_list(workshop)] if make_list and kind != "response" else []
    responses = [make_response(workshop)] if make_response and kind != "list" else []
    trust = store(workshop, lists=[root_list(workshop), *lists], responses=responses)

    verdict = RecordVerifier(SLOTS, trust=trust, policy=SlotPolicy.city()).verify(
        workshop.good, registry=workshop.approved(), at=NOW
    )

    assert (verdict.cause, verdict.indication) == ("GVCN:revocation-unknown", Indication.INDETERMINATE)
    assert verdict.disposition is Disposition.RETRY
    (teacher,) = [slot for slot in verdict.slots if slot.slot == "GVCN"]
    assert teacher.sub_indication is SubIndication.TRY_LATER
    assert [finding.seen for finding in teacher.findings] == [lack]


def test_an_issuer_of_whom_nothing_is_known_is_tried_again_later(workshop: Workshop) -> None:
    trust = store(workshop, lists=[list_of(workshop)], responses=[workshop.issuing.response(workshop.teacher)])

    assert standing(trust, workshop.teacher).problem is PathProblem.REVOCATION_UNKNOWN


def test_settings_bound_the_age_of_what_calls_itself_fresh(workshop: Workshop) -> None:
    lists = [shop.revocation_list(issued=NOW - 2 * DAY) for shop in (workshop.root, workshop.issuing)]

    assert standing(store(workshop, lists=lists, most_age=3 * DAY), workshop.teacher).problem is None
    old = standing(store(workshop, lists=lists, most_age=DAY), workshop.teacher)
    assert (old.problem, old.lack) == (PathProblem.REVOCATION_UNKNOWN, Lack.STALE)


def test_good_news_is_believed_no_longer_than_it_says(workshop: Workshop) -> None:
    """Within the hour for which standings are kept."""
    trust = store(workshop, lists=[root_list(workshop), list_of(workshop, ends=NOW + timedelta(minutes=10))])

    assert standing(trust, workshop.teacher, now=NOW + timedelta(minutes=9)).problem is None
    later = standing(trust, workshop.teacher, now=NOW + timedelta(minutes=11))
    assert (later.problem, later.lack) == (PathProblem.REVOCATION_UNKNOWN, Lack.STALE)


@pytest.mark.parametrize("told_by", ["list", "response"])
@pytest.mark.parametrize(
    ("reason", "hours", "cause"),
    [
        (SUPERSEDED, -1, "GVCN:certificate-revoked"),
        (SUPERSEDED, 1, "GVCN:certificate-revoked-later"),
        (COMPROMISE, 1, "GVCN:certificate-revoked"),
        (HOLD, 1, "GVCN:certificate-on-hold"),
    ],
)
def test_the_worse_of_two_words_counts(
    workshop: Workshop, told_by: str, reason: x509.ReasonFlags, hours: int, cause: str
) -> None:
    """The other one calls the certificate good, and is newer."""
    revoked, newer = SIGNED + hours * HOUR, NOW - HOUR
    if told_by == "list":
        told = list_of(workshop, (workshop.teacher, revoked, reason))
        trust = store(
            workshop,
            lists=[root_list(workshop), told],
            responses=[workshop.issuing.response(workshop.teacher, issued=newer)],
        )
    else:
        told = workshop.issuing.response(workshop.teacher, revoked=revoked, reason=reason)
        trust = store(workshop, lists=[root_list(workshop), list_of(workshop, issued=newer)], responses=[told])

    verdict = RecordVerifier(SLOTS, trust=trust, policy=SlotPolicy.city()).verify(
        workshop.good, registry=workshop.approved(), at=NOW
    )

    assert verdict.cause == cause
    assert not verdict.passed


def test_a_newer_list_lifts_a_suspension_but_no_revocation(workshop: Workshop) -> None:
    newer = list_of(workshop, issued=NOW - HOUR)

    def known(reason: x509.ReasonFlags, **dates: datetime) -> Standing:
        older = list_of(workshop, (workshop.teacher, SIGNED - HOUR, reason), **dates)
        return standing(store(workshop, lists=[older, newer, root_list(workshop)]), workshop.teacher)

    assert known(HOLD).revocation is None
    assert known(SUPERSEDED).revocation is not None
    overtaken = known(SUPERSEDED, ends=NOW - DAY)
    assert overtaken.revocation is not None
    assert overtaken.revocation.moment == SIGNED - HOUR


def test_an_overtaken_suspension_says_nothing(workshop: Workshop) -> None:
    old = list_of(workshop, (workshop.teacher, SIGNED - HOUR, HOLD), ends=NOW - DAY)

    known = standing(store(workshop, lists=[old, root_list(workshop)]), workshop.teacher)

    assert (known.problem, known.lack, known.revocation) == (PathProblem.REVOCATION_UNKNOWN, Lack.STALE, None)


def test_a_revoked_issuer_is_known_from_a_response(workshop: Workshop) -> None:
    response = workshop.root.response(workshop.issuing.holder, revoked=SIGNED - DAY, reason=SUPERSEDED)

    known = standing(store(workshop, lists=[list_of(workshop)], responses=[response]), workshop.teacher)

    assert known.revocation is not None
    assert known.revocation.issuer


def test_a_revoked_issuer_hides_no_revocation_below_it(workshop: Workshop) -> None:
    response = workshop.root.response(workshop.issuing.holder, revoked=SIGNED + DAY, reason=SUPERSEDED)
    lists = [list_of(workshop, (workshop.teacher, SIGNED - HOUR, SUPERSEDED))]

    known = standing(store(workshop, lists=lists, responses=[response]), workshop.teacher)

    assert [(each.issuer, each.moment) for each in known.revocations] == [(True, SIGNED + DAY), (False, SIGNED - HOUR)]
    assert known.revocation == known.revocations[1]


def test_below_a_revoked_issuer_nothing_known_is_said_too(workshop: Workshop) -> None:
    response = workshop.root.response(workshop.issuing.holder, revoked=SIGNED + DAY, reason=SUPERSEDED)

    known = standing(store(workshop, responses=[response]), workshop.teacher)

    assert [each.issuer for each in known.revocations] == [True]
    assert (known.problem, known.lack) == (PathProblem.REVOCATION_UNKNOWN, Lack.MISSING)


@pytest.mark.parametrize(("unchecked", "settled"), [(True, ""), (False, ""), (False, "good"), (False, "revoked")])
def test_an_authority_may_let_somebody_answer_for_it(workshop: Workshop, unchecked: bool, settled: str) -> None:
    """A responder's own certificate must be known as good, unless it says that it need not be."""
    responder = workshop.issuing.responder(unchecked=unchecked)
    response = workshop.issuing.response(workshop.teacher, by=responder)
    # A fresh list settles the responder; the teacher is asked about by the response alone.
    named = [(responder, STARTS, SUPERSEDED)] if settled == "revoked" else []
    lists = [list_of(workshop, *named)] if settled else []
    trust = store(workshop, lists=[root_list(workshop), *lists])

    def proven() -> bool:
        try:
            check_response(trust, certificate(workshop.teacher), response, now=NOW)
        except NotProven:
            return False
        return True

    assert proven() is (unchecked or settled == "good")


def test_the_lines_of_a_long_list_are_all_read(workshop: Workshop) -> None:
    signers = (workshop.teacher, workshop.principal, workshop.school)
    others = [(workshop.issuing.responder(), SIGNED - DAY, SUPERSEDED) for _ in range(20)]
    for place in (0, 10, 20):
        named = [*others[:place], (workshop.principal, SIGNED - DAY, COMPROMISE), *others[place:]]
        trust = store(workshop, lists=[root_list(workshop), list_of(workshop, *named)])
        assert [standing(trust, each).revocation is not None for each in signers] == [False, True, False]


@pytest.mark.parametrize("case", [name for name in UNUSABLE if name not in {"nothing", "empty", "garbage"}])
def test_what_proves_nothing_is_not_kept(workshop: Workshop, case: str) -> None:
    _, make_list, make_response = UNUSABLE[case]
    assert make_list is not None
    assert make_response is not None
    trust = store(workshop, lists=[root_list(workshop)])

    with pytest.raises(NotProven):
        check_response(trust, certificate(workshop.teacher), make_response(workshop), now=NOW)
    if case != "another authority":
        with pytest.raises(NotProven):
            check_list(trust, make_list(workshop), now=NOW)


def test_a_list_of_an_authority_outside_the_store_is_not_kept(workshop: Workshop) -> None:
    with pytest.raises(NotProven, match="unproven"):
        check_list(store(workshop), workshop.foreign.revocation_list(), now=NOW)
    assert check_list(store(workshop), list_of(workshop), now=NOW).issued == STARTS


FILES: Sequence[str] = ("roots/a", "intermediates/a", "crls/a", "crls/b", "ocsp/a", "ocsp/b")


@given(before=st.sets(st.sampled_from(FILES)), after=st.sets(st.sampled_from(FILES)))
def test_the_state_is_what_the_store_holds(workshop: Workshop, before: set[str], after: set[str]) -> None:
    def state(names: Iterable[str]) -> str:
        octets = _octets(workshop)
        held = {
            kind: [octets[name] for name in names if name.startswith(kind)]
            for kind in ("roots", "inter", "crls", "ocsp")
        }
        return TrustStore(
            anchors=held["roots"],
            intermediates=held["inter"],
            revocation_lists=held["crls"],
            responses=held["ocsp"],
        ).state

    assert (state(sorted(before)) == state(sorted(after, reverse=True))) is (before == after)
    assert len(state(before)) == 8


def _octets(shop: Workshop) -> dict[str, bytes]:
    made = getattr(_octets, "made", None)
    if made is None:
        contents = (
            shop.root.holder.der,
            shop.issuing.holder.der,
            root_list(shop),
            b"not a list",
            shop.issuing.response(shop.teacher),
            shop.issuing.response(shop.principal),
        )
        made = _octets.made = dict(zip(FILES, contents, strict=True))  # type: ignore[attr-defined]
    return dict(made)


def _folder(shop: Workshop, folder: Path) -> Path:
    for name, octets in {
        "roots/root.crt": shop.root.holder.der,
        "intermediates/issuing.crt": shop.issuing.holder.der,
        "crls/root.crl": root_list(shop),
        "crls/issuing.crl": list_of(shop),
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(octets)
    (folder / "ocsp").mkdir()
    return folder


def test_ten_thousand_records_cost_one_path_for_each_certificate(workshop: Workshop, tmp_path: Path) -> None:
    trust = TrustFolder(_folder(workshop, tmp_path), look_again_seconds=0)
    signers = [certificate(holder) for holder in (workshop.teacher, workshop.principal, workshop.school)]

    for record in range(10_000):
        if record == 5_000:
            (tmp_path / "ocsp/fresh.ocsp").write_bytes(workshop.issuing.response(workshop.teacher))
            trust.look_again()
        claimed = SIGNED + timedelta(seconds=record)
        assert all(trust.store.standing(each, claimed=claimed, now=NOW).problem is None for each in signers)

    assert trust.store.paths_built == len(signers)


def test_another_anchor_is_another_path(workshop: Workshop, tmp_path: Path) -> None:
    trust = TrustFolder(_folder(workshop, tmp_path), look_again_seconds=0)
    assert standing(trust, workshop.teacher).problem is None
    before = trust.state

    (tmp_path / "roots/root.crt").write_bytes(workshop.foreign.holder.der)

    assert standing(trust, workshop.teacher).problem is not None
    assert trust.state != before


def test_a_file_that_cannot_be_read_does_not_hide_the_others(workshop: Workshop, tmp_path: Path) -> None:
    folder = _folder(workshop, tmp_path)
    (folder / "crls/aaa.crl").write_bytes(b"<html>404</html>")
    (folder / "ocsp/aaa.ocsp").write_bytes(b"")
    (folder / "ocsp/.half").write_bytes(b"written just now")

    assert standing(TrustFolder(folder), workshop.teacher).problem is None
    assert standing(TrustStore.from_folder(folder), workshop.teacher).problem is None
