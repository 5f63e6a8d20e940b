"""Pupils with a disability who are not assessed: what may then be absent must otherwise be there."""

from collections.abc import Iterator
from functools import cache

from schemas.layout import Field, fields_of
from schemas.profiles import profiles
from schemas.rules.rule import Found, rule
from schemas.rules.view import RecordView


@rule(
    "B14",
    basis="Bảng dữ liệu Trung tâm Dữ liệu quốc gia (cokhuyettatkhongdanhgia: không bắt buộc nếu = 1)",
    title=(
        "Học sinh được đánh giá thì có đủ mức và kết quả",
        "A pupil who is assessed has every level and the result",
    ),
    message=(
        "Thiếu {element}: chỉ học sinh khuyết tật không đánh giá ({flag} = 1) mới được bỏ trống.",
        "{element} is missing: only for a pupil with a disability who is not assessed ({flag} = 1) may it be.",
    ),
    remedy=(
        "Nhập {element}; nếu học sinh khuyết tật không đánh giá thì ghi {flag} = 1.",
        "Enter {element}; for a pupil with a disability who is not assessed write {flag} = 1.",
    ),
)
def assessed_in_full(record: RecordView) -> Iterator[Found]:
    """Present, unless the member that lifts it says yes; where that cannot be read nothing follows."""
    for field in _lifted(record.profile.name):
        if record.value(field.unless) is False and not record.told(field.member).strip():
            yield record.found(field.member, values={"flag": record.element(field.unless)})


@cache
def _lifted(profile_name: str) -> tuple[Field, ...]:
    layout = profiles()[profile_name].layout
    return () if layout is None else tuple(field for _, field in fields_of(layout) if field.unless)
