"""Certificates that the hub registers with the city during a run: under the same faults as its packages.

Schools' certificates count from a day that no record of a run is issued on, and persons' are not asked about, so that
no verdict depends on them.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import psycopg

from ledger import certificates
from ledger.certificates import CertificateFacts, Wanted
from routes.registration_message import prepare_message
from routes.settings import RouteSettings
from routes.signers import Signers
from routes.signing_settings import KeyRule, SigningSettings
from sandbox.schools import School
from sandbox.world import World
from signing.certificates import Certificate, certificate_from_der
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


def ask_to_sign(ledger: str, world: World, *, service: tuple[str, Mapping[str, Any]], role: str, each: int) -> None:
    """So many persons of every school in this role register their certificates, whose keys are at this service."""
    asyncio.run(_ask_to_sign(ledger, world, service, role, each))


async def _ask_to_sign(ledger: str, world: World, service: tuple[str, Mapping[str, Any]], role: str, each: int) -> None:
    home, told = service
    signing = SigningSettings.model_validate(
        {"trust_folder": world.folder / "trust", "homes": (KeyRule(home=home, role=role),), "services": {home: told}}
    )
    settings, signers = RouteSettings(signing=signing), Signers(signing.services, certificate_seconds=600)
    try:
        async with await psycopg.AsyncConnection.connect(ledger) as connection:
            for turn, (unit, name) in enumerate(_keys(world, role, each)):
                certificate = certificate_from_der((await signers.credential(home, name)).chain[0])
                registration = await _enter_again(connection, unit, role, certificate)
                await prepare_message(connection, registration, destination="city", settings=settings, signers=signers)
                await connection.execute(
                    "update signature_requests set due_at = now() + make_interval(secs => %s) where registration_id = %s",
                    [turn * APART_SECONDS / 2, registration],
                )
    finally:
        await signers.close()


def _keys(world: World, role: str, each: int) -> Iterator[tuple[str, str]]:
    """Unit, and the service's name of a key."""
    named: dict[str, str] = json.loads((world.folder / "signing-credentials.json").read_bytes())
    for school in world.schools:
        for place in sorted(place for place in named if place.startswith(f"{school.code}/{role}"))[:each]:
            yield school.code, named[place]


async def _enter_again(connection: psycopg.AsyncConnection, unit: str, role: str, certificate: Certificate) -> int:
    """The city has handed this one over as approved: as if it had not."""
    sha256 = bytes.fromhex(certificate.sha256)
    await connection.execute("delete from approved_certificates where sha256 = %s", [sha256])
    await connection.execute("update certificate_registrations set state = 'ended' where sha256 = %s", [sha256])
    return await _register_one(connection, unit, role, certificate, "REMOTE_SIGNING")


async def _enter(connection: psycopg.AsyncConnection, world: World, school: School, role: str) -> tuple[int, bytes]:
    key = unapproved(world, school.code)
    return await _register_one(connection, school.code, role, key.chain[0], "USB_TOKEN"), content(key)


async def _register_one(connection: psycopg.AsyncConnection, unit: str, role: str, own: Certificate, kind: str) -> int:
    facts = CertificateFacts(
        sha256=bytes.fromhex(own.sha256),
        der=own.der,
        serial_hex=own.serial.upper(),
        not_before=own.not_before,
        not_after=own.not_after,
    )
    await certificates.remember(connection, [facts])
    wanted = Wanted(unit, role, facts.sha256, COUNTS_FROM, "portal", "staff", kind, "VNPT")
    return await certificates.register(connection, wanted, actor="proof")
