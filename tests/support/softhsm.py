"""SoftHSM2: a PKCS#11 module whose tokens are folders, with keys of the tests' own authority in them.

Tokens are there before the module is loaded, because it looks for them only then. They are filled by a process of its
own: in this one, the module is the hub's alone.
"""

import multiprocessing
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pkcs11
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pkcs11 import Attribute, KeyType, ObjectClass
from pkcs11.util.ec import decode_ec_private_key
from pkcs11.util.rsa import decode_rsa_private_key
from pkcs11.util.x509 import decode_x509_certificate

from signing.seal import TokenKeyring
from support.authority import Authority, Holder, write_secret

_PLACES = ("/usr/lib/softhsm", "/usr/lib64/pkcs11", "/usr/lib64/softhsm", "/usr/local/lib/softhsm")
MODULE = next((path for place in _PLACES if (path := Path(place) / "libsofthsm2.so").exists()), None)
MISSING = "KHÔNG CÓ SOFTHSM2, KHÔNG THỬ ĐƯỢC TOKEN · NO SOFTHSM2, TOKENS NOT TESTED: apt-get install softhsm2"
TOKENS = ("keys", "refused", "gone", "sessions", "doctor")
"""each for what it is called after: a test that spoils its token spoils no other's"""
PIN = "246813"
_OFFICER = "13572468"

TOLD: list[str] = []
"""What the summary says."""

Result = TypeVar("Result")


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
    """Tokens in a folder, for this process and those that it starts."""

    def __init__(self, folder: Path, *, tokens: Sequence[str] = TOKENS) -> None:
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

    @property
    def tokens(self) -> Path:
        """What must be there for them to be there."""
        return self.folder / "tokens"

    def keyring(self, token: str = "keys", *, pin_file: Path | None = None, sessions: int = 2) -> TokenKeyring:
        """The hub's keyring of a token."""
        pin_file = pin_file or self.pin_file()
        return TokenKeyring(token, module=self.module, token=token, pin_file=pin_file, sessions=sessions)

    def pin_file(self, name: str = "pin", pin: str = PIN) -> Path:
        """A file with a PIN, for the hub alone."""
        path = self.folder / name
        if not path.exists():
            write_secret(path, f"{pin}\n".encode())
        return path

    def put(self, token: str, *entries: Entry) -> None:
        """Put these onto a token."""
        apart(_put, self.module, token, entries)

    def new_pin(self, token: str, pin: str) -> None:
        """Give a token another PIN."""
        apart(_new_pin, self.module, token, pin)

    def remove(self, token: str, label: str) -> None:
        """Take all of this label from a token."""
        apart(_remove, self.module, token, label)


@pytest.fixture(scope="session")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoftHsm]:
    """The tokens of this session's tests."""
    if MODULE is None:
        TOLD.append(MISSING)
        pytest.skip(MISSING)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", "")
        yield SoftHsm(tmp_path_factory.mktemp("softhsm") / "hsm")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for what in TOLD:
        terminalreporter.write_line(what)


def apart(work: Callable[..., Result], *arguments: Any) -> Result:
    """Do it in a process that is spawned for it."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as processes:
        return processes.submit(work, *arguments).result()


def _put(module: Path, token: str, entries: Sequence[Entry]) -> None:
    with pkcs11.lib(str(module)).get_token(token_label=token).open(rw=True, user_pin=PIN) as session:
        for each in entries:
            own = {Attribute.LABEL: each.label, Attribute.ID: each.identifier, Attribute.TOKEN: True}
            session.create_object(decode_x509_certificate(each.der) | own)
            if each.key is not None:
                session.create_object(_private(each.key) | own | {Attribute.PRIVATE: True, Attribute.SENSITIVE: True})


def _new_pin(module: Path, token: str, pin: str) -> None:
    with pkcs11.lib(str(module)).get_token(token_label=token).open(rw=True, user_pin=PIN) as session:
        session.set_pin(PIN, pin)


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
