"""Revocation data over real HTTP from an authority that is away, slow, stale or lying; nothing passes, nothing is lost."""

import asyncio
import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import AuthorityInformationAccessOID
from structlog.testing import capture_logs
from support.authority import Authority, ec_key, person
from support.stages import CITY, Line, quick_settings
from support.stand_in import StandIn

from connectors.arrivals import Arrival
from ledger import certificates, lanes, registry
from ledger.certificates import CertificateFacts
from ledger.database import Pool
from ledger.states import Stage
from routes import way
from routes.crew import Crew
from routes.revocation import Keeper, keep_for_ever
from routes.signing_settings import RevocationSettings, SigningSettings
from routes.tools import Tools
from sandbox import pki
from sandbox.world import World
from signing.certificates import certificate_from_x509
from signing.seal import FileKeyring

STAGES = (Stage.NORMALISE, Stage.CHECK, Stage.SIGN, Stage.VERIFY)
ISSUED = timedelta(days=30)

FAULTS: dict[str, dict[str, Any]] = {
    "slow": {"slow_ms": 1500},
    "drop by drop": {"drip_ms": 100},
    "out of order": {"error": 503},
    "not found": {"error": 404},
    "stale": {"stale": True},
    "from the future": {"future": True},
    "signed by a stranger": {"wrong_signer": True},
    "about another certificate": {"other_certificate": True},
    "busy": {"try_later": True},
    "empty": {"empty": True},
    "a web page": {"garbage": True},
    "huge": {"huge": 500_000_000},
}
OF_RESPONSES_ONLY = {"busy"}
OF_LISTS_HARMLESS = {"about another certificate"}
"""the other authority's list is a true list as well"""


@pytest.fixture(scope="module")
def authority(world: World) -> Iterator[StandIn]:
    started = StandIn(world.folder)
    started.start()
    yield started
    started.stop()


@pytest.fixture(autouse=True)
def _at_rest(authority: StandIn) -> None:
    authority.press()


@pytest.fixture
def trust(world: World, tmp_path: Path) -> Path:
    """The world's anchors without its lists."""
    folder = tmp_path / "trust"
    for name in ("roots", "intermediates"):
        shutil.copytree(world.folder / "trust" / name, folder / name)
    return folder


def signing(world: World, trust: Path, **bounds: Any) -> SigningSettings:
    quick = {"online": True, "look_seconds": 0.05, "reply_seconds": 0.3, "reply_octets": 200_000, "tries": 1}
    return SigningSettings(
        trust_folder=trust, keys_folder=world.folder / "keys", revocation=RevocationSettings(**quick | bounds)
    )


def lists_of(authority: StandIn) -> tuple[str, ...]:
    return authority.url("/crl/root.crl"), authority.url("/crl/issuing.crl")


def kept(trust: Path) -> list[str]:
    return sorted(file.parent.name for kind in ("crls", "ocsp") for file in (trust / kind).glob("[!.]*"))


def make_due(trust: Path) -> None:
    """Everything that is held was asked for long ago."""
    for kind in ("crls", "ocsp"):
        for file in (trust / kind).glob("[!.]*"):
            os.utime(file, (0, 0))


@pytest.fixture
async def line(pool: Pool, world: World, authority: StandIn, trust: Path) -> Line:
    settings = quick_settings(world.folder, signing=signing(world, trust, crl_urls=lists_of(authority)))
    async with pool.connection() as connection:
        await lanes.enter_destination(connection, CITY)
        await registry.import_world(connection, world.folder)
    # Its children start only where records are carried.
    crew = Crew(children=1, seconds=20.0, initializer=way.equip, initargs=(settings.signing,))
    return Line(Tools(pool=pool, crew=crew, portals={}, settings=settings))


def keeper(line: Line, **bounds: Any) -> Keeper:
    settings = line.tools.settings.signing
    changed = settings.model_copy(update={"revocation": settings.revocation.model_copy(update=bounds)})
    assert settings.trust_folder is not None
    return Keeper(line.pool, settings.trust_folder, changed)


async def remember(line: Line, *found: x509.Certificate) -> list[str]:
    """Certificates that the registry knows; their serial numbers."""
    read = [certificate_from_x509(each) for each in found]
    facts = [
        CertificateFacts(
            sha256=bytes.fromhex(each.sha256),
            der=each.der,
            serial_hex=each.serial.upper(),
            issuer=each.issuer,
            not_before=each.not_before,
            not_after=each.not_after,
        )
        for each in read
    ]
    async with line.pool.connection() as connection:
        await certificates.remember(connection, facts)
    return [each.serial for each in read]


def seal_of(world: World, school: int = 0) -> x509.Certificate:
    key = FileKeyring(world.folder / "keys").key(world.schools[school].code, "KY_PHAT_HANH")
    return x509.load_der_x509_certificate(key.chain[0].der)


def new_certificate(world: World, *extensions: x509.ExtensionType) -> x509.Certificate:
    """Issued by the world's authority, saying these things more."""
    key = pki.read_key((world.folder / "authority/issuing.key").read_bytes())
    issuer = x509.load_pem_x509_certificate((world.folder / "trust/intermediates/issuing.pem").read_bytes())
    builder = (
        x509.CertificateBuilder()
        .subject_name(person("Nguyễn Văn Thử", "079184009999"))
        .issuer_name(issuer.subject)
        .public_key(ec_key().public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - ISSUED)
        .not_valid_after(datetime.now(UTC) + ISSUED)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, hashes.SHA256())


def points(*urls: str) -> x509.CRLDistributionPoints:
    names = [[x509.UniformResourceIdentifier(url)] for url in urls]
    return x509.CRLDistributionPoints([x509.DistributionPoint(name, None, None, None) for name in names])


def responder(url: str) -> x509.AuthorityInformationAccess:
    name = x509.UniformResourceIdentifier(url)
    return x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.OCSP, name)])


async def standings(line: Line) -> dict[str, tuple[str, bool]]:
    """Serial number → (standing, whether it was asked about)."""
    rows = await line.rows(
        "select serial_hex, standing, standing_at is not null from certificates where der is not null"
    )
    return {serial.lower(): (standing, asked) for serial, standing, asked in rows}


async def test_records_wait_while_the_authority_fails_and_pass_once_it_is_back(
    line: Line, authority: StandIn, trust: Path, generate: Callable[..., Arrival]
) -> None:
    """More often than the schedule of retries has waits: an authority is waited for as long as it takes."""
    async with line.tools.crew:
        await _fail_and_come_back(line, authority, trust, generate)


async def _fail_and_come_back(line: Line, authority: StandIn, trust: Path, generate: Callable[..., Arrival]) -> None:
    await line.push("HOASEN", generate(numbers=[1]))
    keeps = keeper(line)
    await line.step(*STAGES)
    for name, buttons in FAULTS.items():
        if name in OF_RESPONSES_ONLY | OF_LISTS_HARMLESS:
            continue
        authority.press(**buttons)
        await keeps.round()
        await line.step(*STAGES)
        ((fate, stage, cause),) = (await line.fates()).values()
        assert (fate, stage) == ("open", "verify"), name
        assert cause.startswith("verify-later:"), name
        assert cause.endswith(":revocation-unknown"), name
        assert kept(trust) == [], name
    authority.stop()
    await keeps.round()
    await line.step(*STAGES)
    assert {fate for fate, _, _ in (await line.fates()).values()} == {"open"}

    authority.start()
    await keeps.round()
    assert kept(trust) == ["crls", "crls"]
    await asyncio.sleep(0.1)
    await line.step(*STAGES)

    assert await line.rows("select stage, state from work") == [("pack", "ready")]


async def test_a_response_that_proves_nothing_is_not_kept(
    line: Line, world: World, authority: StandIn, trust: Path
) -> None:
    (serial,) = await remember(line, seal_of(world))
    keeps = keeper(line, ocsp_url=authority.url("/ocsp"), crl_urls=())
    shutil.copytree(world.folder / "trust/crls", trust / "crls")
    (trust / "crls/issuing.crl").unlink()
    for name, buttons in FAULTS.items():
        authority.press(**buttons)
        with capture_logs() as logs:
            await keeps.round()
        assert kept(trust) == ["crls"], name
        assert await standings(line) == {serial: ("unknown", False)}, name
        assert [entry["event"] for entry in logs if entry["log_level"] == "warning"] == ["revocation.not-kept"], name
        assert serial not in str(logs).lower(), name

    authority.press()
    await keeps.round()
    assert kept(trust) == ["crls", "ocsp"]
    assert await standings(line) == {serial: ("good", True)}


async def test_what_is_held_stays_when_nothing_better_comes(line: Line, authority: StandIn, trust: Path) -> None:
    keeps = keeper(line)
    await keeps.round()
    before = {file.name: file.read_bytes() for file in (trust / "crls").iterdir()}
    for name in ("stale", "from the future", "signed by a stranger", "a web page", "out of order"):
        make_due(trust)
        authority.press(**FAULTS[name])
        await keeps.round()
        assert {file.name: file.read_bytes() for file in (trust / "crls").iterdir()} == before, name


async def test_an_older_list_said_again_does_not_undo_a_revocation(
    line: Line, world: World, authority: StandIn, trust: Path
) -> None:
    keeps = keeper(line)
    await keeps.round()
    (newer,) = [file for file in (trust / "crls").iterdir() if b"issuing" in _issuer(file)]
    issuing = pki.Authority(
        x509.load_pem_x509_certificate((world.folder / "trust/intermediates/issuing.pem").read_bytes()),
        pki.read_key((world.folder / "authority/issuing.key").read_bytes()),
    )
    ahead = pki.revocation_list(issuing, [], at=datetime.now(UTC))
    newer.write_bytes(ahead)
    make_due(trust)

    await keeps.round()

    assert newer.read_bytes() == ahead


def _issuer(file: Path) -> bytes:
    parsed = x509.load_der_x509_crl(file.read_bytes())
    return b"issuing" if "G1" in parsed.issuer.rfc4514_string() else b"root"


async def test_what_is_fresh_is_not_asked_for_again(line: Line, authority: StandIn, trust: Path) -> None:
    keeps = keeper(line)
    await keeps.round()
    before = authority.asked()
    await keeps.round()
    assert authority.asked() == before
    make_due(trust)
    await keeps.round()
    assert authority.asked()["crl/issuing"] == before["crl/issuing"] + 1


async def test_what_is_soon_overtaken_is_asked_for_in_time(line: Line, authority: StandIn) -> None:
    keeps = keeper(line, look_seconds=30)
    authority.press(good_for_seconds=90)
    await keeps.round()
    before = authority.asked()
    await keeps.round()
    assert authority.asked()["crl/issuing"] == before["crl/issuing"] + 1


async def test_the_registry_says_how_each_certificate_stands(line: Line, world: World, authority: StandIn) -> None:
    found = [new_certificate(world) for _ in range(4)]
    good, revoked, held, contradicted = await remember(line, *found)
    since = datetime(2026, 2, 1, tzinfo=UTC).isoformat()
    authority.revoke(revoked, at=since)
    authority.revoke(held, reason="certificateHold", at=since)
    authority.revoke(contradicted, at=since, in_list=False)

    await keeper(line, ocsp_url=authority.url("/ocsp")).round()

    assert {serial: standing for serial, (standing, _) in (await standings(line)).items()} == {
        good: "good",
        revoked: "revoked",
        held: "on-hold",
        contradicted: "revoked",
    }
    rows = await line.rows("select serial_hex, revoked_at from certificates where revoked_at is not null")
    assert {at.isoformat() for _, at in rows} == {since}
    assert len(rows) == 3


async def test_certificates_of_configured_authorities_say_whom_to_ask(
    line: Line, world: World, authority: StandIn, trust: Path
) -> None:
    (serial,) = await remember(
        line,
        new_certificate(world, points(authority.url("/crl/issuing.crl")), responder(authority.url("/ocsp"))),
    )
    await keeper(line, crl_urls=(authority.url("/crl/root.crl"),)).round()

    assert kept(trust) == ["crls", "crls", "ocsp"]
    assert await standings(line) == {serial: ("good", True)}


class Elsewhere:
    """A server that must never be asked."""

    def __init__(self) -> None:
        self.calls = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/x"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._listening.accept()
            except OSError:
                return
            self.calls += 1
            caller.close()

    def close(self) -> None:
        self._listening.close()


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    server = Elsewhere()
    yield server
    server.close()


async def test_a_strangers_certificate_says_nothing_about_whom_to_ask(line: Line, elsewhere: Elsewhere) -> None:
    stranger = Authority("Cơ quan cấp giả lập G1").issue(
        person("Lê Thị Lạ", "079184008888"), key=ec_key(), more=[points(elsewhere.url), responder(elsewhere.url)]
    )
    await remember(line, stranger.certificate)

    await keeper(line).round()

    assert elsewhere.calls == 0
    assert set((await standings(line)).values()) == {("unknown", False)}


async def test_nobody_is_sent_elsewhere(line: Line, authority: StandIn, trust: Path, elsewhere: Elsewhere) -> None:
    authority.press(redirect=elsewhere.url)
    await keeper(line).round()
    assert (elsewhere.calls, kept(trust)) == (0, [])


async def test_without_leave_to_go_online_only_the_registry_is_kept(
    line: Line, world: World, authority: StandIn, trust: Path
) -> None:
    (serial,) = await remember(line, new_certificate(world, points(authority.url("/crl/issuing.crl"))))
    shutil.copytree(world.folder / "trust/crls", trust / "crls")
    before = authority.asked()

    await keeper(line, online=False).round()

    assert authority.asked() == before
    assert await standings(line) == {serial: ("good", True)}


async def test_one_worker_at_a_time_keeps_a_folder(line: Line, authority: StandIn, trust: Path) -> None:
    before = authority.asked().get("crl/issuing", 0)
    stop = asyncio.Event()
    authority.press(slow_ms=200)
    workers = [asyncio.create_task(keep_for_ever(line.tools, stop)) for _ in range(3)]
    async with asyncio.timeout(10):
        while kept(trust) != ["crls", "crls"]:  # noqa: ASYNC110 - the folder tells nobody
            await asyncio.sleep(0.02)
    stop.set()
    await asyncio.gather(*workers)
    assert authority.asked()["crl/issuing"] == before + 1
