"""A code list of names: what each code means, and which code a name has however people spell it."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

from schemas.codelists.tables import table

_BETWEEN = re.compile(r"[\s'’‘`\-–]+")


@dataclass(frozen=True, slots=True)
class NameList:
    """Codes, official names, and the spellings that are met."""

    sources: tuple[str, ...]
    """where the list comes from, in words"""
    codes: Mapping[str, str]
    """code → official name"""
    names_to_codes: Mapping[str, str]
    """every known spelling → code, official names first: read backwards, a code gives its official name"""
    folded: Mapping[str, str]
    """the same without case, hyphens, apostrophes and spaces"""

    @classmethod
    def of(cls, file: str) -> Self:
        """The list in a file beside this module."""
        found = table(file)
        codes = {row["code"]: row["name"] for row in found.rows}
        spelt = {name: code for code, name in codes.items()}
        for row in found.rows:
            spelt |= {name: row["code"] for name in row["spellings"].split(";") if name}
        folded = {fold(name): code for name, code in spelt.items()}
        return cls(found.sources, MappingProxyType(codes), MappingProxyType(spelt), MappingProxyType(folded))

    def code_of(self, name: str) -> str | None:
        """The code of a name, whatever its case and hyphens; None where nobody is called so."""
        return self.names_to_codes.get(name) or self.folded.get(fold(name))

    def official(self, name: str) -> str | None:
        """The official name of whoever is called so."""
        code = self.code_of(name)
        return None if code is None else self.codes[code]


def fold(name: str) -> str:
    """A name without what people spell differently: case, hyphens, apostrophes, spaces."""
    return _BETWEEN.sub("", unicodedata.normalize("NFC", name).casefold())
