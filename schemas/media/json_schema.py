"""JSON Schema (draft 2020-12) of the JSON profiles, made from their tables: `python -m schemas.media.json_schema`.

It says what the tables say: names, kinds, code lists, lengths, ranges, what must be there. What the rules say of a record
as a whole it does not know, but for what may be absent where a pupil is not assessed (rule B14).
"""

import json
from collections.abc import Sequence
from typing import Any

from schemas.layout import Block, Field, Form, Rows, fields_of, rows_of
from schemas.media.json_values import MOST_DECIMALS, grades, shape
from schemas.profiles import Medium, Profile, profiles

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DATES = frozenset({Form.DAY, Form.BIRTH_DAY})


def schema_of(profile: Profile) -> dict[str, Any]:
    """The schema of one document."""
    layout = profile.layout
    assert layout is not None
    fields = [field for _, field in fields_of(layout)]
    lists = [rows for _, rows in rows_of(layout)]
    whole = _object([*fields, *layout.beside], [rows.element for rows in lists if rows.required])
    whole["properties"] |= {rows.element: _array(rows) for rows in lists}
    return {
        "$schema": _DIALECT,
        "$id": f"urn:hocba-hub:{profile.name.replace('/', ':')}",
        "title": profile.title,
        "$comment": "Sinh từ bảng của hồ sơ dữ liệu; không sửa tay. Made from the profile's tables; not edited by hand.",
        **whole,
        "allOf": _conditions(layout),
    }


def written(profile: Profile) -> str:
    """The schema as a file."""
    return json.dumps(schema_of(profile), ensure_ascii=False, indent=2) + "\n"


def _object(fields: Sequence[Field], lists: Sequence[str] = ()) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {field.element: _value(field) for field in fields},
        "required": [*(field.element for field in fields if field.required), *lists],
        "additionalProperties": False,
    }


def _array(rows: Rows) -> dict[str, Any]:
    least = {"minItems": 1} if rows.required else {}
    kind = "array" if rows.required else ["array", "null"]
    return {"type": kind, **least, "maxItems": 1000, "items": _object([*rows.fields, *rows.beside])}


def _value(field: Field) -> dict[str, Any]:
    """What the column takes; null, where it may be absent, is the same as absence."""
    told = _kind(field)
    if not field.required:
        told = {"anyOf": [told, {"type": "null"}]}
    return {"description": field.note, **told} if field.note else told


def _kind(field: Field) -> dict[str, Any]:
    if field.form is Form.FLAG:
        return {"enum": [True, False, 0, 1]}
    if field.form is Form.NUMBER:
        return {"type": "number", **_range(field), "multipleOf": float(f"1e-{MOST_DECIMALS}")}
    if field.form is Form.VERSION:
        return {"type": "integer", **_range(field), "not": {"const": 0}}
    if field.form is Form.CODE:
        assert field.codes is not None
        return {"enum": sorted(set(field.codes.values()))}
    if field.form is Form.GRADE:
        return {"enum": grades(field)}
    return _text(field)


def _text(field: Field) -> dict[str, Any]:
    expression = shape(field)
    most = {"maxLength": field.length} if field.length is not None else {}
    pattern = f"^(?:{expression})$" if expression is not None else "\\S"
    dated = {"format": "date"} if field.form in _DATES else {}
    return {"type": "string", **most, "pattern": pattern, **dated}


def _range(field: Field) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if field.least is not None:
        told["minimum"] = int(field.least)
    if field.most is not None:
        told["maximum"] = int(field.most)
    return told


def _conditions(layout: Block) -> list[dict[str, Any]]:
    """Where the flag says no, what it lifts must be there."""
    fields = [field for _, field in fields_of(layout)]
    flags = {field.member: field.element for field in fields}
    lifted: dict[str, list[str]] = {}
    for field in fields:
        if field.unless:
            lifted.setdefault(flags[field.unless], []).append(field.element)
    return [
        {
            "if": {"properties": {flag: {"enum": [False, 0]}}, "required": [flag]},
            "then": {"required": names, "properties": {name: {"type": "string"} for name in names}},
        }
        for flag, names in lifted.items()
    ]


def _regenerate() -> None:
    for profile in profiles().values():
        if profile.medium is Medium.JSON and profile.schema is not None:
            profile.schema.write_text(written(profile), encoding="utf-8")


if __name__ == "__main__":
    _regenerate()
