"""Copies of records over HTTP: found, set as PDF in a thread of its own, signed where staff ask and the hub holds the school's
key, written down (rule T05), then handed over.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from starlette.responses import Response

from console.problems import Problem
from console.wiring import Turnstile, Wiring
from ledger import copies
from ledger.copies import Purpose, Stored, Way
from ledger.registry import Sender
from routes import printing
from routes.keys import keys_of
from routes.signing_settings import SigningSettings
from schemas.findings import Words
from transformers.printed.form import TooLongError
from transformers.printed.reading import NotPrintableError
from transformers.printed.settings import PrintSettings

if TYPE_CHECKING:
    from signing.printed import PreparedPdf
    from transformers.printed.press import Press

MEDIA_TYPE = "application/pdf"
STAFF = "console"
"""who prints from the staff's pages, until there is a login"""

_NOT_YOURS = Words(
    vi="Không có hồ sơ nào với UUID này do bạn gửi hoặc được trả về cho trường của bạn.",
    en="No record with this UUID was sent by you or returned to one of your schools.",
)
_TOO_LONG = Words(
    vi="Hồ sơ dài quá mức của một bản in; XML của hồ sơ vẫn đầy đủ.",
    en="The record is longer than a form can be; its XML is whole.",
)


class PrintRoom:
    """One press in one thread: setting a page takes the processor, and the event loop goes on meanwhile."""

    def __init__(
        self, settings: PrintSettings, signing: SigningSettings, *, at_once: int, retry_after_seconds: int
    ) -> None:
        self._settings = settings
        self._signing = signing
        self._keys = keys_of(signing)
        self._thread = ThreadPoolExecutor(1, "press")
        self._turnstile = Turnstile(at_once, retry_after_seconds=retry_after_seconds)
        self._press: Press | None = None

    async def print(self, stored: Stored) -> bytes:
        """The PDF of a record.

        Raises:
            Problem: it cannot be printed, or too many wait.
        """
        with self._turnstile.place():
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._print, stored)

    async def print_sealed(self, stored: Stored) -> bytes:
        """The same under the school's seal.

        Raises:
            Problem: it cannot be printed or signed, or too many wait.
        """
        # The signer of PDFs is not loaded before somebody asks for it.
        from routes.sealed_forms import NotSealed, sealed_form

        def run(work: "Callable[[], PreparedPdf]") -> "Awaitable[PreparedPdf]":
            return asyncio.get_running_loop().run_in_executor(self._thread, work)

        with self._turnstile.place():
            in_thread = partial(asyncio.get_running_loop().run_in_executor, self._thread)
            press = await in_thread(self._pressed)
            try:
                return await sealed_form(
                    press,
                    [await in_thread(printing.printable, stored)],
                    printing=self._settings,
                    signing=self._signing,
                    keys=self._keys,
                    run=run,
                )
            except (NotSealed, NotPrintableError) as error:
                raise Problem("unprintable", error.words) from error
            except TooLongError as error:
                raise Problem("unprintable", _TOO_LONG) from error

    async def may_seal(self, school: str) -> bool:
        """Whether the hub holds the key of a school's seal, here and now."""
        if self._keys is None:
            return False
        return await asyncio.get_running_loop().run_in_executor(self._thread, partial(self._has_key, school))

    def _has_key(self, school: str) -> bool:
        from routes.sealed_forms import holds_key

        return holds_key(self._keys, school)

    def _print(self, stored: Stored) -> bytes:
        try:
            return self._pressed().print([printing.printable(stored)], self._settings)
        except NotPrintableError as error:
            raise Problem("unprintable", error.words) from error
        except TooLongError as error:
            raise Problem("unprintable", _TOO_LONG) from error

    def _pressed(self) -> "Press":
        if self._press is None:
            # The typesetter and its fonts are not loaded before somebody prints.
            from transformers.printed.press import Press

            self._press = Press()
        return self._press


async def issue(
    wiring: Wiring, uuid: UUID, *, sender: Sender | None, purpose: Purpose, sealed: bool = False
) -> Response:
    """A copy for a sender, or for staff, under the school's seal if asked; it leaves only after it has been written down.

    Raises:
        Problem: there is no such record for this sender, or it cannot be printed.
    """
    async with wiring.gate.connection() as connection:
        stored = await copies.stored(connection, uuid, sender_id=sender.id if sender else None)
    if stored is None:
        raise Problem("not-found", _NOT_YOURS)
    pdf = await (wiring.prints.print_sealed(stored) if sealed else wiring.prints.print(stored))
    async with wiring.gate.connection() as connection:
        await copies.log_copy(
            connection,
            uuid,
            actor=sender.code if sender else STAFF,
            way=Way.API if sender else Way.CONSOLE,
            purpose=purpose,
            pdf_sha256=hashlib.sha256(pdf).digest(),
        )
    headers = {"Content-Disposition": f'attachment; filename="hoc-ba-{uuid}.pdf"', "Cache-Control": "no-store"}
    return Response(pdf, 200, headers, MEDIA_TYPE)
