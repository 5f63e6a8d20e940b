"""`python -m sandbox.tsa --world DIR --port P`: one process that plays a timestamping authority."""

import logging
from pathlib import Path

from fastapi import FastAPI

from sandbox.buttons import Buttons
from sandbox.serving import application, command_line, listen, serve, told_by
from sandbox.tsa.certificates import FOLDER, read_stamping_keys, write_stamping_keys
from sandbox.tsa.faults import Faults
from sandbox.tsa.service import routes


def build(world: Path) -> FastAPI:
    """The application."""
    app = application("Tổ chức cấp dấu thời gian (giả lập)")
    app.include_router(routes(read_stamping_keys(world), Buttons(Faults)))
    return app


def main() -> None:
    """The command line."""
    parser = command_line("sandbox.tsa", "Tổ chức cấp dấu thời gian (giả lập) · Timestamping authority")
    chosen = told_by(parser, level=logging.CRITICAL)  # replies that are cut on purpose are no errors to tell of
    write_stamping_keys(chosen.world)
    if not (chosen.world / FOLDER).exists():
        raise SystemExit(f"{chosen.world}: dựng lại thế giới giả lập · build the world again")
    serve(build(chosen.world), listen(chosen), host=chosen.host)


if __name__ == "__main__":
    main()
