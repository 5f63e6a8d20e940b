"""The page where files are verified, in a real browser: a file is chosen, sent, and the answer can be read."""

from pathlib import Path

from tests.console import test_browser
from tests.console.test_browser import Tab
from tests.console.test_verify import Counter
from tests.console.test_verify import counter as counter

pytestmark = test_browser.pytestmark
browser, tab = test_browser.browser, test_browser.tab


def test_a_file_is_chosen_and_its_verdict_fits_the_screen(tab: Tab, counter: Counter, tmp_path: Path) -> None:
    file = tmp_path / "hoc-ba.pdf"
    file.write_bytes(counter.shop.sealed())
    tab.open(f"{counter.site.url}/console/verify", tmp_path / "ask.png")
    tab.page.get_by_label("Tệp PDF").set_input_files(file)
    tab.page.get_by_role("button", name="Kiểm tra").click()
    tab.page.locator("#verdict").get_by_text("Hợp lệ", exact=True).wait_for()
    widths = tab.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert widths[0] <= widths[1]
    tab.page.screenshot(path=tmp_path / "told.png", full_page=True)
    issuer = tab.page.get_by_text("Cơ quan cấp thử").first
    assert not issuer.is_visible()
    tab.page.locator("summary").first.click()
    assert issuer.is_visible()
    assert tab.faults == []
