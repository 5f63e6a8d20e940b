"""The page on evidence: which days are proven until when, which wait and why, what is to be renewed; nobody is named."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from console.settings import WebSettings
from ledger import evidence
from ledger.database import open_pool
from ledger.evidence import Planted, Waiting, tasks
from ledger.settings import LedgerSettings
from routes.signing_settings import EvidenceSettings
from tests.console.serving import Site, run, serving, settings_of
from tests.support.verified import enter_verified

NOW, DAY = datetime.now(UTC), timedelta(days=1)
FIRST, LATE = NOW - 9 * DAY, NOW - 3 * DAY
GOOD = {"well": NOW + 900 * DAY, "due": NOW + 20 * DAY, "ended": NOW - DAY}


async def keep(ledger: LedgerSettings) -> list[str]:
    """Three days under trees of different ages, one that waits for an authority which is away, and today."""
    async with open_pool(ledger) as pool:
        uuids = []
        for number, until in enumerate(GOOD.values()):
            at = FIRST + number * DAY
            uuids += await enter_verified(pool, [b"<a>%d-%d</a>" % (number, each) for each in range(number + 1)], at=at)
            async with pool.connection() as connection:
                members = await evidence.wanting(connection, before=NOW, since=None)
                await evidence.write_day(connection, _planted(at, until, members), members, done_until=at + DAY)
        uuids += await enter_verified(pool, [b"<b/>", b"<c/>", b"<d/>", b"<e/>"], at=LATE)
        uuids += await enter_verified(pool, [b"<f/>"], at=NOW - timedelta(seconds=1))
        async with pool.connection() as connection:
            await tasks.failed(connection, "build", cause="timestamp-down", due_seconds=60, alarm_after=DAY)
    return uuids


def _planted(at: datetime, until: datetime, members: list[Waiting]) -> Planted:
    leaves = [each.sha256 for each in members]
    day = (at + timedelta(hours=7)).date()
    return Planted("records", day, "sha256", leaves[0], leaves, b"token", at + DAY, until, "ecdsa-sha256, EC-256")


@pytest.fixture
def kept(database: str) -> Iterator[tuple[Site, list[str]]]:
    ledger = settings_of(database)
    uuids = run(keep(ledger))
    with serving(ledger, WebSettings(), preserving=EvidenceSettings(enabled=True)) as site:
        yield site, uuids


def test_days_are_told_with_what_covers_them_what_waits_and_what_is_due(kept: tuple[Site, list[str]]) -> None:
    site, uuids = kept
    with site.client() as client:
        text = unescape(client.get("/console/evidence").text)
    for words in (
        "Nơi cấp dấu thời gian không trả lời từ",
        "Đúng hẹn: hub lập sau 1 giờ sáng hôm sau.",
        "Phải gia hạn ngay",
        "Quá hạn, chưa gia hạn",
        "hub tự gia hạn từ",
        f"{LATE + timedelta(hours=7):%d/%m/%Y}",
        f"{GOOD['well'] + timedelta(hours=7):%d/%m/%Y}",
    ):
        assert words in text, words
    assert not any(uuid in text for uuid in uuids)


def test_a_hub_that_keeps_none_says_how(database: str) -> None:
    with serving(settings_of(database), WebSettings()) as site, site.client() as client:
        text = client.get("/console/evidence").text
    assert "signing.timestamps.urls" in text
    assert "Chưa ngày nào có bằng chứng." in text


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="no Chromium: apt-get install chromium fonts-noto-core")
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)], ids=["laptop", "phone"])
def test_it_fits_the_screen(kept: tuple[Site, list[str]], tmp_path: Path, width: int, height: int) -> None:
    sync_api: Any = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": width, "height": height})
        page.goto(f"{kept[0].url}/console/evidence")
        wide, screen = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        page.screenshot(path=tmp_path / "evidence.png", full_page=True)
        browser.close()
    assert wide <= screen
