"""The canonical record as official XML and back, by the profile's layout.

What is written is canonical already: exclusive C14N of DU_LIEU_HOC_BA is its octets as they stand, so a seal needs no
second look at them. Slots are prepared, empty, for those whom the data name; signing fills in NGAY_KY and Signature.
"""

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any

from schemas.layout import Block, Field, Rows
from schemas.media.xml import tell
from schemas.profiles import Profile, profiles
from schemas.record import CanonicalRecord
from schemas.values import writer
from transformers.canonical import read_members, record_of

Part = Callable[[Any], str]
"""Writes one element of a record, or of a row; empty text where there is nothing to write."""


def write_record(record: CanonicalRecord, profile: Profile) -> bytes:
    """The unsigned official record, in UTF-8, without declaration or white space between elements."""
    data = _writer(profile.name)(record)
    slots = "".join([_slot(slot.path, record, profile) for slot in profile.slots])
    text = f'<HOC_BA id="hb-{escape_attribute(record.uuid)}">{data}{_wrap_slots(profile, slots)}</HOC_BA>'
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


def _slot(path: str, record: CanonicalRecord, profile: Profile) -> str:
    name = path.rpartition("/")[2]
    if name not in profile.signed:
        return f"<{name}><NGAY_KY></NGAY_KY></{name}>"
    holder = attrgetter(profile.signed[name])(record)
    return f"<{name}><NGAY_KY></NGAY_KY><SO_CCCD>{escape(holder)}</SO_CCCD></{name}>" if holder else ""


def _wrap_slots(profile: Profile, slots: str) -> str:
    around = profile.slots[0].path.rpartition("/")[0]
    return f"<{around}>{slots}</{around}>"


@cache
def _writer(profile_name: str) -> Part:
    layout = profiles()[profile_name].layout
    assert layout is not None
    return _block(layout)


def _part(part: Block | Rows | Field) -> Part:
    if isinstance(part, Field):
        return _field(part)
    return _rows(part) if isinstance(part, Rows) else _block(part)


def _block(block: Block) -> Part:
    parts = [_part(child) for child in block.children]
    attributes = "".join(f' {name}="{escape_attribute(value)}"' for name, value in block.attributes)

    def write(record: Any) -> str:
        inside = "".join([part(record) for part in parts])
        return f"<{block.element}{attributes}>{inside}</{block.element}>"

    return write


def _rows(rows: Rows) -> Part:
    fields = [_field(field) for field in rows.fields]
    entries = attrgetter(rows.member)

    def write(record: Any) -> str:
        inside = [
            f"<{rows.row}>{''.join([field(entry) for field in fields])}</{rows.row}>" for entry in entries(record)
        ]
        return f"<{rows.element}>{''.join(inside)}</{rows.element}>"

    return write


def _field(field: Field) -> Part:
    value_of, write_value, element = attrgetter(field.member), writer(field), field.element

    def write(record: Any) -> str:
        value = value_of(record)
        text = None if value is None else write_value(value)
        return "" if text is None else f"<{element}>{escape(text)}</{element}>"

    return write
