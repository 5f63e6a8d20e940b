"""What every file owes its reader: packages that introduce themselves, functions that say what they do."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from architecture.tree import KNOWS, REPOSITORY, Module, modules

HOSTS = [
    "pypi" + ".org",
    "python" + "hosted",
    "repo1." + "maven",
    "repo.maven." + "apache",
    "registry.npm" + "js",
    "conda.ana" + "conda",
    "crates" + ".io",
    "proxy." + "golang",
]
SCRIPTS = {"ledger/migrations", "ledger/migrations/versions"}
"""Alembic loads these by path: they are no packages"""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def test_every_package_introduces_itself() -> None:
    silent = []
    for folder in sorted({module.path.parent for module in modules().values()}):
        name = folder.relative_to(REPOSITORY).as_posix()
        if name in SCRIPTS:
            continue
        start = folder / "__init__.py"
        said = ast.get_docstring(ast.parse(start.read_text(encoding="utf-8"))) if start.exists() else None
        if said is None or len(said.split()) < 4:
            silent.append(name)
    assert silent == []


def test_every_public_function_has_words_and_a_return_type() -> None:
    wrong = []
    for module in modules().values():
        if module.path.parent.relative_to(REPOSITORY).as_posix() in SCRIPTS:
            continue
        for name, function in _public(module):
            if function.returns is None:
                wrong.append(f"{name}: no return type")
            if ast.get_docstring(function) is None and not _declares_only(function):
                wrong.append(f"{name}: no docstring")
    assert wrong == []


def _public(module: Module) -> Iterator[tuple[str, Function]]:
    """Public functions of a module and public methods of its public classes; what is nested in a function is not."""
    for node in module.tree.body:
        if isinstance(node, Function) and not node.name.startswith("_"):
            yield f"{module.name}.{node.name}", node
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for inner in node.body:
                if isinstance(inner, Function) and not inner.name.startswith("_"):
                    yield f"{module.name}.{node.name}.{inner.name}", inner


def _declares_only(function: Function) -> bool:
    """A protocol's member without a body, or one that a base class has introduced."""
    decorators = {ast.unparse(each).partition("(")[0] for each in function.decorator_list}
    bodiless = all(isinstance(each, ast.Expr) and ast.unparse(each) == "..." for each in function.body)
    return bodiless or bool(decorators & {"override", "typing.override"})


def test_every_module_introduces_itself() -> None:
    assert [name for name, module in modules().items() if module.path.stat().st_size and not _said(module)] == []


def _said(module: Module) -> bool:
    return ast.get_docstring(module.tree) is not None


def test_names_that_say_nothing_are_not_used() -> None:
    empty = {"util", "utils", "common", "helpers", "misc"}
    assert [name for name in modules() if name.rpartition(".")[2] in empty] == []


def test_no_file_names_a_package_host() -> None:
    wrong = []
    for path in _tracked():
        text = path.read_bytes().decode("utf-8", "replace")
        wrong += [f"{path.relative_to(REPOSITORY)}: {host}" for host in HOSTS if host in text]
    assert wrong == []


def test_no_file_names_a_machines_own_paths() -> None:
    wrong = []
    for path in _tracked():
        text = path.read_bytes().decode("utf-8", "replace")
        wrong += [str(path.relative_to(REPOSITORY)) for _ in re.finditer(r"(?<![\w.])/(?:work|root)/\w", text)]
    assert wrong == []


def _tracked() -> list[Path]:
    """What is committed, or would be; a tree without git is walked."""
    asked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY, capture_output=True, check=False,
    )  # fmt: skip
    if asked.returncode == 0:
        names = asked.stdout.decode().split("\0")
        return [path for name in names if name and (path := REPOSITORY / name).is_file()]
    folders = [*KNOWS, "bench", "deploy", "docs", "tests"]
    return [path for folder in folders for path in (REPOSITORY / folder).rglob("*") if path.is_file()]
