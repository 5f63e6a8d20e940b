"""The portal's client against a server that answers anything at all: only what surely was not taken may be told so."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from connectors.exchanges import Unreadable
from connectors.portal import (
    CertificateRefused,
    LoginRefused,
    PackageRefused,
    Portal,
    PortalDown,
    PortalFault,
    PortalSettings,
    ReplyLost,
    TryLater,
    UnknownMessage,
)
from connectors.portal.answers import Reply, check_ack, read_answer, read_page, read_result

Settings = Callable[..., PortalSettings]
PUPIL = "7d0a4c52-93e1-4b7e-8f0d-2c9b6a1e5f34"


def http(status: int, body: bytes | str, *headers: str) -> bytes:
    octets = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(octets)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + octets


def ack(code: object = "0", messageid: object = "m", **more: object) -> str:
    return json.dumps({"MessageId": messageid, "Error": code, "ErrorDescription": "", **more})


TOKEN = http(200, json.dumps({"token": "t", "expires_in": 3600}))


@dataclass
class Hostile:
    """A server that answers a path with the same octets every time."""

    answers: dict[str, bytes]
    port: int = 0
    calls: dict[str, int] = field(default_factory=dict)
    requests: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
            )
            self.requests.append(head + await reader.readexactly(length))
            path = head.split(b" ")[1].decode().partition("?")[0]
            self.calls[path] = self.calls.get(path, 0) + 1
            writer.write(self.answers.get(path, TOKEN))
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def hostile(**answers: bytes) -> AsyncIterator[Hostile]:
    """Speaks for transactions 1 to 4, returns, issuers and token as told; a good token where nothing is told."""
    paths = {
        "submit": "/api/giao-dich/1",
        "result": "/api/giao-dich/2",
        "returned": "/api/tra-hoc-ba",
        "registration": "/api/giao-dich/3",
        "registration_result": "/api/giao-dich/4",
        "issuers": "/api/danh-muc/nha-phat-hanh",
        "token": "/api/token",
    }
    server = Hostile({paths[name]: octets for name, octets in answers.items()})
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    async with listener:
        yield server


async def submit(portal: Portal) -> None:
    await portal.submit(messageid="m", ma_don_vi="79", nam_hoc=2025, content=b"AAAA")


HTML = "<html><h1>It works!</h1></html>"
MAY_HAVE_ARRIVED = {
    "page-instead-of-json": http(200, HTML),
    "page-500": http(500, HTML),
    "page-502": http(502, HTML),
    "page-503": http(503, HTML, "Retry-After: 1"),
    "page-504": http(504, HTML),
    "page-404": http(404, HTML),
    "page-403": http(403, HTML),
    "page-429": http(429, HTML),
    "redirect": http(302, "", "Location: https://elsewhere.example/api/giao-dich/1"),
    "permanent-redirect": http(308, ack(), "Location: /elsewhere"),
    "nothing-at-all": b"",
    "not-http": b"SSH-2.0-OpenSSH_9.6\r\n",
    "cut-in-the-headers": b"HTTP/1.1 200 OK\r\nContent-Le",
    "cut-in-the-body": b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + ack().encode(),
    "broken-chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "truncated-json": http(200, ack()[:-5]),
    "empty-body": http(200, ""),
    "no-content": http(204, ""),
    "a-list": http(200, "[]"),
    "a-text": http(200, '"0"'),
    "no-error-member": http(200, '{"MessageId": "m"}'),
    "error-null": http(200, ack(None)),
    "error-list": http(200, ack(["0"])),
    "error-true": http(200, ack(True)),
    "error-fraction": http(200, ack(0.0)),
    "error-empty": http(200, ack("")),
    "error-endless": http(200, ack("E" * 100_000)),
    "unknown-code": http(200, ack("E99")),
    "unknown-message": http(200, ack("E09")),
    "done-but-500": http(500, ack("0")),
    "done-but-401": http(401, ack("0")),
    "ack-of-another": http(200, ack("0", "another")),
    "ack-of-a-number": http(200, ack("0", 7)),
    "too-deep": http(200, '{"Error":' + "[" * 100_000),
    "not-utf-8": http(200, b'{"Error": "\xff"}'),
    "claims-gzip": http(200, b"\x1f\x8b\x08\x00nonsense", "Content-Encoding: gzip"),
    "endless": b"HTTP/1.1 200 OK\r\nContent-Length: 90000000\r\n\r\n" + b" " * 200_000,
}
TAKEN = {
    "ack": http(200, ack()),
    "ack-code-as-number": http(200, ack(0)),
    "ack-without-id": http(200, '{"Error": "0"}'),
    "ack-with-empty-id": http(200, ack("0", "")),
    "ack-with-more": http(200, ack(ResponseCode="00", new={"member": []})),
}
SURELY_NOT_TAKEN = {
    "token-expired": (http(401, ack("E01")), TryLater),
    "token-expired-200": (http(200, ack("E01", "")), TryLater),
    "unauthorised-page": (http(401, HTML), TryLater),
    "login": (http(200, ack("E02")), LoginRefused),
    "unpackable": (http(200, ack("E03")), PackageRefused),
    "structure": (http(200, ack("E04")), PackageRefused),
    "signature": (http(200, ack("E05")), PackageRefused),
    "too-large": (http(413, ack("E06", "")), PackageRefused),
    "too-large-page": (http(413, HTML), PackageRefused),
    "certificate": (http(200, ack("E07")), CertificateRefused),
    "busy": (http(503, ack("E08", "")), TryLater),
    "busy-200": (http(200, ack("E08")), TryLater),
}


@pytest.mark.parametrize("name", MAY_HAVE_ARRIVED)
async def test_whatever_is_not_the_contract_is_a_lost_reply(name: str, settings_for: Settings) -> None:
    async with (
        hostile(submit=MAY_HAVE_ARRIVED[name]) as server,
        Portal(settings_for(server.port, reply_octets=150_000, read_seconds=2.0)) as portal,
    ):
        with pytest.raises(ReplyLost):
            await submit(portal)
    assert server.calls["/api/giao-dich/1"] == 1, "sent once only"


async def test_a_line_that_breaks_while_the_body_is_on_it_is_a_lost_reply(settings_for: Settings) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if b"/api/token" in head:
            writer.write(TOKEN)
            await writer.drain()
            writer.close()
        else:
            writer.transport.abort()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listener, Portal(settings_for(listener.sockets[0].getsockname()[1])) as portal:
        with pytest.raises(ReplyLost):
            await portal.submit(messageid="m", ma_don_vi="79", nam_hoc=2025, content=b"A" * 8_000_000)


@pytest.mark.parametrize("name", TAKEN)
async def test_an_acknowledgement_in_its_variants(name: str, settings_for: Settings) -> None:
    async with hostile(submit=TAKEN[name]) as server, Portal(settings_for(server.port)) as portal:
        await submit(portal)


@pytest.mark.parametrize("name", SURELY_NOT_TAKEN)
async def test_a_refusal_in_the_contracts_words(name: str, settings_for: Settings) -> None:
    answer, kind = SURELY_NOT_TAKEN[name]
    async with hostile(submit=answer) as server, Portal(settings_for(server.port)) as portal:
        with pytest.raises(PortalFault) as fault:
            await submit(portal)
    assert type(fault.value) is kind
    again = fault.value.code == "E01"
    assert server.calls["/api/giao-dich/1"] == (2 if again else 1)


@pytest.mark.parametrize("name", MAY_HAVE_ARRIVED)
async def test_a_question_without_a_proper_answer_changes_nothing(name: str, settings_for: Settings) -> None:
    octets = MAY_HAVE_ARRIVED[name]
    patient = settings_for(0).patience_seconds / 3
    async with (
        hostile(result=octets, returned=octets) as server,
        Portal(settings_for(server.port, reply_octets=150_000, read_seconds=2.0, patience_seconds=patient)) as portal,
    ):
        with pytest.raises(PortalFault) as fault:
            await portal.result(messageid="m", ma_don_vi="79")
        with pytest.raises(PortalFault) as page:
            await portal.returned(after="", limit=1)
    assert not isinstance(fault.value, ReplyLost)
    assert isinstance(fault.value, UnknownMessage) == (name == "unknown-message")
    assert not isinstance(page.value, ReplyLost)


@pytest.mark.parametrize(
    "token",
    [
        http(200, HTML),
        http(500, HTML),
        http(200, "{}"),
        http(200, '{"token": 7}'),
        http(200, '{"token": ""}'),
        http(200, json.dumps({"token": "a\r\nX-Injected: 1"})),
        http(200, json.dumps({"token": "tiếng-việt"})),
        http(302, "", "Location: https://elsewhere.example"),
        b"",
    ],
)
async def test_without_a_token_nothing_is_submitted(token: bytes, settings_for: Settings) -> None:
    async with hostile(token=token, submit=TAKEN["ack"]) as server, Portal(settings_for(server.port)) as portal:
        with pytest.raises(PortalDown):
            await submit(portal)
    assert "/api/giao-dich/1" not in server.calls


@pytest.mark.parametrize(
    ("token", "kind"), [(ack("E02"), LoginRefused), (ack("E08"), TryLater), (ack("E99"), TryLater)]
)
async def test_a_refused_token(token: str, kind: type[PortalFault], settings_for: Settings) -> None:
    async with hostile(token=http(200, token)) as server, Portal(settings_for(server.port)) as portal:
        with pytest.raises(kind):
            await submit(portal)


@pytest.mark.parametrize("expires", ["3600", None, -5, 1e308, True, []])
async def test_odd_lifetimes_of_a_token_are_survived(expires: object, settings_for: Settings) -> None:
    token = http(200, json.dumps({"token": "t", "expires_in": expires}))
    async with (
        hostile(token=token, submit=TAKEN["ack"]) as server,
        Portal(settings_for(server.port)) as portal,
    ):
        await submit(portal)
        await submit(portal)


async def test_nothing_secret_is_in_an_address_or_a_log(settings_for: Settings) -> None:
    answers = {"submit": TAKEN["ack"], "returned": http(200, '{"cursor": "7", "data": []}')}
    async with hostile(**answers) as server, Portal(settings_for(server.port)) as portal:
        with capture_logs() as logs:
            await submit(portal)
            await portal.returned(after="6", limit=3)
        accounts = json.loads(settings_for(server.port).accounts.read_text(encoding="utf-8"))  # type: ignore[union-attr]
    hashed = next(each["password_sha256"] for each in accounts if each["ma_don_vi"] == "79")
    lines = [request.split(b"\r\n", 1)[0].decode() for request in server.requests]
    assert lines == [
        "POST /api/token HTTP/1.1",
        "POST /api/giao-dich/1 HTTP/1.1",
        "GET /api/tra-hoc-ba?sau=6&so_luong=3 HTTP/1.1",
    ]
    assert hashed.encode() in server.requests[1]
    assert accounts[0]["password"].encode() not in b"".join(server.requests)
    assert logs
    assert hashed not in repr(logs)
    assert "AAAA" not in repr(logs)


def row(**changes: object) -> dict[str, object]:
    return {"ma_tra_cuu_uuid": PUPIL.upper(), "trang_thai": 1, "error": "0", **changes}


def result_of(*rows: object, code: object = "0") -> Any:
    body = orjson.dumps({"MessageId": "m", "Error": code, "data": list(rows)})
    return read_result(read_answer(Reply(200, body)), messageid="m")


@pytest.mark.parametrize(
    "odd",
    [
        7,
        None,
        {},
        row(ma_tra_cuu_uuid=None),
        row(ma_tra_cuu_uuid="{" + PUPIL[:34] + "}"),
        row(ma_tra_cuu_uuid=PUPIL.replace("-", "")),
        row(trang_thai=2),
        row(trang_thai=True),
        row(trang_thai=1.0),
        row(trang_thai=None),
        row(trang_thai=1, error="R02"),
        row(trang_thai=0, error="0"),
        row(trang_thai=0, error=""),
    ],
)
def test_a_verdict_that_cannot_be_believed_is_counted_not_guessed(odd: object) -> None:
    answer = result_of(row(), odd)
    assert [each.uuid for each in answer.rows] == [UUID(PUPIL)]
    assert answer.unreadable == 1


def test_a_verdict_is_kept_as_told_without_what_a_table_cannot_hold() -> None:
    told = row(trang_thai="0", error="R02", error_field_title=None, error_description="a\0b" + "x" * 100_000)
    (read,) = result_of(told).rows
    assert (read.trang_thai, read.error, read.error_field_title) == (0, "R02", "")
    assert read.error_description.startswith("abx")
    assert len(read.error_description) < 5000


def test_a_returned_row_that_cannot_be_read_is_kept_visibly() -> None:
    body = orjson.dumps({"cursor": 9, "data": [{"content": "x"}, 7, {"ma_tra_hoc_ba": "b", "content": None}]})
    page = read_page(read_answer(Reply(200, body), expected="data"))
    assert page.cursor == "9"
    assert [bundle.ma_tra_hoc_ba.partition("-")[0] for bundle in page.bundles] == ["unreadable", "unreadable", "b"]
    assert all(bundle.content for bundle in page.bundles)


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
words = st.sampled_from(["MessageId", "Error", "data", "cursor", "token", "ma_tra_cuu_uuid", "trang_thai", "error"])
values = st.recursive(
    scalars | st.sampled_from(["0", "m", "E04", "E09", PUPIL, 0, 1]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=6),
    max_leaves=20,
)


@given(document=st.dictionaries(words, values, max_size=6) | values, status=st.sampled_from([200, 401, 413, 500]))
def test_any_json_is_an_answer_a_fault_or_unreadable(document: object, status: int) -> None:
    reply = Reply(status, json.dumps(document).encode())
    for expected in ("Error", "data", "token"):
        for reading in (
            lambda answer: check_ack(answer, messageid="m"),
            lambda answer: read_result(answer, messageid="m"),
            read_page,
        ):
            with suppress(PortalFault, Unreadable):
                reading(read_answer(reply, expected=expected))


@given(octets=st.binary(max_size=60))
def test_any_octets_are_an_answer_a_fault_or_unreadable(octets: bytes) -> None:
    with pytest.raises(Unreadable):
        read_answer(Reply(200, b"x" + octets))
