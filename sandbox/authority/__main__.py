"""`python -m sandbox.authority --world DIR --port P`: one process that plays a world's certificate authorities."""

from pathlib import Path

from fastapi import FastAPI

from sandbox.authority.answers import Answers, KeysMissing
from sandbox.authority.faults import Faults
from sandbox.authority.service import routes
from sandbox.buttons import Buttons
from sandbox.serving import application, command_line, listen, serve, told_by


def build(world: Path) -> FastAPI:
    """The application."""
    app = application("Cơ quan chứng thực (giả lập)")
    app.include_router(routes(Answers(world), Buttons(Faults)))
    return app


def main() -> None:
    """The command line."""
    chosen = told_by(command_line("sandbox.authority", "Cơ quan chứng thực (giả lập) · Certificate authority"))
    try:
        app = build(chosen.world)
    except KeysMissing as missing:
        raise SystemExit(str(missing)) from missing
    serve(app, listen(chosen), host=chosen.host)


if __name__ == "__main__":
    main()
