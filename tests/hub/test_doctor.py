"""The doctor sees what is wrong and says what to do about it."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from support.authority import Authority
from support.command_line import Hocba
from support.portal_client import City

from hub.doctor import State, machine
from hub.doctor.machine import look_at_clock, look_at_disk
from hub.doctor.records import look_at_durability, look_at_registrations
from hub.doctor.trust import look_at_trust
from hub.settings import Settings
from routes.signing_settings import RevocationSettings, SigningSettings
from sandbox.world import World

NOW = datetime.now(UTC)
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Root")])


def _trust(folder: Path, *, expires: timedelta, updates: timedelta) -> Settings:
    key = ec.generate_private_key(ec.SECP256R1())
    start = NOW - timedelta(days=400)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(NAME)
        .issuer_name(NAME)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(NOW + expires)
        .sign(key, hashes.SHA256())
    )
    revoked = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(NAME)
        .last_update(start)
        .next_update(NOW + updates)
        .sign(key, hashes.SHA256())
    )
    for name, octets in {
        "roots/a.pem": certificate.public_bytes(serialization.Encoding.PEM),
        "crls/a.crl": revoked.public_bytes(serialization.Encoding.DER),
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(octets)
    return Settings(signing=SigningSettings(trust_folder=folder))


def _states(settings: Settings) -> list[State]:
    return [finding.state for finding in look_at_trust(settings)]


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("expires", "updates", "states"),
    [
        (400 * DAY, 5 * DAY, [State.WELL, State.WELL]),
        (10 * DAY, 5 * DAY, [State.WARN, State.WELL]),
        (-DAY, 5 * DAY, [State.BAD, State.WELL]),
        (400 * DAY, -DAY, [State.WELL, State.WARN]),
    ],
)
def test_anchors_that_expire_and_stale_lists_are_seen(
    clean: Path, expires: timedelta, updates: timedelta, states: list[State]
) -> None:
    assert _states(_trust(clean / "trust", expires=expires, updates=updates)) == states


def test_the_settings_bound_the_age_of_a_list(clean: Path) -> None:
    settings = _trust(clean / "trust", expires=400 * DAY, updates=5 * DAY)
    for days, state in ((500, State.WELL), (300, State.WARN)):
        bound = RevocationSettings(most_age_seconds=days * 86400)
        signing = settings.signing.model_copy(update={"revocation": bound})
        assert _states(settings.model_copy(update={"signing": signing})) == [State.WELL, state]


def test_a_list_from_the_future_betrays_a_clock(clean: Path) -> None:
    """The newest list counts as much as the older one that hides it."""
    shop = Authority("Gốc thử")
    settings = _trust(clean / "trust", expires=400 * DAY, updates=5 * DAY)
    (clean / "trust/crls/b.crl").write_bytes(shop.revocation_list(issued=NOW + DAY, ends=NOW + 2 * DAY))
    assert _states(settings) == [State.WELL, State.WELL, State.WARN]
    said = list(look_at_trust(settings))[-1]
    assert "tương lai" in said.vi
    assert "chrony" in said.do_vi


def test_responses_are_counted_and_their_ages_told(clean: Path) -> None:
    shop = Authority("Gốc thử")
    settings = _trust(clean / "trust", expires=400 * DAY, updates=5 * DAY)
    answers = {
        "fresh1": shop.response(shop.holder, issued=NOW - DAY, ends=NOW + DAY),
        "fresh2": shop.response(shop.holder, issued=NOW - DAY, ends=NOW + DAY),
        "stale": shop.response(shop.holder, issued=NOW - 2 * DAY, ends=NOW - DAY),
        "future": shop.response(shop.holder, issued=NOW + DAY, ends=NOW + 2 * DAY),
        "broken": b"nonsense",
    }
    (clean / "trust/ocsp").mkdir()
    for name, octets in answers.items():
        (clean / "trust/ocsp" / name).write_bytes(octets)

    found = list(look_at_trust(settings))[2:]

    assert [finding.state for finding in found] == [State.BAD, State.WARN, State.WARN, State.WELL]
    assert [finding.vi.partition(" ")[0] for finding in found[2:]] == ["1", "2"]
    (clean / "trust/crls/a.crl").unlink()
    assert not any("HOCBA_SIGNING__REVOCATION__ONLINE" in finding.do_vi for finding in look_at_trust(settings))


def test_no_trust_and_broken_trust_are_bad(clean: Path) -> None:
    assert _states(Settings()) == [State.BAD]
    settings = _trust(clean / "trust", expires=400 * DAY, updates=5 * DAY)
    (clean / "trust" / "roots" / "a.pem").write_text("nonsense", encoding="ascii")
    (clean / "trust" / "crls" / "a.crl").write_bytes(b"nonsense")
    assert _states(settings) == [State.BAD, State.BAD]


def test_a_missing_revocation_list_is_seen(clean: Path) -> None:
    settings = _trust(clean / "trust", expires=400 * DAY, updates=5 * DAY)
    (clean / "trust" / "crls" / "a.crl").unlink()
    assert _states(settings) == [State.WELL, State.WARN]


@pytest.mark.parametrize("name", ["fsync", "full_page_writes", "synchronous_commit"])
def test_a_forgetful_database_is_bad(name: str) -> None:
    found = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
    assert look_at_durability(found).state is State.WELL
    assert look_at_durability(found | {name: "off"}).bad
    assert look_at_durability(found | {"synchronous_commit": "remote_apply"}).state is State.WELL


def test_a_clock_that_is_off_is_seen() -> None:
    assert look_at_clock(1.0, "x").state is State.WELL
    assert look_at_clock(60.0, "x").state is State.WARN


def test_registrations_that_are_stuck_are_seen_and_those_under_way_are_not() -> None:
    standing = {
        ("city", "ready", ""): 4,
        ("city", "ready", "destination-down"): 1,
        ("city", "ready", "account-missing"): 2,
        ("city", "sent", ""): 9,
        ("city", "dead", "registration-rejected:E05"): 3,
    }
    found = list(look_at_registrations(standing))
    assert [finding.state for finding in found] == [State.WARN, State.WARN]
    assert [finding.vi[0] for finding in found] == ["2", "3"]
    assert "E05" in found[1].vi
    assert all(finding.do_vi and finding.do_en for finding in found)


def test_little_disk_is_seen(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    states = []
    for least in (0, 2**60, 2**80):
        monkeypatch.setattr(machine, "LEAST_FREE", least)
        states += [finding.state for finding in look_at_disk(Settings())]
    assert states[0] is State.WELL
    assert states[2] is State.BAD


def test_a_bare_folder_is_diagnosed_without_a_traceback(hocba: Hocba) -> None:
    told = hocba("doctor")
    assert told.code == 1
    assert "Hub chưa chạy" in told.said
    assert "Chưa có chứng thư số gốc" in told.said
    assert "Chưa khai tài khoản cổng" in told.said
    assert "Traceback" not in told.said


def test_a_hub_that_has_all_it_needs_is_well(
    hocba: Hocba, monkeypatch: pytest.MonkeyPatch, database: str, world: World, city: City
) -> None:
    for name, value in {
        "HOCBA_LEDGER__URL": database,
        "HOCBA_SIGNING__TRUST_FOLDER": str(world.folder / "trust"),
        "HOCBA_CITY__URL": f"http://127.0.0.1:{city.port}",
        "HOCBA_CITY__ACCOUNTS": str(world.folder / "portal-accounts.json"),
    }.items():
        monkeypatch.setenv(name, value)
    told = hocba("doctor")
    assert "nhận đăng nhập của đơn vị 79" in told.said
    assert told.code == 0, told.said


def test_a_portal_that_refuses_the_login_is_named(
    hocba: Hocba, monkeypatch: pytest.MonkeyPatch, clean: Path, city: City
) -> None:
    accounts = clean / "accounts.json"
    accounts.write_text('[{"ma_don_vi": "79", "user_name": "so79", "password": "wrong"}]', encoding="utf-8")
    monkeypatch.setenv("HOCBA_CITY__URL", f"http://127.0.0.1:{city.port}")
    monkeypatch.setenv("HOCBA_CITY__ACCOUNTS", str(accounts))
    told = hocba("doctor")
    assert "từ chối đăng nhập" in told.said
    accounts.write_text("[]", encoding="utf-8")
    os.utime(accounts, (0, 0))
    assert "Chưa khai tài khoản" in hocba("doctor").said
