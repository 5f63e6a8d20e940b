"""Certificates that the hub registers with the city during a run: under the same faults as its packages.

They count from a day that no record of a run is issued on, so that no verdict depends on them.
"""

import asyncio
from datetime import UTC, datetime

import psycopg

from ledger import certificates
from ledger.certificates import CertificateFacts, Wanted
from routes.registration_message import prepare_message
from routes.settings import RouteSettings
from routes.signing_settings import SigningSettings
from sandbox.schools import School
from sandbox.world import World
from tests.support.registering import content, unapproved

ROLES = ("KY_PHAT_HANH", "GIAO_DICH", "CBQL", "GVCN", "GVBM")
"""one registration of a school's certificate for each"""
COUNTS_FROM = datetime(2033, 1, 1, tzinfo=UTC)
APART_SECONDS = 4.0


def register(ledger: str, world: World, *, roles: tuple[str, ...]) -> None:
    """Every school's certificate in these roles, each message due a little later than the one before."""
    asyncio.run(_register(ledger, world, roles))


async def _register(ledger: str, world: World, roles: tuple[str, ...]) -> None:
    settings = RouteSettings(signing=SigningSettings(trust_folder=world.folder / "trust"))
    async with await psycopg.AsyncConnection.connect(ledger) as connection:
        for turn, (school, role) in enumerate((school, role) for role in roles for school in world.schools):
            registration, signed = await _enter(connection, world, school, role)
            messageid = await prepare_message(
                connection, registration, destination="city", settings=settings, signed=signed
            )
            await connection.execute(
                "update certificate_messages set due_at = now() + make_interval(secs => %s) where messageid = %s",
                [turn * APART_SECONDS, messageid],
            )


async def _enter(connection: psycopg.AsyncConnection, world: World, school: School, role: str) -> tuple[int, bytes]:
    key = unapproved(world, school.code)
    own = key.chain[0]
    facts = CertificateFacts(
        sha256=bytes.fromhex(own.sha256),
        der=own.der,
        serial_hex=own.serial.upper(),
        not_before=own.not_before,
        not_after=own.not_after,
    )
    await certificates.remember(connection, [facts])
    wanted = Wanted(school.code, role, facts.sha256, COUNTS_FROM, "portal", "staff", "USB_TOKEN", "VNPT")
    return await certificates.register(connection, wanted, actor="proof"), content(key)
