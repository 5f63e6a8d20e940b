"""The signature on transaction 3: by the certificate that registers itself, over all that is sent; its own attacks."""

from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.authority import institution, rsa_key, write_p12, write_secret
from support.workshop import HOUR, NOW, SIGNED, Workshop

from signing.seal import CannotSeal, FileKeyring, SealingKey, seal_registration
from signing.trust import TrustStore
from signing.verify import Disposition, Form, SlotPolicy, SlotValidation, verify_registration
from transformers.transactions import write_registration

SEALED = SIGNED + HOUR
Judge = Callable[[bytes], SlotValidation]


@pytest.fixture(scope="module")
def trust(workshop: Workshop) -> TrustStore:
    return workshop.trust()


@pytest.fixture(scope="module")
def key(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> SealingKey:
    return FileKeyring(workshop.write_keys(tmp_path_factory.mktemp("keys"))).key(workshop.unit, "KY_PHAT_HANH")


@pytest.fixture(scope="module")
def judge(trust: TrustStore) -> Judge:
    def verdict(octets: bytes) -> SlotValidation:
        return verify_registration(octets, trust=trust, policy=SlotPolicy.city(), at=NOW)

    return verdict


def _seal(key: SealingKey, certificate: bytes, form: Form = Form.BOTH) -> bytes:
    return seal_registration(write_registration(certificate), key=key, signature_id="sig-dk", at=SEALED, form=form)


@pytest.fixture(scope="module")
def sound(workshop: Workshop, key: SealingKey) -> bytes:
    return _seal(key, workshop.school.der)


@pytest.mark.parametrize("form", Form)
def test_a_certificate_that_registers_itself_passes(
    workshop: Workshop, key: SealingKey, judge: Judge, form: Form
) -> None:
    verdict = judge(_seal(key, workshop.school.der, form))

    assert verdict.passed, verdict.cause
    assert (verdict.form, verdict.signing_time) == (form, SEALED)
    assert verdict.signer is not None
    assert verdict.signer.sha256 == workshop.school.sha256


def test_a_certificate_that_another_one_registers_does_not(workshop: Workshop, key: SealingKey, judge: Judge) -> None:
    verdict = judge(_seal(key, workshop.neighbour.der))

    assert (verdict.cause, verdict.failed_step, verdict.disposition) == ("registrant-differs", 10, Disposition.REFUSE)


def test_a_renewed_certificate_over_the_same_key_is_another_one(
    workshop: Workshop, key: SealingKey, judge: Judge
) -> None:
    renewed = workshop.issuing.issue(institution("Trường Tiểu học Thử", workshop.unit), key=workshop.school.key)

    assert judge(_seal(key, renewed.der)).cause == "registrant-differs"


def test_a_certificate_of_an_authority_that_nobody_trusts_is_not_registered(
    workshop: Workshop, tmp_path: Path, judge: Judge
) -> None:
    stranger = workshop.foreign.issue(institution("Trường Lạ", workshop.unit), key=rsa_key())
    write_p12(tmp_path / workshop.unit / "KY_PHAT_HANH.p12", stranger, password=b"thu", chain=[])
    write_secret(tmp_path / "password", b"thu")
    key = FileKeyring(tmp_path).key(workshop.unit, "KY_PHAT_HANH")

    assert judge(_seal(key, stranger.der)).cause == "path-invalid", "of the same name as a trusted one"


def test_a_revoked_certificate_is_not_registered(workshop: Workshop, key: SealingKey) -> None:
    kept = list(workshop.issuing.revoked)
    try:
        workshop.issuing.revoke(workshop.school, SEALED - timedelta(days=1))
        trust = workshop.trust()
    finally:
        workshop.issuing.revoked[:] = kept

    verdict = verify_registration(_seal(key, workshop.school.der), trust=trust, policy=SlotPolicy.city(), at=NOW)

    assert verdict.cause == "certificate-revoked"


def _after(mark: bytes, text: bytes) -> Callable[[bytes], bytes]:
    return lambda octets: octets.replace(mark, mark + text, 1)


def _without_signature(octets: bytes) -> bytes:
    return octets[: octets.index(b"<ds:Signature ")] + b"</DANG_KY_CHUNG_THU_SO>"


def _twice(octets: bytes) -> bytes:
    start, end = octets.index(b"<ds:Signature "), octets.rindex(b"</DANG_KY")
    return octets[:end] + octets[start:end] + octets[end:]


ATTACKS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "white space in the certificate": ("digest-data", _after(b"<CHUNG_THU_SO>", b"\n")),
    "not signed": ("slot-missing", _without_signature),
    "signed twice": ("signature-misplaced", _twice),
    "signature first": ("signature-misplaced", lambda o: _first(o)),
    "another root": ("wrong-root", lambda o: o.replace(b"DANG_KY_CHUNG_THU_SO", b"DANH_SACH_HOC_BA")),
    "identifier missing": ("wrong-root", lambda o: o.replace(b' id="dataChungThuSo"', b"")),
    "identifier of a batch": ("wrong-root", lambda o: o.replace(b'id="dataChungThuSo"', b'id="dataDanhSach"')),
    "identifier repeated": (
        "identifier-repeated",
        lambda o: o.replace(b"<CHUNG_THU_SO>", b'<CHUNG_THU_SO Id="sig-dk">'),
    ),
    "two certificates": ("data-missing", _after(b"</CHUNG_THU_SO>", b"<CHUNG_THU_SO>MIIB</CHUNG_THU_SO>")),
    "markup in the certificate": ("data-missing", _after(b"<CHUNG_THU_SO>", b"<A/>")),
    "another element": (
        "data-missing",
        lambda o: o.replace(b"CHUNG_THU_SO>", b"CHUNG_THU>").replace(b"DANG_KY_CHUNG_THU>", b"DANG_KY_CHUNG_THU_SO>"),
    ),
    "not Base64": ("certificate-unreadable", _after(b"<CHUNG_THU_SO>", b"!")),
    "document type": ("doctype", lambda o: b"<!DOCTYPE DANG_KY_CHUNG_THU_SO>" + o),
    "instruction": ("comment", _after(b"</CHUNG_THU_SO>", b"<?x y?>")),
    "endless": ("too-large", _after(b"<CHUNG_THU_SO>", b"A" * 70_000)),
    "not XML": ("not-well-formed", lambda o: o[:-10]),
}


def _first(octets: bytes) -> bytes:
    signature = octets[octets.index(b"<ds:Signature ") : octets.rindex(b"</DANG_KY")]
    return octets.replace(signature, b"").replace(b"<CHUNG_THU_SO>", signature + b"<CHUNG_THU_SO>")


@pytest.mark.parametrize("name", ATTACKS)
def test_attacks(sound: bytes, judge: Judge, name: str) -> None:
    cause, spoil = ATTACKS[name]
    spoiled = spoil(sound)
    assert spoiled != sound

    verdict = judge(spoiled)

    assert not verdict.passed
    assert verdict.cause == cause


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_changed_octet_of_what_is_signed_passes(sound: bytes, judge: Judge, data: st.DataObject) -> None:
    start, end = sound.index(b"<CHUNG_THU_SO>") + 14, sound.index(b"</CHUNG_THU_SO>")
    place = data.draw(st.integers(start, end - 1))
    letter = data.draw(st.sampled_from(b"ABCXYZabcxyz0189+/"))
    changed = sound[:place] + bytes([letter]) + sound[place + 1 :]

    assert judge(changed).passed == (changed == sound)


def test_only_an_unsigned_registration_is_sealed(workshop: Workshop, key: SealingKey, sound: bytes) -> None:
    batch = b'<DANH_SACH_HOC_BA id="dataDanhSach">' + b64encode(workshop.school.der) + b"</DANH_SACH_HOC_BA>"
    for octets in (sound, batch):
        with pytest.raises(CannotSeal):
            seal_registration(octets, key=key, signature_id="sig-again", at=SEALED)
