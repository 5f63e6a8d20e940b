"""Dependencies point one way, and what must not meet never meets."""

import importlib.metadata
import importlib.util
import re
import sys
from pathlib import Path

import pytest
from architecture.tree import KNOWS, REPOSITORY, imports, modules, reached

KAFKA = {"aiokafka", "confluent_kafka", "faststream", "kafka"}

PACKAGES = sorted(name for name in KNOWS if (REPOSITORY / name).is_dir())


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_knows_only_what_lies_below_it(package: str) -> None:
    allowed = KNOWS[package] | {package}
    wrong = [
        f"{module.name} imports {name}"
        for module in modules().values()
        if module.package == package
        for name in imports(module)
        if name.partition(".")[0] in KNOWS and name.partition(".")[0] not in allowed
    ]
    assert wrong == []


def test_nothing_shipped_imports_tests_or_benchmarks() -> None:
    wrong = [
        f"{module.name} imports {name}"
        for module in modules().values()
        for name in imports(module)
        if name.partition(".")[0] in {"tests", "bench", "support"}
    ]
    assert wrong == []


def test_the_console_does_not_know_kafka() -> None:
    loaded = reached({name for name in modules() if name.partition(".")[0] == "console"})
    wrong = [
        f"{name} imports {wanted}"
        for name in sorted(loaded)
        for wanted in imports(modules()[name])
        if wanted.partition(".")[0] in KAFKA
    ]
    assert wrong == []


@pytest.mark.parametrize("package", PACKAGES)
def test_a_top_level_name_resolves_inside_the_repository(package: str) -> None:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin).is_relative_to(REPOSITORY)


def test_every_import_is_ours_the_standard_librarys_or_locked() -> None:
    locked = _locked()
    providers = importlib.metadata.packages_distributions()
    wrong = []
    for module in modules().values():
        for name in imports(module):
            top = name.partition(".")[0]
            if top in KNOWS or top in sys.stdlib_module_names:
                continue
            if not any(_normal(provider) in locked for provider in providers.get(top, ())):
                wrong.append(f"{module.name} imports {top}")
    assert wrong == []


def _locked() -> set[str]:
    text = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
    return {_normal(name) for name in re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==", text, re.MULTILINE)}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
