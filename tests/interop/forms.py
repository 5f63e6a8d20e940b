"""Every declared form of a signed record, for other software to make: {property, XAdES B, both} × {RSA PKCS#1 v1.5,
RSA-PSS, ECDSA P-256, P-384} × {C14N 1.0, C14N 1.1, exclusive} × {prefix, default namespace} × {compact, indented}.

The three slots of a record differ in canonicalisation, so that 48 records hold all 144.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle, product
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree
from support.authority import Holder, ec_key, institution, person, write_p12
from support.forge import C14N, DIGESTS, stamp
from support.workshop import HOUR, PRINCIPAL, SIGNED, TEACHER, Workshop

FORMS = ("property", "xades", "both")
LAYOUTS = ("compact", "indented")
KEYS = ("rsa", "pss", "p256", "p384")
PREFIXES = ("ds", "")
SLOTS = ("GVCN", "CBQL", "KY_PHAT_HANH")
PASSWORD = b"thu nghiem"

_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_MORE_2007 = "http://www.w3.org/2007/05/xmldsig-more#"
_CURVES = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1()}


@dataclass(frozen=True, slots=True)
class Look:
    """How one signature looks."""

    key: str
    """rsa, pss, p256 or p384"""
    c14n: str
    """inc, c11 or exc"""
    prefix: str
    """ds, or nothing for the default namespace"""
    digest: str
    """of the references"""

    def method(self, *, parameters: bool) -> str:
        """URI of the signature method; RSA-PSS in the form with parameters (RFC 6931 2.3.9) when asked."""
        if self.key == "pss":
            return f"{_MORE_2007}{'rsa-pss' if parameters else f'{self.digest}-rsa-MGF1'}"
        return f"{_MORE}{'rsa' if self.key == 'rsa' else 'ecdsa'}-{self.digest}"


@dataclass(frozen=True, slots=True)
class Form:
    """One record to be made."""

    form: str
    """property, xades or both"""
    layout: str
    """compact or indented"""
    looks: tuple[Look, ...]
    """one for each slot, unlike in canonicalisation"""

    @property
    def name(self) -> str:
        look = self.looks[0]
        return f"{self.form}-{self.layout}-{look.key}-{look.prefix or 'default'}"


def forms(wanted: Sequence[str] = FORMS) -> Iterator[Form]:
    """All of them: 48 records, 144 signatures, no two of them alike; digests in turn."""
    digests = cycle(("sha256", "sha384", "sha512", "sha256", "sha512"))
    for form, layout, key, prefix in product(FORMS, LAYOUTS, KEYS, PREFIXES):
        looks = tuple(Look(key, c14n, prefix, next(digests)) for c14n in C14N)
        if form in wanted:
            yield Form(form, layout, looks)


class Staff:
    """Keys of each kind for everybody who signs, in PKCS#12 files."""

    def __init__(self, workshop: Workshop, folder: Path) -> None:
        self._folder = folder
        self.workshop = workshop
        self.seals: list[Holder] = []
        subjects = {
            "GVCN": (person("Phạm Thị Chủ", TEACHER), workshop.teacher),
            "CBQL": (person("Lê Văn Hiệu", PRINCIPAL), workshop.principal),
            "KY_PHAT_HANH": (institution("Trường Tiểu học Thử", workshop.unit), workshop.school),
        }
        for slot, (subject, usual) in subjects.items():
            holders = {"rsa": usual}
            holders |= {name: workshop.issuing.issue(subject, key=ec_key(curve)) for name, curve in _CURVES.items()}
            for key, holder in holders.items():
                write_p12(folder / f"{slot}-{key}.p12", holder, password=PASSWORD)
            if slot == "KY_PHAT_HANH":
                self.seals = list(holders.values())

    def key_store(self, slot: str, look: Look) -> Path:
        return self._folder / f"{slot}-{'rsa' if look.key == 'pss' else look.key}.p12"


def orders(form: Form, file: Path, staff: Staff, *, pretty: bool, parameters: bool = False) -> list[str]:
    """Write the record with empty slots; the manifest's lines that ask for its three signatures.

    `pretty`: white space inside the signatures as well; `parameters`: RSA-PSS in the form that spells them out.
    """
    file.write_bytes(_unsigned(form, staff.workshop))
    return [
        "\t".join(
            (
                str(file),
                str(staff.key_store(slot, look)),
                slot,
                f"sig-{slot.lower()}-{staff.workshop.uuid}",
                form.form,
                C14N[look.c14n],
                look.prefix,
                DIGESTS[look.digest],
                look.method(parameters=parameters),
                "indented" if pretty else "compact",
                stamp(moment),
            )
        )
        for (slot, moment), look in zip(_moments(), form.looks, strict=True)
    ]


def _moments() -> list[tuple[str, datetime]]:
    return [(slot, SIGNED + turn * HOUR) for turn, slot in enumerate(SLOTS)]


def _unsigned(form: Form, workshop: Workshop) -> bytes:
    named = {"GVCN": TEACHER, "CBQL": PRINCIPAL}
    slots = "".join(
        f"<{slot}><NGAY_KY>{stamp(moment)}</NGAY_KY>"
        f"{f'<SO_CCCD>{named[slot]}</SO_CCCD>' if slot in named else ''}</{slot}>"
        for slot, moment in _moments()
    )
    octets = workshop.unsigned(f"<DANH_SACH_THONG_TIN_KY>{slots}</DANH_SACH_THONG_TIN_KY>")
    if form.layout == "compact":
        return octets
    root = etree.fromstring(octets)
    etree.indent(root)
    return bytes(etree.tostring(root, encoding="utf-8"))
