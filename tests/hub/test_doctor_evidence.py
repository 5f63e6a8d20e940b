"""The doctor on evidence: what cannot be made, what waits too long, what has to be renewed soon."""

from datetime import UTC, datetime, timedelta

import pytest
from support.verified import enter_verified

from hub.doctor import State
from hub.doctor.evidence import look_at_choice, look_at_evidence, look_at_standings
from hub.doctor.findings import Finding
from hub.settings import Settings
from ledger.database import Pool
from ledger.evidence import Standing, tasks
from routes.signing_settings import EvidenceSettings, SigningSettings

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


def settings_with(urls: tuple[str, ...], **evidence: object) -> Settings:
    signing = SigningSettings.model_validate({"timestamps": {"urls": urls}})
    return Settings(signing=signing, evidence=EvidenceSettings.model_validate(evidence))


async def found(pool: Pool, settings: Settings) -> list[Finding]:
    async with pool.connection() as connection:
        return await look_at_evidence(connection, settings, now=NOW)


@pytest.mark.parametrize(
    ("urls", "evidence", "states"),
    [
        ((), {}, []),
        ((), {"profiles": {"hbs-1.0": "none"}}, []),
        ((), {"profiles": {"hbs-1.0": "both"}}, [State.BAD]),
        ((), {"enabled": True}, [State.BAD]),
        (("http://localhost:1/",), {"profiles": {"hbs-1.0": "both"}}, []),
    ],
)
def test_profiles_without_an_authority_are_named(
    clean: object, urls: tuple[str, ...], evidence: dict[str, object], states: list[State]
) -> None:
    said = list(look_at_choice(settings_with(urls, **evidence)))
    assert [each.state for each in said] == states
    assert all("signing.timestamps.urls" in each.do_vi for each in said)
    assert all("hbs-1.0" in each.vi for each in said if "profiles" in evidence)


async def test_days_that_wait_longer_than_the_alarm_are_told_with_the_reason(clean: object, pool: Pool) -> None:
    settings = settings_with(("http://localhost:1/",))
    await enter_verified(pool, [b"<a/>", b"<b/>"], at=NOW - 4 * DAY)
    (said,) = await found(pool, settings)
    assert (said.state, said.vi.startswith("2 học bạ của 1 ngày")) == (State.WARN, True)
    assert f"{(NOW - 4 * DAY + timedelta(hours=7)):%d/%m/%Y}: 2" in said.vi
    async with pool.connection() as connection:
        await tasks.failed(connection, "build", cause="timestamp-down", due_seconds=60, alarm_after=DAY)
    (said,) = await found(pool, settings)
    assert "nơi cấp không trả lời từ" in said.vi
    patient = settings_with(("http://localhost:1/",), alarm_seconds=9 * DAY.total_seconds())
    assert await found(pool, patient) == []
    assert await found(pool, settings_with(())) == []


@pytest.mark.parametrize(("left", "state"), [(400 * DAY, State.WELL), (30 * DAY, State.WARN), (-DAY, State.BAD)])
def test_a_certificate_that_ends_within_the_days_of_renewal_is_told(left: timedelta, state: State) -> None:
    standing = Standing(
        1, "sha256", b"", b"", NOW - 100 * DAY, NOW + left, "ecdsa-sha256, EC-256", (1, 2), covered=False
    )
    (said,) = look_at_standings([standing], days=90, now=NOW)
    assert (said.state, "2 ngày" in said.vi) == (state, True)
