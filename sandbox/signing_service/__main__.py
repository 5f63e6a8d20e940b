"""`python -m sandbox.signing_service --world DIR --port P`: one process that holds a world's keys and asks their holders."""

from pathlib import Path

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp

from sandbox import buttons as pressed
from sandbox.buttons import Buttons
from sandbox.serving import application, command_line, listen, serve, told_by
from sandbox.signing_service import csc, csc_addresses, mysign, service, smartca
from sandbox.signing_service.clients import Clients
from sandbox.signing_service.desk import Desk
from sandbox.signing_service.faults import Faults
from sandbox.signing_service.keys import Keys
from sandbox.signing_service.line import FaultyLine
from sandbox.signing_service.store import Store


def build(world: Path, data: Path) -> ASGIApp:
    """The application."""
    buttons = Buttons(Faults)
    clients = Clients(world, buttons)
    desk = Desk(Store(data / "signing.sqlite3"), Keys(world), buttons)
    app = application("Dịch vụ ký số từ xa (giả lập)")
    app.add_exception_handler(csc.Fault, _in_its_words)
    for speaking in (csc_addresses, smartca, mysign, service):
        app.include_router(speaking.routes(desk, clients))
    app.include_router(pressed.routes(buttons))
    return FaultyLine(app, buttons)


async def _in_its_words(_: Request, fault: Exception) -> JSONResponse:
    assert isinstance(fault, csc.Fault)
    return JSONResponse({"error": fault.error, "error_description": fault.description}, fault.status)


def main() -> None:
    """The command line."""
    parser = command_line("sandbox.signing_service", "Dịch vụ ký số từ xa (giả lập) · Remote signing service")
    parser.add_argument("--data", type=Path, help="sổ của dịch vụ; để trống: trong thế giới · its ledger; in the world")
    chosen = told_by(parser)
    if not (chosen.world / "signing-credentials.json").exists():
        raise SystemExit(f"{chosen.world}: dựng lại thế giới giả lập · build the world again")
    app = build(chosen.world, chosen.data or chosen.world / "signing-service")
    serve(app, listen(chosen, backlog=512), host=chosen.host)


if __name__ == "__main__":
    main()
