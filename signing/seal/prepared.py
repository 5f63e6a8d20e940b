"""A signature with everything fixed but its value: what lets a reply that comes tomorrow still fit, and nothing else.

Sealing has two steps wherever the key lives. Preparing freezes identifiers, times, digests and the certificate into the
octets of a canonical SignedInfo; finishing puts a value to them. Between the two a key signs the digest, here or far
away, now or after a person has agreed. The prepared form is plain data that is stored meanwhile: prepared once, it gives
the same octets for the same value however often and wherever it is finished.
"""

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import orjson

from signing.certificates import CertificateUnreadable, certificate_from_der
from signing.verify.algorithms import SIGNATURE_METHODS

_XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
_DS = f' xmlns:ds="{_XMLDSIG}"'


class CannotSeal(Exception):
    """There is no place for a seal, or it would change what is signed already, or it is not what was prepared."""


class ForeignValue(Exception):
    """The value is not the prepared certificate's signature over what was prepared: it is not used."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """One `ds:Signature` that lacks its value."""

    signature_id: str
    """its identifier"""
    info: str
    """content of SignedInfo, written in exclusive canonical form"""
    rest: str
    """what follows SignatureValue: KeyInfo and the objects"""
    method: str
    """identifier of the XML signature method that the value must be of"""
    certificate: bytes
    """DER of the certificate whose key must sign"""
    whole: str = ""
    """SHA-256, in hex, of every octet around it; empty where others may sign beside it meanwhile"""

    @property
    def octets(self) -> bytes:
        """The canonical SignedInfo: what is signed."""
        return f"<ds:SignedInfo{_DS}>{self.info}</ds:SignedInfo>".encode()

    @property
    def digest(self) -> bytes:
        """What a service that signs digests is given, by the method's own algorithm."""
        return hashlib.new(SIGNATURE_METHODS[self.method].digest.name, self.octets).digest()

    def accepts(self, value: bytes) -> bool:
        """Whether the value is the certificate's signature over exactly this, as XMLDSig writes values."""
        key, method = certificate_from_der(self.certificate).key, SIGNATURE_METHODS[self.method]
        return key.kind is method.key and method.verifies(key, value=value, signed=self.octets)

    def finish(self, value: bytes) -> str:
        """The whole signature, of a value that came from outside.

        Raises:
            ForeignValue: the value belongs to other octets or to another key.
        """
        if not self.accepts(value):
            raise ForeignValue(self.signature_id)
        return self.written(value)

    def written(self, value: bytes) -> str:
        """The whole signature, of a value that its own key has just made."""
        return (
            f'<ds:Signature{_DS} Id="{self.signature_id}"><ds:SignedInfo>{self.info}</ds:SignedInfo>'
            f"<ds:SignatureValue>{b64encode(value).decode('ascii')}</ds:SignatureValue>{self.rest}</ds:Signature>"
        )

    def to_bytes(self) -> bytes:
        """As it is stored."""
        return orjson.dumps(
            {
                "signature_id": self.signature_id,
                "info": self.info,
                "rest": self.rest,
                "method": self.method,
                "certificate": b64encode(self.certificate).decode("ascii"),
                "whole": self.whole,
            }
        )

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """As it was stored.

        Raises:
            CannotSeal: this was never stored so.
        """
        return cls.from_told(read_stored(stored))

    @classmethod
    def from_told(cls, told: Mapping[str, Any]) -> Self:
        """Of what is stored, read; raises as `from_bytes` does."""
        with damage():
            certificate = b64decode(told["certificate"], validate=True)
            certificate_from_der(certificate)
            if told["method"] not in SIGNATURE_METHODS:
                raise ValueError("method")
            return cls(
                signature_id=stored_text(told["signature_id"]),
                info=stored_text(told["info"]),
                rest=stored_text(told["rest"]),
                method=told["method"],
                certificate=certificate,
                whole=stored_text(told["whole"]),
            )


def stored_text(told: object) -> str:
    """A stored member that is a text."""
    if not isinstance(told, str):
        raise TypeError("text")
    return told


def read_stored(stored: bytes) -> Mapping[str, Any]:
    """The members of what is stored."""
    with damage():
        told = orjson.loads(stored)
        if not isinstance(told, dict):
            raise TypeError("members")
        return told


@contextmanager
def damage() -> Iterator[None]:
    """Whatever is wrong with stored octets, they cannot be a seal."""
    try:
        yield
    except (ValueError, TypeError, KeyError, OverflowError, CertificateUnreadable) as error:
        raise CannotSeal("prepared") from error
