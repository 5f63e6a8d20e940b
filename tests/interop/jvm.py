"""Java programs of this folder: compiled once for a run, in one machine for all of it; EU DSS comes through Maven."""

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from threading import Lock, Timer

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCES = Path(__file__).with_name("java")
POM = Path(__file__).with_name("pom.xml")
DSS_VERSION = "6.4"
JARS = REPOSITORY / ".hocba" / "dss" / DSS_VERSION
NO_JDK = "no JDK: apt-get install openjdk-17-jdk-headless"
NO_DSS = "no EU DSS: apt-get install openjdk-17-jdk-headless maven"
_DECLARED = re.compile("<artifactId>(dss-[a-z0-9-]+)</artifactId>(?=\\s*<version>6)")
_SECONDS = 600
# A machine that lives for a minute: a second compiler and a second collector would cost more than they bring.
_OPTIONS = (
    *("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
    *("-Dfile.encoding=UTF-8", "-Dstdout.encoding=UTF-8"),
)


@cache
def lacking() -> dict[str, str]:
    """What cannot be had here, `jdk` or `dss`, and what would bring it."""
    if not (shutil.which("javac") and shutil.which("java")):
        return {"jdk": NO_JDK, "dss": NO_DSS}
    if all((JARS / f"{name}-{DSS_VERSION}.jar").exists() for name in _DECLARED.findall(POM.read_text())):
        return {}
    command = ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={JARS}"]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=600)
    except (OSError, subprocess.SubprocessError) as error:
        return {"dss": f"{NO_DSS} (Maven: {type(error).__name__})"}
    return {}


class Programs:
    """The programs, compiled, in one machine that is started once; those of DSS only where it is."""

    def __init__(self, classes: Path) -> None:
        self._folder = classes
        self._path = f"{classes}:{JARS}/*"
        self._one = Lock()
        without = "Dss" if "dss" in lacking() else " "
        sources = [str(file) for file in sorted(SOURCES.glob("*.java")) if not file.name.startswith(without)]
        command = ["javac", "-encoding", "UTF-8", "-cp", self._path, "-d", str(classes), *sources]
        subprocess.run(command, check=True, timeout=_SECONDS)
        self._machine = self._start()
        self._runs = 0

    def _start(self) -> subprocess.Popen[str]:
        command = ["java", *_OPTIONS, "-cp", self._path, "Works"]
        with (self._folder / "errors.txt").open("w") as errors:
            return subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, encoding="utf-8"
            )

    def run(self, name: str, lines: list[str]) -> list[list[str]]:
        """Give a program its list of work; answers its lines, cut into columns. One runs at a time."""
        with self._one:
            self._runs += 1
            work, said = (self._folder / f"{name}-{self._runs}.{ending}" for ending in ("work", "said"))
            work.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
            answer = self._ask(f"{name}\t{work}\t{said}\n")
        if answer != "done":
            raise RuntimeError(f"{name}: {answer[-2000:] or (self._folder / 'errors.txt').read_text()[-2000:]}")
        return [line.split("\t") for line in said.read_text(encoding="utf-8").splitlines()]

    def _ask(self, line: str) -> str:
        """What it answers; one that died, or was too slow and is killed, is started anew for whoever comes next."""
        assert self._machine.stdin is not None
        assert self._machine.stdout is not None
        patience = Timer(_SECONDS, self._machine.kill)
        patience.start()
        try:
            self._machine.stdin.write(line)
            self._machine.stdin.flush()
            answer = self._machine.stdout.readline().strip()
        except BrokenPipeError:
            answer = ""
        patience.cancel()
        if not answer:
            self.close()
            self._machine = self._start()
        return answer

    def close(self) -> None:
        """Stop the machine."""
        self._machine.kill()
        self._machine.communicate()


def java_version() -> str:
    """The first line of what `java -version` says."""
    return subprocess.run(["java", "-version"], capture_output=True, text=True, check=True).stderr.splitlines()[0]
