"""Who signs, as far as the record's data say: cryptography is for `signing`."""

from collections.abc import Iterator

from schemas.rules.rule import Found, rule
from schemas.rules.view import RecordView

_CV_2088 = "CV 2088/BGDĐT-GDTH, Phụ lục 1"
_ID_NAMES = ("id", "Id", "ID")


@rule(
    "S01",
    basis=f"{_CV_2088}.1 và mục 4.2; QĐ 1789/QĐ-SGDĐT Điều 20 khoản 5",
    title=("Có đủ các ô chữ ký bắt buộc", "Every mandatory signature slot is there"),
    message=("Thiếu ô chữ ký {slot}.", "The signature slot {slot} is missing."),
    remedy=(
        "Trình đủ người ký trong phần mềm của trường (giáo viên chủ nhiệm, cán bộ quản lý, nhà trường) rồi gửi lại.",
        "Have everyone sign in the school's software (homeroom teacher, principal, school), then send it again.",
    ),
)
def mandatory_slots(record: RecordView) -> Iterator[Found]:
    """The profile's slots that the policy in force requires."""
    present = {slot.slot.name for slot in record.slots}
    for slot in record.profile.slots:
        if slot.name in record.required_slots and slot.name not in present:
            yield Found(slot.path, expected=slot.name, values={"slot": slot.name})


@rule(
    "S06",
    basis=f"{_CV_2088}.1",
    title=("Người ký ở mỗi ô là người ghi trong học bạ", "Each slot is signed by whom the record names"),
    message=(
        "SO_CCCD trong ô {slot} khác người ký ghi trong dữ liệu học bạ ({element}).",
        "SO_CCCD in slot {slot} is not that of the signer named in the record's data ({element}).",
    ),
    remedy=(
        "Đúng người ký thì sửa thông tin người ký trong phần mềm; sai người thì để đúng người ký lại.",
        "If the right person signed, correct the signer in the software; otherwise have the right person sign.",
    ),
)
def signer_is_named(record: RecordView) -> Iterator[Found]:
    """SO_CCCD of each personal slot that the data name a holder for."""
    for slot in record.slots:
        member = record.profile.signed.get(slot.slot.name)
        if member is not None and slot.holder != (named := record.named(slot)):
            values = {"slot": slot.slot.name, "element": record.element(member)}
            seen, expected = slot.holder or None, named or None
            yield Found(f"{slot.path}/SO_CCCD", seen=seen, expected=expected, values=values, member=member)


@rule(
    "S08",
    basis='Hợp đồng kết nối mục 1 (DU_LIEU_HOC_BA Id="data")',
    title=("Vùng dữ liệu được ký có định danh", "The signed region has its identifier"),
    message=(
        '{element} không có thuộc tính Id="{id}" nên chữ ký không chỉ tới được.',
        '{element} lacks the attribute Id="{id}" that signatures refer to.',
    ),
    remedy=(
        'Báo nhà cung cấp phần mềm thêm Id="{id}" vào {element} rồi ký lại.',
        'Ask the software vendor to put Id="{id}" on {element}, then sign again.',
    ),
)
def region_has_identifier(record: RecordView) -> Iterator[Found]:
    """One of the spellings id, Id and ID, on each region that one slot signs alone."""
    regions = {slot.region_path: slot.region_id for slot in record.profile.slots if slot.tie is None}
    for path, identifier in regions.items():
        region = None if record.root is None else record.root.find(path)
        if region is not None and not any(region.get(name) for name in _ID_NAMES):
            values = {"element": path.rpartition("/")[2], "id": identifier}
            yield Found(path, expected=f'Id="{identifier}"', values=values)


@rule(
    "S09",
    basis=f"{_CV_2088}.1; hợp đồng kết nối mục 5",
    title=("Ô đã ký có NGAY_KY", "A signed slot has its NGAY_KY"),
    message=("Ô {slot} đã ký mà NGAY_KY để trống.", "Slot {slot} is signed but its NGAY_KY is empty."),
    remedy=(
        "Phần mềm ký phải ghi NGAY_KY cùng lúc với chữ ký; ký lại học bạ.",
        "Signing software must write NGAY_KY with the signature; sign the record again.",
    ),
)
def signed_slot_is_dated(record: RecordView) -> Iterator[Found]:
    """Empty only while nobody has signed there."""
    for slot in record.slots:
        if slot.signed and not slot.date.strip():
            yield Found(f"{slot.path}/NGAY_KY", values={"slot": slot.slot.name})
