"""What is wrong, where, what was expected and how to mend it: one shape for API, console, conformance kit and documents."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Self

HIDDEN = "«…»"
"""Stands for a value that is not for these eyes."""


class Severity(StrEnum):
    """What a finding means for the record."""

    ERROR = "error"
    """the record is refused"""
    WARNING = "warning"
    """the record goes on, the finding with it"""


@dataclass(frozen=True, slots=True)
class Words:
    """The same words in Vietnamese and English."""

    vi: str
    """Vietnamese"""
    en: str
    """English"""

    def filled(self, values: Mapping[str, object]) -> "Words":
        """With {names} replaced by values."""
        return Words(self.vi.format_map(values), self.en.format_map(values))


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault or warning."""

    rule: str
    """stable id of the rule, for example B08"""
    severity: Severity
    """error or warning"""
    message: Words
    """what is wrong"""
    remedy: Words
    """how to mend it"""
    basis: str
    """article of law, standard or contract"""
    path: str | None
    """place in the record, for example DU_LIEU_HOC_BA/TONG_KET/BANG_DIEM/MON_HOC[2]/MUC_DAT_DUOC"""
    line: int | None
    """1-based line of the octets as received"""
    offset: int | None
    """0-based octet offset in the body"""
    seen: str | None
    """value found"""
    expected: str | None
    """value expected"""
    uuid: str | None
    """MA_TRA_CUU_UUID of the record concerned"""
    personal: bool
    """`seen` or `expected` may be a person's data: for the sender only, never for logs"""

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it: every member present, severity as text."""
        return asdict(self)

    def masked(self) -> Self:
        """For eyes other than the sender's: rule and place stay, values that may be a person's do not."""
        if not self.personal:
            return self
        return replace(
            self,
            seen=None if self.seen is None else HIDDEN,
            expected=None if self.expected is None else HIDDEN,
        )

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Self:
        """What `as_dict` wrote."""
        return cls(
            **{
                **told,
                "severity": Severity(told["severity"]),
                "message": Words(**told["message"]),
                "remedy": Words(**told["remedy"]),
            }
        )


class FindingError(Exception):
    """Input that is refused, with every fault found."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(", ".join(finding.rule for finding in self.findings))
