"""The client of timestamping authorities against real processes: the good one is found, and kept to; the rest is bounded."""

import asyncio
import hashlib
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import ValidationError
from support.tsa import Tsa, stamping_world

from connectors.tsa import TimestampDown, TimestampSettings
from routes.signing_settings import SigningSettings
from routes.stamping import Stamper, stamp, stamp_all, stamper_of
from signing.timestamps import read_token, verify_timestamp
from signing.trust import TrustStore

DIGEST = hashlib.sha256(b"x").digest()
QUICK = {"exchange_seconds": 2.0, "patience_seconds": 10.0}


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Tsa, Tsa]]:
    """Two authorities of one world."""
    world = stamping_world(tmp_path_factory.mktemp("world"))
    started = (Tsa(world), Tsa(world))
    for each in started:
        each.start()
    yield started
    for each in started:
        each.stop()


@pytest.fixture
def pair(processes: tuple[Tsa, Tsa]) -> tuple[Tsa, Tsa]:
    """Their buttons at rest."""
    for each in processes:
        each.press()
    return processes


@asynccontextmanager
async def _stamper(*tsas: Tsa, **bounds: Any) -> AsyncIterator[Stamper]:
    urls = [each.url("/ec") for each in tsas]
    settings = SigningSettings(timestamps=TimestampSettings(**{"urls": urls, **QUICK, **bounds}))
    made = stamper_of(settings, tsas[0].trust)
    async with made.client:
        yield made


def _counts(pair: tuple[Tsa, Tsa]) -> tuple[int, int]:
    return pair[0].count(), pair[1].count()


async def test_a_token_is_had_and_holds(pair: tuple[Tsa, Tsa]) -> None:
    async with _stamper(*pair) as stamper:
        token = await stamp(stamper, DIGEST)

    assert verify_timestamp(token, digest=DIGEST, trust=pair[0].trust).passed


FAULTS: dict[str, dict[str, Any]] = {
    "slow": {"slow_ms": 2500},
    "drop by drop": {"drip_ms": 5},
    "out of order": {"error": 503},
    "not found": {"error": 404},
    "sent elsewhere": {"redirect": "/ec"},
    "reply lost": {"reply_lost": True},
    "refused": {"refused": "system_failure"},
    "wrong imprint": {"wrong_imprint": True},
    "other digest": {"imprint_algorithm": "sha512"},
    "wrong nonce": {"wrong_nonce": True},
    "expired": {"holder": "expired"},
    "wrong purpose": {"holder": "purpose"},
    "a stranger's": {"holder": "foreign"},
    "tampered": {"tampered": True},
    "future": {"ahead_seconds": 3600},
    "past": {"ahead_seconds": -3600},
    "a web page": {"garbage": True},
    "nothing": {"empty": True},
    "huge": {"huge": 2_000_000_000},
}


@pytest.mark.parametrize("faults", FAULTS.values(), ids=list(FAULTS))
async def test_the_next_authority_helps_and_is_kept_to(pair: tuple[Tsa, Tsa], faults: dict[str, Any]) -> None:
    pair[0].press(**faults)
    first, second = _counts(pair)
    async with _stamper(*pair) as stamper:
        tokens = [await stamp(stamper, DIGEST) for _ in range(3)]

    assert all(verify_timestamp(each, digest=DIGEST, trust=pair[0].trust).passed for each in tokens)
    assert _counts(pair) == (first + 1, second + 3)


async def test_when_it_fails_as_well_the_first_is_tried_again(pair: tuple[Tsa, Tsa]) -> None:
    async with _stamper(*pair) as stamper:
        pair[0].press(error=503)
        await stamp(stamper, DIGEST)
        pair[0].press()
        pair[1].press(error=503)
        await stamp(stamper, DIGEST)


async def test_a_short_failure_is_sat_out(pair: tuple[Tsa, Tsa]) -> None:
    tsa = pair[0]
    async with _stamper(tsa) as stamper:
        tsa.press(error=503)
        asking = asyncio.create_task(stamp(stamper, DIGEST))
        await asyncio.sleep(0.3)
        assert not asking.done()
        await asyncio.to_thread(tsa.press)

        assert verify_timestamp(await asking, digest=DIGEST, trust=tsa.trust).passed


async def test_without_a_good_one_it_says_what_each_did(pair: tuple[Tsa, Tsa]) -> None:
    pair[0].press(error=503)
    pair[1].press(holder="foreign")
    async with _stamper(*pair, patience_seconds=3.0) as stamper:
        with pytest.raises(TimestampDown) as down:
            await stamp(stamper, DIGEST)

    hosts = [f"http://127.0.0.1:{each.port}" for each in pair]
    assert down.value.reasons == (f"{hosts[0]}: HTTP 503", f"{hosts[1]}: timestamp-untrusted")


async def test_nobody_there_is_down_too(pair: tuple[Tsa, Tsa]) -> None:
    settings = SigningSettings(timestamps=TimestampSettings(urls=("http://127.0.0.1:9/tsa",), patience_seconds=0.3))
    stamper = stamper_of(settings, pair[0].trust)
    async with stamper.client:
        with pytest.raises(TimestampDown, match="ConnectError"):
            await stamp(stamper, DIGEST)
    nobody = stamper_of(SigningSettings())
    async with nobody.client:
        with pytest.raises(TimestampDown):
            await stamp(nobody, DIGEST)


async def test_a_reply_larger_than_allowed_is_not_read(pair: tuple[Tsa, Tsa]) -> None:
    async with _stamper(pair[0], reply_octets=1000, patience_seconds=1.0) as stamper:
        with pytest.raises(TimestampDown, match="too large"):
            await stamp(stamper, DIGEST)


async def test_many_are_stamped_at_once_each_with_its_own(pair: tuple[Tsa, Tsa]) -> None:
    digests = [hashlib.sha384(bytes([each])).digest() for each in range(20)]
    async with _stamper(*pair, concurrency=4) as stamper:
        tokens = await stamp_all(stamper, digests, algorithm="sha384")
        none = await stamp_all(stamper, [])

    assert [read_token(each).imprint for each in tokens] == digests
    assert none == []


async def test_when_one_cannot_be_had_all_are_given_up(pair: tuple[Tsa, Tsa]) -> None:
    pair[0].press(error=503)
    async with _stamper(pair[0], concurrency=2, patience_seconds=1.0) as stamper:
        with pytest.raises(TimestampDown):
            await stamp_all(stamper, [DIGEST] * 200)


async def test_a_missing_list_is_no_reason_to_go_without(pair: tuple[Tsa, Tsa]) -> None:
    """It may come tomorrow; who verifies asks again."""
    trust = pair[0].world / "trust"
    anchors = [(trust / "roots/root.pem").read_bytes()]
    between = [(trust / "intermediates/issuing.pem").read_bytes()]
    async with _stamper(pair[0]) as stamper:
        bare = Stamper(stamper.client, TrustStore(anchors=anchors, intermediates=between))
        token = await stamp(bare, DIGEST)

    assert verify_timestamp(token, digest=DIGEST, trust=bare.trust).cause == "timestamp-revocation-unknown"


@pytest.mark.parametrize("url", ["ftp://tsa.vn", "tsa.vn", "https://a:b@tsa.vn/", "http://"])
def test_an_address_must_be_one(url: str) -> None:
    with pytest.raises(ValidationError, match="http"):
        TimestampSettings(urls=(url,))


def test_what_is_to_be_stamped_wants_an_authority_and_a_form_with_a_place() -> None:
    with pytest.raises(ValidationError, match=r"timestamps\.urls"):
        SigningSettings(timestamped={"*": "signature"})
    with pytest.raises(ValidationError, match="property"):
        SigningSettings(
            timestamped={"*": "batch"}, timestamps=TimestampSettings(urls=("https://tsa.vn",)), form="property"
        )
    assert SigningSettings(timestamped={"*": "none"}).stamping("hbs-1.0") == "none"


def test_the_profile_says_what_is_stamped_before_the_rest() -> None:
    settings = SigningSettings(
        timestamped={"hbs-2": "signature", "*": "batch"}, timestamps=TimestampSettings(urls=("https://tsa.vn",))
    )

    assert [settings.stamping(name) for name in ("hbs-2", "hbs-1.0")] == ["signature", "batch"]


def test_a_file_of_authorities_that_is_none_is_told_at_once(tmp_path: Any) -> None:
    nothing = tmp_path / "ca.pem"
    nothing.write_text("x")
    with pytest.raises(ssl.SSLError):
        stamper_of(SigningSettings(timestamps=TimestampSettings(ca_file=nothing)))
