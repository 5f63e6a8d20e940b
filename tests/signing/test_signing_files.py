"""Keys in files: only where nobody else can read them, with every curve, and the same value for the same octets."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from support.authority import ec_key, institution, rsa_key, write_p12
from support.workshop import Workshop

from signing.seal import FileKeyring, HomeDown, KeyMissing
from signing.verify.algorithms import SIGNATURE_METHODS

OCTETS = b"<ds:SignedInfo>what is signed</ds:SignedInfo>"
CURVES = {"ecdsa-sha256": ec.SECP256R1(), "ecdsa-sha384": ec.SECP384R1(), "ecdsa-sha512": ec.SECP521R1()}


@pytest.fixture
def folder(workshop: Workshop, tmp_path: Path) -> Path:
    return workshop.write_keys(tmp_path / "keys")


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o601])
@pytest.mark.parametrize(
    ("name", "why"), [("password", "password-file-open"), ("{unit}/GIAO_DICH.p12", "key-file-open")]
)
def test_a_file_that_others_can_read_is_not_used_until_it_is_mended(
    workshop: Workshop, folder: Path, name: str, why: str, mode: int
) -> None:
    keys = FileKeyring(folder)
    assert keys.transaction_key(workshop.unit).sign(OCTETS)
    file = folder / name.format(unit=workshop.unit)

    file.chmod(mode)
    with pytest.raises(HomeDown) as caught:
        keys.transaction_key(workshop.unit)
    assert (caught.value.home, caught.value.why) == ("file", why)
    file.chmod(0o600)
    assert keys.transaction_key(workshop.unit).sign(OCTETS)


def test_without_its_password_a_folder_is_down(workshop: Workshop, folder: Path) -> None:
    (folder / "password").unlink()

    with pytest.raises(HomeDown, match="password-file-missing"):
        FileKeyring(folder).transaction_key(workshop.unit)


@pytest.mark.parametrize("name", [*CURVES, "rsa-sha256"])
def test_the_same_octets_get_the_same_value(workshop: Workshop, folder: Path, name: str) -> None:
    """RFC 6979 and PKCS#1 v1.5: what was prepared once is finished alike however often."""
    key = ec_key(CURVES[name]) if name in CURVES else rsa_key()
    holder = workshop.issuing.issue(institution("Trường", workshop.unit), key=key)
    write_p12(folder / workshop.unit / "GIAO_DICH.p12", holder, password=b"thu nghiem")

    sealing = FileKeyring(folder).transaction_key(workshop.unit)

    assert SIGNATURE_METHODS[sealing.method].name == name
    value = sealing.sign(OCTETS)
    assert sealing.sign(OCTETS) == value
    assert SIGNATURE_METHODS[sealing.method].verifies(sealing.chain[0].key, value=value, signed=OCTETS)


@pytest.mark.parametrize("key", [rsa_key(1024), ec_key(ec.SECP256K1())], ids=["RSA-1024", "secp256k1"])
def test_a_key_that_may_not_sign_is_a_missing_key(workshop: Workshop, folder: Path, key: object) -> None:
    holder = workshop.issuing.issue(institution("Trường", workshop.unit), key=key)
    write_p12(folder / workshop.unit / "GIAO_DICH.p12", holder, password=b"thu nghiem")

    with pytest.raises(KeyMissing):
        FileKeyring(folder).transaction_key(workshop.unit)
