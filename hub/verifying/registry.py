"""`--registry FILE`: which certificates were approved for which unit, in which role, from when to when.

JSON is the list that the city hands over (`registry.json`); CSV has the same names in its first line.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from hub.checking.given import UnusableFileError, content_of
from signing.verify import Approved

MOST_OCTETS = 64 * 1024 * 1024
"""size of a registry, at most"""
_DELIMITERS = "\t;,"
_MARK = "\ufeff"
_COLUMNS = {"ma_don_vi", "serial_hex", "sha256", "tu_ngay", "den_ngay"}
_APPROVED = "phe_duyet"
"""the one state in which a row counts, where it tells its state"""


@dataclass(slots=True)
class FileRegistry:
    """Approvals by unit; a unit that is not listed has none."""

    rows: Mapping[str, Sequence[Mapping[str, str]]]
    """unit → its rows"""
    _made: dict[str, Approved] = field(default_factory=dict)

    def of(self, unit: str) -> Approved:
        """The approved certificates of a unit, history included."""
        if unit not in self._made:
            self._made[unit] = Approved.from_rows(unit, self.rows.get(unit, ()))
        return self._made[unit]


def registry_from(file: Path) -> FileRegistry:
    """The registry in a file; every row of it can be read.

    Raises:
        UnusableFileError: it cannot be read, or is none.
    """
    content = content_of(file, MOST_OCTETS)
    try:
        registry = FileRegistry(_by_unit(_rows(content)))
        for unit in registry.rows:
            registry.of(unit)
    except (ValueError, KeyError, TypeError, AttributeError, csv.Error) as error:
        raise UnusableFileError(
            "không đúng dạng sổ chứng thư (xem docs/verify.md)", "it is no registry (see docs/verify.md)"
        ) from error
    return registry


def _rows(content: bytes) -> Sequence[Mapping[str, Any]]:
    text = content.decode("utf-8").removeprefix(_MARK)
    if text.lstrip().startswith("["):
        rows: Sequence[Mapping[str, Any]] = orjson.loads(text)
        return rows
    head = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text), delimiter=max(_DELIMITERS, key=head.count))
    if not set(reader.fieldnames or ()) >= _COLUMNS:
        raise KeyError("columns")
    return list(reader)


def _by_unit(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Sequence[Mapping[str, str]]]:
    units: dict[str, list[Mapping[str, str]]] = defaultdict(list)
    for row in rows:
        if row.get("trang_thai", _APPROVED) == _APPROVED:
            units[row["ma_don_vi"]].append(row)
    return dict(units)
