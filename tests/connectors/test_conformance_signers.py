"""Every adapter that has a folder speaks to the stand-in service, in a process of its own, healthy and with every button.

An adapter that cannot be run against it, or a button that its provider has no word for, is waived with the reason.
"""

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from hypothesis import given
from hypothesis import strategies as st
from support.authority import Authority, ec_key, person, write_p12
from support.kafka import free_port
from support.signing_service import PATHS, SigningService

import connectors.signers
from connectors.signers import (
    AccountRefused,
    Credential,
    CredentialLocked,
    CredentialUnknown,
    Expired,
    Order,
    OrderLost,
    Refused,
    Signed,
    SignerDown,
    SignerFault,
    TooMany,
    Waiting,
    adapters,
)
from connectors.signers import SigningService as Client
from connectors.signers.line import words
from connectors.signers.values import as_xmldsig
from sandbox.world import World
from signing.seal.keys import ECDSA_SHA256, RSA_SHA256
from signing.seal.prepared import Prepared

WAIVED: dict[str, str] = {}
"""adapter → why it cannot be run against the stand-in"""
NO_LIMIT_TOLD = {
    "smartca": "its documents name no answer to too many documents",
    "mysign": "its documents name no answer to too many hashes",
}
KNOWS_OUR_NAMES = {"smartca"}
"""providers that can be asked for an order by the hub's own name of it"""
METHODS = {"rsa-sha256": RSA_SHA256, "ecdsa-sha256": ECDSA_SHA256}
EC_PLACE = "79760411/CBQL-079070009999"

RUN = [name for name in adapters() if name not in WAIVED]


@pytest.fixture(scope="module")
def service(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SigningService]:
    """The stand-in over a copy of the world that has an elliptic-curve key as well."""
    folder = tmp_path_factory.mktemp("signers")
    shutil.copytree(world.folder, folder / "world")
    _add_ec_key(folder / "world", world.password.encode())
    started = SigningService(folder / "world", folder / "data")
    started.start()
    yield started
    started.stop()


def _add_ec_key(world: Path, password: bytes) -> None:
    holder = Authority("Cơ quan thử").issue(person("Trần Văn Cong", "079070009999"), key=ec_key())
    write_p12(world / "keys" / f"{EC_PLACE}.p12", holder, password=password)
    path = world / "signing-credentials.json"
    path.write_text(path.read_text(encoding="utf-8").replace("{", f'{{"{EC_PLACE}": "KEC",', 1), encoding="utf-8")


@pytest.fixture(autouse=True)
def _at_rest(service: SigningService) -> None:
    service.press()


@pytest.fixture(params=RUN)
def adapter(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def client(service: SigningService, adapter: str) -> AsyncIterator[Client]:
    opened = adapters()[adapter].open("thu", service.settings(adapter))
    yield opened
    await opened.close()


@pytest.fixture
def principal(service: SigningService, world: World) -> str:
    """A person's key."""
    school = world.schools[0]
    return service.credential(f"{school.code}/CBQL-{school.principal.cccd}")


@pytest.fixture
def seal(service: SigningService, world: World) -> str:
    """A school's own."""
    return service.credential(f"{world.schools[0].code}/KY_PHAT_HANH")


def prepared_for(credential: Credential, count: int) -> list[Prepared]:
    """So many signatures that lack their values, no two alike."""
    return [
        Prepared(f"s{number}", f"<x>{uuid4()}</x>", "", METHODS[credential.algorithm], credential.chain[0])
        for number in range(count)
    ]


def order_for(credential: Credential, prepared: Sequence[Prepared], **changes: Any) -> Order:
    order = Order(
        reference=str(uuid4()),
        credential=credential.identifier,
        digests=tuple(each.digest for each in prepared),
        algorithm=credential.algorithm,
        note=f"Ký {len(prepared)} học bạ",
        until=datetime.now(UTC) + timedelta(hours=1),
    )
    return replace(order, **changes)


async def ordered(client: Client, identifier: str, count: int = 2) -> tuple[list[Prepared], Order]:
    """An order that the client could begin: its key is known to it."""
    credential = await client.credential(identifier)
    prepared = prepared_for(credential, count)
    return prepared, order_for(credential, prepared)


async def carried(client: Client, order: Order) -> Signed:
    """The order begun and brought to its end."""
    begun = await client.begin(order)
    outcome = await client.progress(order, begun.handle) if isinstance(begun, Waiting) else begun
    assert isinstance(outcome, Signed), outcome
    return outcome


def fitting(prepared: Sequence[Prepared], signed: Signed) -> list[bool]:
    return [each.accepts(value) for each, value in zip(prepared, signed.values, strict=True)]


def hashes_of(order: Order) -> set[str]:
    return {digest.hex() for digest in order.digests}


def times_signed(service: SigningService, order: Order) -> list[int]:
    """How often the service signed each hash of an order."""
    signed = [line["hash"] for line in service.signed()]
    return [signed.count(digest.hex()) for digest in order.digests]


def orders_of(service: SigningService, order: Order) -> list[dict[str, Any]]:
    """What the service was asked with exactly these hashes."""
    return [each for each in service.orders() if set(each["hashes"]) == hashes_of(order)]


def test_every_adapter_says_what_it_is() -> None:
    (folder,) = connectors.signers.__path__
    assert set(adapters()) == {path.parent.name for path in Path(folder).glob("*/__init__.py")}
    for name, each in adapters().items():
        assert each.name == name
        assert each.label
        assert name in WAIVED or name in PATHS


async def test_a_person_is_asked_and_one_approval_covers_a_class(
    service: SigningService, client: Client, principal: str, world: World
) -> None:
    credential = await client.credential(principal)
    school = world.schools[0]
    place = world.key_file(school.code, "CBQL", school.principal.cccd)
    _, certificate, _ = pkcs12.load_key_and_certificates(place.read_bytes(), world.password.encode())
    assert certificate is not None
    assert credential.chain[0] == certificate.public_bytes(Encoding.DER)
    assert len(credential.chain) > 1
    assert (credential.algorithm, credential.automatic, credential.at_once) == ("rsa-sha256", False, 50)
    prepared = prepared_for(credential, 35)
    order = order_for(credential, prepared)
    begun = await client.begin(order)
    assert isinstance(begun, Waiting)
    signed = await client.progress(order, begun.handle)
    assert isinstance(signed, Signed)
    assert all(fitting(prepared, signed))
    again = await client.progress(order, begun.handle)
    assert again == signed
    assert times_signed(service, order) == [1] * 35
    (told,) = orders_of(service, order)
    assert told["credential"] == principal
    assert told["reference"] == order.reference


async def test_a_seal_signs(service: SigningService, client: Client, seal: str, adapter: str) -> None:
    prepared, order = await ordered(client, seal)
    credential = await client.credential(seal)
    assert credential.automatic == (adapter == "csc")
    signed = await carried(client, order)
    assert all(fitting(prepared, signed))
    assert times_signed(service, order) == [1, 1]


@pytest.mark.parametrize("der", [True, False])
async def test_ec_values_come_as_xmldsig_writes_them(service: SigningService, client: Client, der: bool) -> None:
    service.press(der_values=der)
    prepared, order = await ordered(client, "KEC", 5)
    assert order.algorithm == "ecdsa-sha256"
    signed = await carried(client, order)
    assert {len(value) for value in signed.values} == {64}
    assert all(fitting(prepared, signed))


async def test_a_holder_takes_time(service: SigningService, client: Client, principal: str) -> None:
    service.press(by_hand=True)
    prepared, order = await ordered(client, principal)
    begun = await client.begin(order)
    assert isinstance(begun, Waiting)
    waiting = await client.progress(order, begun.handle)
    assert isinstance(waiting, Waiting)
    assert times_signed(service, order) == [0, 0]
    assert service.decide(orders_of(service, order)[0]["id"], agreed=True) == "signed"
    signed = await client.progress(order, waiting.handle)
    assert isinstance(signed, Signed)
    assert all(fitting(prepared, signed))


async def test_a_holders_no_is_final(service: SigningService, client: Client, principal: str) -> None:
    service.press(by_hand=True)
    _, order = await ordered(client, principal)
    begun = await client.begin(order)
    assert isinstance(begun, Waiting)
    (asked,) = orders_of(service, order)
    assert service.decide(asked["id"], agreed=False) == "refused"
    assert service.decide(asked["id"], agreed=True) == "refused"
    for _ in range(2):
        assert isinstance(await client.progress(order, begun.handle), Refused)
    assert times_signed(service, order) == [0, 0]


async def test_a_holder_who_does_not_answer(service: SigningService, client: Client, principal: str) -> None:
    service.press(expire=True)
    _, order = await ordered(client, principal)
    begun = await client.begin(order)
    assert isinstance(begun, Waiting)
    late = replace(order, until=datetime.now(UTC) - timedelta(seconds=1))
    assert isinstance(await client.progress(late, begun.handle), Expired)
    assert times_signed(service, order) == [0, 0]


async def test_an_order_that_the_service_has_forgotten_is_lost(
    service: SigningService, client: Client, principal: str
) -> None:
    _, order = await ordered(client, principal)
    begun = await client.begin(order)
    assert isinstance(begun, Waiting)
    service.press(forgotten=True)
    with pytest.raises(OrderLost):
        await client.progress(order, begun.handle)
    late = replace(order, until=datetime.now(UTC) - timedelta(seconds=1))
    assert isinstance(await client.progress(late, begun.handle), Expired)


@pytest.mark.parametrize("wrong", ["other-digest", "other-key", "garbage"])
async def test_a_wrong_value_is_not_accepted(
    service: SigningService, client: Client, principal: str, wrong: str
) -> None:
    service.press(wrong_value=wrong)
    prepared, order = await ordered(client, principal)
    assert fitting(prepared, await carried(client, order)) == [False, False]


async def test_values_in_another_order_are_not_accepted(
    service: SigningService, client: Client, principal: str
) -> None:
    service.press(disorder=True)
    prepared, order = await ordered(client, principal)
    assert fitting(prepared, await carried(client, order)) == [False, False]


async def test_values_that_are_too_few_are_no_answer(service: SigningService, client: Client, principal: str) -> None:
    service.press(too_few=True)
    prepared, order = await ordered(client, principal)
    begun = await client.begin(order)
    assert isinstance(begun, Waiting)
    with pytest.raises(SignerDown):
        await client.progress(order, begun.handle)
    service.press()
    signed = await client.progress(order, begun.handle)
    assert isinstance(signed, Signed)
    assert all(fitting(prepared, signed))


@pytest.mark.parametrize(
    ("buttons", "fault"),
    [
        ({"locked": True}, CredentialLocked),
        ({"ended": True}, CredentialUnknown),
        ({"account_refused": True}, AccountRefused),
    ],
)
async def test_a_key_or_an_account_that_may_not_sign(
    service: SigningService, client: Client, principal: str, buttons: dict[str, bool], fault: type[SignerFault]
) -> None:
    _, order = await ordered(client, principal)
    service.press(**buttons)
    with pytest.raises(fault):
        await client.begin(order)
    with pytest.raises(fault):
        await client.credential(principal)
    assert orders_of(service, order) == []


async def test_what_was_signed_is_fetched_though_its_key_was_locked_since(
    service: SigningService, adapter: str, client: Client, principal: str
) -> None:
    prepared, order = await ordered(client, principal)
    begun = await client.begin(order)
    assert isinstance(begun, Waiting)
    assert isinstance(await client.progress(order, begun.handle), Signed)
    service.press(locked=True)
    restarted = adapters()[adapter].open("thu", service.settings(adapter))
    try:
        signed = await restarted.progress(order, begun.handle)
    finally:
        await restarted.close()
    assert isinstance(signed, Signed)
    assert all(fitting(prepared, signed))


async def test_a_key_that_nobody_has(client: Client) -> None:
    with pytest.raises(CredentialUnknown):
        await client.credential("KHONG-CO")


async def test_a_renewed_certificate_is_seen_and_old_work_does_not_fit(
    service: SigningService, client: Client, principal: str
) -> None:
    before = await client.credential(principal)
    prepared = prepared_for(before, 1)
    service.press(certificate_changed=True)
    assert (await client.credential(principal)).chain[0] != before.chain[0]
    assert fitting(prepared, await carried(client, order_for(before, prepared))) == [False]


async def test_a_lost_answer_to_an_order(service: SigningService, client: Client, adapter: str, principal: str) -> None:
    prepared, order = await ordered(client, principal)
    service.press(lose_begin=True)
    with pytest.raises(OrderLost):
        await client.begin(order)
    service.press()
    assert len(orders_of(service, order)) == 1, "it was sent once"
    if adapter in KNOWS_OUR_NAMES:
        assert isinstance(await client.begin(order), Waiting | Signed), "the same order again is the same order"
        assert len(orders_of(service, order)) == 1
        found = await client.progress(order, "")
        assert isinstance(found, Signed)
        assert all(fitting(prepared, found))
    else:
        with pytest.raises(OrderLost):
            await client.progress(order, "")


async def test_a_lost_answer_to_a_question(service: SigningService, client: Client, principal: str) -> None:
    prepared, order = await ordered(client, principal)
    begun = await client.begin(order)
    assert isinstance(begun, Waiting)
    service.press(lose_progress=True)
    with pytest.raises(SignerDown):
        await client.progress(order, begun.handle)
    service.press()
    signed = await client.progress(order, begun.handle)
    assert isinstance(signed, Signed)
    assert all(fitting(prepared, signed))
    assert times_signed(service, order) == [1, 1]


@pytest.mark.parametrize(
    ("status", "fault"), [(503, SignerDown), (429, SignerDown), (500, OrderLost), (502, OrderLost), (504, OrderLost)]
)
async def test_a_failing_service_at_an_order(
    service: SigningService, client: Client, principal: str, status: int, fault: type[SignerFault]
) -> None:
    _, order = await ordered(client, principal)
    service.press(error=status, error_at="begin")
    with pytest.raises(fault):
        await client.begin(order)
    assert orders_of(service, order) == []


@pytest.mark.parametrize("buttons", [{"error": 500}, {"garbage": True}, {"huge": 9_000_000}], ids=str)
async def test_a_service_that_does_not_answer_is_down(
    service: SigningService, client: Client, principal: str, buttons: dict[str, Any]
) -> None:
    _, order = await ordered(client, principal)
    begun = await client.begin(order)
    assert isinstance(begun, Waiting)
    service.press(**buttons)
    with pytest.raises(SignerDown):
        await client.credential(principal)
    with pytest.raises(SignerDown):
        await client.progress(order, begun.handle)
    with pytest.raises(OrderLost):
        await client.begin(replace(order, reference=str(uuid4())))


async def test_a_slow_service_is_not_waited_for(service: SigningService, adapter: str, principal: str) -> None:
    client = adapters()[adapter].open("thu", service.settings(adapter, exchange_seconds=0.4))
    try:
        _, order = await ordered(client, principal)
        await carried(client, replace(order, reference=str(uuid4())))
        service.press(slow_ms=1000)
        with pytest.raises(SignerDown):
            await client.credential(principal)
        with pytest.raises(OrderLost):
            await client.begin(order)
    finally:
        await client.close()


async def test_a_service_that_is_not_there(service: SigningService, adapter: str, principal: str) -> None:
    address = f"http://127.0.0.1:{free_port()}{PATHS[adapter]}"
    client = adapters()[adapter].open("thu", service.settings(adapter, url=address))
    order = Order("r", principal, (b"\0" * 32,), "rsa-sha256", "", datetime.now(UTC) + timedelta(hours=1))
    try:
        for asking in (client.credential(principal), client.begin(order), client.progress(order, "sign:x")):
            with pytest.raises(SignerDown):
                await asking
    finally:
        await client.close()


async def test_more_hashes_than_the_hub_may_send(service: SigningService, adapter: str, principal: str) -> None:
    client = adapters()[adapter].open("thu", service.settings(adapter, at_once=2))
    try:
        assert (await client.credential(principal)).at_once == 2
        _, order = await ordered(client, principal, 3)
        with pytest.raises(TooMany):
            await client.begin(order)
        assert orders_of(service, order) == []
    finally:
        await client.close()


async def test_more_hashes_than_the_service_takes(
    service: SigningService, client: Client, adapter: str, principal: str
) -> None:
    if adapter in NO_LIMIT_TOLD:
        pytest.skip(NO_LIMIT_TOLD[adapter])
    _, order = await ordered(client, principal, 3)
    service.press(at_once=2)
    with pytest.raises(TooMany):
        await client.begin(order)
    assert orders_of(service, order) == []
    assert (await client.credential(principal)).at_once == 2


async def test_a_token_is_used_until_it_ends(service: SigningService, client: Client, principal: str) -> None:
    service.forget_tokens()
    before = service.asked().get("token", 0)
    _, order = await ordered(client, principal)
    begun = await client.begin(order)
    assert isinstance(begun, Waiting)
    once = service.asked().get("token", 0) - before
    assert once <= 1
    service.forget_tokens()
    assert isinstance(await client.progress(order, begun.handle), Signed)
    assert service.asked().get("token", 0) - before == 2 * once


async def test_orders_outlive_the_service(service: SigningService, client: Client, principal: str) -> None:
    prepared, order = await ordered(client, principal)
    begun = await client.begin(order)
    assert isinstance(begun, Waiting)
    service.stop()
    with pytest.raises(SignerDown):
        await client.progress(order, begun.handle)
    service.start()
    signed = await client.progress(order, begun.handle)
    assert isinstance(signed, Signed)
    assert all(fitting(prepared, signed))
    assert times_signed(service, order) == [1, 1]


async def test_many_orders_at_once_share_few_lines(service: SigningService, adapter: str, principal: str) -> None:
    client = adapters()[adapter].open("thu", service.settings(adapter, exchanges=3, exchange_seconds=5))
    try:
        credential = await client.credential(principal)
        batches = [prepared_for(credential, 4) for _ in range(20)]
        outcomes = await asyncio.gather(*(carried(client, order_for(credential, batch)) for batch in batches))
        assert all(all(fitting(batch, outcome)) for batch, outcome in zip(batches, outcomes, strict=True))
    finally:
        await client.close()


async def test_secrets_leave_no_trace(
    service: SigningService, client: Client, principal: str, seal: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = []
    for identifier in (principal, seal):
        _, order = await ordered(client, identifier)
        said += [repr(client.__dict__), repr(await carried(client, order))]
        service.press(account_refused=True)
        with pytest.raises(SignerFault) as fault:
            await client.begin(order)
        said += [repr(fault.value), str(fault.value.__dict__)]
        service.press()
    text = caplog.text + " ".join(said)
    for name in ("signing-secret", "signing-pin"):
        assert (service.world / name).read_text(encoding="ascii").strip() not in text
    assert "Bearer " not in text
    assert "SAD" not in text


class TestCsc:
    """What only CSC API v2 has: two places to wait for a holder, and PINs."""

    @pytest.fixture
    def adapter(self) -> str:
        return "csc"

    async def test_a_holder_may_agree_at_the_authorisation(
        self, service: SigningService, client: Client, principal: str
    ) -> None:
        service.press(approval="authorize", asynchronous=False, by_hand=True)
        prepared, order = await ordered(client, principal)
        begun = await client.begin(order)
        assert isinstance(begun, Waiting)
        assert isinstance(await client.progress(order, begun.handle), Waiting)
        assert service.decide(orders_of(service, order)[0]["id"], agreed=True) == "agreed"
        signed = await client.progress(order, begun.handle)
        assert isinstance(signed, Signed)
        assert all(fitting(prepared, signed))
        with pytest.raises(OrderLost):
            await client.progress(order, begun.handle)
        assert times_signed(service, order) == [1, 1]

    async def test_a_holder_may_refuse_at_the_authorisation(
        self, service: SigningService, client: Client, principal: str
    ) -> None:
        service.press(approval="authorize", refuse=True)
        _, order = await ordered(client, principal)
        begun = await client.begin(order)
        assert isinstance(begun, Waiting)
        outcome = await client.progress(order, begun.handle)
        assert outcome == Refused("The user denied the request")
        assert times_signed(service, order) == [0, 0]

    async def test_a_lost_authorisation_of_a_person_is_a_lost_order(
        self, service: SigningService, client: Client, principal: str
    ) -> None:
        _, order = await ordered(client, principal)
        service.press(approval="authorize", lose_begin=True)
        with pytest.raises(OrderLost):
            await client.begin(order)
        assert len(orders_of(service, order)) == 1

    async def test_a_signature_that_is_lost_after_the_authorisation(
        self, service: SigningService, client: Client, principal: str
    ) -> None:
        service.press(approval="authorize")
        _, order = await ordered(client, principal)
        begun = await client.begin(order)
        assert isinstance(begun, Waiting)
        service.press(approval="authorize", lose_begin=True)
        with pytest.raises(OrderLost):
            await client.progress(order, begun.handle)
        assert times_signed(service, order) == [1, 1]

    async def test_a_wrong_pin_is_told_to_operators_and_not_tried_again(
        self, service: SigningService, seal: str, tmp_path: Path
    ) -> None:
        (tmp_path / "pin").write_text("000000x", encoding="ascii")
        client = adapters()["csc"].open("thu", service.settings("csc", pin_file=tmp_path / "pin"))
        try:
            _, order = await ordered(client, seal)
            before = service.asked()["begin"]
            with pytest.raises(AccountRefused):
                await client.begin(order)
            assert service.asked()["begin"] == before + 1
        finally:
            await client.close()

    async def test_an_account_whose_secret_cannot_be_read(
        self, service: SigningService, seal: str, tmp_path: Path
    ) -> None:
        client = adapters()["csc"].open("thu", service.settings("csc", client_secret_file=tmp_path / "none"))
        try:
            with pytest.raises(AccountRefused):
                await client.credential(seal)
        finally:
            await client.close()


@given(st.integers(1, 2**256 - 1), st.integers(1, 2**256 - 1))
def test_both_forms_of_an_ecdsa_value_mean_the_same(r: int, s: int) -> None:
    raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    der = encode_dss_signature(r, s)
    assert as_xmldsig(raw, width=32) == raw
    assert as_xmldsig(der, width=32) == (der if len(der) == 64 else raw)
    assert as_xmldsig(der, width=0) == der


@given(st.binary(max_size=200), st.sampled_from([0, 32, 48, 66]))
def test_any_value_can_be_looked_at(value: bytes, width: int) -> None:
    assert as_xmldsig(value, width=width) == value or len(as_xmldsig(value, width=width)) == 2 * width


@given(st.text(max_size=600))
def test_a_services_words_are_bounded_and_hold_no_token(text: str) -> None:
    told = words(text)
    assert len(told) <= 200
    assert told.isprintable()
    assert all(len(word) < 24 for word in told.split())
