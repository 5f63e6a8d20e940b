"""A school's signed files in a folder, with the trust, registry and roster that `hocba verify` is given."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from support.authority import rsa_key
from support.forge import batch
from support.workshop import HOUR, PRINCIPAL, SIGNED, TEACHER, Workshop

AT = "2026-06-01T12:00:00+07:00"
"""when everything is judged"""


@dataclass(frozen=True, slots=True)
class Case:
    """A record that does not pass, and what must be said of it."""

    make: Callable[[Workshop], bytes]
    """the record"""
    step: int
    """step that fails"""
    slot: str
    """slot at fault; empty for the record as a whole"""
    cause: str
    """machine text"""
    sub_indication: str
    """ETSI's"""


def _changed(old: str, new: str) -> Callable[[Workshop], bytes]:
    def make(workshop: Workshop) -> bytes:
        text = workshop.good.decode()
        assert old in text
        return text.replace(old, new, 1).encode()

    return make


def _another_value(workshop: Workshop) -> bytes:
    """The principal's signature value, with the first letter another."""
    text = workshop.good.decode()
    start = text.index("<CBQL")
    found = re.compile("(SignatureValue[^>]*>)(.)").search(text, start)
    assert found is not None
    other = "B" if found[2] == "A" else "A"
    return (text[: found.start(2)] + other + text[found.end(2) :]).encode()


CASES: Mapping[str, Case] = {
    "comment-inside": Case(
        _changed("<THONG_TIN_CHUNG>", "<THONG_TIN_CHUNG><!-- x -->"), 1, "", "comment", "FORMAT_FAILURE"
    ),
    "stray-signature": Case(
        _changed("<THONG_TIN_CHUNG>", '<THONG_TIN_CHUNG><Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/>'),
        3, "", "signature-misplaced", "FORMAT_FAILURE",
    ),
    "sha1-digest": Case(
        lambda workshop: workshop.styled(digest="sha1"), 4, "CBQL", "algorithm-forbidden", "CRYPTO_CONSTRAINTS_FAILURE"
    ),
    "short-key": Case(
        lambda workshop: workshop.record(CBQL={"by": workshop.head(key=rsa_key(1024))}),
        4, "CBQL", "key-too-small", "CRYPTO_CONSTRAINTS_FAILURE",
    ),
    "file-reference": Case(
        lambda workshop: workshop.styled(template=lambda text: text.replace('URI="#data"', 'URI="#elsewhere"')),
        5, "CBQL", "reference-foreign", "FORMAT_FAILURE",
    ),
    "changed-after-signing": Case(_changed("<DAN_TOC>", "<DAN_TOC>X"), 6, "GVCN", "digest-data", "HASH_FAILURE"),
    "another-value": Case(_another_value, 7, "CBQL", "value-wrong", "SIG_CRYPTO_FAILURE"),
    "no-subject-name": Case(
        lambda workshop: workshop.styled(subject_name=False),
        8, "CBQL", "subject-name-missing", "SIG_CONSTRAINTS_FAILURE",
    ),
    "stranger": Case(
        lambda workshop: workshop.record(CBQL={"by": workshop.head(by=workshop.foreign)}),
        9, "CBQL", "path-invalid", "CERTIFICATE_CHAIN_GENERAL_FAILURE",
    ),
    "another-person": Case(
        lambda workshop: workshop.record(CBQL={"cccd": "079070009999"}),
        10, "CBQL", "signer-differs", "SIG_CONSTRAINTS_FAILURE",
    ),
    "unsigned-principal": Case(
        lambda workshop: re.sub(r"<CBQL.*?</CBQL>", "", workshop.good.decode(), flags=re.DOTALL).encode(),
        10, "", "slot-missing", "FORMAT_FAILURE",
    ),
}  # fmt: skip
"""name → a record, and the verdict on it"""


@dataclass(frozen=True, slots=True)
class Desk:
    """A folder in which `hocba verify` is tried."""

    workshop: Workshop
    """who signs"""
    folder: Path
    """where everything lies"""

    @property
    def trust(self) -> str:
        """The folder of trust, as an argument."""
        return str(self.folder / "trust")

    def write(self, name: str, content: bytes) -> str:
        """A file; its name as an argument."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return str(file)

    def case(self, name: str) -> str:
        """One of the named cases, as a file."""
        return self.write(f"{name}.xml", CASES[name].make(self.workshop))

    def batch(self, *records: bytes, hours: int = 3) -> bytes:
        """A batch that the school signed so many hours after the first signature on a record."""
        return batch(list(records), by=self.workshop.school, at=SIGNED + hours * HOUR)

    def registry(self, *, unit: str | None = None, roles: tuple[str, ...] = ("KY_PHAT_HANH", "GIAO_DICH")) -> str:
        """What the city has approved: the school's own seal, for this unit and these roles."""
        rows = [
            {
                "ma_don_vi": unit or self.workshop.unit,
                "role": role,
                "serial_hex": f"{self.workshop.school.certificate.serial_number:X}",
                "sha256": self.workshop.school.sha256,
                "tu_ngay": "2026-01-01",
                "den_ngay": "2026-12-31",
                "trang_thai": "phe_duyet",
            }
            for role in roles
        ]
        return self.write("registry.json", json.dumps(rows).encode())

    def roster(self, *, teacher: str = TEACHER) -> str:
        """Who was given which role of the class."""
        rows = [
            {
                "school": self.workshop.unit,
                "school_year": year,
                "class_name": "5A1",
                "role": role,
                "personal_id": person,
            }
            for year in ("2025-2026",)
            for role, person in (("GVCN", teacher), ("CBQL", PRINCIPAL))
        ]
        return self.write("roster.json", json.dumps({"assigned": rows}).encode())


def desk_in(folder: Path, workshop: Workshop) -> Desk:
    """A folder with the workshop's trust in it."""
    store = {
        "roots": [workshop.root.holder.der],
        "intermediates": [workshop.issuing.holder.der, workshop.stray.holder.der],
        "crls": [each.revocation_list() for each in (workshop.root, workshop.issuing, workshop.stray)],
    }
    desk = Desk(workshop, folder)
    for kind, files in store.items():
        for number, octets in enumerate(files):
            desk.write(f"trust/{kind}/{number}.der", octets)
    return desk
