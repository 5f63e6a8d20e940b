"""What others take for the same signatures: signxml, libxmlsec1 and the JDK; and the raw primitives, added up.

Each starts from the octets of a record and judges all its signatures. None of them asks for places, paths, revocation,
names or dates, and all are given the signers' keys: what is measured is the core of a signature.
"""

import base64
import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import xmlsec
from cryptography import x509
from lxml import etree
from signxml.verifier import SignatureConfiguration, XMLVerifier

from bench.runs.limits import DS, canonical, signed, verify_one
from bench.stand import Stand

NO_JDK = "KHÔNG CÓ JDK, KHÔNG ĐO ĐƯỢC · NO JDK, NOT MEASURED: apt-get install openjdk-17-jdk-headless"
_JAVA = Path(__file__).with_name("java")
_CERTIFICATE = f"{DS}KeyInfo/{DS}X509Data/{DS}X509Certificate"


def has_jdk() -> bool:
    """Whether there is a JDK to ask."""
    return shutil.which("javac") is not None and shutil.which("java") is not None


def primitives(octets: bytes) -> Callable[[], None]:
    """Parse, each C14N, each SHA-256, each RSA verification that the record cannot be verified without."""
    root = etree.fromstring(octets)
    targets = [root.find("DU_LIEU_HOC_BA")]
    for signature in root.iter(f"{DS}Signature"):
        named = {element.get("Id"): element for element in signature.iter()}
        uris = [reference.get("URI", "") for reference in signature.iter(f"{DS}Reference")]
        targets += [named[uri[1:]] for uri in uris if uri != "#data"]
    infos = list(root.iter(f"{DS}SignedInfo"))
    signatures = signed(octets)

    def work() -> None:
        etree.fromstring(octets)
        for target in targets:
            hashlib.sha256(canonical(target)).digest()
        for info in infos:
            canonical(info)
        for one in signatures:
            verify_one(one)

    return work


@cache
def _der(text: str) -> bytes:
    return base64.b64decode(text)


@cache
def _certificate(text: str) -> x509.Certificate:
    return x509.load_der_x509_certificate(_der(text))


@cache
def _key(text: str) -> Any:
    return xmlsec.Key.from_memory(_der(text), xmlsec.constants.KeyDataFormatCertDer)


def by_signxml(octets: bytes) -> None:
    """signxml, on lxml and `cryptography`."""
    root = etree.fromstring(octets)
    for signature in root.iter(f"{DS}Signature"):
        slot = signature.getparent()
        assert slot is not None
        references = len(signature.findall(f"{DS}SignedInfo/{DS}Reference"))
        expected = SignatureConfiguration(location=f".//{slot.tag}/", expect_references=references)
        certificate = _certificate(signature.findtext(_CERTIFICATE) or "")
        XMLVerifier().verify(
            root, x509_cert=certificate, id_attribute="Id", validate_schema=False, expect_config=expected
        )


def by_xmlsec(octets: bytes) -> None:
    """libxmlsec1, on OpenSSL, through python-xmlsec."""
    root = etree.fromstring(octets)
    for signature in root.iter(f"{DS}Signature"):
        context = xmlsec.SignatureContext()
        for element in (*root.iterchildren("DU_LIEU_HOC_BA"), *signature.iter()):
            if element.get("Id"):
                context.register_id(element, "Id")
        context.key = _key(signature.findtext(_CERTIFICATE) or "")
        context.verify(signature)


def jdk_rate(stand: Stand, records: list[bytes]) -> float:
    """Records per second of one warm thread of the JDK's own verifier, in a process of its own."""
    with tempfile.TemporaryDirectory(dir=stand.folder) as place:
        folder = Path(place) / "records"
        folder.mkdir()
        for number, octets in enumerate(records):
            (folder / f"{number:04}.xml").write_bytes(octets)
        subprocess.run(["javac", "-encoding", "UTF-8", "-d", place, str(_JAVA / "JdkRate.java")], check=True)
        command = ["java", "-Xmx1g", "-XX:+UseSerialGC", "-cp", place, "JdkRate", str(folder), str(stand.seconds)]
        told = subprocess.run(command, check=True, capture_output=True, text=True)
        return float(told.stdout)
