"""The pages about signatures that people are waited for: who, since when, whose turn it is; and asking again."""

import re
from collections.abc import Iterator
from html import unescape

import httpx
import pytest

from console.settings import WebSettings
from tests.console.awaiting import CREDENTIAL, ROOM, Awaited
from tests.console.serving import Site, serving, settings_of

ROOT = "/console/signatures"


@pytest.fixture
def staff(signing: tuple[Site, Awaited]) -> Iterator[httpx.Client]:
    with signing[0].client(follow_redirects=True) as client:
        yield client


def text_of(client: httpx.Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return unescape(answer.text)


def plain(text: str) -> str:
    """What is read, without tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def rows_of(text: str) -> list[str]:
    """Rows of all tables, as they are read."""
    return [plain(row) for row in re.findall(r"<tr>.*?</tr>", text, re.DOTALL)]


def send(client: httpx.Client, path: str) -> httpx.Response:
    """Press the button of the page, as a browser does."""
    (token, *_) = re.findall(r'<form method="post" class="actions">\s*<input type="hidden" name="token" value="([^"]+)"',
                             client.get(path).text)  # fmt: skip
    return client.post(path, data={"token": token}, headers={"Sec-Fetch-Site": "same-origin"})


def test_each_holder_stands_with_school_role_class_and_state(staff: httpx.Client) -> None:
    rows = rows_of(text_of(staff, ROOT))
    asked = next(row for row in rows if "79760401" in row)
    assert f"Giáo viên chủ nhiệm lớp {ROOM} Trường 79760401" in asked
    assert "Đã mời, đang chờ bấm đồng ý." in asked
    assert "Người ký mở ứng dụng ký số và bấm đồng ý." in asked
    assert "đồng ý được đến" in asked
    silent = next(row for row in rows if "79760402" in row and "Cán bộ quản lý" in row)
    assert "Đã mời 2 lần, chưa đồng ý lần nào." in silent
    assert "Trường nhắc người ký; hub tự hỏi lại." in silent
    assert "mời lại sau 2 giờ" in silent
    down = next(row for row in rows if "79760402" in row and "Giáo viên" in row)
    assert "Dịch vụ ký số không trả lời." in down
    soon = next(row for row in rows if "Nhà trường phát hành" in row)
    assert "Sắp mời." in soon


def test_what_somebody_must_act_on_stands_first_with_its_remedy_and_retry(staff: httpx.Client) -> None:
    text = text_of(staff, ROOT)
    assert text.index("Phải có người xử lý") < text.index("Đang chờ người ký<")
    rows = rows_of(text)
    refused = next(row for row in rows if "Người ký đã từ chối ký." in row)
    assert "Trường hỏi người ký vì sao" in refused
    assert next(row for row in rows if "đang bị khóa ở nhà cung cấp" in row)
    assert "/console/failed/retry?cause=signer-refused%3AGVCN" in text


def test_the_figures_add_up(staff: httpx.Client) -> None:
    told = plain(text_of(staff, ROOT))
    for words in ("Đang chờ waiting 7 của 4 người ký", "asked in vain 2", "deadline near 1", "refused 1", "signed 1"):
        assert words in told, words


def test_a_holder_is_never_named(staff: httpx.Client, signing: tuple[Site, Awaited]) -> None:
    requests = [
        row[0] for row in signing[0].rows("select id from signature_requests where state in ('wanted','asked')")
    ]
    for path in (
        ROOT,
        *(f"{ROOT}/{request}" for request in requests),
        "/console",
        f"/console/transfers/{signing[1].asked}",
    ):
        assert CREDENTIAL not in text_of(staff, path), path


def test_a_holders_page_lists_the_records_and_links_to_them(staff: httpx.Client, signing: tuple[Site, Awaited]) -> None:
    ((request,),) = signing[0].rows("select max(id) from signature_requests where credential = %s", CREDENTIAL)
    text = text_of(staff, f"{ROOT}/{request}")
    assert f"lớp {ROOM}" in text
    assert f'href="/console/transfers/{signing[1].asked}"' in text
    assert str(signing[1].uuid) in text
    assert text.count("đã mời, đang chờ") == 3
    assert "không mời thêm được trước khi lượt này hết giờ" in text
    assert "Mời lại ngay" not in text


def test_asking_again_makes_what_is_wanted_due_and_touches_nothing_else(
    staff: httpx.Client, signing: tuple[Site, Awaited]
) -> None:
    site, told = signing
    before = site.rows("select count(*) from signature_requests where due_at <= now()")
    others = "select id, state, due_at from signature_requests where credential <> 'K3' order by id"
    untouched = site.rows(others)
    answer = send(staff, f"{ROOT}/{told.request}")
    assert answer.status_code == 200
    assert "Đã hẹn mời lại ngay 1 chữ ký." in unescape(answer.text)
    assert site.rows("select count(*) from signature_requests where due_at <= now()") == [(before[0][0] + 1,)]
    assert site.rows(others) == untouched


def test_a_form_from_elsewhere_asks_nobody(staff: httpx.Client, signing: tuple[Site, Awaited]) -> None:
    answer = staff.post(f"{ROOT}/{signing[1].request}", data={"token": "x"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/0", "/x", "/999999", "?asked=-1"])
def test_a_wrong_address_gets_a_page_that_says_so(staff: httpx.Client, path: str) -> None:
    answer = staff.get(f"{ROOT}{path}")
    assert answer.status_code == 404
    assert '<div class="message">' in answer.text


def test_who_is_waited_for_no_more_gets_a_page_that_says_so(staff: httpx.Client, signing: tuple[Site, Awaited]) -> None:
    ((request,),) = signing[0].rows("select id from signature_requests where credential = 'K4'")
    answer = staff.get(f"{ROOT}/{request}")
    assert answer.status_code == 404
    assert "Không còn hồ sơ nào chờ người ký này" in unescape(answer.text)


def test_the_flow_says_what_signatures_need(staff: httpx.Client) -> None:
    for path in ("/console", "/console/flow"):
        text = text_of(staff, path)
        for words in (
            "1 chữ ký chờ ký mà hạn chót còn không quá 3 ngày",
            "1 chữ ký chờ dịch vụ ký số đang không trả lời",
            "1 chữ ký bị người ký từ chối",
            "7 chữ ký đang chờ người ký",
        ):
            assert words in text, words
    assert staff.get("/healthz").json()["awaiting_signature"] == 7


def test_a_records_story_says_who_was_asked_and_what_came_of_it(
    staff: httpx.Client, signing: tuple[Site, Awaited]
) -> None:
    asked = plain(text_of(staff, f"/console/transfers/{signing[1].asked}"))
    assert "Mời ký từ xa" in asked
    assert "Giáo viên chủ nhiệm: Đang chờ người ký đồng ý" in asked
    assert "chờ người ký" in asked
    assert "thử lại sau" not in asked
    refused = plain(text_of(staff, f"/console/transfers/{signing[1].refused}"))
    assert "người ký từ chối refused by the holder" in refused
    assert "Giáo viên chủ nhiệm: Người ký đã từ chối ký." in refused


def test_an_empty_page_says_so(database: str) -> None:
    with serving(settings_of(database), WebSettings()) as site, site.client() as client:
        text = text_of(client, ROOT)
        assert "Không hồ sơ nào chờ người ký." in text
        assert "Chờ người ký." not in text_of(client, "/console")
