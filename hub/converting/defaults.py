"""What the user gives for every record that does not say it: `--set member=value`, and `--defaults FILE.toml`.

Values are written as the target writes them. What a record says stands before what is given.
"""

import difflib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

from hub.failures import Failure
from schemas.layout import Field, Form
from schemas.profiles import Profile
from schemas.told import mapped
from schemas.values import reader_of
from transformers.canonical import Members

USAGE = 2
"""exit code of a wrong call"""
NEW = "new"
"""the value of `--set uuid=…` that makes one for each record"""
ONE_PUPILS = frozenset({"uuid", "pupil.code", "pupil.personal_id", "pupil.name"})
"""members that no two records may share: what is given for them is used once"""
_MOST_CODES = 8


@dataclass(frozen=True, slots=True)
class _Given:
    """What was given, as values of one target."""

    singles: Mapping[str, Any]
    """single member → value"""
    inside: Mapping[str, Mapping[str, Any]]
    """list member → member of its rows → value"""
    lists: Mapping[str, tuple[Mapping[str, Any], ...]]
    """list member → rows, for records without any"""


@dataclass(slots=True)
class Defaults:
    """Values for what records do not say."""

    texts: Mapping[str, str]
    """member, or list member + «.» + member of its rows → text as the target writes it"""
    rows: Mapping[str, tuple[Mapping[str, str], ...]]
    """list member → rows of texts"""
    _given: dict[str, _Given] = field(default_factory=dict)
    _spent: set[str] = field(default_factory=set)

    def try_on(self, targets: Iterable[Profile]) -> None:
        """Before anything is read: every member has a place in some target, every value can be read there.

        Raises:
            Failure: one has not, or cannot.
        """
        known: set[str] = set()
        for target in targets:
            table = mapped(target.name)
            known |= {*table.readers, *table.rows}
            self._as(target)
        for member in (*self.texts, *self.rows):
            if member not in known:
                raise _no_place(member, known)

    def filled(self, members: Members, target: Profile) -> Members:
        """The members with what is given for those that are not there."""
        given = self._as(target)
        once = {name: value for name, value in given.singles.items() if name not in self._spent}
        if once.get("uuid") == NEW:
            once["uuid"] = str(uuid4())
        full: Members = {**once, **members}
        for name, rows in given.lists.items():
            full[name] = full.get(name) or tuple(dict(row) for row in rows)
        for name, inside in given.inside.items():
            full[name] = tuple({**inside, **row} for row in full.get(name, ()))
        return full

    def spend(self, members: Members) -> None:
        """A record has been made of these members: what belongs to it alone is given to no other."""
        self._spent |= {
            name for name in ONE_PUPILS & self.texts.keys() if name not in members and self.texts[name] != NEW
        }

    def _as(self, target: Profile) -> _Given:
        given = self._given.get(target.name)
        if given is None:
            given = self._given[target.name] = self._read(target)
        return given

    def _read(self, target: Profile) -> _Given:
        table = mapped(target.name)
        singles: dict[str, Any] = {}
        inside: dict[str, dict[str, Any]] = {}
        for member, text in self.texts.items():
            rows = next((name for name in table.rows if member.startswith(f"{name}.")), None)
            if rows is not None and member in table.readers:
                inside.setdefault(rows, {})[member.removeprefix(f"{rows}.")] = value_of(member, text, target)
            elif member in table.fields:
                singles[member] = value_of(member, text, target)
        lists = {
            name: tuple(
                {inner: value_of(f"{name}.{inner}", text, target) for inner, text in row.items()} for row in rows
            )
            for name, rows in self.rows.items()
            if name in table.rows
        }
        return _Given(singles, inside, lists)


def defaults_from(sets: Iterable[str], file: Path | None) -> Defaults:
    """Both ways of giving them; what is set on the command line stands before the file.

    Raises:
        Failure: they cannot be read.
    """
    texts: dict[str, str] = {}
    rows: dict[str, tuple[Mapping[str, str], ...]] = {}
    for member, value in _told_by(file) if file is not None else ():
        if isinstance(value, str):
            texts[member] = value
        else:
            rows[member] = value
    for each in sets:
        member, equals, text = each.partition("=")
        if not equals or not member.strip() or not text.strip():
            raise usage(f"--set «{each}»: ghi thành_phần=giá_trị.", f"--set «{each}»: write member=value.")
        texts[member.strip()] = text.strip()
    return Defaults(texts, rows)


def value_of(member: str, text: str, target: Profile) -> Any:
    """A text as the target reads it.

    Raises:
        Failure: it reads no such value.
    """
    if member == "uuid" and text == NEW:
        return NEW
    fields = fields_for(member, target)
    for each in fields:
        try:
            return reader_of(each)(_CROSSES.get(text, text) if each.form is Form.CROSS else text)
        except (KeyError, ValueError):
            continue
    hint = f" ({hint_of(fields[0])})" if fields and hint_of(fields[0]) else ""
    raise usage(
        f"--set {member}: «{text}» không ghi được ở {target.name}{hint}.", f"--set {member}: no such value{hint}."
    )


def fields_for(member: str, target: Profile) -> tuple[Field, ...]:
    """Every form of a member in the target; of a list's rows too."""
    table = mapped(target.name)
    if member in table.fields:
        return table.fields[member]
    return tuple(
        each
        for name, rows in table.rows.items()
        if member.startswith(f"{name}.")
        for each in rows.fields
        if each.member == member.removeprefix(f"{name}.")
    )


def hint_of(field: Field) -> str:
    """What a value looks like, in no language; empty for plain text."""
    if field.form is Form.CODE:
        codes = list(dict.fromkeys((field.codes or {}).values()))
        return " | ".join(codes[:_MOST_CODES]) + (" | …" if len(codes) > _MOST_CODES else "")
    return _HINTS.get(field.form, "")


_CROSSES = {"1": "x", "0": ""}
"""an empty value cannot be given"""
_HINTS = {
    Form.FLAG: "1 | 0",
    Form.CROSS: "x | 0",
    Form.NUMBER: "12.5",
    Form.SCORE: "0–10 | M",
    Form.MARK: "0–10 | Đ | CĐ | M",
    Form.GRADE: "01–12",
    Form.BIRTH_DATE: "dd/mm/yyyy",
    Form.MOMENT: "2026-05-31",
    Form.DAY: "2026-05-31",
}


def usage(vi: str, en: str) -> Failure:
    """It was called wrongly."""
    return Failure(vi=vi, en=en, do_vi="Xem «hocba convert --help».", do_en="See «hocba convert --help».", code=USAGE)


def _told_by(file: Path) -> Iterator[tuple[str, Any]]:
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise usage(
            f"--defaults {file}: không đọc được như TOML.", f"--defaults {file}: cannot be read as TOML."
        ) from error
    yield from _flat(document, "")


def _flat(table: Mapping[str, Any], around: str) -> Iterator[tuple[str, Any]]:
    """Tables in tables as dotted names; arrays of tables as rows."""
    for name, value in table.items():
        member = f"{around}{name}"
        if isinstance(value, dict):
            yield from _flat(value, f"{member}.")
        elif isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
            yield member, tuple(dict(_flat(row, "")) for row in value)
        elif isinstance(value, list):
            raise usage(f"--defaults: {member} không phải bảng.", f"--defaults: {member} is no array of tables.")
        else:
            yield member, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return value.isoformat() if isinstance(value, date) else str(value)


def _no_place(member: str, known: set[str]) -> Failure:
    near = difflib.get_close_matches(member, sorted(known), n=3, cutoff=0.6)
    some = f" ({', '.join(near)}?)" if near else ""
    return usage(
        f"--set {member}: cấu trúc nơi đến không có thành phần này{some}.",
        f"--set {member}: the target has no such member{some}.",
    )
