"""The stand-in timestamping authority, as a process: OpenSSL reads what it says, and every button does what it is for."""

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.tsa import Tsa, stamping_world

from signing.timestamps import TimestampRefused, make_request, read_reply, verify_timestamp

KIND = {"content-type": "application/timestamp-query"}
DIGEST = hashlib.sha256(b"x").digest()


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tsa]:
    started = Tsa(stamping_world(tmp_path_factory.mktemp("world")))
    started.start()
    yield started
    started.stop()


@pytest.fixture
def tsa(process: Tsa) -> Tsa:
    """Its buttons at rest."""
    process.press()
    return process


def _verdict(tsa: Tsa, name: str = "rsa") -> str | None:
    """Why its token does not hold; None when it does."""
    request = make_request(DIGEST, algorithm="sha256")
    reply = httpx.post(tsa.url(f"/{name}"), content=request.der, headers=KIND)
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "application/timestamp-reply"
    try:
        token = read_reply(reply.content, request)
    except TimestampRefused as refused:
        return refused.why
    return verify_timestamp(token, digest=DIGEST, trust=tsa.trust).cause


@pytest.mark.parametrize("name", ["rsa", "ec"])
def test_at_rest_its_tokens_hold(tsa: Tsa, name: str) -> None:
    before = tsa.count()

    assert _verdict(tsa, name) is None
    assert tsa.count() == before + 1


PRESSED: dict[str, tuple[dict[str, Any], str | None]] = {
    "refused": ({"refused": "system_failure"}, "rejection system_failure"),
    "wrong imprint": ({"wrong_imprint": True}, "imprint"),
    "other digest": ({"imprint_algorithm": "sha512"}, "imprint"),
    "wrong nonce": ({"wrong_nonce": True}, "nonce"),
    "no nonce": ({"no_nonce": True}, "nonce"),
    "expired": ({"holder": "expired"}, "timestamp-expired"),
    "two purposes": ({"holder": "purpose"}, "timestamp-purpose"),
    "purpose not critical": ({"holder": "uncritical"}, "timestamp-purpose"),
    "a signer's certificate": ({"holder": "document"}, "timestamp-purpose"),
    "a stranger's": ({"holder": "foreign"}, "timestamp-untrusted"),
    "future": ({"ahead_seconds": 3600}, "timestamp-in-future"),
    "past": ({"ahead_seconds": -20 * 365 * 86400}, "timestamp-not-yet-valid"),
    "tampered": ({"tampered": True}, "timestamp-value"),
    "signed with SHA-1": ({"signing_digest": "sha1"}, "timestamp-algorithm"),
    "signed with SHA-512": ({"signing_digest": "sha512"}, None),
    "RSA-PSS": ({"pss": True}, None),
    "named by SHA-1": ({"ess_sha1": True}, "timestamp-certificate"),
    "bare": ({"bare": True}, "timestamp-certificate"),
    "a web page": ({"garbage": True}, "structure"),
    "nothing": ({"empty": True}, "structure"),
    "huge": ({"huge": 200_000}, "structure"),
    "slow": ({"slow_ms": 20}, None),
    "drop by drop": ({"drip_ms": 0.01}, None),
}


@pytest.mark.parametrize(("faults", "why"), PRESSED.values(), ids=list(PRESSED))
def test_each_button_spoils_what_it_says(tsa: Tsa, faults: dict[str, Any], why: str | None) -> None:
    tsa.press(**faults)

    assert _verdict(tsa) == why


def test_a_lost_reply_ends_in_the_middle(tsa: Tsa) -> None:
    tsa.press(reply_lost=True)

    with pytest.raises(httpx.RemoteProtocolError):
        _verdict(tsa)


@pytest.mark.parametrize(("faults", "status"), [({"error": 503}, 503), ({"redirect": "http://127.0.0.1:9/"}, 307)])
def test_it_may_answer_with_another_status(tsa: Tsa, faults: dict[str, Any], status: int) -> None:
    tsa.press(**faults)

    assert httpx.post(tsa.url("/rsa"), content=b"", headers=KIND).status_code == status


def test_what_is_no_request_is_refused_politely(tsa: Tsa) -> None:
    request = make_request(DIGEST, algorithm="sha256")
    for body in (b"", b"\x30\x00", request.der[:-1], request.der + b"\0"):
        reply = httpx.post(tsa.url("/rsa"), content=body, headers=KIND).content
        with pytest.raises(TimestampRefused, match="rejection bad_data_format"):
            read_reply(reply, request)
    assert httpx.post(tsa.url("/rsa"), content=request.der).status_code == 415
    assert httpx.post(tsa.url("/admin/faults"), json={"nothing": 1}).status_code == 422


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl: apt-get install openssl")
@pytest.mark.parametrize("name", ["rsa", "ec"])
def test_openssl_verifies_its_replies(tsa: Tsa, tmp_path: Path, name: str) -> None:
    def openssl(*words: str) -> str:
        command = ["openssl", "ts", *words]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    (tmp_path / "data").write_bytes(b"x")
    openssl("-query", "-data", "data", "-sha256", "-cert", "-out", "query")
    reply = httpx.post(tsa.url(f"/{name}"), content=(tmp_path / "query").read_bytes(), headers=KIND)
    (tmp_path / "reply").write_bytes(reply.content)
    roots, between = (tsa.world / "trust" / part for part in ("roots/root.pem", "intermediates/issuing.pem"))

    told = openssl("-verify", "-queryfile", "query", "-in", "reply", "-CAfile", str(roots), "-untrusted", str(between))

    assert "Verification: OK" in told
