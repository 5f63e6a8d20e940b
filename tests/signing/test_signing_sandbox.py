"""The sandbox's records: sound ones pass, every fault that verification must find is found, and the hub's seals of its
world pass too, with keys from its own folder."""

import json
from datetime import UTC, datetime

import pytest
from lxml import etree
from support.workshop import NAMED, SLOTS

from sandbox.faults import OFFICIAL
from sandbox.plans import Task, make_draft
from sandbox.signed import write_official
from sandbox.world import World
from schemas.profiles import profiles
from schemas.told import holders
from signing.seal import FileKeyring, seal_record, seals_for
from signing.trust import TrustStore
from signing.verify import Approved, Disposition, Indication, RecordVerifier, SlotPolicy

CAUSES = {
    "unsigned-slot": "slot-unsigned",
    "one-bad-slot": "CBQL:digest-data",
    "tampered-after-signing": "GVCN:digest-data",
    "expired-certificate": "CBQL:certificate-expired",
    "revoked-certificate": "CBQL:certificate-revoked",
    "foreign-certificate": "CBQL:path-not-found",
    "wrong-school-certificate": "KY_PHAT_HANH:certificate-not-approved",
    "unapproved-certificate": "KY_PHAT_HANH:certificate-not-approved",
    "cccd-differs-from-certificate": "GVCN:signer-differs",
    "times-out-of-order": "order-wrong",
    "signing-date-differs": "CBQL:signing-date-differs",
    "weak-algorithm": "CBQL:algorithm-forbidden",
    "missing-subject-name": "CBQL:subject-name-missing",
}


@pytest.fixture(scope="module")
def verifier(world: World) -> RecordVerifier:
    return RecordVerifier(SLOTS, trust=TrustStore.from_folder(world.folder / "trust"), policy=SlotPolicy.city())


@pytest.fixture(scope="module")
def approved(world: World) -> Approved:
    rows = json.loads((world.folder / "registry.json").read_text(encoding="utf-8"))
    return Approved.from_rows(world.schools[0].code, rows)


def test_slots_are_those_of_the_profile() -> None:
    """The tests of signing state CV 2088's slots for themselves."""
    profile = profiles().get("hbs-1.0")
    if profile is None:
        pytest.skip("profile hbs-1.0 was taken away")

    assert profile.slots == SLOTS
    assert holders(profile) == NAMED


def _task(world: World, number: int, fault: str | None = None) -> Task:
    school = world.schools[0]
    grades = OFFICIAL[fault].grades if fault else (1, 2, 3, 4, 5)
    room = next(room.name for room in school.classes if room.grade in grades)
    return Task(number, school.code, room, fault)


def test_sound_records_pass(world: World, verifier: RecordVerifier, approved: Approved) -> None:
    for number in range(20):
        octets = write_official(world, make_draft(world, _task(world, number), seed=3)).encode()
        verdict = verifier.verify(octets, registry=approved, at=datetime.now(UTC))
        assert verdict.passed, verdict.cause


def test_every_fault_of_this_stage_has_its_cause() -> None:
    assert set(CAUSES) == {name for name, fault in OFFICIAL.items() if fault.place == "verify"}


@pytest.mark.parametrize(("name", "cause"), CAUSES.items())
def test_a_fault_is_refused(world: World, verifier: RecordVerifier, approved: Approved, name: str, cause: str) -> None:
    draft = make_draft(world, _task(world, 700, name), seed=3)
    octets = write_official(world, draft, fault=OFFICIAL[name]).encode()

    verdict = verifier.verify(octets, registry=approved, at=datetime.now(UTC))

    assert verdict.cause == cause
    assert verdict.indication is Indication.FAILED
    assert verdict.disposition is Disposition.REFUSE


@pytest.mark.parametrize("form", ["both", "property", "xades"])
def test_the_hubs_seals_pass_with_the_worlds_keys(
    world: World, verifier: RecordVerifier, approved: Approved, form: str
) -> None:
    signed = write_official(world, make_draft(world, _task(world, 5), seed=3))
    octets = (signed[: signed.index("<DANH_SACH_THONG_TIN_KY>")] + "</HOC_BA>").encode()
    keys = FileKeyring(world.folder / "keys")

    seals = seals_for(etree.fromstring(octets), SLOTS, named=NAMED, keys=keys, form=form)
    sealed = seal_record(octets, seals=seals)

    verdict = verifier.verify(sealed, registry=approved, at=datetime.now(UTC))
    assert verdict.passed, verdict.cause
    assert keys.transaction_key("79").method.endswith("rsa-sha256")
