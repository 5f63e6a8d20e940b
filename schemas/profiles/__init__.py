"""One folder per version of the official structure; being there is joining.

A profile's folder holds `__init__.py` with `PROFILES` (one for each level of schooling that it describes), schemas, code
lists, mapping tables and examples: data and small declarations, interpreted by `schemas`, `transformers` and `signing`.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from schemas.algorithms import SUITES, Suite
from schemas.findings import Severity
from schemas.layout import Block, Sheet


class Medium(StrEnum):
    """What a document of the profile is made of."""

    XML = "xml"
    """the official signed record"""
    JSON = "json"
    """a row of the National Data Centre"""
    WORKBOOK = "xlsx"
    """a row of a workbook"""


@dataclass(frozen=True, slots=True)
class Tie:
    """How one of several equal slots finds the region that it signs."""

    attribute: str
    """attribute of the slot's element, for example Id"""
    mark: str
    """element inside the region, with the same attribute, that names the slot, for example GVBM"""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a record where a role signs."""

    name: str
    """GVBM, GVCN, CBQL or KY_PHAT_HANH"""
    path: str
    """element that holds NGAY_KY, SO_CCCD and Signature, below HOC_BA"""
    region_path: str
    """element that is signed, below HOC_BA"""
    region_id: str
    """its identifier, that the signature refers to without «#»"""
    holder: Literal["person", "institution"]
    """a person's certificate (SO_CCCD is compared) or an approved institution's"""
    tie: Tie | None = None
    """for a slot that is there once per signer: how each finds its region; None where there is one"""


@dataclass(frozen=True, slots=True)
class Signers:
    """Who must sign, by whose word, from when."""

    policy: str
    """whose word: national, or a city's"""
    slots: frozenset[str]
    """names of slots that must be signed"""
    since: date
    """first day"""
    basis: str
    """article of law"""


@dataclass(frozen=True, slots=True)
class Subject:
    """One subject or activity of the mark table."""

    name: str
    """as the printed form has it"""
    grades: frozenset[int]
    """grades in which every record has it"""
    tested: frozenset[int]
    """grades in which its year-end test must have a score"""
    elective: frozenset[int] = frozenset()
    """grades in which a record may have it"""
    may_be_tested: frozenset[int] = frozenset()
    """grades in which a score may be there or not"""
    in_words: bool = False
    """secondary school: judged Đ or CĐ, never by a score (TT 22/2021 Điều 5)"""
    short: str = ""
    """name where the whole one does not fit, 20 characters at most; empty where it fits"""


@dataclass(frozen=True, slots=True)
class Profile:
    """One version of the official structure."""

    name: str
    """folder name with dashes and dots, for example hbs-1.0"""
    versions: frozenset[str]
    """values of PHIEN_BAN that mean this profile"""
    schema: Path | None
    """XSD of the record, or JSON Schema of the row; None for a workbook"""
    slots: tuple[Slot, ...]
    """signing places in the order of signing"""
    rules: tuple[str, ...]
    """ids of the rules that apply, in order of telling"""
    title: str
    """name for people, with its source"""
    medium: Medium = Medium.XML
    """what a document is made of"""
    levels: frozenset[str] = frozenset({"02"})
    """MA_CAP_HOC that it describes: 02 primary, 03 lower, 04 upper secondary"""
    signers: tuple[Signers, ...] = ()
    """who must sign, by policy and day; settings choose the policy"""
    suites: tuple[Suite, ...] = SUITES
    """algorithms that signatures may use, by day"""
    severities: Mapping[str, Severity] = field(default_factory=lambda: MappingProxyType({}))
    """rules that weigh otherwise in this profile: id → weight"""
    observed: bool = False
    """known from public artefacts only, not from an official text"""
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    """code lists by name: code → label"""
    subjects: Mapping[str, Subject] = field(default_factory=lambda: MappingProxyType({}))
    """MA_MON_HOC → when it is taught and tested"""
    layout: Block | None = None
    """which element holds which member of the canonical record; None where the hub only reads and passes on"""
    sheet: Sheet | None = None
    """columns of a workbook; None for other media"""
    signed: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """slot → member of the canonical record that names, by SO_CCCD, who signs there"""
    districts_ended: date | None = None
    """first day without district level: TEN_QUAN_HUYEN may be absent from then on; None where it is never asked for"""
    batch_schema: Path | None = None
    """XSD of the batch envelope"""
    transactions: Mapping[str, Path] = field(default_factory=lambda: MappingProxyType({}))
    """XSD of what other official transactions carry, by number"""
    examples: Path | None = None
    """folder of examples: valid, refused (by a rule's id), remarked"""

    @property
    def kind(self) -> Literal["primary", "secondary"]:
        """Which kind of outcome its records have."""
        return "primary" if "02" in self.levels else "secondary"

    def required(self, policy: str, day: date) -> frozenset[str]:
        """Slots that a policy wants signed on a day, as far as the profile has them."""
        names = {slot.name for slot in self.slots}
        in_force = [each for each in self.signers if each.policy == policy and each.since <= day]
        wanted = max(in_force, key=lambda each: each.since).slots if in_force else frozenset()
        return frozenset(wanted & names)


@cache
def profiles() -> Mapping[str, Profile]:
    """Every profile found, by name."""
    found: dict[str, Profile] = {}
    for module in pkgutil.iter_modules(__path__):
        if module.ispkg:
            declared: tuple[Profile, ...] = importlib.import_module(f"{__name__}.{module.name}").PROFILES
            found.update({profile.name: profile for profile in declared})
    return MappingProxyType(found)


@cache
def by_version() -> Mapping[tuple[str, str], Profile]:
    """Every XML profile by PHIEN_BAN and MA_CAP_HOC."""
    return MappingProxyType(
        {
            (version, level): profile
            for profile in profiles().values()
            if profile.medium is Medium.XML
            for version in profile.versions
            for level in profile.levels
        }
    )


def profile_of(version: str, level: str) -> Profile | None:
    """The XML profile of a record that says so of itself; where its level is unknown, the version's first."""
    found = by_version().get((version, level))
    return found or next((profile for (known, _), profile in by_version().items() if known == version), None)
