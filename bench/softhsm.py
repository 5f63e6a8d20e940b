"""A SoftHSM2 token with an RSA and an elliptic key, for benchmarks that sign with PKCS#11."""

import multiprocessing
import os
import shutil
import subprocess
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pkcs11
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pkcs11 import Attribute, KeyType
from pkcs11.util.ec import decode_ec_private_key
from pkcs11.util.rsa import decode_rsa_private_key
from pkcs11.util.x509 import decode_x509_certificate

from signing.seal import TokenKeyring

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
ROLES = {"rsa": "KY_PHAT_HANH", "p256": "GIAO_DICH"}
"""kind of key → the role that it is put onto the token for"""
UNIT = "79760411"
_LABEL, _PIN = "bench", "246813"

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def has_token() -> bool:
    """Whether there is a SoftHSM2 to ask."""
    return MODULE.exists() and shutil.which("softhsm2-util") is not None


def new_keys() -> Mapping[str, PrivateKey]:
    """One of each kind."""
    return {
        "rsa": rsa.generate_private_key(public_exponent=65537, key_size=2048),
        "p256": ec.generate_private_key(ec.SECP256R1()),
    }


def certificate(key: PrivateKey) -> x509.Certificate:
    """A certificate over a key, by itself."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, UNIT)])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )


@cache
def soft_token(folder: Path) -> TokenKeyring:
    """The hub's keyring of a new token in a folder, filled by a process of its own: in this one the module is the hub's
    alone."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "tokens").mkdir(parents=True)
    configuration, pin = folder / "softhsm2.conf", folder / "pin"
    configuration.write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n", encoding="utf-8")
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    command = ["softhsm2-util", "--init-token", "--free", "--label", _LABEL, "--so-pin", _PIN * 2, "--pin", _PIN]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    pin.touch(0o600)
    pin.write_text(_PIN, encoding="ascii")
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as processes:
        processes.submit(_fill).result()
    return TokenKeyring("bench", module=MODULE, token=_LABEL, pin_file=pin, sessions=1)


def _fill() -> None:
    with pkcs11.lib(str(MODULE)).get_token(token_label=_LABEL).open(rw=True, user_pin=_PIN) as session:
        for number, (kind, key) in enumerate(new_keys().items(), start=1):
            own = {
                Attribute.LABEL: f"{UNIT}/{ROLES[kind]}",
                Attribute.ID: bytes([number]),
                Attribute.TOKEN: True,
            }
            plain = key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
            decoded = (
                decode_rsa_private_key(plain)
                if isinstance(key, rsa.RSAPrivateKey)
                else decode_ec_private_key(plain) | {Attribute.KEY_TYPE: KeyType.EC, Attribute.SIGN: True}
            )
            session.create_object(decode_x509_certificate(certificate(key).public_bytes(Encoding.DER)) | own)
            session.create_object(decoded | own | {Attribute.PRIVATE: True})
