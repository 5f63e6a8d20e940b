"""Where settings come from, which source wins, and that every one is explained."""

import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from hub import settings as declared
from hub.failures import Failure
from hub.settings import Settings, fields, paths, shown, tell, variable
from signing.verify import Disposition

DEFAULT, FILE, ENVIRONMENT = "mặc định / default", "hocba.toml", "môi trường / environment"


def _told(name: str) -> declared.Told:
    return next(told for told in tell(Settings()) if told.path == name)


def test_every_setting_is_explained_in_both_languages() -> None:
    silent = [".".join(path) for path, field in fields() if " / " not in (field.description or "")]
    assert [name for name in silent if name not in ("kafka.security_protocol",)] == []


def test_every_setting_has_a_default(clean: Path) -> None:
    assert Settings().routes.packing.records == 500


def test_the_environment_wins_over_the_file(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("hocba.toml").write_text("[ledger]\npool_size = 11\n[web]\nport = 8123\n", encoding="utf-8")
    monkeypatch.setenv("HOCBA_LEDGER__POOL_SIZE", "12")
    settings = Settings()
    assert (settings.ledger.pool_size, settings.web.port) == (12, 8123)
    assert (_told("ledger.pool_size").origin, _told("web.port").origin) == (ENVIRONMENT, FILE)
    assert _told("web.host").origin == DEFAULT


def test_a_secret_file_wins_over_all_and_is_never_shown(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = clean / "url"
    secret.write_text("postgresql://u:very-secret@db/hub\n", encoding="utf-8")
    monkeypatch.setenv("HOCBA_LEDGER__URL", "postgresql://other")
    monkeypatch.setenv("HOCBA_LEDGER__URL_FILE", str(secret))
    url = Settings().ledger.url
    assert url is not None
    assert url.get_secret_value() == "postgresql://u:very-secret@db/hub"
    told = _told("ledger.url")
    assert "very-secret" not in told.value
    assert str(secret) in told.origin


def test_a_secret_file_that_is_missing_is_named(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOCBA_LEDGER__URL_FILE", "nowhere/url")
    with pytest.raises(Failure, match="nowhere/url"):
        Settings()


def test_another_settings_file_can_be_named(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("other.toml").write_text("return_seconds = 3\n", encoding="utf-8")
    monkeypatch.setenv("HOCBA_SETTINGS", "other.toml")
    assert Settings().return_seconds == 3
    assert _told("return_seconds").origin == "other.toml"


@pytest.mark.parametrize("text", ["[ledger\n", "\xff"])
def test_a_broken_settings_file_is_refused_in_words(clean: Path, text: str) -> None:
    Path("hocba.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(Failure, match=r"hocba\.toml"):
        Settings()


def test_an_unknown_name_in_the_file_is_refused(clean: Path) -> None:
    Path("hocba.toml").write_text("[lodger]\npool_size = 3\n", encoding="utf-8")
    with pytest.raises(ValidationError):
        Settings()


def test_sections_reach_the_routes_unchanged(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOCBA_RETRY__DELAYS_SECONDS", "[1, 2]")
    monkeypatch.setenv("HOCBA_KAFKA__SERVERS", "a:1,b:2")
    routes = Settings().routes
    assert routes.retry.delays_seconds == (1, 2)
    assert routes.kafka.servers == "a:1,b:2"


def test_variables_name_their_paths() -> None:
    names = [variable(path) for path in paths()]
    assert len(names) == len(set(names))
    assert "HOCBA_CITY__PATHS__TOKEN" in names


@given(st.text(min_size=1))
def test_a_secret_never_shows(text: str) -> None:
    assert shown(SecretStr(text)) == "••••••"


def test_the_environment_of_this_test_is_its_own(clean: Path) -> None:
    assert not [name for name in os.environ if name.startswith("HOCBA_")]


def test_weights_and_campaigns_are_lists_in_the_file(clean: Path) -> None:
    Path("hocba.toml").write_text(
        '[[check.severities]]\nrule = "B10"\nweight = "warning"\nschool = "79760401"\nsince = 2026-05-01\nwhy = "Điều 8"\n'
        '[[check.campaigns]]\nname = "2025-2026"\nschool_year = "2025-2026"\ngrades = [5]\nfreeze = 2026-06-20\n',
        encoding="utf-8",
    )
    check = Settings().routes.check
    [override] = check.weights.overrides
    assert (override.rule, override.weight, override.school, override.since) == (
        "B10",
        "warning",
        "79760401",
        date(2026, 5, 1),
    )
    [campaign] = check.campaigns
    assert (campaign.grades, campaign.last_day(replaces=True)) == (frozenset({5}), date(2026, 6, 20))
    assert (_told("check.severities").origin, _told("check.campaigns").origin) == (FILE, FILE)
    assert _told("check.severities").value == "B10 = warning 79760401 2026-05-01 – … Điều 8"
    assert _told("check.campaigns").value == "2025-2026 (2025-2026: 5; 2026-06-20, 2026-08-15)"


def test_weights_can_come_from_the_environment(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOCBA_CHECK__SEVERITIES", '[{"rule": "B16", "weight": "off"}]')
    assert [each.rule for each in Settings().routes.check.weights.overrides] == ["B16"]
    monkeypatch.setenv("HOCBA_CHECK__SEVERITIES", '[{"rule": "B16", "weight": "loud"}]')
    with pytest.raises(ValidationError):
        Settings()


def test_who_must_sign_is_the_policy_unless_slots_are_named(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().signing.slots.policy == "hcmc"
    assert Settings().signing.slots.explicit is None
    monkeypatch.setenv("HOCBA_SIGNING__POLICY", "national")
    monkeypatch.setenv("HOCBA_SIGNING__REQUIRED_SLOTS", '["CBQL"]')
    slots = Settings().signing.slots
    assert (slots.policy, slots.explicit) == ("national", frozenset({"CBQL"}))


def test_what_is_indeterminate_may_be_retried_held_or_refused(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOCBA_SIGNING__INDETERMINATE", '{"certificate-on-hold": "retry"}')

    causes = Settings().signing.open_causes

    assert causes["certificate-on-hold"] is Disposition.RETRY
    assert causes["revocation-unknown"] is Disposition.RETRY
    assert causes["certificate-revoked-later"] is Disposition.HOLD


@pytest.mark.parametrize("wrong", ['{"certificate-on-hold": "pass"}', '{"value-wrong": "hold"}', '{"no-such": "hold"}'])
def test_no_setting_lets_a_bad_signature_pass(clean: Path, monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("HOCBA_SIGNING__INDETERMINATE", wrong)

    with pytest.raises(ValidationError):
        Settings()
