"""TLS with a portal: the server is checked against the CAs that are set, and a client certificate is shown if set."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors.portal import Portal, PortalDown, PortalFault, PortalSettings

Settings = Callable[..., PortalSettings]


def write_certificate(folder: Path, name: str, *, host: str = "127.0.0.1") -> Path:
    """A self-signed certificate with its key, in one file: its own CA."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    plain = serialization.NoEncryption()
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    return path


@asynccontextmanager
async def serving(certificate: Path, *, clients: Path | None = None) -> AsyncIterator[tuple[int, list[bytes]]]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    if clients is not None:
        context.load_verify_locations(clients)
        context.verify_mode = ssl.CERT_REQUIRED
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, OSError):
            return
        heard.append(head)
        body = json.dumps({"token": "t", "expires_in": 60, "cursor": "1", "data": []}).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context) as listener:
        yield listener.sockets[0].getsockname()[1], heard


async def test_a_server_of_a_trusted_authority_is_spoken_to(tmp_path: Path, settings_for: Settings) -> None:
    own = write_certificate(tmp_path, "portal")
    async with serving(own) as (port, _):
        trusting = settings_for(port, url=f"https://127.0.0.1:{port}", ca_file=own)
        async with Portal(trusting) as portal:
            assert (await portal.returned(after="", limit=1)).cursor == "1"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9"])
async def test_any_other_server_hears_no_password(tmp_path: Path, settings_for: Settings, host: str) -> None:
    other, own = write_certificate(tmp_path, "other"), write_certificate(tmp_path, "portal", host=host)
    trusted = other if host == "127.0.0.1" else own
    async with (
        serving(own) as (port, heard),
        Portal(settings_for(port, url=f"https://127.0.0.1:{port}", ca_file=trusted)) as portal,
    ):
        with pytest.raises(PortalDown):
            await portal.submit(messageid="m", ma_don_vi="79", nam_hoc=2025, content=b"AAAA")
    assert heard == []


async def test_a_client_certificate_is_shown(tmp_path: Path, settings_for: Settings) -> None:
    own, ours = write_certificate(tmp_path, "portal"), write_certificate(tmp_path, "hub")
    async with serving(own, clients=ours) as (port, heard):
        url = f"https://127.0.0.1:{port}"
        async with Portal(settings_for(port, url=url, ca_file=own)) as portal:
            with pytest.raises(PortalFault):
                await portal.returned(after="", limit=1)
        assert heard == []
        async with Portal(settings_for(port, url=url, ca_file=own, client_certificate=ours)) as portal:
            assert (await portal.returned(after="", limit=1)).cursor == "1"
