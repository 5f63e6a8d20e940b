"""The verifiers that are not the hub's: xmlsec1 (the command), the JDK, EU DSS, signxml."""

import hashlib
import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from lxml import etree

from interop.case import Case, Word
from interop.jvm import DSS_VERSION, Programs, java_version, lacking
from schemas.profiles import profiles
from signing.certificates import CertificateUnreadable, read_certificate
from signing.second_opinion import Engine as SecondEngine
from signing.second_opinion import Opinion, second_opinion_on_transaction, second_opinions

XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
NO_XMLSEC1 = "no xmlsec1: apt-get install xmlsec1"
_SECONDS = 20
_IN_SIGNATURES = (f"{XMLDSIG}:SignatureProperties", f"{XADES}:SignedProperties")
_WHOLE = ("DANH_SACH_HOC_BA", "DANG_KY_CHUNG_THU_SO")
"""Roots that are signed as a whole."""
_REGIONS = ("DU_LIEU_HOC_BA", "THONG_TIN_HOC_BA", "DIEM_TONG_KET")
"""What is signed in a record."""


@dataclass(frozen=True, slots=True)
class Question:
    """What asks the command for one signature; files with equal ones can be asked in one run."""

    arguments: tuple[str, ...]
    """of the command"""
    method: str
    """of the signature: the command knows it, or not"""


_PLAIN = Question((), "")


class Engine(Protocol):
    """Somebody else's verifier."""

    name: str
    """column of the table"""
    version: str
    """what ran"""

    def ask(self, cases: Sequence[Case], folder: Path) -> dict[str, Word]:
        """Its word on each case, by name; the files lie in the folder."""
        ...


class Xmlsec1:
    """Core validation of each signature with the certificate that it carries; no trust is asked."""

    name = "xmlsec1"

    def __init__(self) -> None:
        told = subprocess.run(["xmlsec1", "--version"], capture_output=True, text=True, check=True).stdout
        self.version = re.findall(r"\d+\.\d+\.\d+", told)[0]
        # From 1.3 on, a key that KeyInfo does not name is looked up only when told so.
        self._options = [] if self.version.startswith("1.2.") else ["--lax-key-search"]

    def ask(self, cases: Sequence[Case], folder: Path) -> dict[str, Word]:
        runs: dict[Question, list[str]] = defaultdict(list)
        for case in cases:
            for question in self._questions(folder / f"{case.name}.xml"):
                runs[question].append(case.name)
        words: dict[str, list[Word]] = defaultdict(list)
        with ThreadPoolExecutor(max_workers=2) as pool:
            for answers in pool.map(lambda run: self._answers(run[0], run[1], folder), runs.items()):
                for name, word in answers.items():
                    words[name].append(word)
        return _gathered(cases, words)

    def _answers(self, question: Question, names: Sequence[str], folder: Path) -> dict[str, Word]:
        """A run starts slowly and is quick with each file: those that fail together are asked again by halves."""
        word = self._run([folder / f"{name}.xml" for name in names], question)
        if word.accepted or len(names) == 1:
            return dict.fromkeys(names, word)
        half = len(names) // 2
        return self._answers(question, names[:half], folder) | self._answers(question, names[half:], folder)

    def _questions(self, file: Path) -> list[Question]:
        """One for each signature; where there is no document to speak of, the command shall say so itself."""
        try:
            root = etree.fromstring(file.read_bytes())
        except (etree.XMLSyntaxError, ValueError):
            return [_PLAIN]
        found = []
        for signature in _signatures(root):
            certificate = _signer(signature) or b""
            given = file.parent / f"{hashlib.sha256(certificate).hexdigest()}.der"
            given.write_bytes(certificate)
            arguments = ("--pubkey-cert-der", str(given), "--node-xpath", _place(signature), *_marks(root))
            method = signature.find(f".//{{{XMLDSIG}}}SignatureMethod")
            found.append(Question(arguments, "" if method is None else method.get("Algorithm", "")))
        return found

    def _run(self, files: Sequence[Path], question: Question) -> Word:
        command = ["xmlsec1", "--verify", *self._options, *question.arguments, *map(str, files)]
        try:
            run = subprocess.run(command, capture_output=True, check=False, timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            return Word(accepted=False, why=f"not within {_SECONDS} s")
        return Word(run.returncode == 0, run.stderr.decode(errors="replace").strip()[:160])


def _signatures(root: Any) -> list[Any]:
    """All of a record, or the batch's own."""
    return [root[-1]] if root.tag in _WHOLE else list(root.iter(f"{{{XMLDSIG}}}Signature"))


def _place(element: Any) -> str:
    """A path by positions: the command knows no prefixes."""
    parent = element.getparent()
    return "/*" if parent is None else f"{_place(parent)}/*[{_position(parent, element)}]"


def _position(parent: Any, element: Any) -> int:
    """Comments and instructions do not count."""
    return list(parent.iterchildren(tag=etree.Element)).index(element) + 1


def _marks(root: Any) -> list[str]:
    regions = [("--id-attr:id", root.tag)] if root.tag in _WHOLE else [("--id-attr:Id", name) for name in _REGIONS]
    marks = [*regions, *(("--id-attr:Id", name) for name in _IN_SIGNATURES)]
    return [word for mark in marks for word in mark]


def _signer(signature: Any) -> bytes | None:
    """Of the certificates in KeyInfo, the one that issued none of the others."""
    try:
        found = [read_certificate(element.text or "") for element in signature.iter(f"{{{XMLDSIG}}}X509Certificate")]
    except CertificateUnreadable:
        return None
    issuers = {one.issuer_der for one in found}
    return next((one.der for one in found if len(found) == 1 or one.subject_der not in issuers), None)


class Jdk:
    """`javax.xml.crypto.dsig` under secure validation: core validation with the certificate in the signature."""

    name = "JDK"

    def __init__(self, programs: Programs) -> None:
        self._programs = programs
        self.version = java_version()

    def ask(self, cases: Sequence[Case], folder: Path) -> dict[str, Word]:
        words: dict[str, list[Word]] = defaultdict(list)
        for file, _, accepted, why in self._programs.run(
            "JdkVerifies", [str(folder / f"{case.name}.xml") for case in cases]
        ):
            words[file.removesuffix(".xml")].append(Word(accepted == "true", why))
        return _gathered(cases, words)


class Dss:
    """EU DSS with its own default policy, the case's trust and time.

    A signature with XAdES properties must be TOTAL-PASSED. One in the plain property form is no XAdES signature: of it
    only digests and value are asked.
    """

    name = "DSS"
    version = DSS_VERSION

    def __init__(self, programs: Programs) -> None:
        self._programs = programs

    def ask(self, cases: Sequence[Case], folder: Path) -> dict[str, Word]:
        lines = [f"{case.at.isoformat()}\t{case.trust}\t{folder / case.name}.xml" for case in cases]
        words: dict[str, list[Word]] = defaultdict(list)
        for file, _, passed, why, intact, xades in self._programs.run("DssVerifies", lines):
            words[file.removesuffix(".xml")].append(Word((passed if xades == "true" else intact) == "true", why))
        return _gathered(cases, words)


class Signxml:
    """signxml, on lxml and `cryptography`: each signature by its place, and that it covers its region."""

    name = "signxml"

    def __init__(self) -> None:
        self.version = SecondEngine.SIGNXML.version.removeprefix("signxml ")

    def ask(self, cases: Sequence[Case], folder: Path) -> dict[str, Word]:
        return _gathered(cases, {case.name: self._words(case.octets) for case in cases})

    def _words(self, octets: bytes) -> list[Word]:
        root = etree.fromstring(octets)
        if root.tag in _WHOLE:
            opinion = second_opinion_on_transaction(octets, engine=SecondEngine.SIGNXML, region=root.get("id"))
            return [_word(opinion)]
        slots = next(
            each.slots for each in profiles().values() if each.slots and root.find(each.slots[-1].path) is not None
        )
        return [_word(opinion) for opinion in second_opinions(octets, slots, engine=SecondEngine.SIGNXML)]


def _word(opinion: Opinion) -> Word:
    return Word(opinion.accepted, opinion.reason or "")


def ask_once(engine: Engine, cases: Sequence[Case], folder: Path) -> dict[str, Word]:
    """An engine's word on each case; what is in several places octet for octet is asked in one of them."""
    first: dict[tuple[bytes, Path, datetime], Case] = {}
    for case in cases:
        first.setdefault((case.octets, case.trust, case.at), case)
    words = engine.ask(list(first.values()), folder)
    return {case.name: words[first[case.octets, case.trust, case.at].name] for case in cases}


def _gathered(cases: Sequence[Case], words: dict[str, list[Word]]) -> dict[str, Word]:
    """One word for each file: accepted when it has signatures and each of them is."""
    gathered = {}
    for case in cases:
        said = words[case.name] or [Word(accepted=False, why="no signature")]
        gathered[case.name] = next((word for word in said if not word.accepted), said[0])
    return gathered


def engines(programs: Programs | None) -> tuple[list[Engine], list[str]]:
    """Those that are here, and for each other what would bring it."""
    here: list[Engine] = []
    missing = list(lacking().values())
    if shutil.which("xmlsec1"):
        here.append(Xmlsec1())
    else:
        missing.insert(0, NO_XMLSEC1)
    if programs is not None:
        here.append(Jdk(programs))
        if "dss" not in lacking():
            here.append(Dss(programs))
    return here, missing
