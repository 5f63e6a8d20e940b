"""The faults of vendors' formats in a clerk's words. Every fault of a record is told at once, each with its place, what was
found, what was expected and how to mend it.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, LiteralString, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from schemas.findings import Finding, FindingError
from schemas.rules.rule import Rule, declared

Model = TypeVar("Model", bound=BaseModel)

_BASIS = "định dạng của nhà cung cấp · the vendor's format"

SHOWN = 80
"""Characters of a value that a finding shows, at most."""


_CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")

_FAULTS: Mapping[str, Rule] = {
    "missing": declared(
        "V01",
        basis=_BASIS,
        title=("Đủ thông tin bắt buộc", "Everything mandatory is there"),
        message=("Thiếu thông tin này.", "This is missing."),
        remedy=(
            "Nhập thông tin trên phần mềm của trường rồi gửi lại.",
            "Enter it in the school's software and send again.",
        ),
    ),
    "extra_forbidden": declared(
        "V02",
        basis=_BASIS,
        title=("Chỉ có các trường của định dạng", "Only fields of the format"),
        message=("Định dạng không có trường này.", "The format has no such field."),
        remedy=(
            "Kiểm tra chính tả tên trường trong phần xuất, hoặc bỏ trường.",
            "Check its spelling in the export, or leave it out.",
        ),
    ),
    "type": declared(
        "V03",
        basis=_BASIS,
        title=("Đúng kiểu dữ liệu", "Values of the right type"),
        message=("Sai kiểu dữ liệu.", "The wrong type of value."),
        remedy=("Sửa phần xuất theo đúng kiểu của trường.", "Export this field with its proper type."),
    ),
    "code": declared(
        "V04",
        basis=_BASIS,
        title=("Giá trị có trong danh mục", "Values of the code lists"),
        message=("Giá trị không có trong danh mục.", "The value is not in the list."),
        remedy=("Chọn một trong các giá trị được phép.", "Choose one of the values allowed."),
    ),
    "date": declared(
        "V05",
        basis=_BASIS,
        title=("Ngày có thật", "Real dates"),
        message=("Không phải ngày có thật.", "Not a real date."),
        remedy=(
            "Đối chiếu giấy khai sinh hoặc lịch, nhập lại ngày.",
            "Compare with the papers or the calendar and enter the date again.",
        ),
    ),
    "number": declared(
        "V06",
        basis=_BASIS,
        title=("Số đọc được", "Numbers that can be read"),
        message=("Không phải số đọc được.", "Not a number that can be read."),
        remedy=("Nhập bằng chữ số, không kèm chữ hay đơn vị.", "Enter digits only, without words or units."),
    ),
    "empty": declared(
        "V07",
        basis=_BASIS,
        title=("Không có trường trống", "No empty fields"),
        message=("Có trường nhưng để trống.", "The field is there, but empty."),
        remedy=(
            "Nhập nội dung; nếu không có thì bỏ trường.",
            "Fill it in; leave the field out where there is nothing to say.",
        ),
    ),
    "character": declared(
        "V08",
        basis=_BASIS,
        title=("Không có ký tự điều khiển", "No control characters"),
        message=("Có ký tự điều khiển không ghi được vào học bạ.", "A control character that a record cannot carry."),
        remedy=(
            "Xóa và gõ lại nội dung (thường do sao chép từ nơi khác).",
            "Delete and type the text again (mostly it was pasted).",
        ),
    ),
    "uuid": declared(
        "V09",
        basis=_BASIS,
        title=("UUID là UUID đã tiếp nhận", "The UUID is the accepted one"),
        message=(
            "UUID trong học bạ khác UUID đã tiếp nhận.",
            "The record's UUID is not the one it was accepted under.",
        ),
        remedy=("Gửi lại học bạ với đúng UUID.", "Send the record again with the right UUID."),
    ),
    "long": declared(
        "V10",
        basis=_BASIS,
        title=("Nội dung không quá dài", "Texts of bounded length"),
        message=("Nội dung quá dài.", "The text is too long."),
        remedy=("Rút gọn nội dung.", "Shorten the text."),
    ),
    "other": declared(
        "V99",
        basis=_BASIS,
        title=("Giá trị dùng được", "Usable values"),
        message=("Giá trị không dùng được.", "The value cannot be used."),
        remedy=("Kiểm tra lại giá trị này trên phần mềm của trường.", "Check this value in the school's software."),
    ),
}
"""Rules by the kind of fault that a field's type raises."""

_EXPECTED: Mapping[str, str] = {
    "type": "{wanted}",
    "code": "{allowed}",
    "date": "{form}",
    "number": "{form}",
    "uuid": "{wanted}",
    "long": "≤ {most}",
}
_TYPES = {
    "string_type": "chữ · text",
    "bool_type": "true/false",
    "dict_type": "{…}",
    "model_type": "{…}",
    "list_type": "[…]",
    "tuple_type": "[…]",
}


_NO_WORDS: LiteralString = "see _FAULTS"


def known_rules() -> tuple[Rule, ...]:
    """Every rule that is told here, for who looks one up."""
    return tuple(_FAULTS.values())


def fault(kind: LiteralString, **context: object) -> PydanticCustomError:
    """A fault of a field, to be raised by its type."""
    return PydanticCustomError(kind, _NO_WORDS, context)


def validate(model: type[Model], value: object, *, at: str = "", uuid: str | None = None) -> Model:
    """The value as the model has it.

    Raises:
        FindingError: every fault found.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        # Not «from error»: its text quotes the pupil's data.
        raise FindingError(findings_of(error, at=at, uuid=uuid)) from None


def findings_of(error: ValidationError, *, at: str, uuid: str | None) -> tuple[Finding, ...]:
    """A model's faults in words for people."""
    details = error.errors(include_url=False)
    return tuple(_finding(detail, at=at, uuid=uuid) for detail in details)


def _finding(detail: ErrorDetails, *, at: str, uuid: str | None) -> Finding:
    kind, context = _kind_of(detail)
    path = path_of(detail["loc"], at=at)
    if kind == "missing":
        return replace(fault_of(kind, path, None, uuid=uuid), seen=None, personal=False)
    return fault_of(kind, path, detail["input"], uuid=uuid, **context)


def fault_of(kind: str, path: str, seen: object, *, uuid: str | None = None, **context: object) -> Finding:
    """One fault in words for people."""
    expected = _EXPECTED[kind].format_map(context) if kind in _EXPECTED else None
    return _FAULTS[kind].finding(path=path, seen=shown(seen), expected=expected, uuid=uuid, personal=True)


def _kind_of(detail: ErrorDetails) -> tuple[str, Mapping[str, Any]]:
    kind = detail["type"]
    if kind in _TYPES:
        return "type", {"wanted": _TYPES[kind]}
    return (kind, detail.get("ctx", {})) if kind in _FAULTS else ("other", {})


def path_of(place: Sequence[int | str], *, at: str) -> str:
    """A place in JSON, as people write it: hoc_ba[2].mon.TV.diem."""
    path = at
    for part in place:
        if isinstance(part, int):
            path += f"[{part}]"
        elif part != "[key]":
            path += f".{shown(part)}" if path else shown(part)
    return path


def text_of(value: object) -> str:
    """Text as it stands; empty for anything else."""
    return unicodedata.normalize("NFC", value).strip() if isinstance(value, str) else ""


def shown(value: object) -> str:
    """A value from outside, short and harmless to show."""
    if isinstance(value, (dict, list)):
        return "{…}" if isinstance(value, dict) else "[…]"
    text = (
        {True: "true", False: "false", None: "null"}[value]
        if value is None or value is True or value is False
        else str(value)
    )
    cut = text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
    return _CONTROL.sub("�", cut)
