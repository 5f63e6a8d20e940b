"""The repository as the architecture tests see it: packages, modules, and who imports whom, read from the source."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

KNOWS: dict[str, set[str]] = {
    "schemas": set(),
    "transformers": {"schemas"},
    "signing": {"schemas"},
    "ledger": {"schemas"},
    "connectors": {"schemas", "transformers"},
    "routes": {"schemas", "transformers", "signing", "ledger", "connectors"},
    "console": {"schemas", "transformers", "signing", "ledger", "connectors", "routes"},
    "hub": {"schemas", "transformers", "signing", "ledger", "connectors", "routes", "console"},
    "sandbox": set(),
}
"""package → the packages of this repository that it may import (DESIGN 4)"""


@dataclass(frozen=True, slots=True)
class Module:
    """One source file."""

    name: str
    """dotted name"""
    path: Path
    """where it lies"""

    @property
    def package(self) -> str:
        """The top-level package."""
        return self.name.partition(".")[0]

    @property
    def tree(self) -> ast.Module:
        """Its syntax."""
        return _parse(self.path)


@cache
def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@cache
def modules() -> dict[str, Module]:
    """Every module of the shipped packages, by name."""
    found = {}
    for package in KNOWS:
        for path in sorted((REPOSITORY / package).rglob("*.py")):
            parts = path.relative_to(REPOSITORY).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = Module(name, path)
    return found


def imports(module: Module) -> Iterator[str]:
    """Every dotted name that a module imports, at any depth of its code; `from a import b` gives a and a.b."""
    inside = module.name if module.path.name == "__init__.py" else module.name.rpartition(".")[0]
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = inside.split(".")[: len(inside.split(".")) - node.level + 1]
                base = ".".join([*above, base] if base else above)
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def first_party(module: Module) -> set[str]:
    """The modules of this repository that loading this one loads."""
    wanted: set[str] = set()
    for name in imports(module):
        while name and name.partition(".")[0] in KNOWS:
            if name in modules():
                wanted.add(name)
            name = name.rpartition(".")[0]
    return wanted


def reached(starts: set[str]) -> set[str]:
    """The modules that are loaded, directly or through others, when these are."""
    seen: set[str] = set()
    waiting = list(starts)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(first_party(modules()[name]))
    return seen
