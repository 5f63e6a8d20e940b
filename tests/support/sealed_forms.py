"""Printed forms signed as PDF: who signs them, with what key, and how a test gets one."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from signing.certificates import certificate_from_x509
from signing.printed import Appearance, sign_pdf
from signing.seal.files import EcKey, RsaKey
from signing.seal.keys import SealingKey, method_of
from support.authority import Authority, Holder
from support.workshop import Workshop
from transformers.printed.form import Printable
from transformers.printed.press import Press, Unsealed
from transformers.printed.reading import printable_of
from transformers.printed.seal import Seal
from transformers.printed.signatures import State

SEALED = datetime(2026, 5, 26, 3, 30, tzinfo=UTC)
"""when forms are signed here: after the record was"""


def key_of(holder: Holder, *above: Authority) -> SealingKey:
    """A key at hand, with its chain."""
    chain = tuple(
        certificate_from_x509(each) for each in (holder.certificate, *(one.holder.certificate for one in above))
    )
    method = method_of(chain[0].key)
    assert method is not None
    return RsaKey(chain, holder.key) if "rsa" in method else EcKey(chain, holder.key, method)


@dataclass(slots=True)
class PrintShop:
    """Prints the workshop's record, and signs it."""

    workshop: Workshop
    press: Press = field(default_factory=Press)

    @property
    def printable(self) -> Printable:
        """The record with signatures that hold."""
        return printable_of(self.workshop.good, states=State.VALID)

    @property
    def key(self) -> SealingKey:
        """The school's."""
        return key_of(self.workshop.school, self.workshop.issuing)

    def unsealed(self, *printables: Printable) -> Unsealed:
        """The form before it is signed."""
        return self.press.print_to_seal(printables or (self.printable,))

    def appearance(self, form: Unsealed, *, at: datetime = SEALED, **said: Any) -> Appearance:
        """The school's visible seal."""
        assert form.place is not None
        told = {
            "role": "Cơ sở giáo dục phát hành",
            "name": "Trường Tiểu học Thử",
            "owner": "Trường Tiểu học Thử <A & B>",
            "serial": self.key.chain[0].serial,
            "issuer": "Cơ quan cấp thử",
        }
        return Appearance(
            form.place.page, form.place.box, self.press.seal(Seal.of(at=at, **{**told, **said}), form.place)
        )

    def sealed(self, *, key: SealingKey | None = None, visible: bool = True, **how: Any) -> bytes:
        """The signed form."""
        form = self.unsealed()
        shown = self.appearance(form) if visible else None
        return sign_pdf(form.pdf, key=key or self.key, **{"at": SEALED, "appearance": shown, **how})
