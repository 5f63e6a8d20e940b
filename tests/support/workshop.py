"""A school where records are signed, well or badly, and a verifier that knows it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509

from sandbox.official import write_data
from sandbox.records import draft
from sandbox.schools import Classroom, Person, School
from schemas.profiles import Slot
from signing.trust import TrustStore
from signing.verify import Approved, ApprovedCertificate, Limits, RecordValidation, RecordVerifier, SlotPolicy
from support.authority import Authority, Holder, ec_key, institution, person, rsa_key, write_p12, write_secret
from support.forge import Place, record

SLOTS = tuple(
    Slot(name, f"DANH_SACH_THONG_TIN_KY/{name}", "DU_LIEU_HOC_BA", "data", holder)
    for name, holder in (("GVCN", "person"), ("CBQL", "person"), ("KY_PHAT_HANH", "institution"))
)
"""As CV 2088 Phụ lục 1.1 has them; said here again, so that a slip in the profile is seen."""

NAMED = {
    "GVCN": "DU_LIEU_HOC_BA/THONG_TIN_CHUNG/SO_CCCD_GIAO_VIEN_CHU_NHIEM",
    "CBQL": "DU_LIEU_HOC_BA/THONG_TIN_CHUNG/SO_CCCD_GIAM_HIEU_KY_HOC_BA",
}

NOW = datetime(2026, 6, 1, 5, tzinfo=UTC)
SIGNED = datetime(2026, 5, 25, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
TEACHER, PRINCIPAL = "079184001101", "079070002202"


@dataclass(slots=True)
class Workshop:
    """Everything a test needs to sign and to verify."""

    root: Authority = field(default_factory=lambda: Authority("Gốc thử"))
    issuing: Authority = field(init=False)
    stray: Authority = field(init=False)
    """An issuing authority whose own certificate was revoked."""
    foreign: Authority = field(default_factory=lambda: Authority("Gốc thử"))
    """A root of the same name that nobody trusts."""
    teacher: Holder = field(init=False)
    principal: Holder = field(init=False)
    school: Holder = field(init=False)
    neighbour: Holder = field(init=False)
    """The seal of another school."""
    unit: str = "79760411"
    uuid: str = ""
    data: str = ""
    good: bytes = b""

    def __post_init__(self) -> None:
        self.issuing = Authority("Cơ quan cấp thử", above=self.root)
        self.stray = Authority("Cơ quan cấp lạc", above=self.root)
        self.teacher = self.issuing.issue(person("Phạm Thị Chủ", TEACHER), key=rsa_key())
        self.principal = self.issuing.issue(person("Lê Văn Hiệu", PRINCIPAL), key=rsa_key())
        self.school = self.issuing.issue(institution("Trường Tiểu học Thử", self.unit), key=rsa_key())
        self.neighbour = self.issuing.issue(institution("Trường Bên", "79760412"), key=ec_key())
        room = Classroom("5A1", 5, Person("Phạm Thị Chủ", TEACHER))
        pupil = draft(seed=7, number=3, school=self._school(room), room=room)
        self.uuid, self.data = pupil.uuid, write_data(pupil)
        self.good = self.record()

    def _school(self, room: Classroom) -> School:
        principal = Person("Lê Văn Hiệu", PRINCIPAL)
        return School(self.unit, "Trường Tiểu học Thử", "TH", "26740", "0312000001", principal, (room,))

    def places(self, **changes: dict[str, Any]) -> list[Place]:
        """The three slots, each with the changes given under its name."""
        usual = (
            Place("GVCN", self.teacher, SIGNED, TEACHER),
            Place("CBQL", self.principal, SIGNED + HOUR, PRINCIPAL),
            Place("KY_PHAT_HANH", self.school, SIGNED + 2 * HOUR),
        )
        return [place.but(**changes.get(place.slot, {})) for place in usual]

    def record(self, *, layout: str = "compact", data: str | None = None, **changes: dict[str, Any]) -> bytes:
        """A signed record with these changes."""
        return record(data or self.data, self.places(**changes), identifier=self.uuid, layout=layout)

    def styled(self, **style: Any) -> bytes:
        """A record whose principal signs in another way."""
        return self.record(CBQL=style)

    def unsigned(self, slots: str = "") -> bytes:
        """A record that nobody has signed."""
        return f'<HOC_BA id="hb-{self.uuid}">{self.data}{slots}</HOC_BA>'.encode()

    def head(self, *, by: Authority | None = None, key: Any = None, **how: Any) -> Holder:
        """Another certificate of the principal."""
        return (by or self.issuing).issue(person("Lê Văn Hiệu", PRINCIPAL), key=key or ec_key(), **how)

    def trust(self, **lists: datetime) -> TrustStore:
        """Roots and revocation lists as they stand now."""
        authorities = (self.root, self.issuing, self.stray)
        return TrustStore(
            anchors=[self.root.holder.der],
            intermediates=[self.issuing.holder.der, self.stray.holder.der],
            revocation_lists=[authority.revocation_list(**lists) for authority in authorities],
        )

    def approved(self, *holders: Holder, roles: frozenset[str] = frozenset({"KY_PHAT_HANH", "GIAO_DICH"})) -> Approved:
        """The school's registry: its own seal unless others are named."""
        rows = [
            ApprovedCertificate(
                serial=f"{holder.certificate.serial_number:x}",
                sha256=holder.sha256,
                valid_from=SIGNED - timedelta(days=100),
                valid_to=NOW + timedelta(days=100),
                roles=roles,
            )
            for holder in holders or (self.school,)
        ]
        return Approved(self.unit, tuple(rows))

    def verifier(self, policy: SlotPolicy | None = None, **lists: datetime) -> RecordVerifier:
        return RecordVerifier(SLOTS, trust=self.trust(**lists), policy=policy or SlotPolicy.city(), limits=Limits())

    def verify(self, octets: bytes) -> RecordValidation:
        """The city's verdict, now."""
        return self.verifier().verify(octets, registry=self.approved(), at=NOW)

    def revoked(self, at: datetime, reason: x509.ReasonFlags = x509.ReasonFlags.superseded, **how: Any) -> Holder:
        """A certificate of the principal that was revoked."""
        holder = self.head(**how)
        self.issuing.revoke(holder, at, reason)
        return holder

    def write_keys(self, folder: Path, *, password: bytes = b"thu nghiem") -> Path:
        """The keys folder of this school."""
        files = {
            f"GVCN-{TEACHER}": self.teacher,
            f"CBQL-{PRINCIPAL}": self.principal,
            "KY_PHAT_HANH": self.school,
            "GIAO_DICH": self.school,
        }
        for name, holder in files.items():
            write_p12(folder / self.unit / f"{name}.p12", holder, password=password, chain=[self.issuing])
        write_secret(folder / "password", password + b"\n")
        return folder
