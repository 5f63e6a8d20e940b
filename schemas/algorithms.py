"""Which algorithms signatures may use, from which day on: data, so that one that ages is ended by a date and a source.

The verifier never runs anything outside its own whitelist; a suite narrows that list by profile and day.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Suite:
    """Algorithms that are strong enough between two days."""

    signatures: frozenset[str]
    """short names of signature methods, for example rsa-sha256"""
    digests: frozenset[str]
    """hashlib's names"""
    canonicalisations: frozenset[str]
    """c14n, c14n11, exc-c14n"""
    least_rsa: int
    """bits of an RSA modulus, at least"""
    least_field: int
    """bits of an elliptic curve's field, at least"""
    source: str
    """article of law"""
    since: date = date.min
    """first day"""
    until: date = date.max
    """last day"""

    def allows(self, *, signature: str, key: str, bits: int, digests: Iterable[str], c14n: Iterable[str]) -> bool:
        """All that one signature uses is in the suite; `key` is RSA or EC."""
        least = self.least_rsa if key == "RSA" else self.least_field
        return (
            bits >= least
            and signature in self.signatures
            and self.digests.issuperset(digests)
            and self.canonicalisations.issuperset(c14n)
        )


def in_force(suites: Iterable[Suite], day: date) -> list[Suite]:
    """The suites of a day; with none of them nothing is allowed."""
    return [suite for suite in suites if suite.since <= day <= suite.until]


_DIGESTS = ("sha256", "sha384", "sha512")

TT_15_2025 = Suite(
    signatures=frozenset(f"{scheme}-{digest}" for scheme in ("rsa", "rsa-pss", "ecdsa") for digest in _DIGESTS),
    digests=frozenset(_DIGESTS),
    canonicalisations=frozenset({"c14n", "c14n11", "exc-c14n"}),
    least_rsa=2048,
    least_field=256,
    source="TT 15/2025/TT-BKHCN",
)
"""RSA from 2048 bits, PKCS#1 v1.5 and PSS, or ECDSA from 256; SHA-256, SHA-384, SHA-512; no end is known.

TT 22/2020/TT-BTTTT before it allowed nothing that this one does not, so it holds for older signatures too."""

SUITES = (TT_15_2025,)
"""what holds for a profile that says nothing else"""
