"""An XSD read for names and order, so that tests can hold tables beside it."""

from pathlib import Path
from typing import Any

from lxml import etree

XS = "{http://www.w3.org/2001/XMLSchema}"


class Schema:
    """An XSD with what it includes, read for names and order."""

    def __init__(self, path: Path) -> None:
        self.complex: dict[str, Any] = {}
        self.simple: dict[str, Any] = {}
        self.root = ""
        self._read(path)

    def _read(self, path: Path) -> None:
        tree = etree.parse(str(path)).getroot()
        for include in tree.iterfind(f"{XS}include"):
            self._read(path.parent / include.get("schemaLocation"))
        self.complex |= {each.get("name"): each for each in tree.iterfind(f"{XS}complexType")}
        self.simple |= {each.get("name"): each for each in tree.iterfind(f"{XS}simpleType")}
        for element in tree.iterfind(f"{XS}element"):
            self.root = element.get("type")

    def children(self, type_name: str) -> dict[str, str]:
        """Names of a type's elements in their order, each with its type."""
        elements = self.complex[type_name].iterfind(f"{XS}sequence/{XS}element")
        return {element.get("name"): element.get("type") for element in elements}

    def at(self, path: str) -> str:
        """Type of the element at a path below the root."""
        type_name = self.root
        for step in path.split("/"):
            type_name = self.children(type_name)[step]
        return type_name

    def listed(self, type_name: str) -> list[str]:
        """The values that a type lists."""
        return [value.get("value") for value in self.simple[type_name].iter(f"{XS}enumeration")]

    def attributes(self, type_name: str) -> dict[str, str]:
        """Names of a type's attributes, each with its type."""
        return {each.get("name"): each.get("type") for each in self.complex[type_name].iterfind(f"{XS}attribute")}
