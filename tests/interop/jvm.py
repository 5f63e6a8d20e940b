"""Java programs of this folder: compiled once for a run, each started once for many files; EU DSS comes through Maven."""

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCES = Path(__file__).with_name("java")
POM = Path(__file__).with_name("pom.xml")
DSS_VERSION = "6.4"
JARS = REPOSITORY / ".hocba" / "dss" / DSS_VERSION
NO_JDK = "no JDK: apt-get install openjdk-17-jdk-headless"
NO_DSS = "no EU DSS: apt-get install openjdk-17-jdk-headless maven"
_DECLARED = re.compile("<artifactId>(dss-[a-z0-9-]+)</artifactId>(?=\\s*<version>6)")
_SECONDS = 150
# Programs that live for seconds: a second compiler and a second collector would cost more than they bring.
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
    """The programs, compiled; those of DSS only where it is."""

    def __init__(self, classes: Path) -> None:
        self._folder = classes
        self._path = f"{classes}:{JARS}/*"
        without = "Dss" if "dss" in lacking() else " "
        sources = [str(file) for file in sorted(SOURCES.glob("*.java")) if not file.name.startswith(without)]
        command = ["javac", "-encoding", "UTF-8", "-cp", self._path, "-d", str(classes), *sources]
        subprocess.run(command, check=True, timeout=_SECONDS)

    def run(self, name: str, lines: list[str]) -> list[list[str]]:
        """Give a program its list of work; answers its lines, cut into columns."""
        work = self._folder / f"{name}.tsv"
        work.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        command = ["java", *_OPTIONS, "-cp", self._path, name, str(work)]
        told = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=_SECONDS, check=False)
        if told.returncode:
            raise RuntimeError(f"{name}: {told.stderr[-2000:]}")
        return [line.split("\t") for line in told.stdout.splitlines()]


def java_version() -> str:
    """The first line of what `java -version` says."""
    return subprocess.run(["java", "-version"], capture_output=True, text=True, check=True).stderr.splitlines()[0]
