"""One folder per version of the official structure; being there is joining.

A profile's folder holds `__init__.py` with one `PROFILE`, its XSD, code lists, mapping and examples: data and small
declarations, interpreted by `schemas.check`, `transformers` and `signing`.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from schemas.layout import Block


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


@dataclass(frozen=True, slots=True)
class Profile:
    """One version of the official structure."""

    name: str
    """folder name with dashes and dots, for example hbs-1.0"""
    versions: frozenset[str]
    """values of PHIEN_BAN that mean this profile"""
    schema: Path
    """XSD of the record"""
    slots: tuple[Slot, ...]
    """signing places in the order of signing"""
    rules: tuple[str, ...]
    """ids of the rules that apply, in order of telling"""
    title: str
    """name for people, with its source"""
    observed: bool = False
    """known from public artefacts only, not from an official text"""
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    """code lists by name: code → label"""
    subjects: Mapping[str, Subject] = field(default_factory=lambda: MappingProxyType({}))
    """MA_MON_HOC → when it is taught and tested"""
    layout: Block | None = None
    """which element holds which member of the canonical record; None where the hub only reads and passes on"""
    signed: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """slot → element of the data that names, by SO_CCCD, who signs there"""
    districts_ended: date | None = None
    """first day without district level: TEN_QUAN_HUYEN may be absent from then on; None where it is never asked for"""
    batch_schema: Path | None = None
    """XSD of the batch envelope"""


@cache
def profiles() -> Mapping[str, Profile]:
    """Every profile found, by name."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        if module.ispkg:
            profile: Profile = importlib.import_module(f"{__name__}.{module.name}").PROFILE
            found[profile.name] = profile
    return MappingProxyType(found)
