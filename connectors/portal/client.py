"""The client: every call of the contract, as any unit that has an account.

Transactions 1 and 3 are sent at most once per call; everything else may be asked again for a few seconds.
"""

from types import TracebackType
from typing import Self

import orjson

from connectors.exchanges import Unreadable
from connectors.portal.answers import (
    DONE,
    FAULTS,
    ROWS,
    ResultRows,
    ReturnedPage,
    check_ack,
    read_page,
    read_result,
)
from connectors.portal.catalogues import Catalogue, CatalogueRow, read_catalogue
from connectors.portal.faults import PortalDown, ReplyLost, TryLater
from connectors.portal.line import Call, Line
from connectors.portal.registrations import ERROR, RegistrationRow, check_registered, read_registration
from connectors.portal.settings import PortalSettings
from transformers.transactions import CertificateRegistration, registration_body


class Portal:
    """One portal, spoken to as any unit that has an account."""

    def __init__(self, settings: PortalSettings) -> None:
        self._settings = settings
        self._line = Line(settings)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._line.close()

    async def submit(self, *, messageid: str, ma_don_vi: str, nam_hoc: int, content: bytes) -> None:
        """Transaction 1; returns once the portal has acknowledged the package.

        Raises:
            ReplyLost: it may have arrived.
            PortalFault: any other kind: it surely was not taken.
        """
        account = self._line.account(ma_don_vi)
        head = {
            "user_name": account.user_name,
            "password": account.hashed,
            "ma_don_vi": ma_don_vi,
            "nam_hoc": nam_hoc,
            "messageid": messageid,
            "type": self._settings.type,
            "function": "1",
        }
        text = content.decode("ascii")

        def body(token: str) -> bytes:
            return orjson.dumps({"authenticationRequest": {"token": token, **head}, "content": text})

        answer = await self._line.once(ma_don_vi, self._settings.paths.submit, body)
        try:
            check_ack(answer, messageid=messageid)
        except Unreadable as error:
            raise ReplyLost(error.code) from error

    async def result(self, *, messageid: str, ma_don_vi: str) -> ResultRows:
        """Transaction 2: the verdicts of a package so far.

        Raises:
            UnknownMessage: the portal has no such message.
            PortalFault: no answer this time.
        """
        body = {"messageid": messageid, "ma_don_vi": ma_don_vi, "type": self._settings.type, "function": "2"}
        answer = await self._line.ask(ma_don_vi, Call(self._settings.paths.result, orjson.dumps(body)))
        try:
            return read_result(answer, messageid=messageid)
        except Unreadable as error:
            raise PortalDown(error.code) from error

    async def register_certificate(
        self, registration: CertificateRegistration, *, messageid: str, content: str
    ) -> None:
        """Transaction 3; returns once the portal has taken the registration, which it still has to approve.

        Raises:
            ReplyLost: it may have arrived.
            PortalFault: any other kind: it surely was not taken.
        """
        told = registration_body(registration, message_id=messageid, content=content) | {"type": self._settings.type}
        octets = orjson.dumps(told)
        answer = await self._line.once(
            registration.unit, self._settings.paths.registration, lambda _: octets, expected=ERROR
        )
        try:
            check_registered(answer, messageid=messageid)
        except Unreadable as error:
            raise ReplyLost(error.code) from error

    async def registration_result(self, *, messageid: str, ma_don_vi: str, nam_hoc: int) -> RegistrationRow | None:
        """Transaction 4: what became of a registration; None while nobody has decided.

        Raises:
            UnknownMessage: the portal has no such message.
            PortalFault: no answer this time.
        """
        body = {"messageid": messageid, "ma_don_vi": ma_don_vi, "ma_nam_hoc": nam_hoc}
        call = Call(self._settings.paths.registration_result, orjson.dumps(body), expected=ROWS)
        answer = await self._line.ask(ma_don_vi, call)
        try:
            return read_registration(answer, messageid=messageid, ma_don_vi=ma_don_vi)
        except Unreadable as error:
            raise PortalDown(error.code) from error

    async def catalogue(self, kind: Catalogue) -> tuple[CatalogueRow, ...]:
        """What the portal knows of a kind.

        Raises:
            PortalFault: no answer this time.
        """
        paths = {Catalogue.SIGNATURE_KINDS: "signature_kinds", Catalogue.ISSUERS: "issuers"}
        call = Call(getattr(self._settings.paths, paths[kind]), expected=ROWS)
        answer = await self._line.ask(self._settings.collecting_unit, call)
        try:
            return read_catalogue(answer)
        except Unreadable as error:
            raise PortalDown(error.code) from error

    async def returned(self, *, after: str, limit: int) -> ReturnedPage:
        """The returned bundles after a cursor; an empty cursor is the start."""
        query = {"sau": after, "so_luong": str(limit)}
        call = Call(self._settings.paths.returned, query=query, expected="data")
        answer = await self._line.ask(self._settings.collecting_unit, call)
        try:
            return read_page(answer)
        except Unreadable as error:
            raise PortalDown(error.code) from error

    async def acknowledge_return(self, *, ma_tra_hoc_ba: str, ma_truong_den: str, received: bool, reason: str) -> None:
        """Tell the portal what became of a bundle; saying it twice is harmless."""
        body = {
            "ma_tra_hoc_ba": ma_tra_hoc_ba,
            "ma_truong_den": ma_truong_den,
            "trang_thai": int(received),
            "ly_do": reason,
        }
        call = Call(self._settings.paths.acknowledge, orjson.dumps(body))
        answer = await self._line.ask(self._settings.collecting_unit, call)
        if answer.code != DONE:
            raise FAULTS.get(answer.code, TryLater)(answer.code)
