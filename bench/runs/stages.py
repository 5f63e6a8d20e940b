"""What each stage that needs a processor does on one core, beside its raw limit and beside what others would take."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime

import xmlschema
from lxml import etree
from signxml.verifier import SignatureConfiguration, XMLVerifier

from bench.clock import first_round, per_core
from bench.declared import Benchmark, Figure
from bench.loads import equipped, official_loads, unsigned_loads
from bench.runs.limits import DS, PROFILE
from bench.stand import Stand
from ledger.packages import Draft
from ledger.states import Stage
from routes import sealing
from routes.cargo import Load
from routes.verify import approvals
from routes.way import Leg, carry_one
from schemas.octets import parse_record
from schemas.profiles import profiles


def _check(stand: Stand) -> Iterator[Figure]:
    checker = equipped(stand).checkers[PROFILE]
    roots = [parse_record(octets) for octets in stand.corpus.official]
    yield CHECK.figure(per_core(checker.check, roots, seconds=stand.seconds))


def _verify(stand: Stand) -> Iterator[Figure]:
    verifiers, profile = equipped(stand).verifiers, profiles()[PROFILE]
    at = datetime.now(UTC)
    jobs = [(load.octets, parse_record(load.octets), load) for load in official_loads(stand)]

    def verify(job: tuple[bytes, object, Load]) -> None:
        octets, root, load = job
        verifier = verifiers.of(profile, root)
        validation = verifier.verify(octets, root, registry=approvals(load.unit_code, load.approved), at=at)
        assert validation.passed, validation.findings

    cold = first_round(verify, jobs)
    yield VERIFY.figure(per_core(verify, jobs, seconds=stand.seconds, warm=0))
    yield VERIFY.figure(cold, "cold")


def _carry(stand: Stand) -> Iterator[Figure]:
    equipped(stand)
    for loads, part, references in (
        (official_loads(stand), "", ()),
        (unsigned_loads(stand), "unsigned", ("raw-rsa-sign",)),
    ):
        rate = per_core(_carried, loads, seconds=stand.seconds, warm=len(loads))
        yield CARRY.figure(rate, part, references=references)


def _carried(load: Load) -> None:
    carried = carry_one(Leg(load, Stage.VERIFY))
    assert carried.passed, carried.findings


def _pack(stand: Stand) -> Iterator[Figure]:
    equipped(stand)
    records = stand.corpus.official
    jobs = [
        _job(records[start : start + 200], number) for number, start in enumerate(range(0, len(records) - 199, 200))
    ]

    def seal(job: sealing.SealingJob) -> None:
        sealed = sealing.seal_package(job)
        assert sealed.halt is None, sealed.halt

    yield PACK.figure(per_core(seal, jobs, seconds=stand.seconds, weight=200))


def _job(records: list[bytes], number: int) -> sealing.SealingJob:
    draft = Draft(
        id=number + 1,
        seal="intermediary",
        unit_id=1,
        unit_code="79",
        nam_hoc=2025,
        gaps=(),
        octets=tuple(records),
        tries=0,
    )
    return sealing.SealingJob(
        draft=draft, approved=None, key_unit="79", at=datetime.now(UTC), gzip_level=1, escape="none"
    )


def _signxml(stand: Stand) -> Iterator[Figure]:
    trust = stand.corpus.world.folder / "trust"
    anchors = b"".join(path.read_bytes() for path in sorted(trust.glob("*/*.pem")))
    jobs = [_second_opinion_job(record) for record in stand.corpus.official[:100]]

    def verify(job: tuple[object, list[tuple[bytes, str]]]) -> None:
        root, signatures = job
        for certificate, place in signatures:
            config = SignatureConfiguration(location=place, expect_references=True)
            XMLVerifier().verify(
                root, x509_cert=certificate.decode(), id_attribute="Id", validate_schema=False, expect_config=config
            )

    assert anchors
    yield SIGNXML.figure(per_core(verify, jobs, seconds=stand.seconds))


def _second_opinion_job(record: bytes) -> tuple[object, list[tuple[bytes, str]]]:
    root = etree.fromstring(record)
    signatures = []
    for signature in root.iter(f"{DS}Signature"):
        encoded = base64.b64decode(signature.findtext(f".//{DS}X509Certificate") or "")
        armoured = base64.encodebytes(encoded)
        certificate = b"-----BEGIN CERTIFICATE-----\n" + armoured + b"-----END CERTIFICATE-----\n"
        holder = signature.getparent()
        assert holder is not None
        signatures.append((certificate, f".//{holder.tag}/"))
    return root, signatures


def _xmlschema(stand: Stand) -> Iterator[Figure]:
    schema = xmlschema.XMLSchema(str(profiles()[PROFILE].schema))
    roots = [etree.fromstring(record) for record in stand.corpus.official[:100]]
    yield XMLSCHEMA.figure(per_core(schema.is_valid, roots, seconds=stand.seconds))


CHECK = Benchmark(
    "check",
    "schema and every rule of hbs-1.0 over parsed, faultless records",
    "records/s/core",
    ("raw-xsd", "xmlschema-validate"),
    _check,
)
VERIFY = Benchmark(
    "verify",
    "every signature of a parsed record with path, revocation and identity: three RSA-2048; no verdict is kept, the standing of"
    " a certificate is; `cold`: the first 400 records of a process, some five to a certificate",
    "records/s/core",
    ("raw-signatures", "signxml-verify"),
    _verify,
)
CARRY = Benchmark(
    "carry",
    "normalise, check, sign and verify in one child call: a signed official record; `unsigned`: the JSON vendor's, that"
    " is written and signed three times on the way",
    "records/s/core",
    ("raw-signatures",),
    _carry,
)
PACK = Benchmark(
    "pack",
    "200 records joined, sealed by the intermediary's key, gzip level 1, Base64",
    "records/s/core",
    ("raw-gzip",),
    _pack,
)
SIGNXML = Benchmark(
    "signxml-verify",
    "signxml over the same three signatures, the certificates given, no path or revocation",
    "records/s/core",
    (),
    _signxml,
)
XMLSCHEMA = Benchmark(
    "xmlschema-validate", "xmlschema over the same parsed records and the same XSD", "records/s/core", (), _xmlschema
)

BENCHMARKS = (CHECK, VERIFY, CARRY, PACK, SIGNXML, XMLSCHEMA)
