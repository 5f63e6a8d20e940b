"""Whatever is wrong is refused in clear words, at the first moment it can be known, and harms nothing else."""

import base64
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import psycopg
import psycopg_pool
import pytest
from structlog.testing import capture_logs

from connectors.arrivals import Limits
from console.settings import WebSettings
from console.shapes import ProblemShape
from ledger import migrate
from tests.conftest import as_url
from tests.console import bodies, deadly
from tests.console.serving import Site, Vendor, serving, settings_of
from tests.support.processes import PrivatePostgres

MIB = 1024 * 1024


def problem_of(answer: httpx.Response, status: int, kind: str) -> ProblemShape:
    """The refusal, which must be of this kind and in two tongues."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = ProblemShape.model_validate_json(answer.content)
    assert problem.type == f"urn:hocba:problem:{kind}"
    assert problem.status == status
    assert problem.title
    assert problem.title_en
    for finding in problem.findings:
        assert finding.message.vi
        assert finding.message.en
        assert finding.remedy.vi
        assert finding.remedy.en
    return problem


# ---------------------------------------------------------------- who


@pytest.mark.parametrize("key", ["", "hk_wrong", "x" * 5000])
def test_without_a_valid_key_nothing_goes(site: Site, key: str) -> None:
    with site.client(key) as client:
        for answer in (
            client.post("/v1/submissions", content=b"<x/>", headers={"Content-Type": "application/xml"}),
            client.get(f"/v1/submissions/{uuid4()}"),
            client.get(f"/v1/records/{uuid4()}"),
            client.get("/v1/outcomes"),
            client.get("/v1/inbox"),
            client.post("/v1/inbox/1/confirm", json={"status": "received"}),
        ):
            problem_of(answer, 401, "unauthenticated")
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_key_no_longer_works(vendor: Vendor, site: Site) -> None:
    assert vendor.get("/v1/outcomes").status_code == 200
    site.rows("update api_keys set revoked_at = now() where sender_id = %s", vendor.sender.id)
    problem_of(vendor.get("/v1/outcomes"), 401, "unauthenticated")


# ---------------------------------------------------------------- where


def test_what_is_not_there_is_not_found(vendor: Vendor) -> None:
    problem_of(vendor.get(f"/v1/submissions/{uuid4()}"), 404, "not-found")
    problem_of(vendor.get(f"/v1/records/{uuid4()}"), 404, "not-found")
    problem_of(vendor.get("/v1/nowhere"), 404, "not-found")
    with vendor.site.client(vendor.key) as client:
        problem_of(client.post("/v1/inbox/99/confirm", json={"status": "received"}), 404, "not-found")
        problem_of(client.put("/v1/submissions"), 405, "method")


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/v1/outcomes?after=-1", "query.after"),
        ("/v1/outcomes?after=99999999999999999999", "query.after"),
        ("/v1/inbox?limit=0", "query.limit"),
        ("/v1/submissions/not-a-uuid", "path.receipt"),
        ("/v1/records/1", "path.uuid"),
    ],
)
def test_a_wrong_parameter_is_named(vendor: Vendor, path: str, where: str) -> None:
    problem = problem_of(vendor.get(path), 422, "parameters")
    assert [(finding.rule, finding.path) for finding in problem.findings] == [("H01", where)]


@pytest.mark.parametrize("said", [{}, {"status": "maybe"}, {"status": "refused", "reason": "x" * 501}])
def test_a_confirmation_says_one_of_two_things(vendor: Vendor, said: dict[str, str]) -> None:
    with vendor.site.client(vendor.key) as client:
        problem_of(client.post("/v1/inbox/1/confirm", json=said), 422, "parameters")


def test_a_key_that_cannot_be_kept_is_refused(vendor: Vendor) -> None:
    problem_of(vendor.push(bodies.record().encode(), key="k" * 256), 422, "parameters")


# ---------------------------------------------------------------- kind and size


@pytest.mark.parametrize(
    ("headers", "rule"),
    [
        ({"Content-Type": "text/plain"}, "P13"),
        ({"Content-Type": ""}, "P13"),
        ({"Content-Type": "multipart/form-data; boundary=x"}, "P13"),
        ({"Content-Type": "application/xml; charset=utf-16"}, "P02"),
        ({"Content-Type": "application/json; charset=windows-1258"}, "P02"),
        ({"Content-Type": "application/xml", "Content-Encoding": "gzip"}, "P14"),
    ],
)
def test_another_kind_of_content_is_refused(vendor: Vendor, headers: dict[str, str], rule: str) -> None:
    with vendor.site.client(vendor.key) as client:
        answer = client.post("/v1/submissions", content=bodies.record().encode(), headers=headers)
    problem = problem_of(answer, 415, "unsupported")
    assert [finding.rule for finding in problem.findings] == [rule]


def _speak(site: Site, key: str, *lines: str) -> socket.socket:
    address = urlsplit(site.url)
    connection = socket.create_connection((address.hostname, address.port or 80), timeout=10)
    head = ["POST /v1/submissions HTTP/1.1", f"Host: {address.netloc}", f"Authorization: Bearer {key}", *lines, "", ""]
    connection.sendall("\r\n".join(head).encode())
    return connection


def _read_until_closed(connection: socket.socket) -> bytes:
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


def test_a_body_announced_too_large_is_refused_before_a_byte_of_it(vendor: Vendor) -> None:
    lines = ("Content-Type: application/xml", f"Content-Length: {11 * MIB}", "Expect: 100-continue")
    with _speak(vendor.site, vendor.key, *lines) as connection:
        answer = _read_until_closed(connection)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"100 Continue" not in answer
    assert b'"rule":"P15"' in answer


def test_a_body_that_grows_too_large_is_refused_before_its_end(vendor: Vendor) -> None:
    lines = ("Content-Type: application/xml", "Transfer-Encoding: chunked")
    chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    with _speak(vendor.site, vendor.key, *lines) as connection:
        for _ in range(10 * MIB // 0x10000 + 1):
            connection.sendall(chunk)
        answer = _read_until_closed(connection)  # the client has not said that it is done
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_client_that_goes_on_sending_still_gets_its_413(vendor: Vendor) -> None:
    answer = vendor.push(b"x" * (12 * MIB))
    problem = problem_of(answer, 413, "too-large")
    assert [finding.rule for finding in problem.findings] == ["P15"]
    assert answer.headers["Connection"] == "close"


def test_a_client_that_hangs_up_halfway_harms_nobody(vendor: Vendor) -> None:
    with capture_logs() as logs:
        lines = ("Content-Type: application/xml", "Content-Length: 1000")
        with _speak(vendor.site, vendor.key, *lines) as connection:
            connection.sendall(b"<DANH_SACH")
        assert vendor.push(bodies.record().encode()).status_code == 202
    assert [entry for entry in logs if entry["log_level"] in ("error", "critical")] == []


# ---------------------------------------------------------------- bodies that cannot be read

RECORD = bodies.record()
UNREADABLE: dict[str, tuple[str, bytes]] = {
    "not-xml": ("application/xml", b"hello"),
    "empty": ("application/xml", b""),
    "cut-off": ("application/xml", bodies.batch(RECORD)[:-8]),
    "dtd": ("application/xml", b"<!DOCTYPE HOC_BA [<!ENTITY a 'b'>]>" + RECORD.encode()),
    "external-entity": (
        "application/xml",
        b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><DANH_SACH_HOC_BA>&a;</DANH_SACH_HOC_BA>",
    ),
    "utf-16": ("application/xml", bodies.batch(RECORD).decode().encode("utf-16")),
    "latin-declared": ("application/xml", b'<?xml version="1.0" encoding="ISO-8859-1"?>' + bodies.batch(RECORD)),
    "not-utf-8": ("application/xml", bodies.batch(RECORD).replace("Mận".encode(), b"M\xe2n")),
    "wrong-root": ("application/xml", b"<HOC_SINH/>"),
    "no-record": ("application/xml", b'<DANH_SACH_HOC_BA id="dataDanhSach"></DANH_SACH_HOC_BA>'),
    "namespace-on-the-batch": (
        "application/xml",
        bodies.batch(RECORD).replace(b"<DANH_SACH_HOC_BA", b'<DANH_SACH_HOC_BA xmlns:a="urn:a"', 1),
    ),
    "xml-lang-on-the-batch": (
        "application/xml",
        bodies.batch(RECORD).replace(b"<DANH_SACH_HOC_BA", b'<DANH_SACH_HOC_BA xml:lang="vi"', 1),
    ),
    "not-json": ("application/json", b"{"),
    "json-list": ("application/json", b"[]"),
    "too-deep": ("application/json", b'{"a":' * 100 + b"1" + b"}" * 100),
    "far-too-deep": ("application/json", b"[" * 100_000 + b"]" * 100_000),
    "no-content": ("application/json", bodies.transaction(None)),
    "other-transaction": ("application/json", bodies.transaction("", function="5")),
    "broken-base64": ("application/json", bodies.transaction("not base64 !")),
    "not-gzip": ("application/json", bodies.transaction(base64.b64encode(b"\x05\0\0\0hello").decode())),
    "gzip-says-less": ("application/json", bodies.transaction(bodies.packed(bodies.batch(RECORD), announce=3))),
    "gzip-says-more": ("application/json", bodies.transaction(bodies.packed(bodies.batch(RECORD), announce=10**6))),
    "unpacks-beyond-the-limit": ("application/json", bodies.transaction(bodies.packed(b" " * (65 * MIB)))),
    "unpacks-beyond-what-it-says": (
        "application/json",
        bodies.transaction(bodies.packed(b" " * (65 * MIB), announce=100)),
    ),
    "packed-nonsense": ("application/json", bodies.transaction(bodies.packed(b"hello"))),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_body_that_cannot_be_read_is_refused_with_what_is_wrong(vendor: Vendor, name: str) -> None:
    kind, body = UNREADABLE[name]
    problem = problem_of(vendor.push(body, kind=kind), 422, "unreadable")
    assert problem.findings
    assert all(finding.severity == "error" for finding in problem.findings)
    assert not any(finding.rule in ("P98", "P99") for finding in problem.findings), "it broke its reader"
    assert vendor.site.rows("select count(*) from submissions where sender_id = %s", vendor.sender.id) == [(0,)]


def test_a_batch_of_too_many_records_is_refused(vendor: Vendor) -> None:
    problem = problem_of(vendor.push(bodies.batch(*["<HOC_BA/>"] * 2001)), 422, "unreadable")
    assert [finding.rule for finding in problem.findings] == ["D02"]


# ---------------------------------------------------------------- records that are refused at the door


def _lines(answer: httpx.Response) -> list[tuple[str, list[str]]]:
    assert answer.status_code == 202, answer.text
    return [(line["status"], [finding["rule"] for finding in line["findings"]]) for line in answer.json()["records"]]


def test_good_records_of_a_mixed_batch_go_on(vendor: Vendor) -> None:
    commented = bodies.record().replace("<PHIEN_BAN>", "<!-- x --><PHIEN_BAN>")
    instructed = bodies.record().replace("<PHIEN_BAN>", "<?x y?><PHIEN_BAN>")
    twin = str(uuid4())
    pair = [bodies.record(uuid=twin), bodies.record(uuid=twin.upper())]
    nameless = bodies.record().replace("MA_TRA_CUU_UUID>", "KHAC>")
    answer = vendor.push(bodies.batch(bodies.record(), commented, instructed, *pair, nameless, bodies.record(uuid="7")))
    lines = _lines(answer)
    assert lines[0] == ("accepted", [])
    assert all(status == "refused" and rules for status, rules in lines[1:]), lines
    assert answer.json()["accepted"] == 1


def test_the_same_octets_again_are_a_duplicate_and_others_under_their_uuid_are_refused(vendor: Vendor) -> None:
    uuid = str(uuid4())
    first = bodies.record(uuid=uuid)
    assert _lines(vendor.push(first.encode())) == [("accepted", [])]
    assert _lines(vendor.push(first.encode())) == [("duplicate", [])]
    assert _lines(vendor.push(bodies.record(uuid=uuid, note="!").encode())) == [("refused", ["B02"])]


def test_another_senders_uuid_is_refused(vendor: Vendor, new_vendor: Callable[..., Vendor]) -> None:
    uuid = str(uuid4())
    vendor.push(bodies.record(uuid=uuid).encode())
    assert _lines(new_vendor().push(bodies.record(uuid=uuid).encode())) == [("refused", ["B02"])]


# ---------------------------------------------------------------- bodies that break their reader


@pytest.mark.parametrize(("harm", "rule"), [(deadly.die, "P99"), (deadly.hoard, "P99"), (deadly.hang, "P98")])
def test_a_body_that_breaks_its_reader_is_refused_and_the_next_one_read(
    site: Site, monkeypatch: pytest.MonkeyPatch, harm: Callable[..., object], rule: str
) -> None:
    settings = WebSettings(child_seconds=1.0 if harm is deadly.hang else 30.0, child_octets=4096 * MIB)
    with serving(site.ledger, settings) as own:
        vendor = own.vendor(f"V{uuid4().hex[:10]}")
        with monkeypatch.context() as patched:
            patched.setattr("console.intake.read_push", harm)
            problem = problem_of(vendor.push(bodies.record().encode()), 422, "unreadable")
            assert [finding.rule for finding in problem.findings] == [rule]
        assert vendor.push(bodies.record().encode()).status_code == 202


# ---------------------------------------------------------------- too slow, too many, no database


def test_a_body_that_dribbles_in_is_given_up(site: Site) -> None:
    with serving(site.ledger, WebSettings(body_seconds=0.3)) as own:
        vendor = own.vendor(f"V{uuid4().hex[:10]}")
        lines = ("Content-Type: application/xml", "Content-Length: 1000")
        with _speak(own, vendor.key, *lines) as connection:
            connection.sendall(b"<DANH_SACH_HOC_BA>")
            answer = _read_until_closed(connection)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"urn:hocba:problem:too-slow" in answer


def test_more_pushes_than_places_are_told_to_come_back(site: Site) -> None:
    with serving(site.ledger, WebSettings(at_once=1, body_seconds=30, retry_after_seconds=7)) as own:
        vendor = own.vendor(f"V{uuid4().hex[:10]}")
        body = bodies.record().encode()
        lines = ("Content-Type: application/xml", f"Content-Length: {len(body)}")
        with _speak(own, vendor.key, *lines) as connection:
            connection.sendall(body[:10])
            answer = _until(lambda: vendor.push(bodies.record().encode()), 503)
            problem_of(answer, 503, "unavailable")
            assert answer.headers["Retry-After"] == "7"
            connection.sendall(body[10:])
            assert connection.recv(65536).startswith(b"HTTP/1.1 202 ")
        assert vendor.push(bodies.record().encode()).status_code == 202


def _until(ask: Callable[[], httpx.Response], status: int) -> httpx.Response:
    end = time.monotonic() + 20
    while (answer := ask()).status_code != status and time.monotonic() < end:
        time.sleep(0.05)
    return answer


@contextmanager
def _private() -> Iterator[PrivatePostgres]:
    postgres = PrivatePostgres()
    try:
        migrate.upgrade(postgres.url)
        yield postgres
    finally:
        postgres.stop()


def test_a_database_that_goes_away_costs_503_and_nothing_else() -> None:
    settings = WebSettings(key_cache_seconds=0)
    with _private() as postgres, serving(settings_of(postgres.url), settings) as own:
        vendor = own.vendor("V")
        body = bodies.batch(bodies.record(), bodies.record())
        postgres._stop("immediate")
        answer = vendor.push(body, key="k")
        problem_of(answer, 503, "unavailable")
        assert answer.headers["Retry-After"].isdigit()
        with own.client() as client:
            assert client.get("/healthz").status_code == 503
            page = client.get("/console")
            assert page.status_code == 503
            assert "cơ sở dữ liệu" in page.text
        postgres._server.ensure_postgres_running()
        answer = _until(lambda: vendor.push(body, key="k"), 202)
        assert answer.json()["accepted"] == 2
        assert own.rows("select count(*) from submissions") == [(1,)]


@pytest.mark.parametrize(
    "error",
    [
        psycopg.errors.DiskFull,
        psycopg.errors.OutOfMemory,
        psycopg.errors.TooManyConnections,
        psycopg.errors.AdminShutdown,
        psycopg.errors.CannotConnectNow,
        psycopg.errors.QueryCanceled,
        psycopg.errors.LockNotAvailable,
        psycopg.errors.ReadOnlySqlTransaction,
        psycopg_pool.PoolTimeout,
        psycopg_pool.TooManyRequests,
    ],
)
def test_a_database_that_cannot_take_it_now_costs_503(
    vendor: Vendor, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise error("Nguyễn Thị Mận")

    monkeypatch.setattr("console.steering.acceptance.accept", refuse)
    with capture_logs() as logs:
        answer = vendor.push(bodies.record().encode())
    problem_of(answer, 503, "unavailable")
    assert answer.headers["Retry-After"].isdigit()
    assert "Mận" not in answer.text + repr(logs)


def test_a_database_without_tables_costs_503(postgres: str) -> None:
    with serving(settings_of(as_url(postgres, "postgres")), WebSettings()) as own, own.client("hk_x") as client:
        problem_of(client.get("/v1/outcomes"), 503, "unavailable")
        assert client.get("/healthz").status_code == 503


def test_a_database_without_fsync_is_refused_at_start() -> None:
    with _private() as postgres:
        postgres.execute("alter system set fsync = off")
        postgres.execute("select pg_reload_conf()")
        time.sleep(0.3)
        with pytest.raises(AssertionError, match="did not start"), serving(settings_of(postgres.url), WebSettings()):
            pass


# ---------------------------------------------------------------- what nobody expected


def test_an_unexpected_error_tells_nothing_of_a_pupil(vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    async def break_down(*_: object, **__: object) -> None:
        raise ValueError("Nguyễn Thị Mận, 079212000001")

    monkeypatch.setattr("console.steering.acceptance.accept", break_down)
    with capture_logs() as logs:
        answer = vendor.push(bodies.record().encode())
    problem_of(answer, 500, "internal")
    assert "Mận" not in answer.text
    assert "Mận" not in repr(logs)
    assert [entry["event"] for entry in logs] == ["request-failed"]


def test_a_problem_names_the_path_and_never_the_query(vendor: Vendor) -> None:
    problem = problem_of(vendor.get("/v1/outcomes", after=-1, ten="Nguyễn Thị Mận"), 422, "parameters")
    assert problem.instance == "/v1/outcomes"
    assert "Mận" not in problem.model_dump_json()


def test_limits_are_the_readers_too(site: Site) -> None:
    with serving(site.ledger, WebSettings(), Limits(records=1)) as own:
        vendor = own.vendor(f"V{uuid4().hex[:10]}")
        problem_of(vendor.push(bodies.batch(bodies.record(), bodies.record())), 422, "unreadable")
