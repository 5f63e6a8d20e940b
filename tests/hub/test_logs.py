"""Logs are structured, and an error never brings a pupil's data into them."""

import io
import json
import logging

import pytest
import structlog

from hub import logs
from hub.settings import LogSettings

PUPIL = "Nguyễn Thị Mai 079315004211"


def _lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_structlog_and_the_standard_library_write_alike() -> None:
    stream = io.StringIO()
    logs.configure(LogSettings(), process="worker", stream=stream)
    structlog.get_logger("a").info("carried", records=3)
    logging.getLogger("b").warning("odd")
    ours, theirs = _lines(stream)
    assert (ours["event"], ours["records"], ours["process"], ours["level"]) == ("carried", 3, "worker", "info")
    assert (theirs["event"], theirs["process"], theirs["logger"]) == ("odd", "worker", "b")


def _fail() -> None:
    raise ValueError(f"duplicate key: {PUPIL}")


@pytest.mark.parametrize("form", ["json", "text"])
def test_an_error_is_told_by_kind_and_place(form: str) -> None:
    stream = io.StringIO()
    logs.configure(LogSettings(format=form), process="worker", stream=stream)
    try:
        _fail()
    except ValueError:
        structlog.get_logger("a").exception("stage.failed")
        logging.getLogger("b").exception("library failed")
    told = stream.getvalue()
    assert "ValueError" in told
    assert "_fail" in told
    assert "Mai" not in told
    assert "079315004211" not in told


def test_levels_are_heeded() -> None:
    stream = io.StringIO()
    logs.configure(LogSettings(level="warning"), process="api", stream=stream)
    structlog.get_logger("a").info("quiet")
    logging.getLogger("httpx").info("quiet")
    assert stream.getvalue() == ""
