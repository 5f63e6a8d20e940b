"""Which of a sheet's rows is its header, whose header it is, and what is wrong with it.

Words are compared without accents, case, spaces and punctuation: files come with decomposed letters and line breaks.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from schemas.findings import Finding
from schemas.layout import Column, Sheet
from schemas.media.sheet_parts import RawRow, letters
from schemas.media.spreadsheet import Merge
from schemas.profiles import Profile, profiles
from schemas.rules import workbook as faults

DEEPEST = 20
"""rows above and with the header, at most"""
_ENOUGH = 0.5
"""part of a profile's columns that makes a row its header"""
_MOST_TOLD = 60
_UNWORDED = re.compile(r"[\W_]+")

Path = tuple[str, ...]
"""folded words above one column, from top to bottom"""


@dataclass(frozen=True, slots=True)
class Header:
    """A header that was found."""

    profile: Profile
    """whose it is"""
    last: int
    """its last row"""
    columns: Mapping[int, Column]
    """by number of the sheet's column"""
    labels: Mapping[int, str]
    """words of every column, as written, for people"""
    findings: tuple[Finding, ...]
    """what is missing, foreign, or there twice"""


def header_of(name: str, rows: Sequence[RawRow], merges: Sequence[Merge]) -> Header | None:
    """The best header among a sheet's first rows; None where there is none."""
    best: tuple[float, Profile, int, Mapping[int, Path]] | None = None
    for profile in profiles().values():
        if profile.sheet is None:
            continue
        for row in rows:
            paths = _paths(rows, merges, row.number, profile.sheet.depth)
            known = {column.name for path in paths.values() if (column := _column(profile.name, path)) is not None}
            part = len(known) / len(profile.sheet.columns)
            if part >= _ENOUGH and (best is None or part > best[0]):
                best = (part, profile, row.number, paths)
    if best is None:
        return None
    _, profile, first, paths = best
    assert profile.sheet is not None
    last = first + profile.sheet.depth - 1
    return _judged(name, profile, first, last, paths, _labels(rows, first, last))


def _judged(
    name: str, profile: Profile, first: int, last: int, paths: Mapping[int, Path], labels: Mapping[int, str]
) -> Header:
    assert profile.sheet is not None
    columns: dict[int, Column] = {}
    findings: list[Finding] = []
    seen: Counter[str] = Counter()
    for number, path in sorted(paths.items()):
        column = _column(profile.name, path)
        place = f"{name}!{letters(number)}{last}"
        if column is None:
            findings.append(faults.COLUMN_UNKNOWN.finding(path=place, seen=labels.get(number) or " / ".join(path)))
            continue
        seen[column.name] += 1
        if seen[column.name] == 1:
            columns[number] = column
        else:
            values = {"element": column.name}
            findings.append(faults.COLUMN_REPEATED.finding(path=place, seen=labels.get(number), values=values))
    for column in profile.sheet.columns:
        if column.required and not seen[column.name]:
            place = f"{name}!{first}:{last}"
            findings.append(
                faults.COLUMN_MISSING.finding(path=place, expected=column.name, values={"element": column.name})
            )
    return Header(profile, last, columns, labels, tuple(findings[:_MOST_TOLD]))


def folded(label: str) -> str:
    """A label without what differs from file to file."""
    plain = unicodedata.normalize("NFD", label.casefold()).replace("đ", "d")
    bare = "".join(each for each in plain if not unicodedata.combining(each))
    return _UNWORDED.sub("", bare)


@cache
def _index(profile_name: str) -> Mapping[Path, Column]:
    """What a column may be called: its last word alone, or its last two where one would not do."""
    sheet = profiles()[profile_name].sheet
    assert sheet is not None
    return dict(_names(sheet))


def _names(sheet: Sheet) -> Iterator[tuple[Path, Column]]:
    def spelt(label: str) -> list[str]:
        return [folded(each) for each in (label, *sheet.spellings.get(label, ()))]

    for column in sheet.columns:
        *_, last = column.header
        if len(column.header) < 3:
            yield from (((word,), column) for word in spelt(last))
        else:
            yield from (((above, word), column) for above in spelt(column.header[-2]) for word in spelt(last))


def _column(profile_name: str, path: Path) -> Column | None:
    known = _index(profile_name)
    bare = path[:-1] if path[-1] in ("muc", "mucdatduoc") else ()
    for way in (path, bare):
        for key in (way[-2:], way[-1:]):
            if key and key in known:
                return known[key]
    return None


def _paths(rows: Sequence[RawRow], merges: Sequence[Merge], first: int, depth: int) -> Mapping[int, Path]:
    """Words above every column that has some, in so many rows from the first on."""
    numbers = range(first, first + depth)
    header = {row.number: row for row in rows if row.number in numbers}
    touching = [merge for merge in merges if merge.top in numbers]
    width = min(max((max(row.cells) for row in header.values()), default=0), 500)
    filled: dict[int, list[str]] = {}
    for column in range(1, width + 1):
        words = [_label(header, touching, number, column) for number in numbers]
        filled[column] = [folded(word) for word in words]
    if not touching:
        _repeat_leftward(filled, depth)
    paths: dict[int, Path] = {}
    for column, labels in filled.items():
        path = tuple(label for place, label in enumerate(labels) if label and label not in labels[:place][-1:])
        if path:
            paths[column] = path
    return paths


def _label(header: Mapping[int, RawRow], merges: Sequence[Merge], row: int, column: int) -> str:
    for merge in merges:
        if merge.top <= row <= merge.bottom and merge.left <= column <= merge.right:
            row, column = merge.top, merge.left
            break
    cell = header[row].cells.get(column) if row in header else None
    return "" if cell is None else cell.text[:200]


def _repeat_leftward(filled: dict[int, list[str]], depth: int) -> None:
    """A sheet without merged cells names a group over its first column only: it holds until another one begins."""
    written = {column: list(labels) for column, labels in filled.items()}
    for place in range(depth - 1):
        group = ""
        for column, labels in filled.items():
            if labels[place] or any(written[column][:place]):
                group = labels[place]
            elif any(labels[place + 1 :]):
                labels[place] = group


def _labels(rows: Sequence[RawRow], first: int, last: int) -> Mapping[int, str]:
    told: dict[int, list[str]] = {}
    for row in rows:
        if first <= row.number <= last:
            for column, cell in row.cells.items():
                told.setdefault(column, []).append(" ".join(cell.text.split())[:60])
    return {column: " / ".join(words) for column, words in told.items()}
