"""The documents name what is there: files, links, settings, commands."""

import re
from pathlib import Path

import pytest
from architecture.tree import REPOSITORY
from typer.main import get_command

from hub.cli import app
from hub.settings import paths

DOCUMENTS = sorted([REPOSITORY / "README.md", *(REPOSITORY / "docs").rglob("*.md")])
SECTIONS = {path[0] for path in paths() if len(path) > 1}
MADE = {".hocba", ".venv", "bench/results.json"}
"""what a run makes"""


def text_of(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def named(document: Path, *parts: str) -> str:
    return document.relative_to(REPOSITORY).as_posix() + ": " + " ".join(parts)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text_of(document))
    assert [named(document, link) for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_files_are_where_the_text_says(document: Path) -> None:
    said = re.findall(r"`([a-z_]+/[\w./-]*)(?: [a-z_]+)?`", text_of(document))
    wrong = []
    for name in said:
        top = name.partition("/")[0]
        if top in MADE or name in MADE or not (REPOSITORY / top).is_dir():
            continue
        if not (REPOSITORY / name).exists():
            wrong.append(named(document, name))
    assert wrong == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_functions_are_in_the_file_that_is_named_with_them(document: Path) -> None:
    wrong = []
    for file, name in re.findall(r"`([a-z_]+/[\w./-]+\.py) (\w+)`", text_of(document)):
        path = REPOSITORY / file
        if path.exists() and not re.search(rf"^\s*(?:async )?(?:def|class) {name}\b", text_of(path), re.MULTILINE):
            wrong.append(named(document, file, name))
    assert wrong == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_settings_are_called_what_they_are_called(document: Path) -> None:
    known = {".".join(path) for path in paths()}
    said = re.findall(rf"`((?:{'|'.join(sorted(SECTIONS))})\.[a-z_]+)`", text_of(document))
    assert [named(document, name) for name in said if name not in known and not name.endswith(".py")] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_exist(document: Path) -> None:
    known = set(getattr(get_command(app), "commands", {}))
    said = set(re.findall(r"(?:`|\./|^)hocba ([a-z]+)", text_of(document), re.MULTILINE))
    assert said <= known
