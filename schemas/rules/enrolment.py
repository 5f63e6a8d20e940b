"""What only the roster can say of a record: its school, its pupil, its class, its signers. Not checked without one."""

from collections.abc import Iterator

from schemas.findings import Severity
from schemas.rules.roster import KnownPupil, KnownSchool
from schemas.rules.rule import Found, rule
from schemas.rules.view import RecordView


@rule(
    "B04",
    roster=True,
    basis="CV 2088/BGDĐT-GDTH, Phụ lục 1.1 (MA_TRUONG, MA_CAP_HOC); QĐ 1789/QĐ-SGDĐT Điều 4",
    title=("Trường có trong danh mục, đang hoạt động, dạy cấp học này", "The school is known, open, and has the level"),
    message=("{element}: {what_vi}.", "{element}: {what_en}."),
    remedy=(
        "Kiểm tra MA_TRUONG và MA_CAP_HOC theo cơ sở dữ liệu ngành; nếu danh mục sai, báo Sở cập nhật.",
        "Check MA_TRUONG and MA_CAP_HOC against the sector database; if that is wrong, tell the city.",
    ),
)
def school_is_known(record: RecordView) -> Iterator[Found]:
    """On the day of issue."""
    school = _school(record)
    if school is None:
        _unsure(record, "B04")
    elif not school.active:
        values = {"what_vi": "trường không hoạt động vào ngày phát hành", "what_en": "the school was not open that day"}
        yield record.found("school.code", values=values)
    elif (level := record.told("level")) and level not in school.levels:
        values = {"what_vi": "trường không dạy cấp học này", "what_en": "the school does not offer this level"}
        yield record.found("level", expected=", ".join(sorted(school.levels)), values=values)


def _school(record: RecordView) -> KnownSchool | None:
    day = record.day
    return None if record.roster is None or day is None else record.roster.school(record.told("school.code"), day)


def _unsure(record: RecordView, rule_id: str) -> None:
    """The roster does not know: said once of each rule."""
    if rule_id not in record.unknown:
        record.unknown.append(rule_id)


def _pupil(record: RecordView) -> KnownPupil | None:
    if record.roster is None:
        return None
    school, year = record.told("school.code"), record.told("school_year")
    return record.roster.pupil(school, year, record.told("pupil.code"))


@rule(
    "B26",
    roster=True,
    basis="NĐ 88/2026/NĐ-CP Điều 9; QĐ 1789/QĐ-SGDĐT Điều 4 khoản 3",
    title=("Số định danh khớp cơ sở dữ liệu ngành", "The personal number is the sector database's"),
    message=(
        "{element} khác số định danh của học sinh này trong cơ sở dữ liệu ngành.",
        "{element} is not this pupil's number in the sector database.",
    ),
    remedy=(
        "Đối chiếu giấy khai sinh và dữ liệu dân cư; sửa ở nơi sai rồi đồng bộ, xuất và ký lại học bạ.",
        "Compare birth certificate and population data; mend the wrong side, synchronise, export and sign again.",
    ),
)
def personal_number_matches(record: RecordView) -> Iterator[Found]:
    """Where the roster has the pupil's number."""
    pupil = _pupil(record)
    if pupil is None or pupil.personal_id is None:
        _unsure(record, "B26")
    elif record.told("pupil.personal_id") != pupil.personal_id:
        yield record.found("pupil.personal_id", expected=pupil.personal_id)


@rule(
    "B06",
    roster=True,
    basis="QĐ 1789/QĐ-SGDĐT Điều 22",
    title=(
        "Học sinh có tên ở trường và lớp vào cuối năm học",
        "The pupil was at the school, in the class, at year end",
    ),
    message=("{element}: {what_vi}.", "{element}: {what_en}."),
    remedy=(
        "Kiểm tra danh sách lớp và biến động (chuyển đến, chuyển đi) trong cơ sở dữ liệu ngành; trường chuyển đến kế "
        "thừa học bạ, không tạo lại.",
        "Check class list and moves in the sector database; a receiving school takes the record over, never anew.",
    ),
)
def pupil_is_enrolled(record: RecordView) -> Iterator[Found]:
    """Known to a roster that has the whole school; enrolled; in the class that the record names."""
    pupil = _pupil(record)
    if pupil is None:
        covered = record.roster is not None and record.roster.covers(
            record.told("school.code"), record.told("school_year")
        )
        if covered and record.told("pupil.code"):
            values = {
                "what_vi": "trường không có học sinh này trong năm học",
                "what_en": "the school has no such pupil",
            }
            yield record.found("pupil.code", values=values)
        else:
            _unsure(record, "B06")
    elif not pupil.enrolled:
        values = {
            "what_vi": "học sinh không học tại trường vào cuối năm học",
            "what_en": "the pupil was not at the school at the end of the year",
        }
        yield record.found("pupil.code", values=values)
    elif record.told("class_name").casefold() != pupil.class_name.casefold():
        values = {"what_vi": "học sinh thuộc lớp khác", "what_en": "the pupil is in another class"}
        yield record.found("class_name", expected=pupil.class_name, values=values)


@rule(
    "S07",
    severity=Severity.WARNING,
    roster=True,
    basis="QĐ 1789/QĐ-SGDĐT Điều 14, Điều 20 khoản 2, Điều 23",
    title=("Người ký được phân công cho lớp, môn trong năm học", "Signers were assigned to the class or subject"),
    message=(
        "{element} không được phân công ở vai {role} của lớp trong năm học.",
        "{element} was not assigned to the class as {role} in that year.",
    ),
    remedy=(
        "Cập nhật phân công (kể cả người kế nhiệm khi giáo viên nghỉ, chuyển) trong cơ sở dữ liệu ngành, hoặc để "
        "đúng người ký lại.",
        "Enter the assignment in the sector database (a successor's too), or have the right person sign again.",
    ),
)
def signers_were_assigned(record: RecordView) -> Iterator[Found]:
    """Whoever the record names for a slot; a successor is assigned as well, and so allowed."""
    if record.roster is None:
        return
    where = (record.told("school.code"), record.told("school_year"), record.told("class_name"))
    for role, member in record.profile.signed.items():
        person = record.told(member)
        if not person:
            continue
        assigned = record.roster.assigned(*where, role, person)
        if assigned is None:
            _unsure(record, "S07")
        elif not assigned:
            yield record.found(member, values={"role": role})
    yield from _teachers(record, where)


def _teachers(record: RecordView, where: tuple[str, str, str]) -> Iterator[Found]:
    """Subject teachers, where the mark table names them."""
    assert record.roster is not None
    for place, row in enumerate(record.rows.get("results.subjects", ()), start=1):
        person = row.get("teacher.personal_id", "")
        if not person:
            continue
        role = f"GVBM:{row.get('code', '')}"
        assigned = record.roster.assigned(*where, role, person)
        if assigned is None:
            _unsure(record, "S07")
        elif not assigned:
            yield record.found_in("results.subjects", place, "teacher.personal_id", values={"role": role})
