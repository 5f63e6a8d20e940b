"""PKCS#11 as this process uses it: a module loaded once and with locks, and a bounded pool of sessions that are logged
in and opened again after they were lost.

Nothing here is done before the first key is asked for, and nothing survives into another process: what PKCS#11 gives
out belongs to the process that initialised the module.
"""

import ctypes
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import TypeVar

from pkcs11 import (
    MultipleTokensReturned,
    NoSuchToken,
    PinExpired,
    PinIncorrect,
    PinInvalid,
    PinLenRange,
    PinLocked,
    PKCS11Error,
    Session,
    SessionCount,
    SignMixin,
    Token,
    TokenFlag,
    TokenNotPresent,
    UserAlreadyLoggedIn,
    UserPinNotInitialized,
)
from pkcs11._pkcs11 import lib
from pkcs11.exceptions import DeviceRemoved, TokenNotRecognised

from signing.seal.keys import HomeDown
from signing.seal.pins import LOCKED, REFUSED, PinFile

Result = TypeVar("Result")

WAIT_SECONDS = 20.0
"""a caller waits this long for a session that others have in hand"""

REST_SECONDS = 2.0
"""a token that has just failed is not asked again so soon: a batch does not wait for it record by record"""

_OS_LOCKING_OK = 2
_OK, _ALREADY_INITIALIZED = 0, 0x191

_WORDS: dict[type[PKCS11Error], str] = {
    NoSuchToken: "token-absent",
    TokenNotPresent: "token-absent",
    TokenNotRecognised: "token-absent",
    DeviceRemoved: "token-absent",
    MultipleTokensReturned: "token-ambiguous",
    SessionCount: "sessions-exhausted",
    PinIncorrect: REFUSED,
    PinInvalid: REFUSED,
    PinLenRange: REFUSED,
    PinLocked: LOCKED,
    PinExpired: "pin-expired",
    UserPinNotInitialized: "pin-not-set",
}


class _Arguments(ctypes.Structure):
    """CK_C_INITIALIZE_ARGS (PKCS#11 2.40, 5.1)."""

    _fields_ = (("mutexes", ctypes.c_void_p * 4), ("flags", ctypes.c_ulong), ("reserved", ctypes.c_void_p))


class _Module(lib):
    """A PKCS#11 module that may be called from several threads.

    python-pkcs11 initialises without arguments, by which a module may leave its locks out.
    """

    def __init__(self, so: str) -> None:
        self.guard = Lock()
        self.in_use = 0
        """sessions that are open"""
        super().__init__(so)

    def initialize(self) -> None:
        """Called by the base class once it has loaded the library."""
        answer = self._calls.C_Initialize(ctypes.byref(_Arguments(flags=_OS_LOCKING_OK)))
        if answer not in {_OK, _ALREADY_INITIALIZED}:
            raise PKCS11Error(f"C_Initialize {answer:#x}")

    @property
    def _calls(self) -> ctypes.CDLL:
        return ctypes.CDLL(self.so)

    def token(self, label: str) -> Token:
        """The token of this label. One that came later, or again, is seen by some modules only when they begin anew."""
        try:
            return self.get_token(token_label=label)
        except PKCS11Error:
            if self.in_use:
                raise
        self._calls.C_Finalize(None)
        self.initialize()
        return self.get_token(token_label=label)

    def close(self, session: Session) -> None:
        """Close one session, whatever has become of it; python-pkcs11 would log out all of them."""
        handle: int = session.handle  # type: ignore[attr-defined]  # its stubs lack it
        self._calls.C_CloseSession(ctypes.c_ulong(handle))


@cache
def _module(path: Path) -> _Module:
    return _Module(str(path))


@dataclass(slots=True)
class Held:
    """One session, while somebody has it in hand."""

    session: Session
    """logged in"""
    era: int
    """sessions of an era are lost together"""
    keys: dict[tuple[str, bytes], SignMixin] = field(default_factory=dict, repr=False)
    """private keys that were looked for in this session, by label and identifier"""


class Sessions:
    """A token's sessions in this process."""

    def __init__(self, home: str, *, module: Path, token: str, pins: PinFile, size: int) -> None:
        self.home = home
        self._path = module
        self._label = token
        self._pins = pins
        self._room = BoundedSemaphore(size)
        self._lock = Lock()
        self._idle: list[Held] = []
        self._era = 0
        self._logged_in = False
        self._rest = (0.0, "")

    def run(self, work: Callable[[Held], Result]) -> Result:
        """Do something in a session; once more in a new one when it was lost meanwhile.

        Raises:
            HomeDown: module, token, PIN or sessions are not to be had.
        """
        with self._place():
            try:
                return self._once(work)
            except PKCS11Error:
                pass
            try:
                return self._once(work)
            except PKCS11Error as error:
                raise self._down(error) from error

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._room.acquire(timeout=WAIT_SECONDS):
            raise HomeDown(self.home, "sessions-busy")
        try:
            yield
        finally:
            self._room.release()

    def _once(self, work: Callable[[Held], Result]) -> Result:
        with self._lock:
            held = self._idle.pop() if self._idle else None
        held = held or self._new()
        try:
            return work(held)
        except PKCS11Error:
            self._lose()
            raise
        finally:
            self._give_back(held)

    def _new(self) -> Held:
        until, why = self._rest
        if time.monotonic() < until:
            raise HomeDown(self.home, why)
        try:
            module = _module(self._path)
        except (OSError, PKCS11Error) as error:
            raise HomeDown(self.home, "module-unloadable") from error
        try:
            with self._lock, module.guard:
                token = module.token(self._label)
                session = token.open() if self._logged_in else self._log_in(token)
                self._logged_in = True
                module.in_use += 1
                return Held(session, self._era)
        except PKCS11Error as error:
            raise self._down(error) from error

    def _log_in(self, token: Token) -> Session:
        """The first session logs in; PKCS#11 lets all sessions of a process share that."""
        with self._pins.trial() as pin:
            if TokenFlag.USER_PIN_LOCKED in token.flags:
                raise HomeDown(self.home, LOCKED)
            if TokenFlag.USER_PIN_FINAL_TRY in token.flags:
                raise HomeDown(self.home, "pin-final-try")
            try:
                return token.open(user_pin=pin.get_secret_value())
            except UserAlreadyLoggedIn:
                return token.open()
            except (PinIncorrect, PinInvalid, PinLenRange, PinLocked) as error:
                raise HomeDown(self.home, _WORDS[type(error)]) from error

    def _lose(self) -> None:
        """Believe in no session any more: what has become of one has mostly become of all."""
        with self._lock:
            self._era += 1
            self._logged_in = False
            idle, self._idle = self._idle, []
        for held in idle:
            self._close(held)

    def _give_back(self, held: Held) -> None:
        with self._lock:
            if held.era == self._era:
                self._idle.append(held)
                return
        self._close(held)

    def _close(self, held: Held) -> None:
        module = _module(self._path)
        with module.guard:
            module.close(held.session)
            module.in_use -= 1

    def _down(self, error: PKCS11Error) -> HomeDown:
        why = _WORDS.get(type(error), f"token-error:{type(error).__name__}")
        self._rest = (time.monotonic() + REST_SECONDS, why)
        return HomeDown(self.home, why)
