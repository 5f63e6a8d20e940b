"""SoftHSM2: a PKCS#11 module whose tokens are folders, with keys of the tests' own authority in them.

Tokens are there before the module is loaded, because it looks for them only then. They are filled by a process of its
own: in this one, the module is the hub's alone.
"""

import multiprocessing
import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pkcs11
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pkcs11 import Attribute, KeyType, ObjectClass
from pkcs11.util.ec import decode_ec_private_key
from pkcs11.util.rsa import decode_rsa_private_key
from pkcs11.util.x509 import decode_x509_certificate

from support.authority import Authority, Holder

_PLACES = ("/usr/lib/softhsm", "/usr/lib64/pkcs11", "/usr/lib64/softhsm", "/usr/local/lib/softhsm")
MODULE = next((path for place in _PLACES if (path := Path(place) / "libsofthsm2.so").exists()), None)
MISSING = "KHÔNG CÓ SOFTHSM2, KHÔNG THỬ ĐƯỢC TOKEN · NO SOFTHSM2, TOKENS NOT TESTED: apt-get install softhsm2"
PIN = "246813"
_OFFICER = "13572468"


@dataclass(frozen=True, slots=True)
class Entry:
    """A key with its certificate, as they go onto a token."""

    label: str
    """<unit>/<role> or <unit>/<role>-<SO_CCCD>; of both"""
    der: bytes
    """the certificate"""
    key: bytes | None = None
    """PKCS#8 of the private key; None puts the certificate alone"""
    identifier: bytes = b"\1"
    """CKA_ID of both"""


def entry(label: str, holder: Holder, *, identifier: bytes = b"\1", alone: bool = False) -> Entry:
    """A holder's key and certificate, or the certificate `alone`."""
    key = holder.key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Entry(label, holder.der, None if alone else key, identifier)


def authority(above: Authority) -> Entry:
    """The certificate of an authority."""
    return entry(above.name, above.holder, alone=True)


class SoftHsm:
    """Tokens in a folder."""

    def __init__(self, folder: Path, *, tokens: Sequence[str]) -> None:
        assert MODULE is not None, MISSING
        self.module = MODULE
        self.folder = folder
        (folder / "tokens").mkdir(parents=True)
        configuration = folder / "softhsm2.conf"
        configuration.write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n", encoding="utf-8")
        os.environ["SOFTHSM2_CONF"] = str(configuration)
        for token in tokens:
            subprocess.run(
                ["softhsm2-util", "--init-token", "--free", "--label", token, "--so-pin", _OFFICER, "--pin", PIN],
                check=True,
                stdout=subprocess.DEVNULL,
            )

    def pin_file(self, name: str = "pin", pin: str = PIN) -> Path:
        """A file with a PIN, for the hub alone."""
        path = self.folder / name
        path.write_text(pin + "\n", encoding="ascii")
        path.chmod(0o600)
        return path

    def put(self, token: str, *entries: Entry) -> None:
        """Put these onto a token."""
        apart(_put, self.module, token, entries)

    def remove(self, token: str, label: str) -> None:
        """Take all of this label from a token."""
        apart(_remove, self.module, token, label)


def apart(work: Callable[..., None], *arguments: Any) -> None:
    """Do it in a process that is spawned for it."""
    process = multiprocessing.get_context("spawn").Process(target=work, args=arguments)
    process.start()
    process.join()
    assert process.exitcode == 0, process.exitcode


def _put(module: Path, token: str, entries: Sequence[Entry]) -> None:
    with pkcs11.lib(str(module)).get_token(token_label=token).open(rw=True, user_pin=PIN) as session:
        for each in entries:
            own = {Attribute.LABEL: each.label, Attribute.ID: each.identifier, Attribute.TOKEN: True}
            session.create_object(decode_x509_certificate(each.der) | own)
            if each.key is not None:
                session.create_object(_private(each.key) | own | {Attribute.PRIVATE: True, Attribute.SENSITIVE: True})


def _private(der: bytes) -> dict[Attribute, Any]:
    key: Any = serialization.load_der_private_key(der, None)
    plain = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    if isinstance(key, rsa.RSAPrivateKey):
        return decode_rsa_private_key(plain)
    return decode_ec_private_key(plain) | {Attribute.KEY_TYPE: KeyType.EC, Attribute.SIGN: True}


def _remove(module: Path, token: str, label: str) -> None:
    with pkcs11.lib(str(module)).get_token(token_label=token).open(rw=True, user_pin=PIN) as session:
        for kind in (ObjectClass.CERTIFICATE, ObjectClass.PRIVATE_KEY):
            for each in list(session.get_objects({Attribute.CLASS: kind, Attribute.LABEL: label})):
                each.destroy()
