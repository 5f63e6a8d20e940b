"""Trust: anchors, paths, revocation and time; an empty store refuses; what a destination gives back."""

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from support.authority import ec_key, institution
from support.workshop import HOUR, NOW, SIGNED, SLOTS, Workshop

from signing.trust import TrustFolder, TrustStore
from signing.verify import Approvals, Disposition, Indication, RecordVerifier, SlotPolicy


def _folder(workshop: Workshop, folder: Path, encoding: Encoding) -> Path:
    files = {
        "roots/root.crt": workshop.root.holder.certificate.public_bytes(encoding),
        "intermediates/issuing.crt": workshop.issuing.holder.certificate.public_bytes(encoding),
        "crls/root.crl": workshop.root.revocation_list(),
        "crls/issuing.crl": workshop.issuing.revocation_list(),
        "crls/.gitkeep": b"",
    }
    for name, octets in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(octets)
    return folder


def _verifier(trust: TrustStore, policy: SlotPolicy | None = None) -> RecordVerifier:
    return RecordVerifier(SLOTS, trust=trust, policy=policy or SlotPolicy.city())


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_a_folder_is_a_store(workshop: Workshop, tmp_path: Path, encoding: Encoding) -> None:
    trust = TrustStore.from_folder(_folder(workshop, tmp_path, encoding))

    verdict = _verifier(trust).verify(workshop.good, registry=workshop.approved(), at=NOW)

    assert verdict.passed, verdict.cause
    signer = verdict.slots[0].signer
    assert signer is not None
    assert signer.chain == (workshop.teacher.sha256, workshop.issuing.holder.sha256, workshop.root.holder.sha256)
    assert "Phạm" not in repr(signer)


@pytest.mark.parametrize("store", ["none", "empty folder"])
def test_an_empty_store_refuses(workshop: Workshop, tmp_path: Path, store: str) -> None:
    trust = TrustStore(anchors=()) if store == "none" else TrustStore.from_folder(tmp_path)

    verdict = _verifier(trust).verify(workshop.good, registry=workshop.approved(), at=NOW)

    assert trust.is_empty
    assert verdict.cause == "GVCN:path-not-found"
    assert verdict.disposition is Disposition.REFUSE


def test_an_empty_policy_refuses(workshop: Workshop) -> None:
    verifier = workshop.verifier(SlotPolicy("empty", frozenset()))

    verdict = verifier.verify(workshop.good, registry=workshop.approved(), at=NOW)

    assert not verdict.passed
    assert verdict.cause == "policy-empty"


@pytest.mark.parametrize("lists", ["none", "outdated"])
def test_without_a_current_revocation_list_the_hub_tries_later(workshop: Workshop, lists: str) -> None:
    if lists == "none":
        trust = TrustStore(anchors=[workshop.root.holder.der], intermediates=[workshop.issuing.holder.der])
    else:
        trust = workshop.trust(ends=SIGNED - HOUR)

    verdict = _verifier(trust).verify(workshop.good, registry=workshop.approved(), at=NOW)

    assert verdict.cause == "GVCN:revocation-unknown"
    assert verdict.disposition is Disposition.RETRY
    assert verdict.indication is Indication.INDETERMINATE


def test_an_intermediate_certificate_may_come_with_the_signature(workshop: Workshop) -> None:
    from attacks.attack import with_certificate

    octets = workshop.record(
        **{
            slot: {"key_info": lambda text: text + with_certificate(text, workshop.issuing.holder)}
            for slot in ("GVCN", "CBQL", "KY_PHAT_HANH")
        }
    )
    lists = [authority.revocation_list() for authority in (workshop.root, workshop.issuing)]
    trust = TrustStore(anchors=[workshop.root.holder.der], revocation_lists=lists)

    verdict = _verifier(trust).verify(octets, registry=workshop.approved(), at=NOW)

    assert verdict.passed, verdict.cause


def test_a_certificate_that_expired_since_still_counts(workshop: Workshop) -> None:
    head = workshop.head(ends=SIGNED + 9 * HOUR)

    verdict = workshop.verify(workshop.record(CBQL={"by": head}))

    assert verdict.passed, verdict.cause


def test_a_signature_before_a_revocation_is_held_and_after_it_refused(workshop: Workshop) -> None:
    head = workshop.revoked(SIGNED + 3 * HOUR, x509.ReasonFlags.cessation_of_operation)
    verifier = workshop.verifier()

    before = verifier.verify(workshop.record(CBQL={"by": head}), registry=workshop.approved(), at=NOW)
    late = {"by": head, "at": SIGNED + 4 * HOUR}
    octets = workshop.record(CBQL=late, KY_PHAT_HANH={"at": SIGNED + 5 * HOUR})
    after = verifier.verify(octets, registry=workshop.approved(), at=NOW)

    assert (before.cause, before.disposition) == ("CBQL:certificate-revoked-later", Disposition.HOLD)
    assert (after.cause, after.disposition) == ("CBQL:certificate-revoked", Disposition.REFUSE)


def test_one_refused_slot_outweighs_another_that_is_held(workshop: Workshop) -> None:
    head = workshop.revoked(SIGNED + 3 * HOUR)
    octets = workshop.record(CBQL={"by": head}, KY_PHAT_HANH={"by": workshop.neighbour})

    verdict = workshop.verify(octets)

    assert verdict.cause == "KY_PHAT_HANH:certificate-not-approved"
    assert verdict.disposition is Disposition.REFUSE
    assert {slot.slot: slot.passed for slot in verdict.slots} == {"GVCN": True, "CBQL": False, "KY_PHAT_HANH": False}


def test_approval_has_its_own_dates_and_roles(workshop: Workshop) -> None:
    verifier = workshop.verifier()
    for_transactions = workshop.approved(roles=frozenset({"GIAO_DICH"}))

    assert verifier.verify(workshop.good, registry=for_transactions, at=NOW).cause == (
        "KY_PHAT_HANH:certificate-not-approved"
    )
    early = workshop.record(
        **{
            slot: {"at": SIGNED - timedelta(days=200) + turn * HOUR}
            for turn, slot in enumerate(("GVCN", "CBQL", "KY_PHAT_HANH"))
        }
    )
    assert verifier.verify(early, registry=workshop.approved(), at=NOW).cause == "KY_PHAT_HANH:certificate-not-approved"


def test_without_a_registry_a_record_is_held(workshop: Workshop) -> None:
    verdict = workshop.verifier().verify(workshop.good, registry=None, at=NOW)

    assert (verdict.cause, verdict.disposition) == ("KY_PHAT_HANH:registry-unknown", Disposition.HOLD)


RETURNED = SlotPolicy("returned", SlotPolicy.city().required, approvals=Approvals.DESTINATION)


def test_what_a_destination_gives_back_passes_without_the_hubs_registry(workshop: Workshop) -> None:
    verdict = workshop.verifier(RETURNED).verify(workshop.good, registry=None, at=NOW)

    assert verdict.passed, verdict.cause
    assert verdict.data is not None


def test_what_a_destination_gives_back_is_verified_all_the_same(workshop: Workshop) -> None:
    verifier = workshop.verifier(RETURNED)
    foreign = workshop.foreign.issue(institution("Trường", workshop.unit), key=ec_key())

    tampered = workshop.good.replace(b"<DAN_TOC>", b"<DAN_TOC>X")
    assert verifier.verify(tampered, registry=None, at=NOW).cause == "GVCN:digest-data"
    untrusted = workshop.record(KY_PHAT_HANH={"by": foreign})
    assert verifier.verify(untrusted, registry=None, at=NOW).cause == "KY_PHAT_HANH:path-invalid"


def test_the_teacher_may_be_absent_nationally_but_not_in_the_city(workshop: Workshop) -> None:
    from support.forge import record

    octets = record(workshop.data, workshop.places()[1:], identifier=workshop.uuid)

    assert workshop.verifier(SlotPolicy.national()).verify(octets, registry=workshop.approved(), at=NOW).passed
    assert workshop.verify(octets).cause == "slot-missing"


def test_a_plain_date_is_the_day_in_vietnam(workshop: Workshop) -> None:
    late = SIGNED.replace(hour=18)
    octets = workshop.record(
        CBQL={"at": late, "ngay_ky": "2026-05-26"}, KY_PHAT_HANH={"at": late + HOUR, "ngay_ky": "2026-05-26"}
    )

    assert workshop.verify(octets).passed


def test_renewed_revocation_lists_are_seen(workshop: Workshop, tmp_path: Path) -> None:
    folder = _folder(workshop, tmp_path, Encoding.DER)
    outdated = workshop.issuing.revocation_list(ends=SIGNED - HOUR)
    (folder / "crls/issuing.crl").write_bytes(outdated)
    verifier = RecordVerifier(SLOTS, trust=TrustFolder(folder, look_again_seconds=0), policy=SlotPolicy.city())
    assert verifier.verify(workshop.good, registry=workshop.approved(), at=NOW).cause == "GVCN:revocation-unknown"

    (folder / "crls/issuing.crl").write_bytes(b"half")
    assert verifier.verify(workshop.good, registry=workshop.approved(), at=NOW).cause == "GVCN:revocation-unknown"

    (folder / "crls/issuing.crl").write_bytes(workshop.issuing.revocation_list())
    assert verifier.verify(workshop.good, registry=workshop.approved(), at=NOW).passed
