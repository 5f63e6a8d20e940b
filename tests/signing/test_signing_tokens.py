"""Keys on a PKCS#11 token: real ones of SoftHSM2, in this process, in others and in several threads."""

import ctypes
import os
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree
from pkcs11 import DeviceError, SessionCount, TokenFlag
from support.authority import Authority, Holder, ec_key, institution, rsa_key
from support.softhsm import PIN, SoftHsm, apart, authority, entry
from support.workshop import HOUR, NAMED, NOW, PRINCIPAL, SIGNED, SLOTS, TEACHER, Workshop

from signing.seal import HomeDown, KeyMissing, TokenKeyring, cryptoki, seal_record, seals_for
from signing.seal.pins import PinFile
from signing.seal.tokens import TokenKey
from signing.second_opinion import Engine, second_opinions
from signing.verify.algorithms import SIGNATURE_METHODS

LATER = SIGNED + HOUR
OCTETS = b"<ds:SignedInfo>what is signed</ds:SignedInfo>"


def _school(workshop: Workshop, key: Any = None, by: Authority | None = None, **how: Any) -> Holder:
    subject = institution("Trường", workshop.unit)
    return (by or workshop.issuing).issue(subject, key=key or ec_key(), **how)


@pytest.fixture(scope="module")
def p384(workshop: Workshop) -> Holder:
    return workshop.head(key=ec_key(ec.SECP384R1()))


@pytest.fixture(scope="module")
def renewed(workshop: Workshop) -> Holder:
    return _school(workshop, starts=LATER)


@pytest.fixture(scope="module")
def hsm(softhsm: SoftHsm, workshop: Workshop, p384: Holder, renewed: Holder) -> SoftHsm:
    """A token with everything that a school signs with, and much that it must not sign with."""
    unit = workshop.unit
    softhsm.put(
        "keys",
        entry(f"{unit}/GVCN-{TEACHER}", workshop.teacher),
        entry(f"{unit}/CBQL-{PRINCIPAL}", p384, identifier=b"\2"),
        entry(f"{unit}/KY_PHAT_HANH", workshop.school, identifier=b"\3"),
        entry(f"{unit}/GIAO_DICH", workshop.school, identifier=b"\4"),
        entry(f"{unit}/GIAO_DICH", renewed, identifier=b"\5"),
        entry("expired/GIAO_DICH", _school(workshop, ends=SIGNED), identifier=b"\6"),
        entry("weak/GIAO_DICH", _school(workshop, key=rsa_key(1024)), identifier=b"\7"),
        entry("alone/GIAO_DICH", workshop.neighbour, identifier=b"\10", alone=True),
        entry("foreign/GIAO_DICH", Holder(ec_key(), workshop.neighbour.certificate), identifier=b"\11"),
        authority(workshop.issuing),
        authority(workshop.root),
    )
    for token in ("refused", "gone", "sessions"):
        softhsm.put(token, entry(f"{unit}/GIAO_DICH", workshop.school))
    return softhsm


@pytest.fixture(scope="module")
def keys(hsm: SoftHsm) -> TokenKeyring:
    return hsm.keyring()


def _sealed(workshop: Workshop, keys: TokenKeyring) -> bytes:
    octets = workshop.unsigned()
    seals = seals_for(etree.fromstring(octets), SLOTS, named=NAMED, keys=keys, form="both", at=NOW)
    return seal_record(octets, seals=seals)


def test_rsa_and_elliptic_keys_seal_a_record_that_passes(workshop: Workshop, keys: TokenKeyring) -> None:
    sealed = _sealed(workshop, keys)

    verdict = workshop.verify(sealed)
    assert verdict.passed, verdict.cause
    methods = {name: slot.algorithms and slot.algorithms.signature for name, slot in verdict.by_slot().items()}
    assert methods == {"GVCN": "rsa-sha256", "CBQL": "ecdsa-sha384", "KY_PHAT_HANH": "rsa-sha256"}


@pytest.mark.parametrize("engine", Engine)
def test_other_engines_accept_what_a_token_signed(workshop: Workshop, keys: TokenKeyring, engine: Engine) -> None:
    opinions = second_opinions(_sealed(workshop, keys), SLOTS, engine=engine)

    assert [(opinion.slot, opinion.reason) for opinion in opinions] == [(slot.name, None) for slot in SLOTS]


def test_the_chain_is_what_the_token_has_of_it(workshop: Workshop, keys: TokenKeyring) -> None:
    chain = keys.key(workshop.unit, "KY_PHAT_HANH").chain

    assert [each.der for each in chain] == [workshop.school.der, workshop.issuing.holder.der, workshop.root.holder.der]


def test_of_two_certificates_the_newer_signs(workshop: Workshop, keys: TokenKeyring, renewed: Holder) -> None:
    key = keys.transaction_key(workshop.unit)

    assert key.chain[0].sha256 == renewed.sha256
    value = key.sign(OCTETS)
    assert SIGNATURE_METHODS[key.method].verifies(key.chain[0].key, value=value, signed=OCTETS)


@pytest.mark.parametrize("unit", ["nobody", "expired", "weak", "alone"])
def test_what_may_not_sign_is_a_missing_key(keys: TokenKeyring, unit: str) -> None:
    with pytest.raises(KeyMissing) as caught:
        keys.transaction_key(unit)

    assert caught.value.role == "GIAO_DICH"


def test_a_value_that_is_not_the_certificates_never_leaves(keys: TokenKeyring) -> None:
    """The token holds another key than the certificate beside it names."""
    key = keys.transaction_key("foreign")

    with pytest.raises(HomeDown, match="wrong-signature"):
        key.sign(OCTETS)


def test_a_record_costs_one_signature_and_nothing_else(
    workshop: Workshop, hsm: SoftHsm, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = hsm.keyring()
    works: list[object] = []
    run = cryptoki.Sessions.run

    def counted(sessions: cryptoki.Sessions, work: Callable[[cryptoki.Held], object]) -> object:
        works.append(work)
        return run(sessions, work)

    monkeypatch.setattr(cryptoki.Sessions, "run", counted)
    for _ in range(5):
        keys.key(workshop.unit, "KY_PHAT_HANH").sign(OCTETS)

    assert len(works) == 1 + 5


def test_threads_share_a_bounded_number_of_sessions(workshop: Workshop, hsm: SoftHsm) -> None:
    keyring = hsm.keyring("sessions", sessions=3)
    key = keyring.transaction_key(workshop.unit)
    assert isinstance(key, TokenKey)
    seen: set[Any] = set()

    def sign(turn: int) -> bool:
        key.sessions.run(lambda held: seen.add(held.session))
        octets = OCTETS + str(turn).encode()
        value = key.sign(octets)
        return SIGNATURE_METHODS[key.method].verifies(key.chain[0].key, value=value, signed=octets)

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(sign, range(80)))
    assert len({session.handle for session in seen}) <= 3


def test_no_session_is_waited_for_for_ever(workshop: Workshop, hsm: SoftHsm, monkeypatch: pytest.MonkeyPatch) -> None:
    key = hsm.keyring("sessions", sessions=1).transaction_key(workshop.unit)
    assert isinstance(key, TokenKey)
    monkeypatch.setattr(cryptoki, "WAIT_SECONDS", 0.05)

    with pytest.raises(HomeDown, match="sessions-busy"):
        key.sessions.run(lambda _: key.sign(OCTETS))
    assert key.sign(OCTETS)


@pytest.mark.parametrize(
    ("error", "why"), [(SessionCount, "sessions-exhausted"), (DeviceError, "token-error:DeviceError")]
)
def test_a_token_that_fails_is_tried_once_more_and_then_left_alone(
    workshop: Workshop, hsm: SoftHsm, monkeypatch: pytest.MonkeyPatch, error: type[Exception], why: str
) -> None:
    monkeypatch.setattr(cryptoki, "REST_SECONDS", 0.0)
    key = hsm.keyring("sessions", sessions=2).transaction_key(workshop.unit)
    assert isinstance(key, TokenKey)
    tries: list[int] = []

    def fail(held: cryptoki.Held) -> None:
        tries.append(held.era)
        raise error

    with pytest.raises(HomeDown, match=why):
        key.sessions.run(fail)
    assert len(set(tries)) == len(tries) == 2
    assert key.sign(OCTETS)


def _lose_all(module: Path, key: TokenKey) -> None:
    """What pulling a token out does to the sessions with it."""
    slot = key.sessions.run(lambda held: held.session.token.slot.slot_id)
    ctypes.CDLL(str(module)).C_CloseAllSessions(ctypes.c_ulong(slot))


def test_lost_sessions_are_opened_again(workshop: Workshop, hsm: SoftHsm) -> None:
    key = hsm.keyring("sessions", sessions=4).transaction_key(workshop.unit)
    assert isinstance(key, TokenKey)
    for _ in range(2):
        assert key.sign(OCTETS)
        _lose_all(hsm.module, key)
    assert key.sign(OCTETS)


def _comes_and_goes(module: Path, pin: Path, tokens: Path, unit: str) -> list[str]:
    cryptoki.REST_SECONDS = 0.0
    keyring = TokenKeyring("hsm", module=module, token="gone", pin_file=pin, sessions=2)
    key = keyring.transaction_key(unit)
    assert isinstance(key, TokenKey)
    told = [_said(lambda: key.sign(OCTETS))]
    away = tokens.rename(tokens.with_name("away"))
    tokens.mkdir()
    _lose_all(module, key)
    told += [_said(lambda: key.sign(OCTETS)), _said(lambda: keyring.key(unit, "KY_PHAT_HANH"))]
    tokens.rmdir()
    away.rename(tokens)
    return [*told, _said(lambda: key.sign(OCTETS))]


def _said(work: Callable[[], object]) -> str:
    try:
        work()
    except HomeDown as down:
        return down.why
    return "signed"


def test_a_token_that_goes_is_down_until_it_comes_back(workshop: Workshop, hsm: SoftHsm) -> None:
    """In a process of its own, where the module has nothing else to do: it is begun anew to see what came back."""
    told = apart(_comes_and_goes, hsm.module, hsm.pin_file(), hsm.tokens, workshop.unit)

    assert told == ["signed", "token-absent", "token-absent", "signed"]


def test_a_token_that_has_failed_is_not_asked_again_at_once(hsm: SoftHsm, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = hsm.keyring("nowhere")
    asked: list[str] = []
    token = cryptoki._Module.token

    def counted(module: cryptoki._Module, label: str) -> object:
        asked.append(label)
        return token(module, label)

    monkeypatch.setattr(cryptoki._Module, "token", counted)

    assert [_said(lambda: keyring.transaction_key("79")) for _ in range(3)] == ["token-absent"] * 3
    assert asked == ["nowhere"]


def test_a_module_that_cannot_be_loaded_is_a_home_that_is_down(hsm: SoftHsm, tmp_path: Path) -> None:
    (tmp_path / "text.so").write_text("not a library", encoding="ascii")
    for module in (tmp_path / "none.so", tmp_path / "text.so"):
        keyring = TokenKeyring("hsm", module=module, token="keys", pin_file=hsm.pin_file(), sessions=1)
        assert _said(lambda: keyring.transaction_key("79")) == "module-unloadable"  # noqa: B023 - called at once


# ---------------------------------------------------------------- PINs


def _asked_twice(module: Path, pin: Path, unit: str) -> list[str]:
    keyring = TokenKeyring("hsm", module=module, token="refused", pin_file=pin, sessions=2)
    return [_said(lambda: keyring.transaction_key(unit).sign(OCTETS)) for _ in range(2)]


def test_a_refused_pin_is_never_tried_again_until_its_file_changes(workshop: Workshop, hsm: SoftHsm) -> None:
    """The token is given the very PIN that it has refused: whoever tried again would be let in."""
    pin = hsm.pin_file("wrong", "999999")
    given = (hsm.module, pin, workshop.unit)
    assert apart(_asked_twice, *given) == ["pin-refused"] * 2
    hsm.new_pin("refused", "999999")
    assert apart(_asked_twice, *given) == ["pin-refused"] * 2

    os.utime(pin)
    assert apart(_asked_twice, *given) == ["signed"] * 2


@pytest.mark.parametrize(
    ("flag", "why"), [(TokenFlag.USER_PIN_FINAL_TRY, "pin-final-try"), (TokenFlag.USER_PIN_LOCKED, "pin-locked")]
)
def test_the_last_try_of_a_token_is_never_spent(
    hsm: SoftHsm, monkeypatch: pytest.MonkeyPatch, flag: TokenFlag, why: str
) -> None:
    """SoftHSM2 locks nothing: its token is told to say that it would."""

    class Cautious:
        flags = TokenFlag.TOKEN_INITIALIZED | flag

        def open(self, **_: object) -> None:
            raise AssertionError("tried")

    monkeypatch.setattr(cryptoki._Module, "token", lambda *_: Cautious())
    keyring = hsm.keyring("cautious", pin_file=hsm.pin_file(f"pin-{why}"))

    assert [_said(lambda: keyring.transaction_key("79")) for _ in range(2)] == [why] * 2


def test_a_pin_file_is_for_the_hub_alone(hsm: SoftHsm) -> None:
    pin = hsm.pin_file("open")
    for mode in (0o644, 0o640, 0o604):
        pin.chmod(mode)
        assert _said(lambda: hsm.keyring("gone", pin_file=pin).transaction_key("79")) == "pin-file-open"
    pin.unlink()
    assert _said(lambda: hsm.keyring("gone", pin_file=pin).transaction_key("79")) == "pin-file-missing"
    pin.write_bytes(b"\xff\xfe")
    pin.chmod(0o600)
    assert _said(lambda: hsm.keyring("gone", pin_file=pin).transaction_key("79")) == "pin-file-unreadable"


def test_neither_pins_nor_persons_are_told(workshop: Workshop, hsm: SoftHsm, keys: TokenKeyring) -> None:
    key = keys.key(workshop.unit, "GVCN", TEACHER)
    pins = PinFile(hsm.pin_file(), home="hsm", token="keys")
    told = [repr(keys), repr(pins)]
    with pins.trial() as pin:
        told.append(repr(pin))
    with pytest.raises(KeyMissing) as missing:
        keys.key(workshop.unit, "GVBM", TEACHER)
    told += traceback.format_exception(missing.value)
    wrong = hsm.pin_file("undecodable")
    wrong.write_bytes(PIN.encode() + b"\xff")
    with pytest.raises(HomeDown) as down:
        hsm.keyring("gone", pin_file=wrong).transaction_key("79")
    told += traceback.format_exception(down.value)

    assert not any(PIN in each or TEACHER in each for each in told)
    assert TEACHER not in repr(key).replace(repr(key.chain), "")
