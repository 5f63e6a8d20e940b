"""Independent verifiers, the xmlsec1 command and the JDK, agree with the hub: on what passes and on what does not."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from support.authority import ec_key, institution, write_p12
from support.forge import batch
from support.workshop import HOUR, NAMED, NOW, SIGNED, SLOTS, Workshop

from signing.certificates import read_certificate
from signing.seal import FileKeyring, seal_record, seal_transaction, seals_for

pytestmark = pytest.mark.oracle

SAMPLES = Path(__file__).parents[3] / "shared" / "spec" / "samples" / "signed"
XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
IN_SIGNATURES = (f"{XMLDSIG}:SignatureProperties", f"{XADES}:SignedProperties")
OPEN, CLOSE = b'<DANH_SACH_HOC_BA id="dataDanhSach">', b"</DANH_SACH_HOC_BA>"

Ask = Callable[[list[Path]], dict[tuple[str, str], bool]]
"""For each file name and signature id: accepted or not."""


@pytest.fixture(scope="module")
def workshop() -> Workshop:
    return Workshop()


@pytest.fixture(scope="module")
def jdk(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    if not (shutil.which("javac") and shutil.which("java")):
        pytest.skip("no JDK: apt-get install openjdk-17-jdk-headless")
    classes = tmp_path_factory.mktemp("classes")
    source = Path(__file__).with_name("VerifySignatures.java")
    subprocess.run(["javac", "-d", str(classes), str(source)], check=True)

    def ask(files: list[Path]) -> dict[tuple[str, str], bool]:
        command = ["java", "-cp", str(classes), "VerifySignatures", *map(str, files)]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        lines = [line.split("\t") for line in told.splitlines()]
        return {(name, identifier): verdict == "true" for name, identifier, verdict in lines}

    return ask


@pytest.fixture(scope="module")
def xmlsec1(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    if not shutil.which("xmlsec1"):
        pytest.skip("no xmlsec1: apt-get install xmlsec1")
    version = subprocess.run(["xmlsec1", "--version"], capture_output=True, text=True, check=True).stdout
    # From 1.3 on, a key that KeyInfo does not name is looked up only when told so.
    options = [] if " 1.2." in version else ["--lax-key-search"]
    signer = tmp_path_factory.mktemp("xmlsec1") / "signer.der"

    def ask(files: list[Path]) -> dict[tuple[str, str], bool]:
        verdicts = {}
        for file in files:
            root = etree.fromstring(file.read_bytes())
            for signature in _signatures(root):
                signer.write_bytes(_signer(signature))
                command = ["xmlsec1", "--verify", *options, "--pubkey-cert-der", str(signer)]
                command += ["--node-xpath", _place(signature), *_identifiers(root), str(file)]
                run = subprocess.run(command, capture_output=True, check=False)
                verdicts[file.name, signature.get("Id")] = run.returncode == 0
        return verdicts

    return ask


def _signatures(root: Any) -> list[Any]:
    """All of a record, or the batch's own."""
    return [root[-1]] if root.tag == "DANH_SACH_HOC_BA" else list(root.iter(f"{{{XMLDSIG}}}Signature"))


def _place(element: Any) -> str:
    """A path by positions: the command knows no prefixes."""
    parent = element.getparent()
    return "/*" if parent is None else f"{_place(parent)}/*[{parent.index(element) + 1}]"


def _identifiers(root: Any) -> list[str]:
    region = ("--id-attr:Id", "DU_LIEU_HOC_BA") if root.tag == "HOC_BA" else ("--id-attr:id", "DANH_SACH_HOC_BA")
    return [*region, *(word for name in IN_SIGNATURES for word in ("--id-attr:Id", name))]


def _signer(signature: Any) -> bytes:
    found = [read_certificate(element.text) for element in signature.iter(f"{{{XMLDSIG}}}X509Certificate")]
    issuers = {one.issuer_der for one in found}
    return next(one.der for one in found if len(found) == 1 or one.subject_der not in issuers)


@pytest.fixture(scope="module", params=["jdk", "xmlsec1"])
def oracle(request: pytest.FixtureRequest) -> Ask:
    ask: Ask = request.getfixturevalue(request.param)
    return ask


def _written(folder: Path, texts: dict[str, bytes]) -> list[Path]:
    files = []
    for name, octets in texts.items():
        files.append(folder / f"{name}.xml")
        files[-1].write_bytes(octets)
    return files


@pytest.fixture(scope="module")
def keys(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> FileKeyring:
    """The school's seal is an elliptic key, its staff's are RSA."""
    folder = workshop.write_keys(tmp_path_factory.mktemp("keys"))
    seal = workshop.issuing.issue(institution("Trường", workshop.unit), key=ec_key())
    for role in ("KY_PHAT_HANH", "GIAO_DICH"):
        write_p12(folder / workshop.unit / f"{role}.p12", seal, password=b"thu nghiem")
    return FileKeyring(folder)


def _sealed(workshop: Workshop, keys: FileKeyring, form: str) -> bytes:
    octets = workshop.unsigned()
    seals = seals_for(etree.fromstring(octets), SLOTS, named=NAMED, keys=keys, form=form, at=NOW)
    return seal_record(octets, seals=seals)


def test_what_the_hub_seals_is_accepted(workshop: Workshop, keys: FileKeyring, oracle: Ask, tmp_path: Path) -> None:
    texts = {form: _sealed(workshop, keys, form) for form in ("both", "property", "xades")}
    key = keys.transaction_key(workshop.unit)
    unsealed = OPEN + texts["both"] + CLOSE
    texts["batch"] = seal_transaction(unsealed, key=key, signature_id="sig-giao-dich-1", at=NOW)

    verdicts = oracle(_written(tmp_path, texts))

    assert len(verdicts) == 10
    assert set(verdicts.values()) == {True}


def test_what_the_hub_accepts_is_accepted(workshop: Workshop, oracle: Ask, tmp_path: Path) -> None:
    texts = {
        "usual": workshop.good,
        "mixed": workshop.record(
            layout="pretty", GVCN={"c14n": "inc", "prefix": ""}, CBQL={"form": "property", "c14n": "c11"}
        ),
        "elliptic": workshop.record(CBQL={"by": workshop.head(), "form": "xades", "digest": "sha512"}),
        "batch": batch([workshop.good], by=workshop.school, at=SIGNED + 9 * HOUR),
    }
    assert all(workshop.verify(octets).passed for name, octets in texts.items() if name != "batch")

    verdicts = oracle(_written(tmp_path, texts))

    assert len(verdicts) == 10
    assert set(verdicts.values()) == {True}


def test_what_was_changed_is_refused_by_all(workshop: Workshop, oracle: Ask, tmp_path: Path) -> None:
    texts = {
        "letter": workshop.good.replace(b"<DAN_TOC>", b"<DAN_TOC>X"),
        "time": re.sub(rb"SigningTime>2026", b"SigningTime>2027", workshop.good),
        "method": workshop.good.replace(b"more#rsa-sha256", b"more#rsa-sha512"),
    }

    verdicts = oracle(_written(tmp_path, texts))

    assert not any(workshop.verify(octets).passed for octets in texts.values())
    assert len(verdicts) == 9
    assert set(verdicts.values()) == {False}


def test_samples_of_other_software_are_accepted(oracle: Ask, tmp_path: Path) -> None:
    if not SAMPLES.is_dir():
        pytest.skip("no signed samples: put the specification's samples into ../shared/spec/samples/signed")
    octets = (SAMPLES / "batch-79760403.xml").read_bytes()
    records = re.findall(rb"<HOC_BA .*?</HOC_BA>", octets, re.DOTALL)
    texts = {"batch": octets, **{f"record-{turn}": one for turn, one in enumerate(records)}}

    verdicts = oracle(_written(tmp_path, texts))

    assert len(verdicts) == 3 * len(records) + 1
    assert set(verdicts.values()) == {True}
