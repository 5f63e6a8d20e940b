"""The units' accounts at a portal: a file that staff may change while the hub runs."""

import hashlib
from pathlib import Path

import structlog
from pydantic import BaseModel, Field, SecretStr, TypeAdapter, ValidationError

from connectors.portal.faults import AccountMissing

log = structlog.get_logger(__name__)


class Account(BaseModel, frozen=True):
    """One unit's account."""

    ma_don_vi: str
    """the unit"""
    user_name: str
    """its user name"""
    password: SecretStr | None = None
    """its password, where the file has it in clear"""
    password_sha256: str | None = Field(None, pattern="^[0-9a-fA-F]{64}$", repr=False)
    """its SHA-256 in hexadecimal, where the file has only that"""

    @property
    def hashed(self) -> str:
        """What the portal wants: lower-case hexadecimal SHA-256."""
        if self.password_sha256 is not None:
            return self.password_sha256.lower()
        secret = "" if self.password is None else self.password.get_secret_value()
        return hashlib.sha256(secret.encode()).hexdigest()


_ACCOUNTS = TypeAdapter(list[Account])


class Accounts:
    """The file's accounts by unit."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._stamp: tuple[int, int] | None = None
        self._by_unit: dict[str, Account] = {}

    def of(self, unit: str) -> Account:
        """A unit's account.

        Raises:
            AccountMissing: there is none.
        """
        self._refresh()
        account = self._by_unit.get(unit)
        if account is None:
            raise AccountMissing("account-missing")
        return account

    def _refresh(self) -> None:
        if self._file is None:
            return
        try:
            status = self._file.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            if stamp == self._stamp:
                return
            accounts = _ACCOUNTS.validate_json(self._file.read_bytes())
        except (OSError, ValidationError) as error:
            # A half-written file must not take away the accounts already known.
            log.error("portal.accounts-unreadable", reason=type(error).__name__)
            return
        self._stamp, self._by_unit = stamp, {account.ma_don_vi: account for account in accounts}
