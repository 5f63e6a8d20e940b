"""`python -m attacks --out FOLDER`: every attack and every odd file, with a manifest and what a verifier must trust."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from support.workshop import NOW

from attacks.attack import Attack
from attacks.catalogue import ATTACKS
from attacks.odd import ODD
from attacks.site import Site


def main(arguments: Sequence[str]) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m attacks", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="a folder, made where it is missing")
    parser.add_argument("--family", action="append", help="this family alone; may be repeated; odd for the valid files")
    chosen = parser.parse_args(arguments)
    print(write(chosen.out, frozenset(chosen.family or ())))


def write(folder: Path, families: frozenset[str] = frozenset()) -> Path:
    """The files of these families, or all; answers the manifest."""
    site = Site()
    chosen = [each for each in (*ATTACKS.values(), *ODD.values()) if not families or each.family in families]
    for attack in chosen:
        path = folder / _file(attack)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(attack.make(site))
    _write_trust(folder / "trust", site)
    manifest = folder / "manifest.json"
    told = {"at": NOW.isoformat(), "unit": site.unit, "approved": [site.school.sha256], "files": [*map(_line, chosen)]}
    manifest.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return manifest


def _file(attack: Attack) -> str:
    return f"{attack.family}/{attack.name}.xml"


def _line(attack: Attack) -> dict[str, object]:
    valid = attack.family == "odd"
    return {
        "file": _file(attack),
        "judged_by": attack.door,
        "cause": None if valid else attack.cause,
        "indication": "TOTAL-PASSED" if valid else attack.indication,
        "sub_indication": None if valid else attack.sub_indication,
        "disposition": attack.disposition,
        "why": attack.why,
    }


def _write_trust(folder: Path, site: Site) -> None:
    """Roots, intermediates and revocation lists, in the folders that the hub reads trust from."""
    below = {"issuing": site.issuing, "stray": site.stray, "late": site.late}
    files = {"roots/root.cer": site.root.holder.der, "crls/root.crl": site.root.revocation_list()}
    files |= {f"intermediates/{name}.cer": authority.holder.der for name, authority in below.items()}
    files |= {f"crls/{name}.crl": authority.revocation_list() for name, authority in below.items()}
    for name, octets in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(octets)


if __name__ == "__main__":
    main(sys.argv[1:])
