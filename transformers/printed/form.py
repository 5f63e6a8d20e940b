"""What stands on the printed pages, as plain data: made of records, of one year or of several years of one pupil.

Several years are joined oldest first, with the cover from the newest (CV 2088/BGDĐT-GDTH Phụ lục 1, 1.5). The pages say
what the record says: nothing is computed anew and nothing is left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from schemas.profiles import Profile
from schemas.record import CanonicalRecord, Occasion, PrimaryResults, Status
from transformers.printed import primary, secondary, words
from transformers.printed.pages import Fact, YearPage
from transformers.printed.settings import PrintSettings
from transformers.printed.signatures import SignatureShown, State, is_signed

MOST_TEXT = 60_000
"""characters of one printed form, at most: five years with remarks of 2,000 characters have room"""
MOST_OF_ONE = 8_000
"""characters of one text, at most"""
MOST_ROWS = 600
"""rows of subjects and school years, at most"""

MOST_SHORT = (16, 12, 44)
"""characters of a school year, a class and a school that take one line"""
MOST_LINES = 12
"""school years that are set at once; more of them may run over to the next page"""

_FRAME = 6_000
"""characters that a year takes before anybody has written anything"""

RECALLED = "ĐÃ THU HỒI"
EXTRACT = "TRÍCH LỤC"
UNSIGNED = "CHƯA KÝ SỐ"
INVALID = "CHỮ KÝ KHÔNG HỢP LỆ"


class NotOnePupilError(ValueError):
    """The records to be joined are not one pupil's years at one level of schooling."""


class TooLongError(ValueError):
    """More text than a form can be meant to hold, or than the typesetter takes."""


@dataclass(frozen=True, slots=True)
class Printable:
    """One record to print."""

    record: CanonicalRecord
    """what it says"""
    profile: Profile
    """the official structure that it came in"""
    signatures: tuple[SignatureShown, ...]
    """who signed it, as far as it is known"""
    octets: bytes
    """its XML as it is, to be attached"""


@dataclass(frozen=True, slots=True)
class Cover:
    """The first page."""

    authority: str
    """who heads it"""
    title: tuple[str, ...]
    """HỌC BẠ and the level of schooling, line by line"""
    facts: tuple[Fact, ...]
    """pupil, class, school, year, place: in the order of CV 2088 Phụ lục 2"""


@dataclass(frozen=True, slots=True)
class PastYear:
    """One line of the way through school."""

    school_year: str
    """2025-2026"""
    class_name: str
    """4A1"""
    school: str
    """its name"""
    arrived: str
    """day of arrival"""


@dataclass(frozen=True, slots=True)
class Form:
    """Everything on the pages."""

    kind: Literal["primary", "secondary"]
    """which template sets it"""
    title: str
    """of the PDF: Học bạ and the look-up code, no name"""
    author: str
    """of the PDF: the school"""
    issued: date
    """the newest record's day or moment of issue: the PDF's own date"""
    cover: Cover
    """first page"""
    personal: tuple[Fact, ...]
    """second page: who the pupil is, as the birth certificate has it"""
    lookup: tuple[Fact, ...]
    """second page: look-up code, who signs, as what, when"""
    lookup_url: str
    """where the code leads"""
    history: tuple[PastYear, ...]
    """second page: schools and years, oldest first"""
    short: bool
    """every one of those lines is known to be one"""
    years: tuple[YearPage, ...]
    """one leaf for each year, oldest first"""
    marks: tuple[str, ...]
    """what stands large on cover and second page: those of every year"""
    notes: tuple[str, ...]
    """plain notices at the foot of every page"""
    worth: str
    """what a printed copy is worth"""


def form_of(printables: Sequence[Printable], settings: PrintSettings | None = None) -> Form:
    """The form of one record, or of several years of one pupil.

    Raises:
        NotOnePupilError: they are not one pupil's at one level of schooling, or one is there twice.
        TooLongError: more text than a form can be meant to hold.
    """
    settings = settings or PrintSettings()
    ordered = sorted(printables, key=lambda each: (each.record.school_year, _day(each.record.issued)))
    _be_one_pupil([each.record for each in ordered])
    newest = ordered[-1].record
    history = tuple(
        PastYear(year.school_year, year.class_name, year.school_name, words.day(year.arrived) if year.arrived else "")
        for year in newest.history
    )
    form = Form(
        kind=newest.results.kind,
        title=f"Học bạ {newest.uuid}",
        author=newest.school.name,
        issued=newest.issued,
        cover=_cover(newest),
        personal=_personal(newest),
        lookup=_lookup(newest),
        lookup_url=settings.lookup_url.replace("{uuid}", newest.uuid),
        history=history,
        short=_is_short(history),
        years=tuple(_year(each, settings) for each in ordered),
        marks=tuple(dict.fromkeys(mark for each in ordered for mark in _marks(each))),
        notes=tuple(dict.fromkeys(note for each in ordered for note in _notes(each))),
        worth=settings.note,
    )
    _be_printable(form, ordered)
    return form


def _is_short(history: Sequence[PastYear]) -> bool:
    return len(history) <= MOST_LINES and all(
        len(text) <= most
        for year in history
        for text, most in zip((year.school_year, year.class_name, year.school), MOST_SHORT, strict=True)
    )


def _day(moment: date) -> str:
    return moment.isoformat()


def _be_one_pupil(records: Sequence[CanonicalRecord]) -> None:
    if not records:
        raise NotOnePupilError("nothing to print")
    newest = records[-1]
    for each in records:
        same = {each.pupil.personal_id, each.pupil.code} & {newest.pupil.personal_id, newest.pupil.code}
        if not same or each.level != newest.level or each.results.kind != newest.results.kind:
            raise NotOnePupilError("records of several pupils or levels")
    if len({each.uuid for each in records}) < len(records):
        raise NotOnePupilError("the same record twice")


def _be_printable(form: Form, ordered: Sequence[Printable]) -> None:
    rows = sum(len(each.record.results.subjects) + len(each.signatures) for each in ordered) + len(form.history)
    # What stands on the pages, and a little more: names of members count too.
    if rows > MOST_ROWS or len(repr(form)) > MOST_TEXT + _FRAME * len(form.years):
        raise TooLongError("too long to print")
    if any(len(text) > MOST_OF_ONE for text in _long_texts(form)):
        raise TooLongError("one text is too long to print")


def _long_texts(form: Form) -> Iterator[str]:
    """The texts that people write freely."""
    for year in form.years:
        for part in (year.subjects, *year.judged):
            yield part.remark
            yield from (cell for row in part.rows for cell in row)
        yield from (fact.value for fact in (*year.facts, *year.statements))
    yield from (fact.value for fact in (*form.cover.facts, *form.personal, *form.lookup))
    yield from (text for year in form.history for text in (year.school, year.class_name))


_LEVELS = {"02": "TIỂU HỌC", "03": "TRUNG HỌC CƠ SỞ", "04": "TRUNG HỌC PHỔ THÔNG"}


def _cover(record: CanonicalRecord) -> Cover:
    school, pupil = record.school, record.pupil
    facts = [
        Fact("Họ và tên học sinh", pupil.name),
        Fact("Lớp", record.class_name),
        Fact("Trường", school.name),
        Fact("Năm học", record.school_year),
        Fact("Xã (Phường, Thị trấn)", school.ward),
        Fact("Huyện (Thành phố, Quận, Thị xã)", school.district or ""),
        Fact("Tỉnh (Thành phố)", school.province),
    ]
    # No district exists since July 2025: an empty dotted line would ask for one.
    shown = tuple(fact for fact in facts if fact.value or not fact.label.startswith("Huyện"))
    return Cover("BỘ GIÁO DỤC VÀ ĐÀO TẠO", ("HỌC BẠ", _LEVELS.get(record.level, "")), shown)


def _personal(record: CanonicalRecord) -> tuple[Fact, ...]:
    pupil = record.pupil
    facts = [
        Fact("Họ và tên học sinh", pupil.name),
        Fact("Giới tính", words.SEXES[pupil.sex]),
        Fact("Ngày, tháng, năm sinh", words.birth(pupil.born)),
        Fact("Dân tộc", pupil.ethnicity),
        Fact("Quốc tịch", pupil.nationality),
        Fact("Mã số định danh cá nhân", pupil.personal_id),
        Fact("Nơi sinh", pupil.birthplace),
        Fact("Quê quán", pupil.origin or ""),
        Fact("Nơi ở hiện nay", pupil.residence),
        Fact("Họ và tên cha", _person(pupil.father, pupil.father_occupation)),
        Fact("Họ và tên mẹ", _person(pupil.mother, pupil.mother_occupation)),
        Fact("Người giám hộ (nếu có)", _person(pupil.guardian, pupil.guardian_occupation)),
    ]
    if pupil.policy_group:
        facts.append(Fact("Đối tượng chính sách", pupil.policy_group))
    if record.register_number:
        facts.append(Fact("Số đăng bộ", record.register_number))
    return tuple(facts)


def _person(name: str | None, occupation: str | None) -> str:
    return f"{name or ''} (nghề nghiệp: {occupation})".strip() if occupation else name or ""


def _lookup(record: CanonicalRecord) -> tuple[Fact, ...]:
    return (
        Fact("Mã số tra cứu học bạ (UUID)", record.uuid),
        Fact("Người ký học bạ", record.principal.name),
        Fact("Chức vụ của người ký học bạ", record.principal.title),
        Fact("Ngày ký học bạ", words.day(record.issued)),
    )


def _year(printable: Printable, settings: PrintSettings) -> YearPage:
    record = printable.record
    build = primary.year_of if isinstance(record.results, PrimaryResults) else secondary.year_of
    return build(
        record,
        printable.signatures,
        marks=_marks(printable),
        lookup_url=settings.lookup_url.replace("{uuid}", record.uuid),
    )


def _has(printable: Printable, state: State) -> bool:
    return any(each.state is state for each in printable.signatures)


def _marks(printable: Printable) -> tuple[str, ...]:
    record = printable.record
    told = (
        (record.status is Status.RECALLED, RECALLED),
        (record.from_paper is True, EXTRACT),
        (not is_signed(printable.signatures), UNSIGNED),
        (_has(printable, State.INVALID), INVALID),
    )
    return tuple(mark for true, mark in told if true)


def _notes(printable: Printable) -> tuple[str, ...]:
    record = printable.record
    told = (
        (record.status is Status.RECALLED, "Học bạ này đã bị thu hồi, không còn hiệu lực."),
        (record.from_paper is True, "Trích lục từ học bạ giấy thành học bạ số."),
        (
            not is_signed(printable.signatures),
            "In từ tệp chưa có chữ ký số: chưa phải là học bạ số theo quy định.",
        ),
        (
            _has(printable, State.INVALID),
            "Có chữ ký không hợp lệ: học bạ số được coi là không có giá trị (QĐ 1789/QĐ-SGDĐT, Điều 12).",
        ),
        (_has(printable, State.UNCHECKED), "Có chữ ký chưa được kiểm khi in."),
        (
            printable.profile.observed,
            f"In từ cấu trúc {printable.profile.name}: chỉ biết qua tài liệu công khai, không phải từ văn bản chính thức.",
        ),
        (record.occasion is Occasion.TRANSFER, "Có kết quả ghi đến thời điểm chuyển trường trong năm học."),
    )
    return tuple(note for true, note in told if true)
