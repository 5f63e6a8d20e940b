"""The canonical record: one pupil's school year in the field's own terms, whatever format it came in or goes out in.

It says what is known; what must be known is the profile's word, so whatever some profile leaves optional may be absent
here. Readers of formats give exact types (no text for numbers, no "1" for yes); text is kept in NFC without space around.
"""

import re
import unicodedata
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

VIETNAM = timezone(timedelta(hours=7))
"""Every moment of a record is told in Vietnam's time."""

_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _tidy(text: str) -> str:
    tidy = unicodedata.normalize("NFC", text).strip()
    if not tidy:
        raise ValueError("chữ rỗng · empty text")
    # What is printable is writable: the costlier question is for the few texts with line ends or worse.
    if not tidy.isprintable() and _UNWRITABLE.search(tidy):
        raise ValueError("ký tự không ghi được trong XML · a character that XML cannot carry")
    return tidy


def _to_vietnam(moment: datetime) -> datetime:
    return moment.astimezone(VIETNAM).replace(microsecond=0)


Text = Annotated[str, AfterValidator(_tidy)]
"""Something written: NFC, no space around, never empty."""
Code = Annotated[str, AfterValidator(_tidy)]
"""An identifier of some catalogue, as text: leading zeros count."""
PersonalId = Annotated[str, AfterValidator(_tidy)]
"""Số định danh cá nhân: 12 digits, checked by the rules, not here."""
Moment = Annotated[AwareDatetime, AfterValidator(_to_vietnam)] | date
"""An instant in Vietnam's time, to the second, or a plain day."""
Measure = Annotated[Decimal, Field(allow_inf_nan=False)]
"""A number with its decimals."""


class Sex(StrEnum):
    """GIOI_TINH."""

    MALE = "male"
    """Nam"""
    FEMALE = "female"
    """Nữ"""
    UNKNOWN = "unknown"
    """Chưa có thông tin (QCVN 109:2017/BTTTT, code 0)"""


class Attainment(StrEnum):
    """What was attained in a subject (TT 27/2020, Điều 6 and 9)."""

    WELL_DONE = "T"
    """Hoàn thành tốt"""
    DONE = "H"
    """Hoàn thành"""
    NOT_DONE = "C"
    """Chưa hoàn thành"""
    EXEMPT = "M"
    """Miễn học"""


class Assessment(StrEnum):
    """How a competence or quality is judged (TT 27/2020, Điều 6)."""

    GOOD = "T"
    """Tốt"""
    MET = "Đ"
    """Đạt"""
    NEEDS_EFFORT = "C"
    """Cần cố gắng"""


class YearResult(StrEnum):
    """The year's result in primary school (TT 27/2020, Điều 9 khoản 2)."""

    EXCELLENT = "HTXS"
    """Hoàn thành xuất sắc"""
    GOOD = "HTT"
    """Hoàn thành tốt"""
    DONE = "HT"
    """Hoàn thành"""
    NOT_DONE = "CHT"
    """Chưa hoàn thành"""


class Grading(StrEnum):
    """How learning or conduct is judged in secondary school (TT 22/2021, Điều 8 and 9)."""

    GOOD = "T"
    """Tốt"""
    FAIR = "K"
    """Khá"""
    MET = "Đ"
    """Đạt"""
    NOT_MET = "CĐ"
    """Chưa đạt"""


class Status(StrEnum):
    """Whether the record is in force (National Data Centre, trangthaithongtinhocba)."""

    IN_FORCE = "1"
    """Có hiệu lực"""
    RECALLED = "2"
    """Thu hồi"""


class Occasion(StrEnum):
    """What part of the year the record covers: a record is one pupil × one school year × one level × one occasion."""

    YEAR = "year"
    """the whole year, at its end"""
    TRANSFER = "transfer"
    """the part up to a transfer in mid-year (QĐ 1789/QĐ-SGDĐT Điều 22 khoản 1 điểm b)"""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class BirthDate(_Part):
    """A day, or only a month or a year, as the birth certificate has it (NGAY_SINH)."""

    year: int = Field(ge=1900, le=2199)
    """four digits"""
    month: int | None = Field(default=None, ge=1, le=12)
    """1 to 12, where known"""
    day: int | None = Field(default=None, ge=1, le=31)
    """1 to 31, where known"""

    @model_validator(mode="after")
    def _is_real(self) -> Self:
        if self.day is not None:
            if self.month is None:
                raise ValueError("ngày mà không có tháng · a day without a month")
            date(self.year, self.month, self.day)
        return self


class School(_Part):
    """The school that issues the record, and where it belongs."""

    code: Code
    """MA_TRUONG"""
    name: Text
    """TEN_TRUONG"""
    authority_code: Code
    """MA_SO_GIAO_DUC: the Sở, 79 for Ho Chi Minh City"""
    authority_name: Text
    """TEN_SO_GD"""
    ward: Text
    """TEN_XA_PHUONG"""
    district: Text | None = None
    """TEN_QUAN_HUYEN: none exists since July 2025, and none is invented"""
    province: Text
    """TEN_TINH_THANH_PHO"""
    ward_code: Code | None = None
    """maxa: five digits of QĐ 19/2025/QĐ-TTg"""
    province_code: Code | None = None
    """matinh: two digits of QĐ 19/2025/QĐ-TTg"""


class Pupil(_Part):
    """Whose record it is."""

    code: Code
    """MA_HOC_SINH, the Ministry's"""
    personal_id: PersonalId
    """SO_CCCD"""
    name: Text
    """HO_VA_TEN"""
    sex: Sex
    """GIOI_TINH"""
    born: BirthDate | None = None
    """NGAY_SINH"""
    weight_kg: Measure | None = None
    """CAN_NANG, kilograms"""
    height_cm: Measure | None = None
    """CHIEU_CAO, centimetres"""
    birthplace: Text
    """NOI_SINH"""
    birthplace_ward: Code | None = None
    """noisinh_maxa"""
    birthplace_province: Code | None = None
    """noisinh_matinh"""
    origin: Text | None = None
    """QUE_QUAN"""
    origin_ward: Code | None = None
    """quequan_maxa"""
    origin_province: Code | None = None
    """quequan_matinh"""
    residence: Text
    """CHO_O_HIEN_NAY"""
    residence_ward: Code | None = None
    """noiohiennay_maxa"""
    residence_province: Code | None = None
    """noiohiennay_matinh"""
    ethnicity: Text
    """DAN_TOC: the official name (QCVN 109:2017/BTTTT); forms that want the code find it in the code list"""
    nationality: Text
    """QUOC_TICH: the official name; forms that want the code find it in the code list"""
    policy_group: Text | None = None
    """doituongchinhsach"""
    father: Text | None = None
    """HO_VA_TEN_CHA"""
    father_occupation: Text | None = None
    """nghenghiepcha: secondary school"""
    mother: Text | None = None
    """HO_VA_TEN_ME"""
    mother_occupation: Text | None = None
    """nghenghiepme: secondary school"""
    guardian: Text | None = None
    """HO_VA_TEN_NGUOI_GIAM_HO"""
    guardian_occupation: Text | None = None
    """nghenghiepnguoigiamho: secondary school"""


class Absences(_Part):
    """Sessions (buổi) missed in the year."""

    excused: Measure | None = None
    """TONG_SO_BUOI_NGHI_CO_PHEP"""
    unexcused: Measure | None = None
    """THONG_SO_BUOI_NGHI_KHONG_PHEP, spelt so on the wire"""
    total: Measure | None = None
    """sobuoinghi: secondary school tells one number only"""


class Principal(_Part):
    """The school leader who signs (slot CBQL)."""

    name: Text
    """TEN_GIAM_HIEU_KY_HOC_BA"""
    personal_id: PersonalId
    """SO_CCCD_GIAM_HIEU_KY_HOC_BA"""
    title: Text
    """CHUC_VU_GIAM_HIEU_KY_HOC_BA"""


class Teacher(_Part):
    """The homeroom teacher (slot GVCN), or a subject's (slot GVBM)."""

    name: Text | None = None
    """TEN_GIAO_VIEN_CHU_NHIEM, gvbm"""
    personal_id: PersonalId | None = None
    """SO_CCCD_GIAO_VIEN_CHU_NHIEM, soddcngvbm"""


class YearAtSchool(_Part):
    """One year of the pupil's way through school (QUA_TRINH_HOC_TAP)."""

    school_year: Text
    """NAM_HOC, 2025-2026"""
    class_name: Text
    """TEN_LOP"""
    school_name: Text
    """TEN_TRUONG"""
    province: Text | None = None
    """tentinh"""
    arrived: Moment | None = None
    """NGAY_TRANG_THAI_CHUYEN_DEN"""


class SubjectResult(_Part):
    """One line of the mark table (BANG_DIEM)."""

    code: Code
    """MA_MON_HOC, for example TV or TOA"""
    name: Text
    """TEN_MON_HOC"""
    attainment: Attainment | None = None
    """MUC_DAT_DUOC"""
    score: int | Literal["M"] | None = None
    """DIEM_KIEM_TRA_DINH_KY: the year-end test where the subject has one; M for an exempted pupil"""
    teacher: Teacher = Teacher()
    """who teaches it, where the form says so (slot GVBM)"""


class Competences(_Part):
    """NANG_LUC_…: general ones first, then the specific ones."""

    self_reliance: Assessment | None = None
    """NANG_LUC_TU_CHU_TU_HOC"""
    communication: Assessment | None = None
    """NANG_LUC_GIAO_TIEP_HOC_TAC, spelt so on the wire"""
    problem_solving: Assessment | None = None
    """NANG_LUC_GIAI_QUYET_VAN_DE_SANG_TAO"""
    language: Assessment | None = None
    """NANG_LUC_NGON_NGU"""
    mathematics: Assessment | None = None
    """NANG_LUC_TINH_TOAN"""
    science: Assessment | None = None
    """NANG_LUC_KHOA_HOC"""
    technology: Assessment | None = None
    """NANG_LUC_CONG_NGHE, from grade 3"""
    computing: Assessment | None = None
    """NANG_LUC_TIN_HOC, from grade 3"""
    aesthetics: Assessment | None = None
    """NANG_LUC_THAM_MI"""
    physical: Assessment | None = None
    """NANG_LUC_THE_CHAT"""


class Qualities(_Part):
    """PHAM_CHAT_…"""

    patriotism: Assessment | None = None
    """PHAM_CHAT_YEU_NUOC"""
    kindness: Assessment | None = None
    """PHAM_CHAT_NHAN_AI"""
    diligence: Assessment | None = None
    """PHAM_CHAT_CHAM_CHI"""
    honesty: Assessment | None = None
    """PHAM_CHAT_TRUNG_THUC"""
    responsibility: Assessment | None = None
    """PHAM_CHAT_TRACH_NHIEM"""


class Remarks(_Part):
    """What teachers wrote."""

    teacher: Text | None = None
    """NHAN_XET_GVCN"""
    qualities: Text | None = None
    """NHAN_XET_PHAM_CHAT"""
    general_competences: Text | None = None
    """NHAN_XET_NANG_LUC_CHUNG"""
    specific_competences: Text | None = None
    """NHAN_XET_NANG_LUC_DAC_THU"""


class PrimaryResults(_Part):
    """The year's outcome in primary school (TONG_KET)."""

    kind: Literal["primary"] = "primary"
    """tells the two kinds of outcome apart"""
    result: YearResult | None = None
    """KET_QUA_XEP_LOAI"""
    promoted: bool
    """DUOC_LEN_LOP"""
    completion_text: Text | None = None
    """NOI_DUNG_HOAN_THANH_CHUONG_TRINH"""
    completed_grade: bool
    """DA_HOAN_THANH_CHUONG_TRINH_LOP_HOC"""
    completed_primary: bool | None = None
    """DA_HOAN_THANH_CHUONG_TRINH_TIEU_HOC: grade 5 only"""
    award: Text | None = None
    """NOI_DUNG_KHEN_THUONG"""
    special_award: Text | None = None
    """NOI_DUNG_KHEN_THUONG_DOT_XUAT"""
    subjects: tuple[SubjectResult, ...]
    """BANG_DIEM, in the order of the printed form"""
    competences: Competences
    """the ten competences"""
    qualities: Qualities
    """the five qualities"""
    remarks: Remarks
    """the four remarks"""


Mark = Decimal | Literal["Đ", "CĐ", "M"]
"""Secondary school: a score of 0 to 10 with one decimal; Đ or CĐ where a subject is judged in words; M where exempted."""


class SecondarySubject(_Part):
    """One line of the mark table in secondary school (thongtinsohocbasothcsthpt_bangdiem)."""

    code: Code
    """mamonhoc"""
    name: Text
    """tenmonhoc"""
    term1: Mark | None = None
    """diemhocky1"""
    term2: Mark | None = None
    """diemhocky2"""
    year: Mark | None = None
    """diemcanam"""
    again: Mark | None = None
    """diemkttralai: after the summer's second test"""
    comment: Text | None = None
    """nxetmonhoc"""
    teacher: Teacher = Teacher()
    """soddcngvbm, gvbm (slot GVBM)"""


class Certificate(_Part):
    """One certificate of the pupil (thongtinsohocbasothcsthpt_chungchi)."""

    name: Text | None = None
    """tenchungchi"""
    kind: Text | None = None
    """loaichungchi"""


class Gradings(_Part):
    """Learning, or conduct, over the year."""

    term1: Grading | None = None
    """hocky1, renluyenhocky1"""
    term2: Grading | None = None
    """hocky2, renluyenhocky2"""
    year: Grading | None = None
    """canam, renluyencanam"""
    again: Grading | None = None
    """kqhoctaplai, renluyenlai: judged again after the summer"""


class SecondaryResults(_Part):
    """The year's outcome in lower and upper secondary school (TT 22/2021; thongtinsohocbasothcsthpt)."""

    kind: Literal["secondary"] = "secondary"
    """tells the two kinds of outcome apart"""
    learning: Gradings = Gradings()
    """kết quả học tập"""
    conduct: Gradings = Gradings()
    """kết quả rèn luyện"""
    promoted: bool
    """duoclenlop"""
    promotion_text: Text | None = None
    """ndungduoclenlop"""
    completion_text: Text | None = None
    """ndunghoanthanh: also where completing THCS is confirmed (TT 10/2026)"""
    contests: Text | None = None
    """kquathamgiacuocthi"""
    summer_conduct: Text | None = None
    """ndungkquarenluyen: training over the summer"""
    award: Text | None = None
    """ndungkhenthuong"""
    subjects: tuple[SecondarySubject, ...]
    """bangdiem"""
    certificates: tuple[Certificate, ...] = ()
    """chungchi"""
    remarks: Remarks = Remarks()
    """nxetgvcn; secondary school has only the homeroom teacher's"""


class CanonicalRecord(_Part):
    """One pupil × one school year × one level, before or after it has an official form."""

    version: Text = "1.0"
    """PHIEN_BAN: which official form it is to take"""
    circular: Text = "27/2020"
    """THONG_TU that the year was assessed under"""
    uuid: Code
    """MA_TRA_CUU_UUID"""
    status: Status | None = None
    """trangthaithongtinhocba; None where the form does not say"""
    from_paper: bool | None = None
    """trichluc: taken from a paper record; None where the form does not say"""
    not_assessed: bool | None = None
    """cokhuyettatkhongdanhgia: a pupil with a disability who is not assessed; None where the form does not say"""
    occasion: Occasion = Occasion.YEAR
    """the whole year, or the part before a transfer"""
    school_year: Text
    """TEN_NAM_HOC, 2025-2026"""
    level: Code = "02"
    """MA_CAP_HOC: 02 primary, 03 lower, 04 upper secondary"""
    grade: int
    """MA_KHOI: 1 to 5 in primary, 6 to 9 in lower, 10 to 12 in upper secondary"""
    class_name: Text
    """TEN_LOP"""
    register_number: Text | None = None
    """SO_SO_DANG_BO"""
    issued_at_place: Text
    """DIA_DANH_PHAT_HANH_HOC_BA"""
    created: Moment
    """NGAY_TAO_HOC_BA"""
    issued: Moment
    """NGAY_KY_PHAT_HANH_HOC_BA: inside what is signed, so it is fixed before the first signature"""
    school: School
    """who issues it"""
    pupil: Pupil
    """whose it is"""
    absences: Absences
    """sessions missed"""
    principal: Principal
    """who signs for the school"""
    teacher: Teacher = Teacher()
    """homeroom teacher"""
    history: tuple[YearAtSchool, ...]
    """QUA_TRINH_HOC_TAP, oldest first, this year last"""
    results: Annotated[PrimaryResults | SecondaryResults, Field(discriminator="kind")]
    """the year's outcome"""
