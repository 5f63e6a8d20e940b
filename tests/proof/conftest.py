"""The proof's short form says at the end what it came to."""

import pytest

TOLD: list[str] = []
"""Lines for the summary."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in TOLD:
        terminalreporter.write_line(f"proof: {line}")
