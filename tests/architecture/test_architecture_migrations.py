"""Migrations only expand: an old process and a new one can work on one database while a deploy goes on."""

import re
from pathlib import Path

import pytest
from architecture.tree import REPOSITORY

VERSIONS = REPOSITORY / "ledger" / "migrations" / "versions"

CONTRACTS = (
    r"\bdrop\s+(table|column|sequence|type|schema|view)\b",
    r"\balter\s+table\s+\S+\s+drop\b(?!\s+(constraint|expression))",
    r"\brename\b",
    r"\balter\s+column\s+\S+\s+(set\s+data\s+)?type\b",
    r"\balter\s+column\s+\S+\s+set\s+not\s+null\b",
    r"\badd\s+column\s+(?:(?!,|;|default).)*\bnot\s+null\b(?:(?!,|;|default).)*[,;]",
    r"\btruncate\b",
    r"\bdelete\s+from\b",
)
"""what breaks a process of the version before; contracting takes a release of its own, and a line in CONTRACTED"""

CONTRACTED: dict[str, str] = {}
"""file → why nothing that still runs can miss what it takes away"""


@pytest.mark.parametrize("script", sorted(VERSIONS.glob("*.sql")), ids=lambda path: path.name)
def test_a_migration_takes_nothing_away(script: Path) -> None:
    statements = re.sub(r"--[^\n]*", "", script.read_text(encoding="utf-8")).lower()
    found = [match.group(0) for pattern in CONTRACTS for match in re.finditer(pattern, statements, re.DOTALL)]
    assert found == [] or script.name in CONTRACTED


def test_migrations_follow_one_another() -> None:
    chain = {}
    for script in VERSIONS.glob("*.py"):
        text = script.read_text(encoding="utf-8")
        said = dict(re.findall(r"^(revision|down_revision)[^=\n]*=\s*(?:\"([^\"]*)\"|None)", text, re.MULTILINE))
        chain[said["revision"]] = said.get("down_revision") or None
    heads = set(chain) - set(chain.values())
    assert len(heads) == 1
    assert sorted(chain.values(), key=str) == sorted([None, *(set(chain) - heads)], key=str)


def test_the_check_sees_what_contracts() -> None:
    taking = [
        "drop table work;",
        "alter table work drop column token;",
        "alter table work rename column token to fence;",
        "alter table work alter column token type text;",
        "alter table work add column lane text not null;",
    ]
    keeping = ["alter table work add column lane text not null default '';", "create index x on work (id);"]
    assert all(any(re.search(pattern, each, re.DOTALL) for pattern in CONTRACTS) for each in taking)
    assert not any(re.search(pattern, each, re.DOTALL) for pattern in CONTRACTS for each in keeping)
