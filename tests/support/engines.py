"""pytest plugin: the Kafkas that tests ask for, started once, and a summary that says which ones ran."""

from collections.abc import Iterator

import pytest

from support.kafka import EmbeddedKafka, Kafka, NoKafka, real_kafka

TOLD: dict[str, str] = {}
"""What ran, or why it did not: a line each in the summary."""


@pytest.fixture(scope="session")
def embedded_kafka() -> Iterator[Kafka]:
    """librdkafka's broker, in this process."""
    kafka = EmbeddedKafka()
    TOLD["kafka, embedded"] = kafka.kind
    yield kafka
    kafka.stop()


@pytest.fixture(scope="session")
def killable_kafka() -> Iterator[Kafka]:
    """A real Kafka; tests that need one are skipped, loudly, where there is none."""
    try:
        kafka = real_kafka()
    except NoKafka as error:
        TOLD["kafka, real"] = f"SKIPPED: {error}"
        pytest.skip(str(error))
    TOLD["kafka, real"] = kafka.kind
    yield kafka
    kafka.stop()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for name, what in sorted(TOLD.items()):
        terminalreporter.write_line(f"{name}: {what}")
