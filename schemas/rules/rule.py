"""What a rule is: an id, a weight, a basis, words in two languages, and perhaps a function that looks at one record."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from schemas.findings import Finding, Severity, Words

_NOTHING: Mapping[str, object] = MappingProxyType({})

Look = Callable[[Any], Iterable["Found"]]
"""Looks at a `schemas.rules.view.RecordView` and says where the rule does not hold."""


@dataclass(frozen=True, slots=True)
class Found:
    """One place where a rule does not hold."""

    path: str
    """where, below HOC_BA"""
    seen: str | None = None
    """value found"""
    expected: str | None = None
    """value expected"""
    values: Mapping[str, object] = field(default_factory=dict)
    """what fills the names in the rule's words: never a person's data"""
    member: str | None = None
    """member of the canonical record concerned"""


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that must hold, or is remarked on where it does not."""

    id: str
    """stable id, the same in API, console, conformance kit and documents"""
    severity: Severity
    """whether it refuses the record"""
    basis: str
    """article of law, standard or contract"""
    title: Words
    """what must hold, in one line"""
    message: Words
    """what is wrong; may have {names}"""
    remedy: Words
    """how to mend it; may have {names}"""
    look: Look | None = None
    """finds where it does not hold; None: a reader or the schema finds it"""
    members: frozenset[str] = field(default=frozenset())
    """members of the canonical record whose wrong values, found by the schema, are told under this id"""
    roster: bool = False
    """needs a roster; without one it is not checked"""

    def finding(
        self,
        *,
        path: str | None = None,
        line: int | None = None,
        offset: int | None = None,
        seen: str | None = None,
        expected: str | None = None,
        uuid: str | None = None,
        personal: bool = False,
        values: Mapping[str, object] = _NOTHING,
    ) -> Finding:
        """The rule's words about one place."""
        return Finding(
            rule=self.id,
            severity=self.severity,
            message=self.message.filled(values),
            remedy=self.remedy.filled(values),
            basis=self.basis,
            path=path,
            line=line,
            offset=offset,
            seen=seen,
            expected=expected,
            uuid=uuid,
            personal=personal,
        )


def declared(
    id: str,
    *,
    basis: str,
    title: tuple[str, str],
    message: tuple[str, str],
    remedy: tuple[str, str],
    severity: Severity = Severity.ERROR,
    members: Iterable[str] = (),
) -> Rule:
    """A rule that a reader or the schema finds; the pairs are Vietnamese and English."""
    return Rule(
        id=id,
        severity=severity,
        basis=basis,
        title=Words(*title),
        message=Words(*message),
        remedy=Words(*remedy),
        members=frozenset(members),
    )


def rule(
    id: str,
    *,
    basis: str,
    title: tuple[str, str],
    message: tuple[str, str],
    remedy: tuple[str, str],
    severity: Severity = Severity.ERROR,
    members: Iterable[str] = (),
    roster: bool = False,
) -> Callable[[Look], Rule]:
    """Make the function below it a rule; the pairs are Vietnamese and English."""

    def declare(look: Look) -> Rule:
        return Rule(
            id=id,
            severity=severity,
            basis=basis,
            title=Words(*title),
            message=Words(*message),
            remedy=Words(*remedy),
            look=look,
            members=frozenset(members),
            roster=roster,
        )

    return declare
