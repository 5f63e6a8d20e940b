"""What staff do to the registry of certificates, put into effect on the ledger and written down under their name."""

from collections.abc import Sequence
from datetime import UTC, datetime

from console.gate import Gate
from console.steering import STAFF
from ledger import certificates
from ledger.certificate_views import CertificateView, SeenView
from ledger.certificates import NotInState, SpanEmpty, Wanted
from ledger.database import Connection


class LedgerRegistrar:
    """Registers, approves, refuses and ends as staff ask."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def register(self, seen: Sequence[tuple[SeenView, datetime]], *, approver: str) -> list[int]:
        """Enter certificates that were seen, each from a day on, to wait for this approver; all of them or none."""
        async with self._gate.connection() as connection:
            return [await _enter(connection, row, since, approver) for row, since in seen]

    async def register_again(self, row: CertificateView, *, approver: str, why: str) -> None:
        """Let one that was refused or has ended wait for an approval again; any other is left as it is."""
        wanted = Wanted(
            row.unit, row.role, row.sha256, row.valid_from, approver, "staff", kind=row.kind, provider=row.provider
        )
        async with self._gate.connection() as connection:
            await certificates.register(connection, wanted, actor=STAFF, why=why)

    async def approve(self, row: CertificateView, *, since: datetime, why: str) -> bool:
        """Let it sign from a day on; False when it was decided meanwhile."""
        try:
            async with self._gate.connection() as connection:
                await certificates.approve(connection, row.id, actor=STAFF, valid_from=since, why=why)
        except (NotInState, SpanEmpty):
            return False
        return True

    async def refuse(self, row: CertificateView, *, why: str) -> bool:
        """Decide that it may not sign; False when it was decided meanwhile."""
        try:
            async with self._gate.connection() as connection:
                await certificates.refuse(connection, row.id, actor=STAFF, why=why)
        except NotInState:
            return False
        return True

    async def end(self, row: CertificateView, *, why: str) -> bool:
        """Let it sign no more from now on; False when that was decided meanwhile, or it has ended by itself."""
        try:
            async with self._gate.connection() as connection:
                await certificates.end(connection, row.id, actor=STAFF, at=datetime.now(UTC), why=why)
        except (NotInState, SpanEmpty):
            return False
        return True


async def _enter(connection: Connection, row: SeenView, since: datetime, approver: str) -> int:
    wanted = Wanted(row.unit, row.role, row.sha256, since, approver, "staff")
    return await certificates.register(connection, wanted, actor=STAFF)
