"""What vendors' formats have in common: field types that read what vendors really write, and their faults in a clerk's
words. Every fault of a record is told at once, each with its place, what was found, what was expected and how to mend it.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, LiteralString, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainValidator, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from schemas.findings import Finding, FindingError, Severity, Words

Model = TypeVar("Model", bound=BaseModel)

SHOWN = 80
"""Characters of a value that a finding shows, at most."""


class Part(BaseModel):
    """A block of a vendor's record: exact types, nothing unknown."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


@dataclass(frozen=True, slots=True)
class _Fault:
    """One kind of fault."""

    rule: str
    """stable id"""
    message: Words
    """what is wrong"""
    remedy: Words
    """how to mend it"""
    expected: str | None
    """value expected; {names} come from the fault's own context"""


_FAULTS: Mapping[str, _Fault] = {
    "missing": _Fault(
        "V01",
        Words(vi="Thiếu thông tin này.", en="This is missing."),
        Words(vi="Nhập thông tin trên phần mềm của trường rồi gửi lại.", en="Enter it in the school's software and send again."),
        None,
    ),
    "extra_forbidden": _Fault(
        "V02",
        Words(vi="Định dạng không có trường này.", en="The format has no such field."),
        Words(vi="Kiểm tra chính tả tên trường trong phần xuất, hoặc bỏ trường.", en="Check its spelling in the export, or leave it out."),
        None,
    ),
    "type": _Fault(
        "V03",
        Words(vi="Sai kiểu dữ liệu.", en="The wrong type of value."),
        Words(vi="Sửa phần xuất theo đúng kiểu của trường.", en="Export this field with its proper type."),
        "{wanted}",
    ),
    "code": _Fault(
        "V04",
        Words(vi="Giá trị không có trong danh mục.", en="The value is not in the list."),
        Words(vi="Chọn một trong các giá trị được phép.", en="Choose one of the values allowed."),
        "{allowed}",
    ),
    "date": _Fault(
        "V05",
        Words(vi="Không phải ngày có thật.", en="Not a real date."),
        Words(vi="Đối chiếu giấy khai sinh hoặc lịch, nhập lại ngày.", en="Compare with the papers or the calendar and enter the date again."),
        "{form}",
    ),
    "number": _Fault(
        "V06",
        Words(vi="Không phải số đọc được.", en="Not a number that can be read."),
        Words(vi="Nhập bằng chữ số, không kèm chữ hay đơn vị.", en="Enter digits only, without words or units."),
        "{form}",
    ),
    "empty": _Fault(
        "V07",
        Words(vi="Có trường nhưng để trống.", en="The field is there, but empty."),
        Words(vi="Nhập nội dung; nếu không có thì bỏ trường.", en="Fill it in; leave the field out where there is nothing to say."),
        None,
    ),
    "character": _Fault(
        "V08",
        Words(vi="Có ký tự điều khiển không ghi được vào học bạ.", en="A control character that a record cannot carry."),
        Words(vi="Xóa và gõ lại nội dung (thường do sao chép từ nơi khác).", en="Delete and type the text again (mostly it was pasted)."),
        None,
    ),
    "uuid": _Fault(
        "V09",
        Words(vi="UUID trong học bạ khác UUID đã tiếp nhận.", en="The record's UUID is not the one it was accepted under."),
        Words(vi="Gửi lại học bạ với đúng UUID.", en="Send the record again with the right UUID."),
        "{wanted}",
    ),
    "long": _Fault(
        "V10",
        Words(vi="Nội dung quá dài.", en="The text is too long."),
        Words(vi="Rút gọn nội dung.", en="Shorten the text."),
        "≤ {most}",
    ),
    "other": _Fault(
        "V99",
        Words(vi="Giá trị không dùng được.", en="The value cannot be used."),
        Words(vi="Kiểm tra lại giá trị này trên phần mềm của trường.", en="Check this value in the school's software."),
        None,
    ),
}  # fmt: skip
_TYPES = {
    "string_type": "chữ · text",
    "bool_type": "true/false",
    "dict_type": "{…}",
    "model_type": "{…}",
    "list_type": "[…]",
    "tuple_type": "[…]",
}


_NO_WORDS: LiteralString = "see _FAULTS"


def fault(kind: LiteralString, **context: object) -> PydanticCustomError:
    """A fault of a field, to be raised by its type."""
    return PydanticCustomError(kind, _NO_WORDS, context)


def validate(model: type[Model], value: object, *, basis: str, at: str = "", uuid: str | None = None) -> Model:
    """The value as the model has it.

    Raises:
        FindingError: every fault found.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        # Not «from error»: its text quotes the pupil's data.
        raise FindingError(findings_of(error, basis=basis, at=at, uuid=uuid)) from None


def findings_of(error: ValidationError, *, basis: str, at: str, uuid: str | None) -> tuple[Finding, ...]:
    """A model's faults in words for people."""
    details = error.errors(include_url=False)
    return tuple(_finding(detail, basis=basis, at=at, uuid=uuid) for detail in details)


def _finding(detail: ErrorDetails, *, basis: str, at: str, uuid: str | None) -> Finding:
    kind, context = _kind_of(detail)
    path = path_of(detail["loc"], at=at)
    if kind == "missing":
        return replace(fault_of(kind, path, None, basis=basis, uuid=uuid), seen=None, personal=False)
    return fault_of(kind, path, detail["input"], basis=basis, uuid=uuid, **context)


def fault_of(kind: str, path: str, seen: object, *, basis: str, uuid: str | None = None, **context: object) -> Finding:
    """One fault in words for people."""
    declared = _FAULTS[kind]
    return Finding(
        rule=declared.rule,
        severity=Severity.ERROR,
        message=declared.message,
        remedy=declared.remedy,
        basis=basis,
        path=path,
        line=None,
        offset=None,
        seen=shown(seen),
        expected=None if declared.expected is None else declared.expected.format_map(context),
        uuid=uuid,
        personal=True,
    )


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


_CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LONGEST = 20_000


def _tidy(text: str) -> str:
    tidy = unicodedata.normalize("NFC", text).strip()
    if not tidy:
        raise fault("empty")
    if _UNWRITABLE.search(tidy):
        raise fault("character")
    if len(tidy) > _LONGEST:
        raise fault("long", most=_LONGEST)
    return tidy


def _code(text: str) -> str:
    if len(text) > 100:
        raise fault("long", most=100)
    return text


def _person_name(text: str) -> str:
    name = " ".join(text.split())
    if not (name.isupper() or name.islower()):
        return name
    return re.sub(r"\w+", lambda word: word[0].capitalize(), name)


def _decimal(value: object) -> Decimal:
    text = str(value) if type(value) in (int, float, str) else ""
    if not re.fullmatch(r"[0-9]{1,6}([.,][0-9]{1,4})?", text.strip()):
        raise fault("number", form="25 · 25,5")
    return Decimal(text.strip().replace(",", "."))


def _day(value: object) -> date:
    found = _DAY.fullmatch(value.strip()) if isinstance(value, str) else None
    try:
        if found is None:
            raise ValueError
        parts = found.groupdict()
        return date(*(int(parts[name] or parts[f"{name}2"]) for name in ("year", "month", "day")))
    except ValueError:
        raise fault("date", form="2026-05-31 · 31/05/2026") from None


_DAY = re.compile(
    "(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"
    "|(?P<day2>[0-9]{1,2})/(?P<month2>[0-9]{1,2})/(?P<year2>[0-9]{4})"
)

Text = Annotated[str, AfterValidator(_tidy)]
"""Something written: NFC, no space around, never empty."""
Code = Annotated[Text, AfterValidator(_code)]
"""A short identifier."""
PersonName = Annotated[Text, AfterValidator(_person_name)]
"""A name: capitals throughout become a name as people write it."""
Number = Annotated[Decimal, PlainValidator(_decimal)]
"""A number, as JSON number or text, with decimal point or comma."""
Day = Annotated[date, PlainValidator(_day)]
"""A real day, year first or day first."""


def one_of(codes: Mapping[str, Any]) -> PlainValidator:
    """A code list: what the vendor writes → what it means."""

    def read(value: object) -> Any:
        key = text_of(value)
        if key not in codes:
            raise fault("code", allowed=" · ".join(codes))
        return codes[key]

    return PlainValidator(read)
