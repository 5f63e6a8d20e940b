"""The stand-in signing service by its own contract: what it lets be signed, and what its ledger keeps."""

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from support.signing_service import SigningService

from sandbox.world import World, build_world

SHA256, RSA = "2.16.840.1.101.3.4.2.1", "1.2.840.113549.1.1.11"


@pytest.fixture(scope="module")
def service(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SigningService]:
    started = SigningService(world.folder, tmp_path_factory.mktemp("signing"))
    started.start()
    yield started
    started.stop()


@pytest.fixture(autouse=True)
def _at_rest(service: SigningService) -> None:
    service.press()


@pytest.fixture
def principal(service: SigningService, world: World) -> str:
    school = world.schools[0]
    return service.credential(f"{school.code}/CBQL-{school.principal.cccd}")


@pytest.fixture
def seal(service: SigningService, world: World) -> str:
    return service.credential(f"{world.schools[0].code}/KY_PHAT_HANH")


def hashes_of(*texts: str) -> list[str]:
    return [b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts]


class Caller:
    """A client that holds to the contract, or does not."""

    def __init__(self, service: SigningService) -> None:
        self.service = service
        secret = (service.world / "signing-secret").read_text(encoding="ascii").strip()
        form = {"grant_type": "client_credentials", "client_id": "hub", "client_secret": secret}
        reply = service.http.post(service.url("/csc/v2/oauth2/token"), data=form).raise_for_status()
        self.token = reply.json()["access_token"]

    def call(self, method: str, **body: Any) -> tuple[int, dict[str, Any]]:
        reply = self.service.http.post(
            self.service.url(f"/csc/v2/{method}"), json=body, headers={"Authorization": f"Bearer {self.token}"}
        )
        return reply.status_code, reply.json()

    def authorise(self, credential: str, wanted: list[str], auth: list[dict[str, str]]) -> tuple[int, dict[str, Any]]:
        return self.call(
            "credentials/authorize",
            credentialID=credential,
            numSignatures=len(wanted),
            hashes=wanted,
            hashAlgorithmOID=SHA256,
            authData=auth,
        )

    def sad(self, credential: str, wanted: list[str]) -> str:
        status, told = self.authorise(credential, wanted, [{"id": "mobile"}])
        assert status == 200, told
        return str(told["SAD"])

    def sign(self, credential: str, wanted: list[str], sad: str, **more: Any) -> tuple[int, dict[str, Any]]:
        body = {"credentialID": credential, "SAD": sad, "hashes": wanted, "signAlgo": RSA, "operationMode": "A"}
        return self.call("signatures/signHash", **body, **more)


@pytest.fixture
def caller(service: SigningService) -> Caller:
    return Caller(service)


def test_names_of_keys_say_nothing_of_their_holders(world: World) -> None:
    told = json.loads((world.folder / "signing-credentials.json").read_bytes())
    people = {school.principal.cccd for school in (*world.schools, world.secondary)}
    people |= {room.teacher.cccd for school in world.schools for room in school.classes}
    assert {place.partition("-")[2] for place in told if "-" in place} == people
    assert all(name.isalnum() and len(name) == 21 for name in told.values())
    assert len(set(told.values())) == len(told)
    assert all((world.folder / "keys" / f"{place}.p12").exists() for place in told)


def test_the_same_world_has_the_same_names(world: World) -> None:
    path = world.folder / "signing-credentials.json"
    before = path.read_bytes()
    path.unlink()
    build_world(world.folder, distinct_keys=12)
    assert path.read_bytes() == before
    assert {(world.folder / name).stat().st_mode & 0o777 for name in ("signing-secret", "signing-pin")} == {0o600}


def test_what_is_signed_stands_in_the_ledger_and_survives_the_process(
    service: SigningService, caller: Caller, principal: str
) -> None:
    start = len(service.signed())
    wanted = hashes_of("một", "hai")
    status, told = caller.sign(principal, wanted, caller.sad(principal, wanted), clientData="don-1")
    assert status == 200
    status, answer = caller.call("signatures/signPolling", requestID=told["responseID"])
    assert status == 200
    _, info = caller.call("credentials/info", credentialID=principal, certificates="chain")
    key = x509.load_der_x509_certificate(b64decode(info["cert"]["certificates"][0])).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    for value, digest in zip(answer["signatures"], wanted, strict=True):
        key.verify(b64decode(value), b64decode(digest), padding.PKCS1v15(), Prehashed(hashes.SHA256()))
    service.stop()
    service.start()
    lines = service.signed()[start:]
    assert [(line["hash"], line["credential"], line["reference"]) for line in lines] == [
        (b64decode(digest).hex(), principal, "don-1") for digest in wanted
    ]
    assert Caller(service).call("signatures/signPolling", requestID=told["responseID"])[1] == answer
    assert len(service.signed()) == start + 2, "asked again is not signed again"
    assert service.signed(after=lines[0]["position"]) == lines[1:]


def test_an_authorisation_is_good_for_its_hashes_and_once(caller: Caller, principal: str, seal: str) -> None:
    wanted, others = hashes_of("ba"), hashes_of("bốn")
    for credential, asked, words in (
        (principal, others, "Hash is not authorized by the SAD"),
        (seal, wanted, "Invalid parameter SAD"),
    ):
        status, told = caller.sign(credential, asked, caller.sad(principal, wanted))
        assert (status, told["error_description"]) == (400, words)
    sad = caller.sad(principal, wanted)
    assert caller.sign(principal, wanted, sad)[0] == 200
    assert caller.sign(principal, wanted, sad) == (
        400,
        {"error": "invalid_request", "error_description": "Invalid parameter SAD"},
    )


def test_a_seal_wants_its_pin(service: SigningService, caller: Caller, seal: str) -> None:
    wanted = hashes_of("năm")
    for auth in ([], [{"id": "PIN", "value": "1"}], [{"id": "mobile"}]):
        status, told = caller.authorise(seal, wanted, auth)
        assert (status, told["error"]) == (400, "invalid_authentication_data")
    pin = (service.world / "signing-pin").read_text(encoding="ascii").strip()
    status, told = caller.authorise(seal, wanted, [{"id": "PIN", "value": pin}])
    assert status == 200
    body = {"credentialID": seal, "SAD": told["SAD"], "hashes": wanted, "signAlgo": RSA}
    assert len(caller.call("signatures/signHash", **body)[1]["signatures"]) == 1


def test_a_refused_order_is_never_signed(service: SigningService, caller: Caller, principal: str) -> None:
    service.press(by_hand=True)
    start, wanted = len(service.signed()), hashes_of("sáu")
    _, told = caller.sign(principal, wanted, caller.sad(principal, wanted))
    assert service.decide(told["responseID"], agreed=False) == "refused"
    service.press()
    assert service.decide(told["responseID"], agreed=True) == "refused"
    assert caller.call("signatures/signPolling", requestID=told["responseID"])[1]["error"] == "access_denied"
    assert len(service.signed()) == start


def test_an_order_ends_with_its_period(service: SigningService, caller: Caller, principal: str) -> None:
    service.press(by_hand=True)
    wanted = hashes_of("bảy")
    _, told = caller.sign(principal, wanted, caller.sad(principal, wanted), validity_period=1)
    status, answer = caller.call("signatures/signPolling", requestID=told["responseID"])
    assert (status, answer["error_description"]) == (400, "Invalid parameter requestID")
    assert service.decide(told["responseID"], agreed=True) == "expired"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"numSignatures": 2}, "Invalid value for parameter numSignatures"),
        ({"hashes": []}, "Empty hash array"),
        ({"hashes": ["!"], "numSignatures": 1}, "Invalid Base64 hash string parameter"),
        ({"hashes": ["AAAA"], "numSignatures": 1}, "Invalid digest value length"),
        ({"hashAlgorithmOID": "1.3.14.3.2.26"}, "Invalid parameter hashAlgorithmOID"),
        ({"credentialID": "X"}, "Invalid parameter credentialID"),
    ],
)
def test_what_is_malformed_is_refused(caller: Caller, principal: str, changes: dict[str, Any], words: str) -> None:
    body: dict[str, Any] = {
        "credentialID": principal,
        "numSignatures": 1,
        "hashes": hashes_of("tám"),
        "hashAlgorithmOID": SHA256,
        "authData": [{"id": "mobile"}],
    }
    status, told = caller.call("credentials/authorize", **(body | changes))
    assert (status, told["error_description"]) == (400, words)


def test_nothing_is_told_without_a_token(service: SigningService, caller: Caller, principal: str) -> None:
    caller.token = "x"
    assert caller.call("credentials/info", credentialID=principal)[0] == 401
    form = {"grant_type": "client_credentials", "client_id": "hub", "client_secret": "x"}
    assert service.http.post(service.url("/csc/v2/oauth2/token"), data=form).status_code == 401


def test_a_button_that_is_none_is_refused(service: SigningService) -> None:
    assert service.http.post(service.url("/admin/faults"), json={"no_such": 1}).status_code == 422
