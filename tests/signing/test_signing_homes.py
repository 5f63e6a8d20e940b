"""Whose key lives where, and what is known of keys that live at a remote service."""

import json
import os
from datetime import timedelta
from pathlib import Path
from time import sleep

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from support.authority import Holder, ec_key, institution, person, rsa_key
from support.workshop import NOW, TEACHER, Workshop

from signing.seal import CertificateWanted, FileKeyring, Homes, KeyMissing, RemoteKey, RemoteKeyring
from signing.seal.homes import FILE, Rule
from signing.seal.keys import ECDSA_SHA256, RSA_SHA256, AnyKey

UNIT = "79760411"
SEAL = f"{UNIT}/KY_PHAT_HANH"
LONG = 3600.0


class Named:
    """A home that knows every key, by its own name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def key(self, unit: str, role: str, cccd: str = "") -> AnyKey:
        return RemoteKey((), RSA_SHA256, self.name, f"{unit}/{role}/{cccd}")

    def transaction_key(self, unit: str) -> AnyKey:
        return RemoteKey((), RSA_SHA256, self.name, f"{unit}/transaction")


def _found(key: AnyKey) -> tuple[str, str]:
    assert isinstance(key, RemoteKey)
    return key.home, key.credential


HOMES = Homes(
    {name: Named(name) for name in (FILE, "smartca", "hsm")},
    [
        Rule("79760411", "GV*", "smartca"),
        Rule("7976*", "GIAO_DICH", "hsm"),
        Rule("7976*", "KY_PHAT_HANH", "hsm"),
        Rule("79760411", "KY_PHAT_HANH", "smartca"),
        Rule("01*", "*", "gone"),
    ],
)


@pytest.mark.parametrize(
    ("unit", "role", "home"),
    [
        ("79760411", "GVCN", "smartca"),
        ("79760411", "GVBM", "smartca"),
        ("79760411", "CBQL", FILE),
        ("79760411", "KY_PHAT_HANH", "hsm"),
        ("79760412", "KY_PHAT_HANH", "hsm"),
        ("79760412", "GVCN", FILE),
        ("7976", "GIAO_DICH", "hsm"),
        ("", "KY_PHAT_HANH", FILE),
        ("*", "KY_PHAT_HANH", FILE),
        ("79760411", "*", FILE),
        ("79760411\n", "GVCN", FILE),
    ],
)
def test_the_first_rule_that_matches_names_the_home(unit: str, role: str, home: str) -> None:
    assert _found(HOMES.key(unit, role, "1")) == (home, f"{unit}/{role}/1")


def test_transactions_have_a_role_of_their_own() -> None:
    assert _found(HOMES.transaction_key("79760411")) == ("hsm", "79760411/transaction")
    assert _found(HOMES.transaction_key("48000001")) == (FILE, "48000001/transaction")


def test_a_rule_to_a_home_that_is_not_there_is_a_missing_key() -> None:
    """It never falls back to another home: whose key would sign, nobody decided."""
    for ask in (lambda: HOMES.key("01000001", "GVCN", "1"), lambda: HOMES.transaction_key("01000001")):
        with pytest.raises(KeyMissing):
            ask()
    with pytest.raises(KeyMissing) as caught:
        Homes({}, []).key("79760411", "CBQL", "1")
    assert caught.value.role == "CBQL"


def test_a_home_answers_with_its_own_key(workshop: Workshop, tmp_path: Path) -> None:
    homes = Homes({FILE: FileKeyring(workshop.write_keys(tmp_path))}, [])

    assert homes.key(UNIT, "GVCN", TEACHER).chain[0].sha256 == workshop.teacher.sha256
    assert homes.transaction_key(UNIT).chain[0].sha256 == workshop.school.sha256
    with pytest.raises(KeyMissing):
        homes.key(UNIT, "GVCN", "079184999999")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "credentials.json"
    _write(path, {SEAL: "seal-1", f"{UNIT}/GVCN-{TEACHER}": "teacher-1", f"{UNIT}/GIAO_DICH": "seal-1"})
    return path


def _write(path: Path, names: object) -> None:
    path.write_text(json.dumps(names), encoding="utf-8")
    # A clock that has not moved on since must not hide the change.
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))


def _learn(keyring: RemoteKeyring, holder: Holder, credential: str = "seal-1", *, seconds: float = LONG) -> None:
    algorithm = "rsa-sha256" if isinstance(holder.key, rsa.RSAPrivateKey) else "ecdsa-sha256"
    keyring.learn(credential, chain=[holder.der], algorithm=algorithm, seconds=seconds)


def test_what_is_not_known_is_wanted_and_then_known(workshop: Workshop, file: Path) -> None:
    keyring = RemoteKeyring("smartca", file)
    with pytest.raises(CertificateWanted) as caught:
        keyring.key(UNIT, "KY_PHAT_HANH")
    assert list(caught.value.wanted) == [("smartca", "seal-1", "KY_PHAT_HANH")]

    _learn(keyring, workshop.school)

    key = keyring.key(UNIT, "KY_PHAT_HANH")
    assert (key.home, key.credential, key.method) == ("smartca", "seal-1", RSA_SHA256)
    assert key.chain[0].sha256 == workshop.school.sha256
    assert keyring.transaction_key(UNIT) == key
    with pytest.raises(CertificateWanted):
        keyring.key(UNIT, "GVCN", TEACHER)


def test_the_credentials_are_not_named_in_what_is_logged(file: Path) -> None:
    with pytest.raises(CertificateWanted) as caught:
        RemoteKeyring("smartca", file).key(UNIT, "GVCN", TEACHER)
    assert str(caught.value) == "smartca"


def test_an_elliptic_key_is_asked_for_its_own_method(workshop: Workshop, file: Path) -> None:
    keyring = RemoteKeyring("smartca", file)
    _learn(keyring, workshop.neighbour)
    assert keyring.key(UNIT, "KY_PHAT_HANH").method == ECDSA_SHA256


def test_what_a_service_told_is_believed_for_a_while(workshop: Workshop, file: Path) -> None:
    keyring = RemoteKeyring("smartca", file)
    _learn(keyring, workshop.school, seconds=0.0)
    sleep(0.001)
    with pytest.raises(CertificateWanted):
        keyring.key(UNIT, "KY_PHAT_HANH")
    _learn(keyring, workshop.school)
    _learn(keyring, workshop.neighbour)
    assert keyring.key(UNIT, "KY_PHAT_HANH").chain[0].sha256 == workshop.neighbour.sha256


@pytest.mark.parametrize(
    "told", ["nothing", "junk", "a junk issuer", "another algorithm", "another kind", "a weak key"]
)
def test_what_is_of_no_use_is_a_missing_key(workshop: Workshop, file: Path, told: str) -> None:
    """Asking again would bring the same; nobody is asked to sign with it."""
    der = workshop.school.der
    weak = workshop.issuing.issue(institution("Trường", UNIT), key=rsa_key(1024)).der
    chains = {"nothing": [], "junk": [b"junk"], "a junk issuer": [der, b""], "a weak key": [weak]}
    algorithms = {"another algorithm": "rsa-sha1", "another kind": "ecdsa-sha256"}
    keyring = RemoteKeyring("smartca", file)

    keyring.learn("seal-1", chain=chains.get(told, [der]), algorithm=algorithms.get(told, "rsa-sha256"), seconds=LONG)

    with pytest.raises(KeyMissing) as caught:
        keyring.key(UNIT, "KY_PHAT_HANH")
    assert caught.value.role == "KY_PHAT_HANH"


@pytest.mark.parametrize("days", [-400, 4000])
def test_a_certificate_out_of_its_time_is_a_missing_key(workshop: Workshop, file: Path, days: int) -> None:
    span = timedelta(days=days)
    starts, ends = NOW + span, NOW + span + timedelta(days=10)
    holder = workshop.issuing.issue(person("Phạm Thị Chủ", TEACHER), key=ec_key(), starts=starts, ends=ends)
    keyring = RemoteKeyring("smartca", file)
    _learn(keyring, holder, "teacher-1")

    with pytest.raises(KeyMissing) as caught:
        keyring.key(UNIT, "GVCN", TEACHER)
    assert caught.value.role == "GVCN"


def test_another_persons_certificate_is_a_missing_key(workshop: Workshop, file: Path) -> None:
    """The credential was written beside the wrong name: whoever it belongs to is not asked."""
    keyring = RemoteKeyring("smartca", file)
    _learn(keyring, workshop.principal, "teacher-1")
    with pytest.raises(KeyMissing):
        keyring.key(UNIT, "GVCN", TEACHER)
    _learn(keyring, workshop.teacher, "teacher-1")
    assert keyring.key(UNIT, "GVCN", TEACHER).chain[0].sha256 == workshop.teacher.sha256


@pytest.mark.parametrize(
    ("unit", "role", "cccd"),
    [
        ("79760412", "KY_PHAT_HANH", ""),
        (UNIT, "GVCN", ""),
        (UNIT, "GVCN", "079184999999"),
        (UNIT, "CBQL", TEACHER),
        (f"{UNIT}/KY_PHAT_HANH", "", ""),
        ("", "KY_PHAT_HANH", ""),
        ("../79760411", "KY_PHAT_HANH", ""),
        (UNIT, "KY_PHAT_HANH", TEACHER),
    ],
)
def test_whom_the_file_does_not_name_has_no_key(
    workshop: Workshop, file: Path, unit: str, role: str, cccd: str
) -> None:
    keyring = RemoteKeyring("smartca", file)
    for credential in ("seal-1", "teacher-1"):
        _learn(keyring, workshop.school, credential)
    with pytest.raises(KeyMissing):
        keyring.key(unit, role, cccd)


def test_a_changed_file_is_seen(workshop: Workshop, file: Path) -> None:
    keyring = RemoteKeyring("smartca", file)
    _learn(keyring, workshop.school)
    assert keyring.key(UNIT, "KY_PHAT_HANH").credential == "seal-1"

    _write(file, {SEAL: "seal-2"})
    with pytest.raises(CertificateWanted):
        keyring.key(UNIT, "KY_PHAT_HANH")
    with pytest.raises(KeyMissing):
        keyring.transaction_key(UNIT)

    file.unlink()
    with pytest.raises(KeyMissing):
        keyring.key(UNIT, "KY_PHAT_HANH")
    _write(file, {SEAL: "seal-1"})
    assert keyring.key(UNIT, "KY_PHAT_HANH").credential == "seal-1"


HOSTILE = {
    "empty": b"",
    "half written": b'{"79760411/KY_PHAT_HANH": "seal-',
    "a list": b'["79760411/KY_PHAT_HANH"]',
    "a text": b'"79760411/KY_PHAT_HANH"',
    "nothing": b"null",
    "no text": b'{"79760411/KY_PHAT_HANH": null}',
    "a number": b'{"79760411/KY_PHAT_HANH": 1}',
    "an object": b'{"79760411/KY_PHAT_HANH": {"seal-1": "seal-1"}}',
    "an empty name": b'{"79760411/KY_PHAT_HANH": ""}',
    "another encoding": '{"79760411/KY_PHAT_HANH": "seal-1"}'.encode("utf-16"),
    "broken letters": b'{"79760411/KY_PHAT_HANH": "\xff"}',
    "as deep as it gets": b"[" * 200_000,
    "deep below the key": b'{"79760411/KY_PHAT_HANH": ' + b"[" * 100_000,
}


@pytest.mark.parametrize("octets", HOSTILE.values(), ids=list(HOSTILE))
def test_a_file_that_says_nothing_has_no_keys(workshop: Workshop, file: Path, octets: bytes) -> None:
    keyring = RemoteKeyring("smartca", file)
    for credential in ("seal-1", "None", "1", ""):
        _learn(keyring, workshop.school, credential)
    assert keyring.key(UNIT, "KY_PHAT_HANH").credential == "seal-1"

    file.write_bytes(octets)

    with pytest.raises(KeyMissing):
        keyring.key(UNIT, "KY_PHAT_HANH")
    _write(file, {SEAL: "seal-1"})
    assert keyring.key(UNIT, "KY_PHAT_HANH").credential == "seal-1"


def test_a_folder_instead_of_the_file_has_no_keys(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing" / "here"):
        with pytest.raises(KeyMissing):
            RemoteKeyring("smartca", path).key(UNIT, "KY_PHAT_HANH")
