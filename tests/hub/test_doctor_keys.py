"""The doctor looks at every home of keys, and says who must do what."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.authority import Authority, Holder, ec_key, institution, write_p12, write_secret
from support.command_line import Hocba
from support.signing_service import SigningService
from support.softhsm import SoftHsm, entry

from connectors.signers import ServiceSettings
from hub.doctor.findings import Finding, State
from hub.doctor.keys import look_at_keys, token_down
from hub.doctor.services import look_at_services
from routes.signing_settings import KeyRule, SigningSettings, TokenSettings
from sandbox.world import World

UNIT = "79760411"
SOON = datetime.now(UTC) + timedelta(days=9)


@pytest.fixture(scope="module")
def school() -> Holder:
    return Authority("Gốc thử").issue(institution("Trường", UNIT), key=ec_key())


@pytest.fixture(scope="module")
def ending() -> Holder:
    return Authority("Gốc thử").issue(institution("Trường", UNIT), key=ec_key(), ends=SOON)


@pytest.fixture
def folder(clean: Path, school: Holder) -> Path:
    keys = clean / "keys"
    write_p12(keys / UNIT / "KY_PHAT_HANH.p12", school, password=b"thu")
    write_secret(keys / "password", b"thu")
    keys.chmod(0o700)
    return keys


def _states(settings: SigningSettings) -> list[State]:
    return [finding.state for finding in look_at_keys(settings)]


def _bad(found: list[Finding]) -> Finding:
    (finding,) = [each for each in found if each.state is not State.WELL]
    return finding


def test_a_folder_that_is_not_there_is_bad(clean: Path) -> None:
    assert _states(SigningSettings(keys_folder=clean / "none")) == [State.BAD]


def test_guarded_keys_are_well(folder: Path) -> None:
    assert _states(SigningSettings(keys_folder=folder)) == [State.WELL]


@pytest.mark.parametrize(
    ("name", "mode", "state"),
    [(".", 0o755, State.WARN), ("password", 0o640, State.BAD), (f"{UNIT}/KY_PHAT_HANH.p12", 0o644, State.BAD)],
)
def test_what_others_can_read_is_told_with_the_command_that_mends_it(
    folder: Path, name: str, mode: int, state: State
) -> None:
    (folder / name).chmod(mode)

    finding = _bad(list(look_at_keys(SigningSettings(keys_folder=folder))))
    assert finding.state is state
    assert "chmod" in finding.do_vi


def test_a_missing_password_is_bad(folder: Path) -> None:
    (folder / "password").unlink()

    assert "mật khẩu" in _bad(list(look_at_keys(SigningSettings(keys_folder=folder)))).vi


def test_keys_that_cannot_be_used_and_certificates_about_to_end_are_told(folder: Path, ending: Holder) -> None:
    write_p12(folder / "79760412" / "GVCN-079184001101.p12", ending, password=b"other")
    write_p12(folder / "79760413" / "GIAO_DICH.p12", ending, password=b"thu")

    unusable, soon, well = look_at_keys(SigningSettings(keys_folder=folder))

    assert unusable.state is soon.state is State.WARN
    assert "79760412/GVCN" in unusable.vi
    assert "079184001101" not in unusable.vi + unusable.en
    assert "79760413/GIAO_DICH" in soon.vi
    assert well.vi.startswith("2 khóa")


def test_a_rule_whose_key_or_home_is_not_there_is_bad(folder: Path) -> None:
    rules = (
        KeyRule(home="file", unit=UNIT, role="KY_PHAT_HANH"),
        KeyRule(home="file", unit=UNIT, role="GIAO_DICH"),
        KeyRule(home="hsm"),
    )
    told = [each for each in look_at_keys(SigningSettings(keys_folder=folder, homes=rules)) if each.bad]

    assert len(told) == 2
    assert f"{UNIT}/GIAO_DICH" in told[0].vi
    assert "hsm" in told[1].vi


def test_a_token_is_asked_once_and_what_it_holds_is_told(softhsm: SoftHsm, school: Holder, ending: Holder) -> None:
    softhsm.put("doctor", entry(f"{UNIT}/KY_PHAT_HANH", school), entry(f"{UNIT}/GIAO_DICH", ending, identifier=b"\2"))
    settings = _token(softhsm, softhsm.pin_file())
    rules = (KeyRule(home="hsm", unit=UNIT, role="KY_PHAT_HANH"), KeyRule(home="hsm", unit="79", role="GIAO_DICH"))

    ends, well, missing = look_at_keys(settings.model_copy(update={"homes": rules}))

    assert ends.state is State.WARN
    assert "GIAO_DICH" in ends.vi
    assert well.state is State.WELL
    assert "2 khóa" in well.vi
    assert missing.bad
    assert "79/GIAO_DICH" in missing.vi


def _token(softhsm: SoftHsm, pin: Path, token: str = "doctor") -> SigningSettings:
    return SigningSettings(tokens={"hsm": TokenSettings(module=softhsm.module, token=token, pin_file=pin)})


def test_a_token_that_cannot_be_used_is_told_with_what_to_do(softhsm: SoftHsm) -> None:
    pin = softhsm.pin_file("of-the-doctor")
    pin.chmod(0o644)
    told = _bad(list(look_at_keys(_token(softhsm, pin))))
    assert told.do_vi == f"chmod 600 {pin}"
    pin.chmod(0o600)
    assert "không có mặt" in _bad(list(look_at_keys(_token(softhsm, pin, "nobody's")))).vi


@pytest.mark.parametrize(
    "why", ["pin-refused", "pin-locked", "pin-final-try", "module-unloadable", "sessions-exhausted", "token-error:X"]
)
def test_each_reason_has_words_of_its_own(why: str) -> None:
    token = TokenSettings(module=Path("/lib/m.so"), token="T", pin_file=Path("/run/pin"))
    finding = token_down("hsm", token, why)
    assert finding.bad
    assert why in finding.vi
    assert finding.do_vi
    assert "{" not in finding.do_vi + finding.do_en


async def test_services_that_cannot_be_asked_are_told(clean: Path) -> None:
    names, secret = clean / "names.json", clean / "secret"
    names.write_text(json.dumps({f"{UNIT}/KY_PHAT_HANH": "K1"}), encoding="utf-8")
    secret.write_text("x", encoding="ascii")
    secret.chmod(0o644)
    closed = {"url": "http://127.0.0.1:9", "credentials": names, "exchange_seconds": 2.0}
    services = {
        "away": ServiceSettings(**closed, client_secret_file=secret),
        "strange": ServiceSettings(**closed, adapter="nobody"),
        "empty": ServiceSettings(**closed | {"credentials": clean / "none.json"}),
    }

    told = await look_at_services(SigningSettings(services=services))

    assert all(finding.bad for finding in told)
    texts = [finding.vi for finding in told]
    for each in ("secret", "«away»", "nobody", "none.json"):
        assert any(each in text for text in texts), each


async def test_a_service_is_asked_for_its_first_key_and_no_holder_for_anything(world: World, tmp_path: Path) -> None:
    service = SigningService(world.folder, tmp_path)
    service.start()
    try:
        wrong = tmp_path / "wrong"
        write_secret(wrong, b"not the hub's")
        services = {
            "csc": service.settings("csc"),
            "smartca": service.settings("smartca"),
            "refused": service.settings("csc", client_secret_file=wrong),
        }
        told = await look_at_services(SigningSettings(services=services))
        asked = service.orders()
    finally:
        service.stop()
        service.http.close()

    assert [finding.state for finding in told] == [State.WELL, State.WARN, State.WELL, State.BAD]
    assert "chưa được nhà cung cấp xác nhận" in told[1].vi
    assert "từ chối tài khoản" in told[3].vi
    assert asked == []


def test_the_command_tells_of_keys(hocba: Hocba, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    (folder / "password").chmod(0o644)
    monkeypatch.setenv("HOCBA_SIGNING__KEYS_FOLDER", str(folder))
    told = hocba("doctor")
    assert "đọc được mật khẩu khóa" in told.said
    assert told.code == 1
