"""Where another verifier differs from the hub on the same file, and why: everything that differs is declared here.

A disagreement that is not declared fails a test, and so does a declared one that no longer happens.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from interop.case import Case


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Files of which some engines say something else than the hub, for one reason."""

    engines: tuple[str, ...]
    """who differs"""
    reason: str
    """why, in a sentence"""
    kinds: tuple[str, ...] = ()
    """rows of the table"""
    causes: tuple[str, ...] = ()
    """what the hub refuses files for"""
    names: tuple[str, ...] = ()
    """single files"""
    versions: tuple[str, ...] = ()
    """beginnings of the engine's versions that it holds for; none for all"""

    def concerns(self, engine: str, version: str) -> bool:
        """Whether it is about this engine in this version."""
        return engine in self.engines and version.startswith(self.versions or ("",))

    def covers(self, engine: str, version: str, case: Case) -> bool:
        """Whether this is why the engine differs on the case."""
        about = (case.kind in self.kinds, case.cause in self.causes, case.name in self.names)
        return self.concerns(engine, version) and any(about)


_CORE = ("xmlsec1", "JDK")
_ALL = ("xmlsec1", "JDK", "DSS")
_PSS = tuple(f"JDK: {form}, RSA-PSS" for form in ("property", "xades", "both")) + tuple(
    f"DSS: {form}, RSA-PSS" for form in ("xades", "both")
)

_OF_SCOPE = (
    Disagreement(
        _CORE,
        "Core validation asks nobody about the certificate: its path, validity, revocation and use are not looked at.",
        causes=(
            *("certificate-expired", "certificate-not-yet-valid", "certificate-is-ca", "key-usage", "path-invalid"),
            *("path-not-found", "certificate-revoked", "certificate-revoked-later", "certificate-on-hold"),
            *("issuer-revoked", "issuer-revoked-later", "revocation-unknown"),
        ),
    ),
    Disagreement(
        _CORE,
        "Core validation reads no XAdES: the reference to the signing certificate is any other text.",
        causes=("certificate-digest", "certificate-reference-missing"),
        names=("attack-certificate-digest-by-sha-1",),
    ),
    Disagreement(
        _CORE,
        "Core validation is content with any references: that the data and the properties must be among them, and be"
        " those of the slot, is the application's affair.",
        causes=("data-unsigned", "properties-unsigned", "reference-foreign"),
        names=("attack-xades-properties-unsigned", "attack-properties-wrapped-in-a-second-object"),
    ),
    Disagreement(
        _ALL,
        "Only the hub knows the record: its root, its slots, who signs which, which must be there, in what order.",
        causes=(
            *("signature-misplaced", "slot-missing", "slot-unsigned", "signer-differs", "signer-unnamed"),
            *("signing-date-differs", "order-wrong"),
        ),
        names=("attack-another-root-of-the-list",),
    ),
    Disagreement(
        ("xmlsec1", "DSS"),
        "They find the record by identifier under whatever root; the JDK here is told to look right below the root.",
        names=("attack-another-root",),
    ),
    Disagreement(_ALL, "Only the hub has the registry of approved seals.", causes=("certificate-not-approved",)),
)

_OF_STRICTNESS = (
    Disagreement(
        _ALL,
        "XMLDSig and XAdES allow it; CV 2088 1.6 asks for X509SubjectName, and the hub for a Target that fits.",
        causes=("subject-name-missing", "target-wrong"),
    ),
    Disagreement(
        _ALL,
        "XMLDSig allows it and no record needs it: the hub refuses instructions, `xml:base`, canonicalisation with"
        " comments and further objects, in which others have been led astray.",
        causes=("comment", "xml-base", "c14n-forbidden"),
        names=("attack-extra-properties",),
    ),
    Disagreement(
        _ALL,
        "The official property is unknown outside: nobody else reads its SigningTime, compares it with the other one or"
        " wants its zone.",
        causes=("signing-time-missing",),
        names=("attack-times-contradict", "attack-timestamp-with-a-forged-time"),
    ),
    Disagreement(
        _ALL,
        "Core validation reads no timestamp, and for DSS an archive timestamp that does not fit is none; the hub refuses a"
        " file that was changed since it was archived.",
        names=("attack-archive-with-fewer-certificates",),
    ),
    Disagreement(
        _ALL,
        "A claimed time after the present is no fault of a signature in XMLDSig, and DSS has no rule on it by default.",
        names=("attack-in-the-future", "attack-list-in-the-future"),
    ),
    Disagreement(
        _ALL,
        "Core validation reads no timestamp; DSS does, and has no rule by default on a claimed time after it.",
        causes=("timestamp-order",),
    ),
    Disagreement(
        _CORE,
        "Core validation reads no time: neither that of the year 9999 nor any other.",
        names=("attack-in-the-year-9999",),
    ),
    Disagreement(
        _ALL,
        "The hub holds a signature under a policy that it does not know for staff; DSS only remarks on it by default.",
        causes=("signature-policy",),
    ),
    Disagreement(_CORE, "Any XML parser reads UTF-16; the records' encoding is UTF-8.", causes=("not-utf8",)),
    Disagreement(
        ("xmlsec1",),
        "The command reads a document type where the hub, the JDK as it is asked here, and DSS refuse it.",
        causes=("doctype",),
    ),
)

_OF_POLICY = (
    Disagreement(
        ("DSS",),
        "DSS's default policy only warns of key usage and of a missing SigningCertificate, and does not mind an authority"
        " that signs; the hub refuses (EN 319 102-1 leaves it to the policy).",
        causes=("certificate-is-ca", "key-usage", "certificate-reference-missing"),
    ),
    Disagreement(
        ("DSS",),
        "DSS takes no claimed time as proof: a certificate that has expired since makes a signature INDETERMINATE there;"
        " the hub goes by the claimed time.",
        names=("odd-certificate-expired-since",),
    ),
    Disagreement(
        ("DSS",),
        "XAdES wants the reference to SignedProperties to bear its Type; the hub knows it by its place.",
        names=("odd-reference-without-a-type",),
    ),
    Disagreement(_CORE, "They take RSA keys of 1,024 bits; the hub and DSS do not.", causes=("key-too-small",)),
    Disagreement(
        ("xmlsec1",),
        "The command takes SHA-1; the hub, the JDK's secure validation and DSS do not.",
        names=("attack-sha-1", "attack-list-by-sha-1"),
    ),
)

_OF_ABILITY = (
    Disagreement(
        ("xmlsec1",),
        "xmlsec1 1.2 knows no RSA-PSS.",
        kinds=(*_PSS, "JDK: RSA-PSS with parameters"),
        names=("odd-pss-in-its-short-form", "odd-pss-with-a-salt-of-twenty", "odd-pss-without-salt"),
        versions=("1.2.",),
    ),
    Disagreement(
        ("DSS",),
        "DSS 6.4 finds digests and value intact but has no name for RSA-PSS with parameters: INDETERMINATE /"
        " CRYPTO_CONSTRAINTS_FAILURE_NO_POE.",
        kinds=("JDK: RSA-PSS with parameters",),
        names=("odd-pss-with-a-salt-of-twenty", "odd-pss-without-salt"),
    ),
    Disagreement(
        ("xmlsec1",),
        "The command takes identifiers by element name from the whole file: it cannot judge a list in place whose"
        " records repeat those of their signatures.",
        names=("odd-good-list", "odd-list-of-another-style"),
    ),
    Disagreement(
        _CORE,
        "They read a KeyValue beside the certificate, and this one is empty; the hub never looks at it.",
        names=("odd-key-value-beside",),
    ),
)

DISAGREEMENTS: Sequence[Disagreement] = (*_OF_SCOPE, *_OF_STRICTNESS, *_OF_POLICY, *_OF_ABILITY)
"""all of them, in the order in which the table prints them"""
