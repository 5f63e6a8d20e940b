"""The staff's pages: who may open them, that they say what is, and that what they change was asked for."""

import re
from collections.abc import Iterator
from html import unescape
from uuid import uuid4

import httpx
import pytest

from connectors.arrivals import Limits
from console.app import create_app
from console.settings import WebSettings
from ledger.settings import LedgerSettings
from tests.console import judged, scene
from tests.console.scene import OFFICIAL, PUPIL, Scene
from tests.console.serving import Site, run, serving, settings_of


@pytest.fixture
def staff(stage: tuple[Site, Scene]) -> Iterator[httpx.Client]:
    with stage[0].client(follow_redirects=True) as client:
        yield client


def send(client: httpx.Client, path: str, form: dict[str, str] | None = None, **fields: str) -> httpx.Response:
    """Send a page's form as a browser does: with the token of the page that shows it."""
    token = re.search(r'name="token" value="([^"]+)"', client.get(path).text)
    assert token is not None
    told = {"token": token[1], **fields}
    return client.post(path, data=form or told, headers={"Sec-Fetch-Site": "same-origin"})


# ---------------------------------------------------------------- who may open them


@pytest.mark.parametrize(
    ("client", "host", "status"),
    [
        ("127.0.0.1", "127.0.0.1:8000", 503),
        ("::1", "localhost:8000", 503),
        ("::1", "[::1]:8000", 503),
        ("::ffff:127.0.0.1", "localhost", 503),
        ("10.0.0.7", "localhost", 403),
        ("2001:db8::1", "localhost", 403),
        ("127.0.0.1", "evil.example", 403),
        ("127.0.0.1", "localhost.evil.example", 403),
        ("127.0.0.1", "", 403),
        ("not-an-address", "localhost", 403),
    ],
)
@pytest.mark.parametrize("path", ["/console", "/console/failed", "/console/lanes/city/deliver"])
async def test_only_this_machine_under_its_own_name_gets_in(client: str, host: str, status: int, path: str) -> None:
    """503 is as far as one gets without a database."""
    app = create_app(WebSettings(), ledger=LedgerSettings(), limits=Limits())
    transport = httpx.ASGITransport(app=app, client=(client, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as browser:
        answer = await browser.get(path, headers={"Host": host})
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")
    if status == 403:
        assert "chưa có đăng nhập" in answer.text
        assert "ssh -L" in answer.text


async def test_an_operator_may_let_a_network_in() -> None:
    settings = WebSettings(console_networks=("10.1.0.0/16",), console_names=("hub.so.vn",))  # type: ignore[arg-type]
    app = create_app(settings, ledger=LedgerSettings(), limits=Limits())
    transport = httpx.ASGITransport(app=app, client=("10.1.2.3", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.so.vn") as browser:
        assert (await browser.get("/console")).status_code == 503
        assert (await browser.get("/console", headers={"Host": "localhost"})).status_code == 403


def test_pages_may_load_nothing_from_elsewhere_and_stand_in_no_frame(staff: httpx.Client) -> None:
    answer = staff.get("/console")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert re.findall(r'(?:src|href)="(?:https?:)?//', answer.text) == []
    assert 'style="' not in answer.text


FORMS = ["/console/find", "/console/failed/retry", "/console/lanes/city/check", "/console/senders/BANGLANG"]


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {},
    ],
)
def test_a_form_from_elsewhere_changes_nothing(staff: httpx.Client, path: str, headers: dict[str, str]) -> None:
    staff.get("/console")
    token = staff.cookies["hocba_form"]
    answer = staff.post(
        path, data={"token": token, "cause": "poison", "do": "pause", "why": "x", "q": "x"}, headers=headers
    )
    assert answer.status_code == 403
    assert "chưa có gì thay đổi" in answer.text


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("token", ["", "guessed"])
def test_a_form_without_the_pages_token_changes_nothing(staff: httpx.Client, path: str, token: str) -> None:
    staff.get("/console")
    form = {"token": token, "cause": "poison", "do": "pause", "why": "x", "q": "x"}
    assert staff.post(path, data=form, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 403


def test_a_browser_that_says_its_origin_only_is_heard(staff: httpx.Client, stage: tuple[Site, Scene]) -> None:
    staff.get("/console")
    answer = staff.post(
        "/console/find",
        data={"token": staff.cookies["hocba_form"], "q": str(stage[1].receipt)},
        headers={"Origin": stage[0].url},
    )
    assert answer.status_code == 200
    assert str(stage[1].receipt) in answer.text


def test_a_form_that_is_far_too_large_is_refused(staff: httpx.Client) -> None:
    answer = staff.post("/console/find", data={"q": "x" * 20_000}, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 413


# ---------------------------------------------------------------- that they say what is


def test_the_flow_tells_stages_states_and_what_is_stopped(staff: httpx.Client) -> None:
    for path in ("/console", "/console/flow"):
        text = unescape(staff.get(path).text)
        assert "3 sẵn sàng" in text
        assert "1 bị giữ" in text
        assert "1 hẹn giờ" in text
        assert "Bên gửi BANGLANG (BANGLANG) bị dừng." in text
        assert "Làn «Gửi đi» tới city tạm dừng." in text
        assert "Làn «Nhận kết quả» tới city bị dừng." in text
        assert "Nơi nhận city không trả lời (1 lần liên tiếp)." in text
        assert "Nơi nhận trả kết quả cho hồ sơ không có trong gói" in text


def test_the_flow_refreshes_itself(staff: httpx.Client) -> None:
    text = staff.get("/console").text
    assert 'hx-get="/console/flow"' in text
    assert staff.get("/console/static/htmx.min.js").status_code == 200
    assert "<html" not in staff.get("/console/flow").text


def test_submissions_and_one_of_them(staff: httpx.Client, stage: tuple[Site, Scene]) -> None:
    receipt = str(stage[1].receipt)
    assert receipt in staff.get("/console/submissions").text
    text = staff.get(f"/console/submissions/{receipt}").text
    for words in ("đã duyệt", "bị từ chối", "bị giữ", "hỏng", "đang đi", "seal-key-missing:GVCN"):
        assert words in text


@pytest.mark.parametrize("name", ["approved", "refused", "held", "dead", "waiting"])
def test_a_story_is_told(staff: httpx.Client, stage: tuple[Site, Scene], name: str) -> None:
    answer = staff.get(f"/console/transfers/{getattr(stage[1], name)}")
    assert answer.status_code == 200
    text = answer.text
    assert "Diễn biến" in text
    assert "Chưa đối chiếu" in text
    assert "B04, B06" in text
    if name == "approved":
        assert "HB-" in text
        assert "lời của cổng" in text
    if name == "waiting":
        assert "thử lại" in text


def test_a_story_tells_each_signatures_verdict(staff: httpx.Client, stage: tuple[Site, Scene]) -> None:
    good = unescape(staff.get(f"/console/transfers/{stage[1].approved}").text)
    signatures = good.split('id="signatures"')[1].split("</section>")[0]
    assert signatures.count("TOTAL-PASSED") == 4
    for words in ("QĐ 1789 Điều 20", "5f0e1c2d", "a1b2c3d4", "S07", "28/05/2026 08:30:00", "ecdsa-sha256, EC-256"):
        assert words in signatures
    assert f"/console/certificates/{judged.certificate().sha256}" in signatures
    early = unescape(staff.get(f"/console/transfers/{stage[1].waiting}").text)
    signatures = early.split('id="signatures"')[1].split("</section>")[0]
    for words in ("INDETERMINATE", "TRY_LATER", "Chưa có thông tin thu hồi", "không hỏi"):
        assert words in signatures
    assert judged.SIGNER not in good + early
    assert 'id="signatures"' not in staff.get(f"/console/transfers/{stage[1].refused}").text


def test_a_personal_value_stands_behind_a_click_on_its_own_page_only(
    staff: httpx.Client, stage: tuple[Site, Scene]
) -> None:
    story = staff.get(f"/console/transfers/{stage[1].refused}").text
    assert re.search(rf"<details>(?:(?!</details>).)*{PUPIL}", story, re.DOTALL)
    assert story.count(PUPIL) == 1
    assert OFFICIAL in story
    for path in (
        "/console",
        "/console/submissions",
        f"/console/submissions/{stage[1].receipt}",
        "/console/failed",
        "/console/failed/transfers?cause=rule:B10",
        "/console/lanes",
    ):
        assert PUPIL not in staff.get(path).text, path


def test_what_comes_from_outside_is_text_and_never_markup(staff: httpx.Client, stage: tuple[Site, Scene]) -> None:
    story = staff.get(f"/console/transfers/{stage[1].refused}").text
    assert "<script>alert" not in story
    assert "&lt;script&gt;alert(1)" in story


def test_failed_work_is_told_by_cause_with_what_to_do(staff: httpx.Client) -> None:
    text = staff.get("/console/failed").text
    assert "Quy tắc B10 không được đáp ứng." in text
    assert "Hub chưa giữ khóa ký được ủy quyền của người ký." in text
    assert "Hồ sơ làm hỏng tiến trình xử lý hai lần." in text
    assert text.index("Hub chưa giữ khóa") < text.index("Quy tắc B10")
    assert "/console/failed/retry?cause=poison" in text
    assert "/console/failed/retry?cause=rule" not in text


def test_a_code_is_looked_up(staff: httpx.Client, stage: tuple[Site, Scene]) -> None:
    def find(code: str) -> httpx.Response:
        staff.get("/console")
        form = {"token": staff.cookies["hocba_form"], "q": code}
        return staff.post("/console/find", data=form, headers={"Sec-Fetch-Site": "same-origin"})

    assert find(f"  {str(stage[1].receipt).upper()} ").url.path == f"/console/submissions/{stage[1].receipt}"
    assert find(stage[1].uuid).url.path == f"/console/records/{stage[1].uuid}"
    assert find(str(uuid4())).status_code == 404
    answer = find(PUPIL)
    assert answer.status_code == 404
    assert PUPIL not in answer.text
    assert answer.url.path == "/console/find"


@pytest.mark.parametrize(
    "path",
    [
        "/console/nowhere",
        "/console/transfers/0",
        "/console/transfers/999999",
        "/console/transfers/x",
        "/console/submissions/x",
        f"/console/submissions/{uuid4()}",
        "/console/submissions?before=x",
        "/console/submissions?before=2026-01-01~",
        "/console/lanes/city/nowhere",
        "/console/lanes/mars/poll",
        "/console/senders/SAOMAI",
        "/console/failed/retry",
    ],
)
def test_a_wrong_address_gets_a_page_that_says_so(staff: httpx.Client, path: str) -> None:
    answer = staff.get(path)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")
    assert '<div class="message">' in answer.text


def test_lists_go_on_page_by_page(
    staff: httpx.Client, stage: tuple[Site, Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.staff.pages.ROWS", 5)
    seen: list[str] = []
    path: str | None = f"/console/submissions/{stage[1].receipt}"
    while path:
        text = staff.get(path).text
        seen += re.findall(r"/console/transfers/(\d+)", text)
        following = re.search(r'href="([^"]+after=\d+)"', text)
        path = unescape(following[1]) if following else None
    assert len(seen) == len(set(seen)) == 12


def test_empty_pages_say_what_to_do(site_of_nothing: Site) -> None:
    with site_of_nothing.client() as client:
        assert "Chưa có lần gửi nào." in client.get("/console/submissions").text
        assert "Không có hồ sơ nào bị từ chối" in client.get("/console/failed").text
        assert "Chưa có nơi nhận nào." in client.get("/console/lanes").text
        assert "Mọi làn và nơi nhận đang hoạt động." in client.get("/console").text


# ---------------------------------------------------------------- that what they change was asked for


def test_a_retry_is_counted_first_then_done(fresh_stage: tuple[Site, Scene]) -> None:
    site, told = fresh_stage
    with site.client(follow_redirects=True) as client:
        path = "/console/failed/retry?cause=poison"
        asked = client.get(path).text
        assert "Sẽ đi tiếp" in asked
        assert site.rows("select fate from transfers where id = %s", told.dead) == [("dead",)]
        token = re.search(r'name="token" value="([^"]+)"', asked)
        assert token is not None
        form = {"token": token[1], "cause": "poison"}
        done = client.post("/console/failed/retry", data=form, headers={"Sec-Fetch-Site": "same-origin"})
        assert done.status_code == 200
        assert "Đã đi tiếp" in done.text
        assert client.get(str(done.url)).status_code == 200
        assert "Không có gì để thử lại" in client.get(path).text
    assert site.rows("select fate from transfers where id = %s", told.dead) == [("open",)]
    assert site.rows("select actor from events where transfer_id = %s and fate = 'retry'", told.dead) == [("console",)]


def test_a_lane_is_paused_and_resumed_with_a_reason(fresh_stage: tuple[Site, Scene]) -> None:
    site, _ = fresh_stage
    with site.client(follow_redirects=True) as client:
        path = "/console/lanes/city/check"
        missing = send(client, path, do="pause", why="   ")
        assert missing.status_code == 422
        assert "Hãy ghi lý do." in missing.text
        assert site.rows("select 1 from lanes where stage = 'check'") == []
        assert send(client, path, do="sing", why="x").status_code == 404
        done = send(client, path, do="pause", why="  chờ   Sở  ")
        assert done.url.path == "/console/lanes"
        assert "chờ Sở" in done.text
        assert site.rows("select state, why, by from lanes where stage = 'check'") == [("paused", "chờ Sở", "console")]
        send(client, path, do="resume", why="xong")
        send(client, "/console/lanes/city/poll", do="resume", why="đã sửa")
    assert site.rows("select state from lanes where stage in ('check', 'poll')") == [("open",), ("open",)]


def test_a_stopped_sender_goes_on_when_asked(fresh_stage: tuple[Site, Scene]) -> None:
    site, _ = fresh_stage
    with site.client(follow_redirects=True) as client:
        assert "210" in client.get("/console/senders/BANGLANG").text
        done = send(client, "/console/senders/BANGLANG")
        assert done.url.path == "/console/lanes"
        assert client.get("/console/senders/BANGLANG").status_code == 404
    assert site.rows("select stopped_at, refused from senders where code = 'BANGLANG'") == [(None, 0)]


# ---------------------------------------------------------------- a stage of their own


@pytest.fixture
def site_of_nothing(database: str) -> Iterator[Site]:
    with serving(settings_of(database), WebSettings()) as running:
        yield running


@pytest.fixture
def fresh_stage(database: str) -> Iterator[tuple[Site, Scene]]:
    settings = settings_of(database)
    told = run(scene.play(settings))
    with serving(settings, WebSettings()) as running:
        yield running, told
