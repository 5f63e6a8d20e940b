"""Administrative units of a record: their codes are known on the day of issue, and lie in one another as they should.

Weights: an unknown code is remarked on (B27), since units change by resolutions that may be younger than the list here, and
the codes of Sở are taken to be those of their provinces, which no catalogue confirms. A ward of another province (B28) is
refused: both are known there, and contradict each other.
"""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from schemas.codelists.units import TWO_LEVELS, Kind, Unit, is_whole, province_of, unit
from schemas.findings import Severity
from schemas.rules.rule import Found, rule
from schemas.rules.view import RecordView

_BASIS = "QĐ 19/2025/QĐ-TTg; QĐ 124/2004/QĐ-TTg (đến 30/6/2025); NQ 30/2026/QH16"
_PAIRS = (
    ("school.ward_code", "school.province_code"),
    ("pupil.birthplace_ward", "pupil.birthplace_province"),
    ("pupil.origin_ward", "pupil.origin_province"),
    ("pupil.residence_ward", "pupil.residence_province"),
)
_KINDS = {
    "school.authority_code": Kind.PROVINCE,
    **{ward: Kind.WARD for ward, _ in _PAIRS},
    **{province: Kind.PROVINCE for _, province in _PAIRS},
}
_DIGITS = {Kind.PROVINCE: 2, Kind.WARD: 5}


@rule(
    "B27",
    severity=Severity.WARNING,
    basis=_BASIS,
    title=(
        "Mã Sở, mã tỉnh, mã xã có trong danh mục vào ngày phát hành",
        "Codes of authority, province and ward are known on the day of issue",
    ),
    message=(
        "{element} không phải mã đơn vị hành chính có vào ngày {day}.",
        "{element} is not the code of a unit that there was on {day}.",
    ),
    remedy=(
        "Tra mã theo QĐ 19/2025/QĐ-TTg (từ 01/7/2025: tỉnh 2 chữ số, xã 5 chữ số); nếu đơn vị mới lập, báo nơi vận hành hub.",
        "Look the code up in QĐ 19/2025/QĐ-TTg (since 01/7/2025: 2 digits for a province, 5 for a ward); if the unit is new,"
        " tell whoever runs the hub.",
    ),
)
def codes_are_known(record: RecordView) -> Iterator[Found]:
    """On the day of issue, or by the list of July 2025, which older records are given afterwards."""
    day = record.day
    if day is None:
        return
    for member, kind in _KINDS.items():
        code = record.told(member).strip()
        if code and _may_be(code, kind) and not _is_known(code, kind, day):
            yield record.found(member, values={"day": f"{day:%d/%m/%Y}"})


@rule(
    "B28",
    basis=_BASIS,
    title=("Xã thuộc tỉnh đã ghi", "The ward lies in the province given"),
    message=(
        "{element} là mã của một xã không thuộc tỉnh đã ghi.",
        "{element} is the code of a ward that is not in the province given.",
    ),
    remedy=(
        "Sửa mã xã hoặc mã tỉnh cho khớp nhau, xuất lại học bạ.",
        "Correct the ward's code or the province's so that they agree, and export the record again.",
    ),
)
def wards_lie_in_their_provinces(record: RecordView) -> Iterator[Found]:
    """Where both are told and known, on the day of issue or by the list of July 2025."""
    day = record.day
    if day is None:
        return
    for ward, province in _PAIRS:
        code, told = record.told(ward).strip(), record.told(province).strip()
        if code and told and (known := _in_another(code, told, day)):
            yield record.found(ward, expected=_expected(known, day))


def _may_be(code: str, kind: Kind) -> bool:
    """What has not even the form of a code is the schema's to tell."""
    return len(code) == _DIGITS[kind] and code.isascii() and code.isdigit()


@lru_cache(maxsize=16384)
def _is_known(code: str, kind: Kind, day: date) -> bool:
    if not is_whole(kind, day):
        return True
    return any((known := unit(code, each)) is not None and known.kind is kind for each in _days(day))


@lru_cache(maxsize=16384)
def _in_another(ward: str, province: str, day: date) -> Unit | None:
    """The ward, where it is known and lies in the province on none of the days that count."""
    standing = [(each, known) for each in _days(day) if (known := unit(ward, each))]
    known = next((known for _, known in standing), None)
    if known is None or not any(unit(province, each) for each in _days(day)):
        return None
    return None if any((above := province_of(ward, each)) and above.code == province for each, _ in standing) else known


def _expected(known: Unit, day: date) -> str | None:
    for each in _days(day):
        above = province_of(known.code, each)
        if above is not None:
            return f"{above.code} ({above.name})"
    return None


def _days(day: date) -> tuple[date, ...]:
    """Days whose units count for a record of a day."""
    return (day,) if day >= TWO_LEVELS else (day, TWO_LEVELS)
