"""The pages in a real browser: they load without an error, refresh, fit a phone, and can be used by keyboard."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.settings import WebSettings
from tests.console import scene
from tests.console.awaiting import Awaited
from tests.console.planted import Planted, school
from tests.console.scene import PUPIL, Scene
from tests.console.serving import Site, run, serving, settings_of

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: uv pip install playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium fonts-noto-core"),
]

LAPTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser() -> "Iterator[sync_api.Browser]":
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield opened
        opened.close()


@pytest.fixture(params=[LAPTOP, PHONE], ids=["laptop", "phone"])
def tab(browser: "sync_api.Browser", request: pytest.FixtureRequest) -> "Iterator[Tab]":
    opened = Tab(browser, request.param)
    yield opened
    opened.page.close()


class Tab:
    """A page of the browser that notes what goes wrong in it."""

    def __init__(self, browser: "sync_api.Browser", size: dict[str, int]) -> None:
        self.page = browser.new_page(viewport=size)
        self.faults: list[str] = []
        self.page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("requestfailed", lambda request: self.faults.append(request.url))

    def open(self, address: str, picture: Path) -> None:
        """Open a page, look at it, and keep a picture of it."""
        answer = self.page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        assert self.page.locator("h1").count() == 1
        assert self.page.locator("html").get_attribute("lang") == "vi"
        widths = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert widths[0] <= widths[1], f"{address} is wider than the screen"
        unnamed = self.page.evaluate(
            "[...document.querySelectorAll('input:not([type=hidden])')].filter(each => !each.labels.length).length"
        )
        assert unnamed == 0
        self.page.screenshot(path=picture, full_page=True)
        assert picture.stat().st_size > 5000
        assert self.faults == [], address


def test_every_page_opens_without_an_error(tab: Tab, stage: tuple[Site, Scene], tmp_path: Path) -> None:
    site, told = stage
    paths = [
        "",
        "/submissions",
        f"/submissions/{told.receipt}",
        "/failed",
        "/failed/transfers?cause=rule:B10",
        "/failed/retry?cause=poison",
        "/lanes",
        "/lanes/city/check",
        "/lanes/city/poll",
        "/senders/BANGLANG",
        *(f"/transfers/{each}" for each in (told.approved, told.refused, told.held, told.dead, told.waiting)),
    ]
    for number, path in enumerate(paths):
        tab.open(f"{site.url}/console{path}", tmp_path / f"{number}.png")
    tab.open(f"{site.url}/docs", tmp_path / "docs.png")


def test_every_page_on_certificates_opens_without_an_error(
    tab: Tab, city: tuple[Site, Planted], tmp_path: Path
) -> None:
    site, told = city
    paths = [
        "",
        "/seen",
        "/expiring?days=90",
        "/revoked",
        "/schools",
        f"/schools/{school(5)}",
        f"/registrations/{told.waiting}",
        f"/registrations/{told.approved}",
        f"/{told.teacher}",
        f"/{told.loose}/register?unit={school(5)}&role=KY_PHAT_HANH",
        "/register-seen",
    ]
    for number, path in enumerate(paths):
        tab.open(f"{site.url}/console/certificates{path}", tmp_path / f"{number}.png")


def test_every_page_on_signatures_opens_without_an_error(
    tab: Tab, signing: tuple[Site, Awaited], tmp_path: Path
) -> None:
    site, told = signing
    paths = ["/signatures", f"/signatures/{told.request}", f"/transfers/{told.asked}", f"/transfers/{told.refused}", ""]
    for number, path in enumerate(paths):
        tab.open(f"{site.url}/console{path}", tmp_path / f"{number}.png")


def test_the_flow_refreshes_and_says_when_it_no_longer_can(tab: Tab, stage: tuple[Site, Scene]) -> None:
    page = tab.page
    page.goto(f"{stage[0].url}/console")
    assert page.locator(".lost").is_hidden()
    with page.expect_response("**/console/flow"):
        pass
    page.route("**/console/flow", lambda route: route.abort())
    page.locator(".lost").wait_for(state="visible", timeout=20_000)
    page.unroute("**/console/flow")
    page.locator(".lost").wait_for(state="hidden", timeout=20_000)
    assert page.locator("#flow .notice.bad").count() == 2


def test_a_personal_value_is_seen_after_a_click_only(tab: Tab, stage: tuple[Site, Scene]) -> None:
    tab.page.goto(f"{stage[0].url}/console/transfers/{stage[1].refused}")
    value = tab.page.get_by_text(PUPIL)
    assert not value.is_visible()
    tab.page.locator("summary").first.click()
    assert value.is_visible()


def test_a_code_is_found_by_keyboard_alone(tab: Tab, stage: tuple[Site, Scene]) -> None:
    page = tab.page
    page.goto(f"{stage[0].url}/console")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator("#q").focus()
    page.keyboard.type(str(stage[1].receipt))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/console/submissions/{stage[1].receipt}")
    assert tab.faults == []


def test_a_retry_is_asked_confirmed_and_done(browser: "sync_api.Browser", database: str) -> None:
    settings = settings_of(database)
    told = run(scene.play(settings))
    tab = Tab(browser, LAPTOP)
    with serving(settings, WebSettings()) as site:
        page = tab.page
        page.goto(f"{site.url}/console/failed")
        page.locator("article", has_text="seal-key-missing").get_by_role("link", name="Thử lại").click()
        page.get_by_role("button", name="Thử lại").click()
        page.wait_for_url("**/console/failed/retried**")
        assert page.get_by_role("heading", name="Đã cho đi tiếp").is_visible()
        assert site.rows("select state from work where id = %s", told.held) == [("ready",)]
        page.goto(f"{site.url}/console/lanes/city/check")
        page.get_by_label("Lý do").fill("bảo trì")
        page.get_by_role("button", name="Tạm dừng làn").click()
        page.wait_for_url("**/console/lanes")
        assert page.locator("tr", has_text="Kiểm tra").get_by_text("tạm dừng").is_visible()
        assert tab.faults == []
    tab.page.close()
