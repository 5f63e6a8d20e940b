"""All attacks, by name."""

from collections.abc import Mapping
from dataclasses import replace

from attacks import (
    algorithms,
    archives,
    batches,
    certificates,
    content,
    documents,
    places,
    properties,
    references,
    registrations,
    seals,
    teachers,
    times,
    timestamps,
    transactions,
    wrapping,
)
from attacks.attack import Attack

_FAMILIES = (
    *(wrapping, places, content, references, algorithms, certificates),
    *(times, properties, documents, transactions, registrations, batches, teachers, timestamps, archives, seals),
)


def _all() -> Mapping[str, Attack]:
    found: dict[str, Attack] = {}
    for family in _FAMILIES:
        for attack in family.ATTACKS:
            assert attack.name not in found, attack.name
            found[attack.name] = replace(attack, family=family.__name__.rpartition(".")[2])
    return found


ATTACKS = _all()
