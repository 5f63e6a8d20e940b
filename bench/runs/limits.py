"""Raw limits: what RSA, canonicalisation, parsing, schema validation, gzip and COPY cost without a hub around them."""

import base64
import gzip
import os
import time
from collections.abc import Iterator
from typing import Any

import psycopg
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from bench.clock import per_core
from bench.declared import Benchmark, Figure
from bench.engines import fresh_database
from bench.stand import Stand
from schemas.profiles import profiles

DS = "{http://www.w3.org/2000/09/xmldsig#}"
PROFILE = "hbs-1.0"
COPIED = 3000

Signed = tuple[rsa.RSAPublicKey, bytes, bytes]


def signed(record: bytes) -> list[Signed]:
    """Key, value and canonical SignedInfo of every signature in a record."""
    found = []
    for signature in etree.fromstring(record).iter(f"{DS}Signature"):
        certificate = x509.load_der_x509_certificate(
            base64.b64decode(signature.findtext(f".//{DS}X509Certificate") or "")
        )
        key = certificate.public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        value = base64.b64decode(signature.findtext(f"{DS}SignatureValue") or "")
        found.append((key, value, canonical(signature.find(f"{DS}SignedInfo"))))
    return found


def canonical(element: Any) -> bytes:
    """Exclusive C14N by libxml2."""
    octets: bytes = etree.tostring(element, method="c14n", exclusive=True, with_comments=False)
    return octets


def verify_one(one: Signed) -> None:
    """One RSA-2048 verification."""
    key, value, octets = one
    key.verify(value, octets, padding.PKCS1v15(), hashes.SHA256())


def _rsa_verify(stand: Stand) -> Iterator[Figure]:
    every = [one for record in stand.corpus.official for one in signed(record)]
    yield RSA_VERIFY.figure(per_core(verify_one, every, seconds=stand.seconds))


def _rsa_sign(stand: Stand) -> Iterator[Figure]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    texts = [os.urandom(1000) for _ in range(50)]
    rate = per_core(lambda text: key.sign(text, padding.PKCS1v15(), hashes.SHA256()), texts, seconds=stand.seconds)
    yield RSA_SIGN.figure(rate)


def _data(record: bytes) -> Any:
    return etree.fromstring(record).find("DU_LIEU_HOC_BA")


def _c14n(stand: Stand) -> Iterator[Figure]:
    regions = [_data(record) for record in stand.corpus.official]
    yield C14N.figure(per_core(canonical, regions, seconds=stand.seconds))


def _parse(stand: Stand) -> Iterator[Figure]:
    yield PARSE.figure(per_core(etree.fromstring, stand.corpus.official, seconds=stand.seconds))


def _xsd(stand: Stand) -> Iterator[Figure]:
    schema = etree.XMLSchema(etree.parse(str(profiles()[PROFILE].schema)))
    roots = [etree.fromstring(record) for record in stand.corpus.official]
    assert all(map(schema.validate, roots[:20]))
    yield XSD.figure(per_core(schema.validate, roots, seconds=stand.seconds))


def _signature_work(stand: Stand) -> Iterator[Figure]:
    jobs = [(_data(record), signed(record)) for record in stand.corpus.official]

    def work(job: tuple[Any, list[Signed]]) -> None:
        region, signatures = job
        digest = hashes.Hash(hashes.SHA256())
        digest.update(canonical(region))
        digest.finalize()
        for one in signatures:
            verify_one(one)

    yield SIGNATURES.figure(per_core(work, jobs, seconds=stand.seconds))


def _gzip(stand: Stand) -> Iterator[Figure]:
    records = stand.corpus.official
    texts = [b"".join(records[start : start + 100]) for start in range(0, len(records) - 99, 100)]
    rate = per_core(lambda text: base64.b64encode(gzip.compress(text, 1)), texts, seconds=stand.seconds, weight=100)
    yield GZIP.figure(rate)


def _copy(stand: Stand) -> Iterator[Figure]:
    records = stand.corpus.official
    with fresh_database(stand, migrated=False) as url, psycopg.connect(url) as connection:
        connection.execute("create table plain (id bigint primary key, octets bytea not null)")
        connection.execute("alter table plain alter column octets set storage external")
        connection.commit()
        began = time.perf_counter()
        for start in range(0, COPIED, 500):
            with (
                connection.cursor() as cursor,
                cursor.copy("copy plain (id, octets) from stdin (format binary)") as copy,
            ):
                copy.set_types(["int8", "bytea"])
                for number in range(start, start + 500):
                    copy.write_row((number, records[number % len(records)]))
            connection.commit()
        yield COPY.figure(COPIED / (time.perf_counter() - began))


def _commit(stand: Stand) -> Iterator[Figure]:
    with fresh_database(stand, migrated=False) as url, psycopg.connect(url) as connection:
        connection.execute("create table plain (id bigint primary key, octets bytea not null)")
        connection.commit()
        took = []
        for number in range(300):
            began = time.perf_counter()
            connection.execute("insert into plain values (%s, %s)", [number, stand.corpus.official[number]])
            connection.commit()
            took.append(time.perf_counter() - began)
        yield COMMIT.figure(sorted(took)[int(len(took) * 0.99)] * 1000)


def _floor(stand: Stand) -> Iterator[Figure]:
    parts = (PARSE, XSD, SIGNATURES, GZIP)
    yield FLOOR.figure(sum(1000 / stand.value(part.name) for part in parts))


RSA_VERIFY = Benchmark(
    "raw-rsa-verify", "RSA-2048 PKCS#1 v1.5 verifications by `cryptography`", "verifications/s/core", (), _rsa_verify
)
RSA_SIGN = Benchmark(
    "raw-rsa-sign", "RSA-2048 PKCS#1 v1.5 signatures by `cryptography`", "signatures/s/core", (), _rsa_sign
)
C14N = Benchmark("raw-c14n", "exclusive C14N of a parsed record's data by libxml2", "records/s/core", (), _c14n)
PARSE = Benchmark("raw-parse", "a record's octets parsed by lxml", "records/s/core", (), _parse)
XSD = Benchmark("raw-xsd", "a parsed record validated by lxml's XMLSchema", "records/s/core", (), _xsd)
SIGNATURES = Benchmark(
    "raw-signatures",
    "per record one C14N, one SHA-256 and three RSA verifications, nothing else",
    "records/s/core",
    (),
    _signature_work,
)
GZIP = Benchmark("raw-gzip", "gzip level 1 and Base64 of 100 records together", "records/s/core", (), _gzip)
COPY = Benchmark(
    "raw-copy", "COPY of records into a plain table, a commit for every 500, durable", "records/s", (), _copy
)
COMMIT = Benchmark("raw-commit", "99th percentile of inserting one record and committing, durable", "ms", (), _commit)
FLOOR = Benchmark(
    "raw-floor",
    "the processor time of a record that is only parsed, validated, verified and compressed",
    "ms/record",
    (),
    _floor,
)

BENCHMARKS = (RSA_VERIFY, RSA_SIGN, C14N, PARSE, XSD, SIGNATURES, GZIP, COPY, COMMIT, FLOOR)
