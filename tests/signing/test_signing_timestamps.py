"""Timestamps: a token is for its digest alone, and a signature that bears a valid one is proven to be that old."""

import hashlib
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from support.authority import Authority, Holder, rsa_key
from support.forge import batch
from support.tsa import EXCLUSIVE, property_of, stamped, token, tsa, value_of, with_properties
from support.workshop import HOUR, NAMED, NOW, SIGNED, SLOTS, Workshop

from sandbox.tsa.certificates import Stamping
from sandbox.tsa.faults import Faults
from sandbox.tsa.tokens import answer
from schemas.algorithms import TT_15_2025, Suite
from schemas.findings import Severity
from signing.indications import Indication, SubIndication
from signing.seal import FileKeyring, seal_record, seal_transaction, seals_for
from signing.seal.stamping import TRANSACTION_PATH, CannotStamp, imprint, wanted, with_timestamp
from signing.second_opinion import Engine, second_opinions
from signing.timestamps import (
    PROBLEMS,
    TimestampRefused,
    TimestampValidation,
    TokenUnreadable,
    make_request,
    read_reply,
    read_token,
    verify_timestamp,
    verify_timestamp_over,
)
from signing.trust import TrustStore
from signing.verify import RecordVerifier, SlotPolicy, SlotValidation, verify_transaction

LIST = "DANH_SACH_THONG_TIN_KY"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
STAMPED = NOW + MINUTE
LATER = NOW + timedelta(days=30)


@pytest.fixture(scope="module")
def authority(workshop: Workshop) -> Stamping:
    return tsa(workshop.issuing)


@pytest.fixture(scope="module")
def trust(workshop: Workshop) -> TrustStore:
    return workshop.trust()


@pytest.fixture(scope="module")
def keys(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> FileKeyring:
    return FileKeyring(workshop.write_keys(tmp_path_factory.mktemp("keys")))


@pytest.fixture(scope="module")
def sealed(workshop: Workshop, keys: FileKeyring) -> dict[str, bytes]:
    """A record that the hub sealed, in each form."""

    def make(form: str) -> bytes:
        root = etree.fromstring(workshop.unsigned())
        return seal_record(workshop.unsigned(), seals=seals_for(root, SLOTS, named=NAMED, keys=keys, form=form, at=NOW))

    return {form: make(form) for form in ("both", "xades", "property")}


def _with_timestamps(octets: bytes, authority: Stamping, at: datetime = STAMPED) -> bytes:
    for path in wanted(etree.fromstring(octets), SLOTS):
        slot = path.rpartition("/")[2]
        octets = with_timestamp(octets, path, token(value_of(octets, slot), authority, at))
    return octets


def _principal(workshop: Workshop, octets: bytes) -> SlotValidation:
    verifier = RecordVerifier(SLOTS, trust=workshop.trust(), policy=SlotPolicy.city())
    return verifier.verify(octets, registry=workshop.approved(), at=LATER).by_slot()["CBQL"]


# ---------------------------------------------------------------- request and reply


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("kind", ["ec", "rsa", "rsa-pss"])
def test_a_reply_to_a_request_holds(workshop: Workshop, trust: TrustStore, algorithm: str, kind: str) -> None:
    holder = tsa(workshop.issuing, key=rsa_key() if kind.startswith("rsa") else None)
    request = make_request(hashlib.new(algorithm, b"x").digest(), algorithm=algorithm)

    got = read_reply(answer(request.der, holder, Faults(pss=kind == "rsa-pss"), now=NOW), request)
    found = verify_timestamp(got, digest=request.digest, trust=trust, at=NOW)

    assert (found.cause, found.time, found.algorithm) == (None, NOW, algorithm)
    assert found.passed
    assert found.tsa is not None
    assert found.chain[0] == found.tsa.sha256 == hashlib.sha256(found.tsa.der).hexdigest()
    assert found.until == found.tsa.not_after
    assert read_token(got).nonce == request.nonce


def test_requests_differ_in_their_number() -> None:
    digest = bytes(32)

    numbers = {make_request(digest, algorithm="sha256").nonce for _ in range(20)}

    assert len(numbers) == 20
    assert all(number.bit_length() == 64 for number in numbers)


@pytest.mark.parametrize(("length", "algorithm"), [(20, "sha1"), (32, "sha384"), (0, "sha256"), (16, "md5")])
def test_only_digests_that_last_are_asked_for(length: int, algorithm: str) -> None:
    with pytest.raises(ValueError, match="sha256"):
        make_request(bytes(length), algorithm=algorithm)


@pytest.mark.parametrize(
    ("faults", "why"),
    [
        ({"refused": "bad_alg"}, "rejection bad_alg"),
        ({"refused": "system_failure"}, "rejection system_failure"),
        ({"wrong_imprint": True}, "imprint"),
        ({"imprint_algorithm": "sha512"}, "imprint"),
        ({"wrong_nonce": True}, "nonce"),
        ({"no_nonce": True}, "nonce"),
    ],
    ids=str,
)
def test_a_reply_to_another_question_is_refused(authority: Stamping, faults: dict[str, object], why: str) -> None:
    request = make_request(bytes(32), algorithm="sha256")

    with pytest.raises(TimestampRefused) as refused:
        read_reply(answer(request.der, authority, Faults(**faults)), request)  # type: ignore[arg-type]

    assert refused.value.why == why


@given(st.binary(max_size=300))
def test_octets_that_are_no_reply_are_refused(octets: bytes) -> None:
    with pytest.raises(TimestampRefused):
        read_reply(octets, make_request(bytes(32), algorithm="sha256"))
    with pytest.raises(TokenUnreadable):
        read_token(octets)


# ---------------------------------------------------------------- properties of tokens


@given(x=st.binary(max_size=40), y=st.binary(max_size=40))
@settings(max_examples=25)
def test_a_token_for_one_thing_is_none_for_another(authority: Stamping, trust: TrustStore, x: bytes, y: bytes) -> None:
    made = token(x, authority, NOW)

    assert verify_timestamp_over(made, octets=x, trust=trust, at=NOW).passed
    found = verify_timestamp_over(made, octets=y, trust=trust, at=NOW)
    assert found.passed == (x == y)
    assert x == y or found.cause == "timestamp-imprint"


def test_a_token_with_an_octet_changed_says_nothing_else(authority: Stamping, trust: TrustStore) -> None:
    """What the authority signed, its signature and its certificate: refused. Around that (an issuer's certificate that
    comes along, version numbers), CMS protects nothing: refused, or it says the same."""
    made = token(b"x", authority, NOW)
    sound = verify_timestamp_over(made, octets=b"x", trust=trust, at=NOW)
    told = read_token(made)
    assert sound.tsa is not None
    signed = [
        told.statement,
        sound.tsa.der,
        told.signer["signed_attrs"].contents,
        told.signer["signature"].native,
    ]
    places = {place for part in signed for place in range(made.index(part), made.index(part) + len(part))}

    for place in range(0, len(made), 3):
        changed = made[:place] + bytes([made[place] ^ 1]) + made[place + 1 :]
        found = verify_timestamp_over(changed, octets=b"x", trust=trust, at=NOW)
        assert not found.passed or (place not in places and _said(found) == _said(sound)), place


def _said(found: TimestampValidation) -> tuple[object, ...]:
    return found.time, found.serial, found.algorithm, found.tsa, found.chain


@given(part=st.floats(0, 1, exclude_max=True), more=st.binary(min_size=1, max_size=8))
@settings(max_examples=60)
def test_a_token_cut_or_stretched_says_nothing_else(
    authority: Stamping, trust: TrustStore, part: float, more: bytes
) -> None:
    made = token(b"x", authority, NOW)
    place = int(part * len(made))

    for spoilt in (made[:place], made + more, made[:place] + more + made[place:]):
        found = verify_timestamp_over(spoilt, octets=b"x", trust=trust, at=NOW)
        assert not found.passed or _said(found) == _said(verify_timestamp_over(made, octets=b"x", trust=trust, at=NOW))


@pytest.mark.parametrize("hostile", [b"", b"\x30\x80" * 30_000, b"\x30" * 60_000, bytes(70_000)], ids=len)
def test_hostile_octets_are_refused(trust: TrustStore, hostile: bytes) -> None:
    found = verify_timestamp(hostile, digest=bytes(32), trust=trust, at=NOW)

    assert (found.indication, found.sub_indication) == (Indication.FAILED, SubIndication.FORMAT_FAILURE)
    assert (found.time, found.tsa, found.serial) == (None, None, None)


def test_an_empty_trust_refuses(authority: Stamping) -> None:
    found = verify_timestamp_over(token(b"x", authority, NOW), octets=b"x", trust=TrustStore(anchors=[]), at=NOW)

    assert found.cause == "timestamp-untrusted"


def test_a_later_timestamp_keeps_one_whose_certificate_has_ended(workshop: Workshop, trust: TrustStore) -> None:
    made = token(b"x", tsa(workshop.issuing, ends=NOW + DAY), NOW)

    causes = [
        verify_timestamp_over(made, octets=b"x", trust=trust, at=at).cause
        for at in (NOW - DAY, NOW, NOW + DAY, NOW + 2 * DAY)
    ]

    assert causes == ["timestamp-in-future", None, None, "timestamp-aged"]


def test_every_problem_says_what_it_is_in_both_languages() -> None:
    for cause, problem in PROBLEMS.items():
        assert cause == problem.cause
        assert cause.startswith("timestamp-")
        assert problem.message.vi
        assert problem.message.en
        assert problem.indication is not Indication.PASSED


# ---------------------------------------------------------------- B-T: writing


@pytest.mark.parametrize("form", ["both", "xades"])
def test_seals_get_timestamps_and_pass_as_before(
    workshop: Workshop, authority: Stamping, sealed: dict[str, bytes], form: str
) -> None:
    plain = sealed[form]

    octets = _with_timestamps(plain, authority)

    verdict = RecordVerifier(SLOTS, trust=workshop.trust(), policy=SlotPolicy.city()).verify(
        octets, registry=workshop.approved(), at=LATER
    )
    assert verdict.passed, verdict.cause
    assert verdict.findings == ()
    assert [(one.level, one.proven_time) for one in verdict.slots] == [("B-T", STAMPED)] * 3
    assert wanted(etree.fromstring(octets), SLOTS) == []


@pytest.mark.parametrize("form", ["both", "xades"])
def test_not_one_octet_that_was_there_is_changed(authority: Stamping, sealed: dict[str, bytes], form: str) -> None:
    plain = sealed[form]
    octets = _with_timestamps(plain, authority)

    start, end = b"<xades:UnsignedProperties>", b"</xades:UnsignedProperties>"
    rest = b"".join(part.rpartition(end)[2] for part in octets.split(start))

    assert octets.count(start) == 3
    assert rest == plain


def test_the_imprint_is_that_of_the_canonical_value(sealed: dict[str, bytes]) -> None:
    for slot in ("GVCN", "CBQL", "KY_PHAT_HANH"):
        for algorithm in ("sha256", "sha512"):
            expected = hashlib.new(algorithm, value_of(sealed["both"], slot)).digest()
            assert imprint(sealed["both"], f"{LIST}/{slot}", algorithm=algorithm) == expected


def test_a_seal_may_have_several_timestamps_and_the_earliest_counts(
    workshop: Workshop, authority: Stamping, sealed: dict[str, bytes]
) -> None:
    path = f"{LIST}/CBQL"
    octets = sealed["both"]
    for at in (STAMPED + HOUR, STAMPED, STAMPED + DAY):
        octets = with_timestamp(octets, path, token(value_of(octets, "CBQL"), authority, at))

    assert octets.count(b"<xades:UnsignedProperties>") == 1
    assert octets.count(b"<xades:SignatureTimeStamp>") == 3
    assert _principal(workshop, octets).proven_time == STAMPED


def test_a_seal_in_the_property_form_has_no_place_for_one(authority: Stamping, sealed: dict[str, bytes]) -> None:
    octets = sealed["property"]

    assert wanted(etree.fromstring(octets), SLOTS) == []
    with pytest.raises(CannotStamp):
        with_timestamp(octets, f"{LIST}/CBQL", token(value_of(octets, "CBQL"), authority, STAMPED))


def test_a_token_of_another_seal_is_not_put_in(authority: Stamping, sealed: dict[str, bytes]) -> None:
    octets = sealed["both"]
    path = f"{LIST}/CBQL"

    for wrong in (token(value_of(octets, "GVCN"), authority, STAMPED), b"", token(b"x", authority, STAMPED)[:-1]):
        with pytest.raises(CannotStamp):
            with_timestamp(octets, path, wrong)
    with pytest.raises(CannotStamp):
        imprint(octets, f"{LIST}/GVBM")


def test_a_transaction_gets_its_timestamp(
    workshop: Workshop, authority: Stamping, keys: FileKeyring, sealed: dict[str, bytes]
) -> None:
    text = batch([sealed["both"]], by=workshop.school, at=NOW)
    text = text[: text.rindex(b"<ds:Signature ")] + b"</DANH_SACH_HOC_BA>"
    key = keys.transaction_key(workshop.unit)
    octets = seal_transaction(text, key=key, signature_id="sig-giao-dich-1", at=NOW)

    made = token(value_of(octets, ""), authority, STAMPED)
    with_it = with_timestamp(octets, TRANSACTION_PATH, made)
    found = verify_transaction(
        with_it, trust=workshop.trust(), policy=SlotPolicy.city(), approved=workshop.approved(), at=LATER
    )

    assert found.passed, found.cause
    assert (found.level, found.proven_time) == ("B-T", STAMPED)
    assert imprint(octets, TRANSACTION_PATH) == read_token(made).imprint
    assert with_it.startswith(octets[: octets.rindex(b"</xades:QualifyingProperties>")])


@pytest.mark.parametrize("engine", Engine)
def test_other_engines_accept_seals_with_timestamps(
    authority: Stamping, sealed: dict[str, bytes], engine: Engine
) -> None:
    for form in ("both", "xades"):
        opinions = second_opinions(_with_timestamps(sealed[form], authority), SLOTS, engine=engine)
        assert [(opinion.slot, opinion.reason) for opinion in opinions] == [(slot.name, None) for slot in SLOTS]


@pytest.mark.parametrize("reason", [x509.ReasonFlags.superseded, x509.ReasonFlags.key_compromise])
def test_what_was_covered_before_its_authority_was_revoked_still_holds(reason: x509.ReasonFlags) -> None:
    root = Authority("Gốc")
    holder = tsa(root)
    root.revoke(Holder(holder.key, holder.certificate), STAMPED + DAY, reason)
    trust = TrustStore(anchors=[root.holder.der], revocation_lists=[root.revocation_list()])
    made, digest = token(b"x", holder, STAMPED), hashlib.sha256(b"x").digest()

    alone = verify_timestamp(made, digest=digest, trust=trust, at=LATER)
    before = verify_timestamp(made, digest=digest, trust=trust, at=LATER, covered_at=STAMPED + HOUR)
    after = verify_timestamp(made, digest=digest, trust=trust, at=LATER, covered_at=STAMPED + 2 * DAY)

    assert not alone.passed
    assert before.passed, before.cause
    assert after.cause == alone.cause


# ---------------------------------------------------------------- B-T: verifying


def test_without_a_timestamp_nothing_is_proven(workshop: Workshop) -> None:
    found = _principal(workshop, workshop.good)

    assert (found.level, found.proven_time, found.passed) == ("B-B", None, True)
    assert _principal(workshop, workshop.styled(form="property")).level is None


@pytest.mark.parametrize("reason", [x509.ReasonFlags.superseded, x509.ReasonFlags.key_compromise])
def test_a_certificate_revoked_after_the_proven_time_passes(
    workshop: Workshop, authority: Stamping, reason: x509.ReasonFlags
) -> None:
    record = workshop.styled(by=workshop.revoked(SIGNED + DAY, reason))
    proven = stamped(record, "CBQL", authority, SIGNED + HOUR + MINUTE)

    assert not _principal(workshop, record).passed
    assert _principal(workshop, proven).passed
    assert _principal(workshop, proven).level == "B-T"


def test_a_suspended_certificate_waits_all_the_same(workshop: Workshop, authority: Stamping) -> None:
    record = workshop.styled(by=workshop.revoked(SIGNED + DAY, x509.ReasonFlags.certificate_hold))

    found = _principal(workshop, stamped(record, "CBQL", authority, SIGNED + HOUR + MINUTE))

    assert found.cause == "certificate-on-hold"


def test_an_algorithm_that_was_strong_at_the_proven_time_passes(
    workshop: Workshop, trust: TrustStore, authority: Stamping
) -> None:
    last = Suite(
        **{name: getattr(TT_15_2025, name) for name in ("signatures", "digests", "canonicalisations", "source")},
        least_rsa=2048,
        least_field=256,
        until=date(2026, 5, 31),
    )
    octets = workshop.good
    for slot in ("GVCN", "CBQL", "KY_PHAT_HANH"):
        octets = stamped(octets, slot, authority, SIGNED + 3 * HOUR)
    verifier = RecordVerifier(SLOTS, trust=trust, policy=SlotPolicy.city(), suites=[last])

    verdicts = [verifier.verify(each, registry=workshop.approved(), at=LATER) for each in (workshop.good, octets)]

    assert [verdict.passed for verdict in verdicts] == [False, True]
    assert verdicts[0].slots[0].cause == "algorithm-outdated"


def test_a_timestamp_that_does_not_hold_is_remarked_on(workshop: Workshop) -> None:
    stranger = tsa(Authority("Ai đó"))
    found = _principal(workshop, stamped(workshop.good, "CBQL", stranger, SIGNED + HOUR + MINUTE))

    assert (found.passed, found.level, found.proven_time) == (True, "B-B", None)
    (remark,) = found.findings
    assert remark.severity is Severity.WARNING
    assert remark.message == PROBLEMS["timestamp-untrusted"].message


def test_a_sound_one_among_others_counts(workshop: Workshop, authority: Stamping) -> None:
    record = workshop.good
    value, at = value_of(record, "CBQL"), SIGNED + HOUR + MINUTE
    bad, good = token(b"x", authority, at), token(value, authority, at)
    other = "<x:Other xmlns:x='urn:x'/>"

    for properties in (
        [property_of(bad), property_of(good)],
        [property_of(bad, good)],
        [other, property_of(good), other],
        [property_of(good, method=None)],
        [property_of(token(value, authority, at, algorithm="sha512"), method=EXCLUSIVE)],
    ):
        found = _principal(workshop, with_properties(record, "CBQL", *properties))
        assert (found.passed, found.proven_time) == (True, at), found.cause


def test_a_clock_a_little_behind_is_no_contradiction(workshop: Workshop, authority: Stamping) -> None:
    claimed = SIGNED + HOUR

    causes = [
        _principal(workshop, stamped(workshop.good, "CBQL", authority, claimed - behind)).cause
        for behind in (5 * MINUTE, 6 * MINUTE)
    ]

    assert causes == [None, "timestamp-order"]


@pytest.mark.skipif(not Path("/usr/bin/openssl").exists(), reason="no openssl: apt-get install openssl")
def test_what_openssl_stamps_holds(workshop: Workshop, trust: TrustStore, tmp_path: Path) -> None:
    holder = tsa(workshop.issuing, key=rsa_key())
    plain = serialization.NoEncryption()
    key = holder.key.private_bytes(Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (tmp_path / "key.pem").write_bytes(key)
    for name, certificate in (("tsa", holder.certificate), ("above", holder.above)):
        (tmp_path / f"{name}.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (tmp_path / "serial").write_text("01")
    (tmp_path / "ts.cnf").write_text(
        "[tsa]\nserial=serial\nsigner_cert=tsa.pem\ncerts=above.pem\nsigner_key=key.pem\nsigner_digest=sha256\n"
        "default_policy=1.2.3.4\ndigests=sha256\naccuracy=secs:1\ness_cert_id_alg=sha256\n"
    )
    request = make_request(hashlib.sha256(b"x").digest(), algorithm="sha256")
    (tmp_path / "query").write_bytes(request.der)
    command = "openssl ts -reply -config ts.cnf -section tsa -queryfile query -out reply"
    subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)

    made = read_reply((tmp_path / "reply").read_bytes(), request)
    found = verify_timestamp(made, digest=request.digest, trust=trust, at=datetime.now(UTC))

    assert found.cause is None
