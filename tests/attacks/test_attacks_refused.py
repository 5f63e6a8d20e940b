"""Every named attack is refused for the cause it deserves, in ETSI's terms, within bounds; odd files pass."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from support.tables import print_later

from attacks.attack import ETSI, Attack
from attacks.catalogue import ATTACKS
from attacks.odd import ODD
from signing.verify.faults import FAULTS

REPOSITORY = Path(__file__).resolve().parents[2]
Told = Mapping[str, Any]


@pytest.fixture(scope="session")
def told() -> Mapping[str, Told]:
    """What came of each file, in children that are killed beyond their bounds."""
    environment = {**os.environ, "PYTHONPATH": f"{REPOSITORY}{os.pathsep}{REPOSITORY / 'tests'}"}
    done = subprocess.run(
        [sys.executable, "-m", "attacks.confined"],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = {each["name"]: each for each in map(json.loads, done.stdout.splitlines())}
    print_later("Attacks on signatures · Tấn công chữ ký số", [*table(found)])
    return found


def table(told: Mapping[str, Told]) -> Sequence[Sequence[object]]:
    """Family by family: how many, how many were refused as they must be, by which sub-indications, how long at most."""
    rows: list[Sequence[object]] = [("family", "files", "as expected", "slowest s", "sub-indications")]
    families = list(dict.fromkeys(attack.family for attack in ATTACKS.values()))
    for family in families:
        rows.append(_row(family, [attack for attack in ATTACKS.values() if attack.family == family], told))
    rows.append(_row("all attacks", list(ATTACKS.values()), told))
    passed = sum(told[name].get("cause", "") is None for name in ODD)
    rows.append(("odd but valid", len(ODD), passed, _slowest(list(ODD.values()), told), f"TOTAL-PASSED {passed}"))
    return rows


def _row(title: str, attacks: Sequence[Attack], told: Mapping[str, Told]) -> Sequence[object]:
    right = sum(_as_expected(attack, told[attack.name]) for attack in attacks)
    subs = Counter(str(told[attack.name].get("sub_indication")) for attack in attacks)
    named = ", ".join(f"{name} {count}" for name, count in subs.most_common())
    return title, len(attacks), right, _slowest(attacks, told), named


def _slowest(attacks: Sequence[Attack], told: Mapping[str, Told]) -> str:
    return f"{max(told[attack.name].get('seconds', 0.0) for attack in attacks):.2f}"


def _expected(attack: Attack) -> tuple[str, str, str, str]:
    return attack.cause, attack.indication, attack.sub_indication, attack.disposition


def _as_expected(attack: Attack, came: Told) -> bool:
    return tuple(came.get(name) for name in ("cause", "indication", "sub_indication", "disposition")) == _expected(
        attack
    )


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_for_its_own_cause(told: Mapping[str, Told], name: str) -> None:
    attack, came = ATTACKS[name], told[name]

    assert "died" not in came, came
    assert "raised" not in came, came
    assert (came["cause"], came["indication"], came["sub_indication"], came["disposition"]) == _expected(attack)
    assert not came["gives_data"]
    assert came["findings"]
    assert came["speechless"] == []
    assert came["tells_of_people"] == []


@pytest.mark.parametrize("name", ODD)
def test_an_odd_file_passes(told: Mapping[str, Told], name: str) -> None:
    came = told[name]

    assert (came.get("cause", came), came["indication"], came["disposition"]) == (None, "TOTAL-PASSED", "pass")
    assert came["gives_data"] or ODD[name].door in ("transaction", "registration")


def test_there_is_an_attack_for_every_fault_of_a_signature() -> None:
    """Those left out are no attacks: a roster's remark, a day's algorithms, and whatever breaks unforeseen."""
    tried = {attack.cause.rpartition(":")[2] for attack in ATTACKS.values()}

    assert tried == set(ETSI)
    assert set(FAULTS) - tried == {"unreadable", "algorithm-outdated", "signer-not-assigned"}


def test_every_attack_says_why_it_matters() -> None:
    assert len(ATTACKS) >= 400
    assert [attack.name for attack in ATTACKS.values() if not attack.why.endswith((".", "?"))] == []
