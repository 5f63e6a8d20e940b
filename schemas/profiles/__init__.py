"""One folder per version of the official structure; being there is joining.

A profile's folder holds `__init__.py` with one `PROFILE`, its XSD, code lists, mapping and examples: data and small
declarations, interpreted by `schemas.check`, `transformers` and `signing`.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal


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


@cache
def profiles() -> Mapping[str, Profile]:
    """Every profile found, by name."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        if module.ispkg:
            profile: Profile = importlib.import_module(f"{__name__}.{module.name}").PROFILE
            found[profile.name] = profile
    return MappingProxyType(found)
