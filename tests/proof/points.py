"""Every named crash point, found in the sources, and the process that passes it: one that is added is proven too."""

import re
from functools import cache

from tests.support.kafka import REPOSITORY

_CALL = re.compile(r'crash_point\(\s*"([a-z.-]+)"\s*\)')
_FOLDERS = ("ledger", "routes", "console", "hub")
_ELSEWHERE = ("evidence.",)
"""passed once a night: `tests/hub/test_hub_evidence.py` ends the process there"""
_ROLES = {"accept": "api", "confirm": "api", "dispatch": "dispatcher"}


@cache
def crash_points() -> dict[str, str]:
    """Point → role of the process that passes it: api, dispatcher or worker."""
    found = {
        name
        for folder in _FOLDERS
        for file in (REPOSITORY / folder).rglob("*.py")
        for name in _CALL.findall(file.read_text(encoding="utf-8"))
        if not name.startswith(_ELSEWHERE)
    }
    return {name: _ROLES.get(name.partition(".")[0], "worker") for name in sorted(found)}


def points_of(role: str) -> list[str]:
    """The points that processes of a role pass."""
    return [name for name, passed_by in crash_points().items() if passed_by == role]
