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
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from sandbox.holders import holders_of
from sandbox.issuing import key_file, write_certificates
from sandbox.schools import (
    CITY_CODE,
    CITY_NAME,
    WARDS,
    School,
    Sender,
    primary_school,
    read_school,
    secondary_school,
    senders_of,
)
from sandbox.tsa.certificates import write_stamping_keys

SINCE = "2025-07-01"
"""The wards exist since this day."""
UNKNOWN_PUPIL_PREFIX = "7999"
"""The portal does not know pupils whose code begins so (verdict R05): a refusal that only the city can give."""
SEALS = ("pass-through", "intermediary", "delegated")
SIGNING_CREDENTIALS = "signing-credentials.json"


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
    def all_schools(self) -> tuple[School, ...]:
        """All schools, the secondary one last."""
        return (*self.schools, self.secondary)

    @property
    def password(self) -> str:
        """The one password of all key files."""
        return (self.folder / "keys" / "password").read_text(encoding="ascii").strip()

    def school(self, code: str) -> School:
        """The school with this code; KeyError when there is none."""
        for school in self.all_schools:
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
        return key_file(self.folder, unit, role, cccd)


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
    recipe: list[object] = [schools, seed, classes_per_grade, distinct_keys, official_seal]
    if (folder / "world.json").exists():
        return _found(folder, recipe)
    rng = Random(f"world/{seed}")
    primary = tuple(primary_school(rng, index, classes_per_grade) for index in range(schools))
    secondary = secondary_school(rng)
    senders = senders_of(primary, secondary, official_seal)
    world = World(folder, seed, primary, secondary, senders)
    folder.mkdir(parents=True, exist_ok=True)
    rows = write_certificates(folder, seed=seed, primary=primary, secondary=secondary, distinct_keys=distinct_keys)
    _write_json(folder / "registry.json", rows)
    _write_json(folder / "units.json", _units(world))
    _write_json(folder / "senders.json", [asdict(sender) for sender in senders])
    _write_json(folder / "portal-accounts.json", _accounts(world))
    (folder / "portal-accounts.json").chmod(0o600)
    _write_signing_service(world)
    write_stamping_keys(folder)
    _write_plan(world, recipe)
    return world


def _found(folder: Path, recipe: list[object]) -> World:
    """The same world, built before; what older versions did not write is added."""
    plan = json.loads((folder / "world.json").read_text(encoding="utf-8"))
    if plan["recipe"] != recipe:
        raise FileExistsError(f"{folder} holds another world")
    world = load_world(folder)
    if not (folder / SIGNING_CREDENTIALS).exists():
        _write_signing_service(world)
    write_stamping_keys(folder)
    return world


def _write_plan(world: World, recipe: list[object]) -> None:
    """Written last: where it is, the world is whole."""
    plan = {
        "recipe": recipe,
        "seed": world.seed,
        "unknown_pupil_prefix": UNKNOWN_PUPIL_PREFIX,
        "schools": [asdict(school) for school in world.schools],
        "secondary": asdict(world.secondary),
    }
    _write_json(world.folder / "world.json", plan)


def load_world(folder: Path) -> World:
    """The world that `build_world` wrote."""
    plan = json.loads((folder / "world.json").read_text(encoding="utf-8"))
    senders = json.loads((folder / "senders.json").read_text(encoding="utf-8"))
    return World(
        folder=folder,
        seed=plan["seed"],
        schools=tuple(read_school(school) for school in plan["schools"]),
        secondary=read_school(plan["secondary"]),
        senders=tuple(Sender(**{**sender, "schools": tuple(sender["schools"])}) for sender in senders),
    )


def _units(world: World) -> list[dict[str, object]]:
    def unit(code: str, name: str, kind: str, level: str | None, parent: str | None, since: str) -> dict[str, object]:
        fields = {"code": code, "name": name, "kind": kind, "level": level, "parent": parent}
        return {**fields, "valid_from": since, "valid_to": None}

    units = [unit(CITY_CODE, CITY_NAME, "city", None, None, "1976-07-02")]
    units += [unit(code, name, "ward", None, CITY_CODE, SINCE) for code, name in WARDS.items()]
    units += [
        unit(school.code, school.name, "school", school.level, school.ward, SINCE) for school in world.all_schools
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

    return [account(CITY_CODE, "so79"), *(account(school.code, f"truong{school.code}") for school in world.all_schools)]


def _write_signing_service(world: World) -> None:
    """Whose key has which name at the signing service: names that say nothing of their holders."""
    credentials = {}
    for holder in holders_of(world.all_schools):
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
