"""A PDF signature with everything fixed but its value: the printed form's counterpart of `signing.seal.prepared`."""

import hashlib
import io
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Self

import orjson
from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest

from signing.certificates import certificate_from_der
from signing.printed.containers import as_cms, container, digest_name, message_digest
from signing.seal.prepared import ForeignValue
from signing.verify.algorithms import SIGNATURE_METHODS


@dataclass(frozen=True, slots=True)
class PreparedPdf:
    """A PDF whose last signature lacks its value."""

    pdf: bytes
    """the file, with zeros where the signature will stand"""
    start: int
    """octet at which that place begins"""
    end: int
    """octet behind it"""
    attributes: bytes
    """DER of the signed attributes: what is signed"""
    method: str
    """identifier of the XML signature method whose algorithm the value must be of"""
    chain: tuple[bytes, ...]
    """DER of the certificate whose key must sign, then of those above it as far as they are known"""

    @property
    def octets(self) -> bytes:
        """What a key signs: as `SealingKey.sign` takes it."""
        return self.attributes

    @property
    def digest(self) -> bytes:
        """What a service that signs digests is given."""
        return hashlib.new(digest_name(self.method), self.attributes).digest()

    def accepts(self, value: bytes) -> bool:
        """Whether the value is the certificate's signature over exactly this, as XMLDSig writes values."""
        key, method = certificate_from_der(self.chain[0]).key, SIGNATURE_METHODS[self.method]
        return key.kind is method.key and method.verifies(key, value=value, signed=self.attributes)

    def to_be_stamped(self, value: bytes) -> bytes:
        """The octets that a timestamp of this signature is over.

        Raises:
            ForeignValue: see `finish`.
        """
        self._check(value)
        return as_cms(self.method, value)

    def finish(self, value: bytes, *, token: bytes | None = None) -> bytes:
        """The signed PDF: PAdES baseline B, with a TimeStampToken (DER) baseline T.

        Raises:
            ForeignValue: the value belongs to other octets or to another key.
            pyhanko.sign.general.SigningError: the token is larger than the room that was kept.
        """
        self._check(value)
        written = as_cms(self.method, value)
        cms = container(self.attributes, chain=self.chain, method=self.method, value=written, token=token)
        output = io.BytesIO(self.pdf)
        PreparedByteRangeDigest(self._digest_of_pdf(), self.start, self.end).fill_with_cms(output, cms)
        return output.getvalue()

    def _check(self, value: bytes) -> None:
        if not self.accepts(value):
            raise ForeignValue("pdf")

    def _digest_of_pdf(self) -> bytes:
        digest = hashlib.new(digest_name(self.method), self.pdf[: self.start])
        digest.update(self.pdf[self.end :])
        return digest.digest()

    def to_bytes(self) -> bytes:
        """As it is stored."""
        return orjson.dumps(
            {
                "pdf": _text(self.pdf),
                "start": self.start,
                "end": self.end,
                "attributes": _text(self.attributes),
                "method": self.method,
                "chain": [_text(each) for each in self.chain],
            }
        )

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """As it was stored.

        Raises:
            ValueError: what is signed is not about this PDF.
        """
        told = orjson.loads(stored)
        read = cls(
            b64decode(told["pdf"]),
            told["start"],
            told["end"],
            b64decode(told["attributes"]),
            told["method"],
            tuple(b64decode(each) for each in told["chain"]),
        )
        if message_digest(read.attributes) != read._digest_of_pdf():
            raise ValueError("the prepared signature is over another file")
        return read


def _text(octets: bytes) -> str:
    return b64encode(octets).decode("ascii")
