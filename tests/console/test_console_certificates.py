"""The staff's pages on certificates: what waits, was seen, ends, is revoked; who lacks one; what they change."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from html import unescape

import httpx
import pytest

from console.settings import WebSettings
from console.wiring import CertificateRules
from tests.console import planted
from tests.console.planted import TEACHER, Planted, print_of, school
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
        assert "Mọi chứng thư cần phê duyệt đã dùng để ký đều được phê duyệt." in text_of(client, f"{ROOT}/seen")


# ---------------------------------------------------------------- that what they change was asked for


@pytest.fixture
def fresh(database: str) -> Iterator[tuple[Site, Planted, httpx.Client]]:
    """A city of its own, with a browser that has been there."""
    with serving(settings_of(database), WebSettings()) as site, site.client(follow_redirects=True) as client:
        told = site.ask(lambda connection: planted.plant(connection, schools=20))
        client.get(ROOT)
        yield site, told, client


def send(client: httpx.Client, path: str, **fields: str) -> httpx.Response:
    form = {"token": client.cookies["hocba_form"], **{name.rstrip("_"): value for name, value in fields.items()}}
    return client.post(f"{ROOT}{path}", data=form, headers={"Sec-Fetch-Site": "same-origin"})


def states(site: Site, registration: int) -> list[tuple[object, ...]]:
    """Its state, and what happened to it, by whom and why, oldest first."""
    return site.rows(
        "select r.state, e.what, e.actor, e.why from certificate_registrations r"
        " join certificate_events e on e.registration_id = r.id where r.id = %s order by e.id",
        registration,
    )


def test_an_approval_is_asked_for_given_and_used(fresh: tuple[Site, Planted, httpx.Client]) -> None:
    site, told, staff = fresh
    path = f"/registrations/{told.waiting}"
    asked = text_of(staff, ROOT + path)
    assert "Cho phép chứng thư này ký?" in asked
    day = re.search(r'name="from" type="date" value="([0-9-]+)"', asked)
    assert day is not None
    done = send(staff, path, do="approve", from_=day[1], why="  công văn   12 ")
    assert done.status_code == 200
    assert "Được duyệt" in done.text
    assert states(site, told.waiting) == [
        ("approved", "registered", "console", ""),
        ("approved", "approved", "console", "công văn 12"),
    ]
    spans = site.rows(
        "select a.valid_from::date::text, a.valid_to = c.not_after from approved_certificates a"
        " join certificates c using (sha256) join units u on u.id = a.unit_id where u.code = %s",
        school(1),
    )
    assert len(spans) == 1
    assert spans[0][1]
    assert school(1) not in text_of(staff, ROOT)


def test_a_day_that_is_none_or_outside_the_certificate_approves_nothing(
    fresh: tuple[Site, Planted, httpx.Client],
) -> None:
    site, told, staff = fresh
    for day in ("", "hôm nay", "2026-02-30", "1999-01-01", "2999-01-01"):
        answer = send(staff, f"/registrations/{told.waiting}", do="approve", from_=day, why="vì thế")
        assert answer.status_code == 422, day
        assert "ngoài thời hạn của chứng thư" in unescape(answer.text)
        assert 'value="vì thế"' in unescape(answer.text)
    assert states(site, told.waiting) == [("waiting", "registered", "console", "")]


def test_what_is_decided_is_decided_once_and_with_a_reason(fresh: tuple[Site, Planted, httpx.Client]) -> None:
    site, told, staff = fresh
    path = f"/registrations/{told.waiting}"
    missing = send(staff, path, do="refuse", why="   ")
    assert missing.status_code == 422
    assert "Hãy ghi lý do." in missing.text
    assert send(staff, path, do="sing", why="x").status_code == 404
    assert send(staff, path, do="end", why="x").status_code == 409
    with ThreadPoolExecutor(4) as threads:
        at_once = list(threads.map(lambda _: send(staff, path, do="refuse", why="sai trường").status_code, range(4)))
    assert sorted(at_once) == [200, 409, 409, 409]
    for do in ("approve", "refuse"):
        again = send(staff, path, do=do, from_="2026-11-01", why="lần hai")
        assert again.status_code == 409
        assert "đã được xử lý trước đó" in again.text
    assert [what for _, what, _, _ in states(site, told.waiting)] == ["registered", "refused"]
    assert send(staff, path, do="again", why="nhầm").status_code == 200
    assert states(site, told.waiting)[-1] == ("waiting", "registered", "console", "nhầm")


def test_an_approval_ends_from_now_on(fresh: tuple[Site, Planted, httpx.Client]) -> None:
    site, told, staff = fresh
    path = f"/registrations/{told.approved}"
    assert send(staff, path, do="end").status_code == 422
    assert send(staff, path, do="end", why="mất thẻ").status_code == 200
    assert send(staff, path, do="end", why="mất thẻ").status_code == 409
    assert states(site, told.approved)[-1] == ("ended", "ended", "console", "mất thẻ")
    spans = "select a.valid_to <= now() from approved_certificates a join units u on u.id = a.unit_id where u.code = %s"
    assert site.rows(spans, school(0)) == [(True,)]


def test_what_the_portal_decides_is_not_decided_here(fresh: tuple[Site, Planted, httpx.Client]) -> None:
    site, told, staff = fresh
    path = f"/registrations/{told.at_portal}"
    assert "<button class" not in text_of(staff, ROOT + path).split("<main")[1]
    for do in ("approve", "refuse"):
        answer = send(staff, path, do=do, from_="2026-11-01", why="x")
        assert answer.status_code == 409
        assert "do cổng của thành phố phê duyệt" in answer.text
    assert states(site, told.at_portal) == [("waiting", "registered", "console", "")]


def test_one_that_was_seen_is_registered_to_wait(fresh: tuple[Site, Planted, httpx.Client]) -> None:
    site, told, staff = fresh
    path = f"/{told.loose}/register"
    asked = text_of(staff, f"{ROOT}{path}?unit={school(5)}&role=KY_PHAT_HANH")
    assert "Đăng ký chưa phải là phê duyệt" in asked
    day = re.search(r'name="from" type="date" value="([0-9-]+)"', asked)
    assert day is not None
    wanted = {"unit": school(5), "role": "KY_PHAT_HANH"}
    assert send(staff, path, **wanted, from_="x").status_code == 422
    first, second = (send(staff, path, **wanted, from_=day[1]) for _ in range(2))
    assert first.url == second.url
    assert "Cho phép chứng thư này ký?" in first.text
    rows = site.rows(
        "select r.state, r.approver, r.source, e.actor from certificate_registrations r"
        " join certificate_events e on e.registration_id = r.id where r.sha256 = %s",
        bytes.fromhex(told.loose),
    )
    assert rows == [("waiting", "city", "staff", "console")]
    assert staff.get(f"{ROOT}{path}?unit={school(6)}&role=KY_PHAT_HANH").status_code == 404
    assert staff.get(f"{ROOT}{path}?unit={school(5)}&role=GIAO_DICH").status_code == 404
    assert staff.get(f"{ROOT}{path}").status_code == 404


def test_all_that_was_seen_is_registered_at_once(fresh: tuple[Site, Planted, httpx.Client]) -> None:
    site, _, staff = fresh
    site.rows("update certificates set standing = 'revoked' where sha256 = %s", print_of("seal-6"))
    waiting = "select u.code from certificate_registrations r join units u on u.id = r.unit_id where state = 'waiting'"
    before = len(site.rows(waiting))
    asked = re.findall(r"<dd>(\d+)</dd>", text_of(staff, f"{ROOT}/register-seen"))
    assert asked == ["4", "4", "3"]
    assert len(site.rows(waiting)) == before
    done = send(staff, "/register-seen")
    assert "Đã đăng ký" in done.text
    assert staff.get(str(done.url)).status_code == 200
    assert sorted(code for (code,) in site.rows(waiting)) == [school(n) for n in (1, 2, 5, 7, 8, 9)]
    assert "Không có chứng thư nào để đăng ký." in text_of(staff, f"{ROOT}/register-seen")


def test_settings_say_who_approves_what_and_until_when(database: str) -> None:
    rules = CertificateRules(
        approver="ward", roles=frozenset({"GVCN"}), deadlines=(date(2025, 6, 30), date(2999, 8, 15))
    )
    with serving(settings_of(database), WebSettings(), rules=rules) as site, site.client() as client:
        told = site.ask(lambda connection: planted.plant(connection, schools=20))
        assert "phường, xã" in text_of(client, f"{ROOT}/{told.loose}/register?unit={school(5)}&role=KY_PHAT_HANH")
        seen = text_of(client, f"{ROOT}/seen")
        assert "để tham khảo" not in seen
        assert "Giáo viên chủ nhiệm" in seen
        flow = text_of(client, "/console")
        assert "8 trường gửi học bạ mà chưa có chứng thư phát hành được phê duyệt, hạn gần nhất 15/08/2999" in flow
        assert "15/08/2999" in text_of(client, f"{ROOT}/schools/{school(5)}")


@pytest.mark.parametrize("token", [None, "", "guessed"])
@pytest.mark.parametrize("path", ["/registrations/{waiting}", "/{loose}/register", "/register-seen", "/schools"])
def test_a_form_from_elsewhere_changes_nothing(
    staff: httpx.Client, city: tuple[Site, Planted], path: str, token: str | None
) -> None:
    """With the page's token from another site; with no token, or a guessed one, from here."""
    site, told = city
    staff.get(ROOT)
    known = staff.cookies["hocba_form"] if token is None else token
    origin = "cross-site" if token is None else "same-origin"
    form = {
        "token": known,
        "do": "approve",
        "from": "2026-11-01",
        "why": "x",
        "unit": school(5),
        "role": "KY_PHAT_HANH",
    }
    address = ROOT + path.format(waiting=told.waiting, loose=told.loose)
    answer = staff.post(address, data=form, headers={"Sec-Fetch-Site": origin})
    assert answer.status_code == 403
    assert states(site, told.waiting) == [("waiting", "registered", "console", "")]
