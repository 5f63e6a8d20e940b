"""The canonical record as official XML and back, by the profile's layout.

What is written is canonical already: exclusive C14N of DU_LIEU_HOC_BA is its octets as they stand, so a seal needs no
second look at them. Slots are prepared, empty, for those whom the data name; signing fills in NGAY_KY and Signature.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import groupby
from operator import attrgetter
from string import Formatter
from typing import Any

from schemas.layout import Block, Field, Rows, below, rows_of
from schemas.media.xml import tell
from schemas.profiles import Profile, Slot, profiles
from schemas.record import CanonicalRecord
from schemas.values import writer
from transformers.canonical import read_members, record_of

Part = Callable[[Any], str]
"""Writes one element of a record, or of a row; empty text where there is nothing to write."""


def write_record(record: CanonicalRecord, profile: Profile) -> bytes:
    """The unsigned official record, in UTF-8, without declaration or white space between elements."""
    text = f'<HOC_BA id="hb-{escape_attribute(record.uuid)}">{_writer(profile.name)(record)}</HOC_BA>'
    return text.encode("utf-8")


def read_record(root: Any, profile: Profile) -> CanonicalRecord:
    """The canonical record in a parsed HOC_BA that the profile's checker has let pass."""
    return record_of(read_members(tell(root, profile), profile), kind=profile.kind)


def escape(text: str) -> str:
    """Character data exactly as Canonical XML writes it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#xD;")


def escape_attribute(text: str) -> str:
    """An attribute's value exactly as Canonical XML writes it."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return text.replace("\t", "&#x9;").replace("\n", "&#xA;").replace("\r", "&#xD;")


@cache
def _writer(profile_name: str) -> Part:
    """The data, with the slots that stand inside them at their end, and the other slots after them."""
    profile = profiles()[profile_name]
    layout = profile.layout
    assert layout is not None
    steps = [(slot.path.split("/"), _slot(slot, profile)) for slot in profile.slots]
    inside = _nested([(path[1:], part) for path, part in steps if path[0] == layout.element])
    outside = _nested([(path, part) for path, part in steps if path[0] != layout.element])
    return _together([_block(layout, inside), *outside])


def _nested(places: Sequence[tuple[list[str], Part]]) -> list[Part]:
    """Parts in the elements that are to hold them, in order."""
    parts: list[Part] = []
    for around, group in groupby(places, key=lambda place: place[0][0] if len(place[0]) > 1 else ""):
        if around:
            parts.append(_around(around, _nested([(path[1:], part) for path, part in group])))
        else:
            parts.extend(part for _, part in group)
    return parts


def _around(element: str, parts: Sequence[Part]) -> Part:
    write = _together(parts)
    return lambda record: f"<{element}>{write(record)}</{element}>"


def _together(parts: Sequence[Part]) -> Part:
    return lambda record: "".join([part(record) for part in parts])


def _slot(slot: Slot, profile: Profile) -> Part:
    """An empty slot: for an institution always, for a person whom the data name."""
    if slot.tie is not None:
        return _tied_slots(slot, profile)
    name = slot.path.rpartition("/")[2]
    if slot.name not in profile.signed:
        return lambda _: f"<{name}><NGAY_KY></NGAY_KY></{name}>"
    holder = attrgetter(profile.signed[slot.name])
    return lambda record: _waiting(name, holder(record))


def _tied_slots(slot: Slot, profile: Profile) -> Part:
    """An empty slot for each row that names who signs it."""
    assert profile.layout is not None
    assert slot.tie is not None
    name, attribute = slot.path.rpartition("/")[2], slot.tie.attribute
    (table,) = [rows for path, rows in rows_of(profile.layout) if below(path, rows.row) == slot.region_path]
    identifier = _made(dict(table.attributes)[f"{slot.tie.mark}/@{attribute}"], attribute)
    entries = attrgetter(table.member)
    holder = attrgetter(profile.signed[slot.name].removeprefix(f"{table.member}."))
    return lambda record: "".join([_waiting(name, holder(entry), identifier(entry)) for entry in entries(record)])


def _waiting(name: str, holder: str | None, attributes: str = "") -> str:
    if not holder:
        return ""
    return f"<{name}{attributes}><NGAY_KY></NGAY_KY><SO_CCCD>{escape(holder)}</SO_CCCD></{name}>"


def _part(part: Block | Rows | Field) -> Part:
    if isinstance(part, Field):
        return _field(part)
    return _rows(part) if isinstance(part, Rows) else _block(part)


def _block(block: Block, after: Iterable[Part] = ()) -> Part:
    parts = [*(_part(child) for child in block.children), *after]
    attributes = "".join(f' {name}="{escape_attribute(value)}"' for name, value in block.attributes)

    def write(record: Any) -> str:
        inside = "".join([part(record) for part in parts])
        return f"<{block.element}{attributes}>{inside}</{block.element}>"

    return write


def _rows(rows: Rows) -> Part:
    entries, write_row = attrgetter(rows.member), _row(rows)

    def write(record: Any) -> str:
        return f"<{rows.element}>{''.join([write_row(entry) for entry in entries(record)])}</{rows.element}>"

    return write


def _row(rows: Rows) -> Part:
    """One row; what its table says to lie a step deeper stands together there, where there is any of it."""
    identifiers = dict(rows.attributes)
    parts: list[Part] = []
    for around, fields in groupby(rows.fields, key=lambda field: field.element.rpartition("/")[0]):
        inner = [_field(field) for field in fields]
        parts.extend([_deeper(around, inner, identifiers.get(f"{around}/@Id"))] if around else inner)
    row, identifier, inside = rows.row, _made(identifiers.get("@Id"), "Id"), _together(parts)
    return lambda entry: f"<{row}{identifier(entry)}>{inside(entry)}</{row}>"


def _deeper(element: str, parts: Sequence[Part], template: str | None) -> Part:
    identifier, write_inside = _made(template, "Id"), _together(parts)

    def write(entry: Any) -> str:
        inside = write_inside(entry)
        return f"<{element}{identifier(entry)}>{inside}</{element}>" if inside else ""

    return write


def _made(template: str | None, attribute: str) -> Part:
    """An attribute made of members; nothing where one of them is absent."""
    if template is None:
        return lambda _: ""
    pieces = [(text, attrgetter(member) if member else None) for text, member, _, _ in Formatter().parse(template)]

    def write(entry: Any) -> str:
        told = [
            text if get is None else None if (value := get(entry)) is None else text + value for text, get in pieces
        ]
        text = "".join([each for each in told if each is not None])
        return "" if None in told else f' {attribute}="{escape_attribute(text)}"'

    return write


def _field(field: Field) -> Part:
    value_of, write_value, element = attrgetter(field.member), writer(field), field.element.rpartition("/")[2]

    def write(record: Any) -> str:
        value = value_of(record)
        text = None if value is None else write_value(value)
        return "" if text is None else f"<{element}>{escape(text)}</{element}>"

    return write
