"""The staff's pages on certificates: what waits, was seen, ends, is revoked; who lacks one; what they change."""

import re
from collections.abc import Iterator
from html import unescape

import httpx
import pytest

from console.settings import WebSettings
from tests.console.planted import TEACHER, Planted, school
from tests.console.serving import Site, serving, settings_of

ROOT = "/console/certificates"


@pytest.fixture
def staff(city: tuple[Site, Planted]) -> Iterator[httpx.Client]:
    with city[0].client(follow_redirects=True) as client:
        yield client


def text_of(client: httpx.Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return unescape(answer.text)


# ---------------------------------------------------------------- that they say what is


def test_what_waits_is_listed_with_its_school(staff: httpx.Client, city: tuple[Site, Planted]) -> None:
    text = text_of(staff, ROOT)
    assert f"{ROOT}/registrations/{city[1].waiting}" in text
    assert f"{ROOT}/registrations/{city[1].at_portal}" in text
    assert "Trường Trung học cơ sở và Trung học phổ thông Trần Đại Nghĩa 1" in text
    assert "Phường An Lạc" in text
    assert "TRƯỜNG TIỂU HỌC SEAL-1, QUẬN BÌNH TÂN" in text
    assert school(0) not in text


def test_what_was_seen_is_listed_schools_apart_from_persons(staff: httpx.Client) -> None:
    text = text_of(staff, f"{ROOT}/seen")
    schools, persons = text.split('id="persons"')
    assert [code for code in map(school, range(1, 12)) if code in schools] == [school(n) for n in (1, 2, 5, 6, 7, 8, 9)]
    assert "5 chứng thư chưa ai đăng ký" in re.sub(r"<[^>]+>", "", schools)
    assert "1.195" in schools
    assert school(0) in persons
    assert "không cần phê duyệt từng chứng thư" in persons


def test_what_ends_soon_is_listed_by_how_soon(staff: httpx.Client) -> None:
    assert school(3) in text_of(staff, f"{ROOT}/expiring")
    assert "Không có chứng thư số nào hết hạn" in text_of(staff, f"{ROOT}/expiring?days=10")
    assert school(0) in text_of(staff, f"{ROOT}/expiring?days=500")


def test_what_is_revoked_is_listed_with_who_uses_it(staff: httpx.Client, city: tuple[Site, Planted]) -> None:
    text = text_of(staff, f"{ROOT}/revoked")
    assert "bị thu hồi" in text
    assert f"{ROOT}/{city[1].revoked}" in text
    assert school(4) in text
    assert school(0) not in text


def test_schools_are_summed_up_listed_and_found(staff: httpx.Client) -> None:
    text = text_of(staff, f"{ROOT}/schools")
    figures = re.findall(r"<dd>([^<]+)</dd>", text)
    assert figures[:5] == ["40", "22", "18", "0/8", "1"]
    assert text.count("hub ký thay") == 32
    lacking = text_of(staff, f"{ROOT}/schools?lacking=true")
    assert school(1) in lacking
    assert school(0) not in lacking
    token = staff.cookies["hocba_form"]
    headers = {"Sec-Fetch-Site": "same-origin"}
    found = staff.post(f"{ROOT}/schools", data={"token": token, "search": "doc lap 2"}, headers=headers)
    codes = set(re.findall(r"schools/(\d+)", found.text))
    assert codes == {school(n) for n in (2, 22, 26)}
    nothing = staff.post(f"{ROOT}/schools", data={"token": token, "search": "<b>xyz"}, headers=headers)
    assert "Không có trường nào khớp." in nothing.text
    assert "<b>xyz" not in nothing.text


def test_schools_come_page_by_page(staff: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.staff.certificates.ROWS", 15)
    seen: list[str] = []
    path: str | None = f"{ROOT}/schools"
    while path:
        text = text_of(staff, path)
        seen += re.findall(r'href="/console/certificates/schools/(\d+)"', text)
        following = re.search(r'href="([^"]+after=\d+)"', text)
        path = following[1] if following else None
    assert seen == [school(n) for n in range(40)]


def test_one_school_tells_what_it_has_and_lacks(staff: httpx.Client) -> None:
    covered, lacking = text_of(staff, f"{ROOT}/schools/{school(0)}"), text_of(staff, f"{ROOT}/schools/{school(5)}")
    assert "đã phê duyệt" in covered
    assert "Còn thiếu chứng thư được phê duyệt: Ký giao dịch." in covered
    assert "Nhà trường phát hành, Ký giao dịch." in lacking
    assert "Đăng ký…" in lacking


def test_one_certificate_tells_its_uses_and_history(staff: httpx.Client, city: tuple[Site, Planted]) -> None:
    text = text_of(staff, f"{ROOT}/{city[1].seal}")
    assert "VNPT Certification Authority" in text
    assert city[1].seal in text
    assert school(0) in text
    assert "1.200" in text
    assert text.index("phê duyệt<span") < text.index("đăng ký<span")


def test_a_persons_name_stands_behind_a_click_on_her_certificates_page_only(
    staff: httpx.Client, city: tuple[Site, Planted]
) -> None:
    her = text_of(staff, f"{ROOT}/{city[1].teacher}")
    assert re.search(rf"<details>(?:(?!</details>).)*{TEACHER}", her, re.DOTALL)
    assert her.count(TEACHER) == 1
    for path in ("", "/seen", "/expiring?days=900", "/revoked", "/schools", f"/schools/{school(0)}"):
        assert TEACHER not in text_of(staff, f"{ROOT}{path}"), path


@pytest.mark.parametrize(
    "path",
    [
        "/x",
        "/registrations/0",
        "/registrations/999999",
        "/registrations/x",
        f"/{'0' * 64}",
        f"/{'G' * 64}",
        f"/{'0' * 63}",
        "/schools/79999999",
        "/schools?after=" + "7" * 30,
        "/expiring?days=0",
        "/expiring?days=x",
        "?after=-1",
    ],
)
def test_a_wrong_address_gets_a_page_that_says_so(staff: httpx.Client, path: str) -> None:
    answer = staff.get(f"{ROOT}{path}")
    assert answer.status_code == 404
    assert '<div class="message">' in answer.text


def test_the_flow_says_what_certificates_need(staff: httpx.Client) -> None:
    for path in ("/console", "/console/flow"):
        text = text_of(staff, path)
        assert "2 chứng thư chờ phê duyệt" in text
        assert "1 chứng thư đã phê duyệt nhưng bị thu hồi" in text
        assert "7 chứng thư của 7 trường đã dùng để ký mà chưa được phê duyệt" in text
        assert "1 chứng thư hết hạn trong 30 ngày" in text


def test_empty_pages_say_so(database: str) -> None:
    with serving(settings_of(database), WebSettings()) as site, site.client() as client:
        assert "Không có chứng thư số nào chờ phê duyệt." in text_of(client, ROOT)
        assert "Chưa có trường nào." in text_of(client, f"{ROOT}/schools")
        assert "không bị" not in text_of(client, f"{ROOT}/revoked")
        assert "Mọi chứng thư của trường đã dùng để ký đều được phê duyệt." in text_of(client, f"{ROOT}/seen")
