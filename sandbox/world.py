"""The invented world: schools in the wards of the old Quận 1, their staff, certificates and key files, the senders that
speak for them, and the portal's accounts. `python -m sandbox.world --out DIR` writes it as one folder:

    world.json             schools, classes, staff
    units.json             the city, the wards, the schools, with dates of validity
    registry.json          certificates approved by the portal: one row per unit and role
    senders.json           vendors: format, schools, who signs what
    portal-accounts.json   user name and password of every unit at the city portal
    trust/                 roots/*.pem, intermediates/*.pem, crls/*.crl
    keys/                  password, <unit>/KY_PHAT_HANH.p12, GIAO_DICH.p12, CBQL-<cccd>.p12, GVCN-<cccd>.p12
    signing-credentials.json  the signing service's name of each of these keys; signing-secret, signing-pin: the hub's
                           account there, and the PIN of the seals
    faulty/<unit>/*.pem    certificates that must be refused: expired, revoked, foreign, never approved
    tsa/*.pem, *.key       the timestamping authority's certificates, sound and not (`sandbox.tsa`)

Everything but the keys follows from the seed; a folder that already holds the same world is left as it is.
"""

import argparse
import hashlib
import json
import multiprocessing
import secrets
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox import pki
from sandbox.names import person_name, school_name
from sandbox.tsa.certificates import write_stamping_keys

CITY_CODE = "79"
CITY_NAME = "Sở Giáo dục và Đào tạo Thành phố Hồ Chí Minh"
WARDS = {
    "26737": "Phường Tân Định",
    "26740": "Phường Sài Gòn",
    "26743": "Phường Bến Thành",
    "26758": "Phường Cầu Ông Lãnh",
}
SINCE = "2025-07-01"
"""The wards exist since this day."""
UNKNOWN_PUPIL_PREFIX = "7999"
"""The portal does not know pupils whose code begins so (verdict R05): a refusal that only the city can give."""
SCHOOLS_WITH_FAULTY_CERTIFICATES = 12
SEALS = ("pass-through", "intermediary", "delegated")
SIGNING_CREDENTIALS = "signing-credentials.json"


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff who signs."""

    name: str
    """Full name."""
    cccd: str
    """Personal identification number, 12 digits."""


@dataclass(frozen=True, slots=True)
class Classroom:
    """One class of the school year 2025-2026."""

    name: str
    """As printed on the record, such as `5A1`."""
    grade: int
    """1 to 5."""
    teacher: Person
    """The homeroom teacher (GVCN)."""


@dataclass(frozen=True, slots=True)
class School:
    """One invented school."""

    code: str
    """`MA_TRUONG`, 8 digits."""
    name: str
    """Full name."""
    level: str
    """`TH` primary, `THCS` lower secondary."""
    ward: str
    """Code of its ward."""
    tax_code: str
    """Tax code, in the organisation's certificate."""
    principal: Person
    """Who signs as CBQL."""
    classes: tuple[Classroom, ...]
    """Classes with pupils; empty for the secondary school."""

    @property
    def ward_name(self) -> str:
        """Name of the ward."""
        return WARDS[self.ward]


@dataclass(frozen=True, slots=True)
class Sender:
    """A vendor's system."""

    code: str
    """Short code, unique."""
    name: str
    """The vendor's name."""
    format: str
    """What it pushes: `official` or `saokhue`."""
    schools: tuple[str, ...]
    """Codes of the schools it speaks for."""
    signing: str
    """`own`: records come signed; `delegated`: the hub signs with the school's keys."""
    transaction_seal: str
    """Who signs the transaction: `pass-through`, `intermediary` or `delegated`."""
    valid_from: str
    """First day it may speak for its schools."""
    valid_to: str | None
    """Last day, or none."""


@dataclass(frozen=True, slots=True)
class World:
    """A world on disk."""

    folder: Path
    """Where it lies."""
    seed: int
    """What it was made from."""
    schools: tuple[School, ...]
    """The primary schools."""
    secondary: School
    """The school that receives pupils after grade 5."""
    senders: tuple[Sender, ...]
    """The vendors."""

    @property
    def password(self) -> str:
        """The one password of all key files."""
        return (self.folder / "keys" / "password").read_text(encoding="ascii").strip()

    def school(self, code: str) -> School:
        """The school with this code; KeyError when there is none."""
        for school in (*self.schools, self.secondary):
            if school.code == code:
                return school
        raise KeyError(code)

    def sender(self, code: str) -> Sender:
        """The sender with this code; KeyError when there is none."""
        for sender in self.senders:
            if sender.code == code:
                return sender
        raise KeyError(code)

    def key_file(self, unit: str, role: str, cccd: str = "") -> Path:
        """The PKCS#12 file of a role: `KY_PHAT_HANH`, `GIAO_DICH`, or `CBQL` and `GVCN` with the person's number."""
        return self.folder / "keys" / unit / (f"{role}-{cccd}.p12" if cccd else f"{role}.p12")


@dataclass(frozen=True, slots=True)
class _Holder:
    """One certificate to issue and the files it goes into."""

    unit: str
    roles: tuple[str, ...]
    name: str
    cccd: str
    subject: x509.Name


def build_world(
    folder: Path,
    *,
    schools: int = 3,
    seed: int = 1,
    classes_per_grade: int = 2,
    distinct_keys: int = 64,
    official_seal: str = "pass-through",
) -> World:
    """Builds the world, or finds the same one built before. More certificates than `distinct_keys` share key pairs."""
    recipe = [schools, seed, classes_per_grade, distinct_keys, official_seal]
    plan = folder / "world.json"
    if plan.exists():
        if json.loads(plan.read_text(encoding="utf-8"))["recipe"] != recipe:
            raise FileExistsError(f"{folder} holds another world")
        world = load_world(folder)
        if not (folder / SIGNING_CREDENTIALS).exists():
            _write_signing_service(world)
        write_stamping_keys(folder)
        return world
    rng = Random(f"world/{seed}")
    primary = tuple(_primary_school(rng, index, classes_per_grade) for index in range(schools))
    secondary = _secondary_school(rng)
    senders = _senders(primary, secondary, official_seal)
    world = World(folder, seed, primary, secondary, senders)
    folder.mkdir(parents=True, exist_ok=True)
    _write_certificates(world, distinct_keys)
    _write_json(folder / "units.json", _units(world))
    _write_json(folder / "senders.json", [asdict(sender) for sender in senders])
    _write_json(folder / "portal-accounts.json", _accounts(world))
    (folder / "portal-accounts.json").chmod(0o600)
    _write_signing_service(world)
    write_stamping_keys(folder)
    _write_json(
        plan,
        {
            "recipe": recipe,
            "seed": seed,
            "unknown_pupil_prefix": UNKNOWN_PUPIL_PREFIX,
            "schools": [asdict(school) for school in primary],
            "secondary": asdict(secondary),
        },
    )
    return world


def load_world(folder: Path) -> World:
    """The world that `build_world` wrote."""
    plan = json.loads((folder / "world.json").read_text(encoding="utf-8"))
    senders = json.loads((folder / "senders.json").read_text(encoding="utf-8"))
    return World(
        folder=folder,
        seed=plan["seed"],
        schools=tuple(_read_school(school) for school in plan["schools"]),
        secondary=_read_school(plan["secondary"]),
        senders=tuple(Sender(**{**sender, "schools": tuple(sender["schools"])}) for sender in senders),
    )


def _read_school(plain: dict[str, Any]) -> School:
    classes = tuple(Classroom(room["name"], room["grade"], Person(**room["teacher"])) for room in plain["classes"])
    return School(**{**plain, "principal": Person(**plain["principal"]), "classes": classes})


def _primary_school(rng: Random, index: int, classes_per_grade: int) -> School:
    classes = tuple(
        Classroom(f"{grade}A{turn}", grade, _person(rng, (index + 1) * 1000 + grade * 100 + turn))
        for grade in range(1, 6)
        for turn in range(1, classes_per_grade + 1)
    )
    return School(
        code=f"79{760 + index // 80}{411 + index % 80}",
        name=school_name(index, kind="Trường Tiểu học"),
        level="TH",
        ward=sorted(WARDS)[index % len(WARDS)],
        tax_code=f"03{12_000_000 + index * 37 + rng.randrange(37)}",
        principal=_person(rng, (index + 1) * 1000),
        classes=classes,
    )


def _secondary_school(rng: Random) -> School:
    return School(
        code="79760711",
        name="Trường Trung học cơ sở Bến Sông Xanh",
        level="THCS",
        ward="26740",
        tax_code="0311999711",
        principal=_person(rng, 999_000),
        classes=(),
    )


def _person(rng: Random, number: int) -> Person:
    """A person born in the last century, with a number that no other person of the world has."""
    female = rng.random() < 0.8
    return Person(
        name=person_name(rng, female=female),
        cccd=f"079{1 if female else 0}{rng.randint(66, 99)}{number:06d}",
    )


def _senders(schools: tuple[School, ...], secondary: School, official_seal: str) -> tuple[Sender, ...]:
    json_schools = tuple(school.code for index, school in enumerate(schools) if index % 3 == 2)
    xml_schools = tuple(school.code for school in schools if school.code not in json_schools)
    since = "2025-08-01"
    return (
        Sender("HOASEN", "Phần mềm Hoa Sen (giả lập)", "official", xml_schools, "own", official_seal, since, None),
        Sender("SAOKHUE", "Công ty Sao Khuê (giả lập)", "saokhue", json_schools, "delegated", "delegated", since, None),
        Sender(
            "CANHDIEU",
            "Phần mềm Cánh Diều (giả lập)",
            "official",
            (secondary.code,),
            "own",
            "intermediary",
            since,
            None,
        ),
    )


def _units(world: World) -> list[dict[str, object]]:
    def unit(code: str, name: str, kind: str, level: str | None, parent: str | None, since: str) -> dict[str, object]:
        fields = {"code": code, "name": name, "kind": kind, "level": level, "parent": parent}
        return {**fields, "valid_from": since, "valid_to": None}

    units = [unit(CITY_CODE, CITY_NAME, "city", None, None, "1976-07-02")]
    units += [unit(code, name, "ward", None, CITY_CODE, SINCE) for code, name in WARDS.items()]
    units += [
        unit(school.code, school.name, "school", school.level, school.ward, SINCE)
        for school in (*world.schools, world.secondary)
    ]
    return units


def _accounts(world: World) -> list[dict[str, str]]:
    def account(code: str, user_name: str) -> dict[str, str]:
        password = hashlib.sha256(f"portal/{world.seed}/{code}".encode()).hexdigest()[:16]
        return {
            "ma_don_vi": code,
            "user_name": user_name,
            "password": password,
            "password_sha256": hashlib.sha256(password.encode()).hexdigest(),
        }

    schools = (*world.schools, world.secondary)
    return [account(CITY_CODE, "so79"), *(account(school.code, f"truong{school.code}") for school in schools)]


def _write_signing_service(world: World) -> None:
    """Whose key has which name at the signing service: names that say nothing of their holders."""
    credentials = {}
    for holder in _holders(world):
        for role in holder.roles:
            key = f"{holder.unit}/{role}-{holder.cccd}" if holder.cccd else f"{holder.unit}/{role}"
            credentials[key] = f"K{_derived(world, 'credential', key)[:20].upper()}"
    _write_json(world.folder / SIGNING_CREDENTIALS, credentials)
    pin = str(int(_derived(world, "pin"), 16) % 1_000_000).zfill(6)
    for name, secret in (("signing-secret", _derived(world, "secret")[:32]), ("signing-pin", pin)):
        path = world.folder / name
        path.write_text(secret + "\n", encoding="ascii")
        path.chmod(0o600)


def _derived(world: World, *parts: str) -> str:
    return hashlib.sha256("/".join(("signing", str(world.seed), *parts)).encode()).hexdigest()


def _write_certificates(world: World, distinct_keys: int) -> None:
    holders = _holders(world)
    password = secrets.token_urlsafe(18)
    keys_folder = world.folder / "keys"
    keys_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (keys_folder / "password").write_text(password + "\n", encoding="ascii")
    (keys_folder / "password").chmod(0o600)
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
        keys = pki.new_keys(min(distinct_keys, len(holders)) + 3, bits=2048, pool=pool)
    root = pki.new_authority("Gốc giả lập", key=keys.pop(), above=None, serial=pki.stable_serial(world.seed, "root"))
    issuer = pki.new_authority(
        "Cơ quan cấp giả lập G1", key=keys.pop(), above=root, serial=pki.stable_serial(world.seed, "issuing")
    )
    foreign = pki.new_authority(
        "Gốc không được tin", key=keys.pop(), above=None, serial=pki.stable_serial(world.seed, "foreign")
    )
    rows: list[dict[str, object]] = []
    pairs: dict[tuple[str, str], rsa.RSAPrivateKey] = {}
    for index, holder in enumerate(holders):
        key = keys[index % len(keys)]
        serial = pki.stable_serial(world.seed, holder.unit, *holder.roles, holder.cccd)
        certificate = pki.issue(issuer, subject=holder.subject, key=key, serial=serial)
        for role in holder.roles:
            pairs.setdefault((holder.unit, role), key)
            path = world.key_file(holder.unit, role, holder.cccd)
            pki.write_p12(path, key=key, certificate=certificate, chain=[issuer.certificate], password=password)
            rows.append(_registry_row(holder, role, certificate))
    _write_json(world.folder / "registry.json", rows)
    revoked = _write_faulty(world, issuer=issuer, foreign=foreign, pairs=pairs)
    _write_trust(world.folder / "trust", root=root, issuer=issuer, revoked=revoked)
    _write_authority(world.folder / "authority", root=root, issuer=issuer)


def _holders(world: World) -> list[_Holder]:
    holders = [_organisation(CITY_CODE, CITY_NAME, "0301464459")]
    for school in (*world.schools, world.secondary):
        holders.append(_organisation(school.code, school.name, school.tax_code))
        holders.append(_staff(school, "CBQL", school.principal, organisation=school.name))
        teachers = {room.teacher.cccd: room.teacher for room in school.classes}
        holders += [_staff(school, "GVCN", teacher, organisation=None) for teacher in teachers.values()]
    return holders


def _organisation(code: str, name: str, tax_code: str) -> _Holder:
    subject = pki.organisation_subject(name=name, code=code, tax_code=tax_code)
    return _Holder(code, ("KY_PHAT_HANH", "GIAO_DICH"), name, "", subject)


def _staff(school: School, role: str, person: Person, *, organisation: str | None) -> _Holder:
    subject = pki.person_subject(name=person.name, cccd=person.cccd, organisation=organisation)
    return _Holder(school.code, (role,), person.name, person.cccd, subject)


def _registry_row(holder: _Holder, role: str, certificate: x509.Certificate) -> dict[str, object]:
    return {
        "ma_don_vi": holder.unit,
        "loai": "ca_nhan" if holder.cccd else "to_chuc",
        "role": role,
        "ten": holder.name,
        "so_cccd": holder.cccd,
        "serial_hex": f"{certificate.serial_number:X}",
        "sha256": pki.sha256_hex(certificate),
        "tu_ngay": certificate.not_valid_before_utc.isoformat(),
        "den_ngay": certificate.not_valid_after_utc.isoformat(),
        "trang_thai": "phe_duyet",
    }


def _write_faulty(
    world: World,
    *,
    issuer: pki.Authority,
    foreign: pki.Authority,
    pairs: dict[tuple[str, str], rsa.RSAPrivateKey],
) -> list[pki.Revocation]:
    """Certificates over keys that the school already has; returns the ones that the revocation list names."""
    revoked: list[pki.Revocation] = []
    compromise = datetime(2026, 3, 1, tzinfo=UTC)
    for school in world.schools[:SCHOOLS_WITH_FAULTY_CERTIFICATES]:
        folder = world.folder / "faulty" / school.code
        folder.mkdir(parents=True, exist_ok=True)
        principal = pki.person_subject(name=school.principal.name, cccd=school.principal.cccd, organisation=school.name)
        own = pki.organisation_subject(name=school.name, code=school.code, tax_code=school.tax_code)
        head, seal = pairs[school.code, "CBQL"], pairs[school.code, "KY_PHAT_HANH"]

        def number(name: str, code: str = school.code) -> int:
            return pki.stable_serial(world.seed, code, name)

        certificates = {
            "CBQL-expired": pki.issue(
                issuer, subject=principal, key=head, serial=number("expired"), ends=datetime(2025, 12, 31, tzinfo=UTC)
            ),
            "CBQL-revoked": pki.issue(issuer, subject=principal, key=head, serial=number("revoked")),
            "CBQL-foreign": pki.issue(foreign, subject=principal, key=head, serial=number("foreign")),
            "KY_PHAT_HANH-unapproved": pki.issue(issuer, subject=own, key=seal, serial=number("unapproved")),
        }
        for name, certificate in certificates.items():
            (folder / f"{name}.pem").write_bytes(pki.pem(certificate))
        serial = certificates["CBQL-revoked"].serial_number
        revoked.append(pki.Revocation(serial, compromise, x509.ReasonFlags.key_compromise))
    return revoked


def _write_trust(folder: Path, *, root: pki.Authority, issuer: pki.Authority, revoked: list[pki.Revocation]) -> None:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    files = {
        "roots/root.pem": pki.pem(root.certificate),
        "intermediates/issuing.pem": pki.pem(issuer.certificate),
        "crls/root.crl": pki.revocation_list(root, [], at=now),
        "crls/issuing.crl": pki.revocation_list(issuer, revoked, at=now),
    }
    for name, octets in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(octets)


def _write_authority(folder: Path, *, root: pki.Authority, issuer: pki.Authority) -> None:
    """The authorities' keys, for the process that plays them; nobody else reads them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, authority in (("root", root), ("issuing", issuer)):
        path = folder / f"{name}.key"
        path.write_bytes(pki.key_der(authority.key))
        path.chmod(0o600)


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.world", description="Dựng thế giới giả lập · Build a world"
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--schools", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--classes", type=int, default=2, help="số lớp mỗi khối · classes per grade")
    parser.add_argument("--distinct-keys", type=int, default=64, help="số cặp khóa RSA khác nhau · distinct key pairs")
    parser.add_argument("--official-seal", choices=SEALS, default="pass-through")
    chosen = parser.parse_args()
    world = build_world(
        chosen.out,
        schools=chosen.schools,
        seed=chosen.seed,
        classes_per_grade=chosen.classes,
        distinct_keys=chosen.distinct_keys,
        official_seal=chosen.official_seal,
    )
    print(json.dumps({"world": str(world.folder), "schools": len(world.schools), "senders": len(world.senders)}))


if __name__ == "__main__":
    main()
