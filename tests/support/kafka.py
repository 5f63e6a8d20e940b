"""Kafka for tests: a real one that can be killed and started again on the same data, and the embedded one.

A real one is looked for in this order: `HOCBA_TEST_KAFKA` (bootstrap servers; with `HOCBA_TEST_KAFKA_KILL` and
`HOCBA_TEST_KAFKA_START`, shell commands, it can be killed too), a container where a Docker engine answers, Apache Kafka's
own jars through Maven. `tests/support/kafka/pom.xml` lists the jars; they are kept in the repository's `.hocba/kafka`.
"""

import base64
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

REPOSITORY = Path(__file__).resolve().parents[2]
POM = Path(__file__).with_name("kafka") / "pom.xml"
VERSION = "4.3.1"
JARS = REPOSITORY / ".hocba" / "kafka" / VERSION
IMAGE = "apache/kafka:4.1.0"
START_SECONDS = 60.0
REMEDY = (
    "no Kafka that can be killed: `apt-get install -y openjdk-17-jre-headless maven`, or start a Docker engine, or set"
    " HOCBA_TEST_KAFKA=host:port"
)


class NoKafka(Exception):
    """No real Kafka can be had on this machine; the text says what would bring one."""


class Kafka(Protocol):
    """A broker that tests talk to."""

    kind: str
    """what it is, for the summary"""
    servers: str
    """bootstrap servers"""
    killable: bool
    """whether `kill` and `restart` do something"""
    session_seconds: int
    """the shortest session that it grants a member of a group"""

    def kill(self) -> None:
        """End it without a farewell."""

    def restart(self) -> None:
        """Start it again on the same address and the same data; returns when it answers."""

    def stop(self) -> None:
        """End it for good and remove its data."""


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(ready: Callable[[], bool], *, seconds: float, what: str, pause: float = 0.1) -> None:
    """Return once it is so.

    Raises:
        TimeoutError: it did not come to be within `seconds`.
    """
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        time.sleep(pause)


def _answers(servers: str) -> bool:
    """A metadata request is answered: accepting connections is not enough."""
    from confluent_kafka import KafkaException
    from confluent_kafka.admin import AdminClient

    client = AdminClient({"bootstrap.servers": servers, "log_level": 0, "logger": _silent()})
    try:
        return bool(client.list_topics(timeout=2).brokers)
    except KafkaException:
        return False


def _silent() -> Any:
    import logging

    logger = logging.getLogger("support.kafka.probe")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    return logger


class GivenKafka:
    """The one named in the environment."""

    session_seconds = 6  # the default of `group.min.session.timeout.ms`

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.servers = environment["HOCBA_TEST_KAFKA"]
        self.kind = f"Kafka given in HOCBA_TEST_KAFKA ({self.servers})"
        self._kill = environment.get("HOCBA_TEST_KAFKA_KILL")
        self._start = environment.get("HOCBA_TEST_KAFKA_START")
        self.killable = bool(self._kill and self._start)
        wait_until(lambda: _answers(self.servers), seconds=START_SECONDS, what=self.kind)

    def kill(self) -> None:
        subprocess.run(self._kill or "false", shell=True, check=True)

    def restart(self) -> None:
        subprocess.run(self._start or "false", shell=True, check=True)
        wait_until(lambda: _answers(self.servers), seconds=START_SECONDS, what=self.kind)

    def stop(self) -> None:
        """It is not ours to end."""


class ContainerKafka:
    """Apache's image through testcontainers, on a fixed port so that a restart finds its address again."""

    killable = True
    session_seconds = 3

    def __init__(self) -> None:
        from testcontainers.core.container import DockerContainer

        port = free_port()
        self.servers = f"127.0.0.1:{port}"
        self.kind = f"container {IMAGE}"
        self._container = DockerContainer(IMAGE).with_bind_ports(port, port)
        for name, value in _container_settings(port).items():
            self._container.with_env(name, value)
        self._container.start()
        wait_until(lambda: _answers(self.servers), seconds=START_SECONDS, what=self.kind)

    def kill(self) -> None:
        self._container.get_wrapped_container().kill()

    def restart(self) -> None:
        self._container.get_wrapped_container().start()
        wait_until(lambda: _answers(self.servers), seconds=START_SECONDS, what=self.kind)

    def stop(self) -> None:
        self._container.stop()


def _container_settings(port: int) -> dict[str, str]:
    settings = _server_settings(broker=port, controller=9093, logs="/tmp/hocba-kafka")
    settings["listeners"] = f"PLAINTEXT://0.0.0.0:{port},CONTROLLER://127.0.0.1:9093"
    return {"KAFKA_" + name.upper().replace(".", "_"): value for name, value in settings.items()}


class MavenKafka:
    """Apache Kafka's own jars in a Java process of ours."""

    killable = True
    session_seconds = 3

    def __init__(self) -> None:
        _bring_jars()
        self._folder = Path(tempfile.mkdtemp(prefix="hocba-kafka-"))
        port = free_port()
        self.servers = f"127.0.0.1:{port}"
        self.kind = f"Apache Kafka {VERSION} through Maven"
        settings = _server_settings(broker=port, controller=free_port(), logs=str(self._folder / "data"))
        self._properties = self._folder / "server.properties"
        self._properties.write_text("".join(f"{name}={value}\n" for name, value in settings.items()), encoding="ascii")
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
        storage = ["kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(self._properties)]
        subprocess.run([*_java(), *storage], check=True, capture_output=True)
        self._process = self._launch()

    def _launch(self) -> subprocess.Popen[bytes]:
        with (self._folder / "broker.log").open("ab") as log:
            process = subprocess.Popen(
                [*_java(), "kafka.Kafka", str(self._properties)], stdout=log, stderr=log, cwd=self._folder
            )
        wait_until(lambda: process.poll() is not None or _answers(self.servers), seconds=START_SECONDS, what=self.kind)
        if process.poll() is not None:
            raise NoKafka(f"{self.kind} ended at once: {(self._folder / 'broker.log').read_text()[-2000:]}")
        return process

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def restart(self) -> None:
        self._process = self._launch()

    def stop(self) -> None:
        if self._process.poll() is None:
            self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)


def _java() -> list[str]:
    options = [
        "-Xmx384m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    ]
    return ["java", *options, "-cp", f"{JARS}/*"]


def _bring_jars() -> None:
    """Once, whoever asks at the same time, and whole or not at all."""
    JARS.parent.mkdir(parents=True, exist_ok=True)
    with (JARS.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if JARS.exists():
            return
        half = Path(tempfile.mkdtemp(dir=JARS.parent))
        command = ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={half}"]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=600)
        except (OSError, subprocess.SubprocessError) as error:
            shutil.rmtree(half, ignore_errors=True)
            raise NoKafka(f"{REMEDY} (Maven: {type(error).__name__})") from error
        half.rename(JARS)


def _server_settings(*, broker: int, controller: int, logs: str) -> dict[str, str]:
    once = (
        "offsets.topic.replication.factor",
        "transaction.state.log.replication.factor",
        "transaction.state.log.min.isr",
    )
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "listeners": f"PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{broker}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "log.dirs": logs,
        "offsets.topic.num.partitions": "4",
        "group.initial.rebalance.delay.ms": "0",
        "group.min.session.timeout.ms": "1000",
        "num.network.threads": "2",
        "num.io.threads": "2",
        # A broker that was killed may come back only when its last session has ended.
        "broker.session.timeout.ms": "1500",
        "broker.heartbeat.interval.ms": "300",
        **dict.fromkeys(once, "1"),
    }


class EmbeddedKafka:
    """librdkafka's broker in this process: what the hub runs on by default. It dies with its process only."""

    killable = False
    session_seconds = 6
    kind = "embedded broker (librdkafka)"

    def __init__(self) -> None:
        from confluent_kafka import Producer

        self._home = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "mock", "logger": _silent()})
        brokers = self._home.list_topics(timeout=10).brokers
        self.servers = ",".join(f"{broker.host}:{broker.port}" for broker in brokers.values())

    def kill(self) -> None:
        raise NotImplementedError(self.kind)

    def restart(self) -> None:
        raise NotImplementedError(self.kind)

    def stop(self) -> None:
        self._home.purge()


def _docker_answers() -> bool:
    if shutil.which("docker") is None:
        return False
    try:
        done = subprocess.run(["docker", "info"], capture_output=True, timeout=10, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def real_kafka() -> Kafka:
    """Start, or find, a real Kafka.

    Raises:
        NoKafka: there is none to be had here.
    """
    if os.environ.get("HOCBA_TEST_KAFKA"):
        return GivenKafka(os.environ)
    if _docker_answers():
        return ContainerKafka()
    if shutil.which("java") is None or (shutil.which("mvn") is None and not JARS.exists()):
        raise NoKafka(REMEDY)
    return MavenKafka()
