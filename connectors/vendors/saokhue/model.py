"""`saokhue/1` as its vendor writes it: names in capitals or decomposed letters, decimal commas, numbers as text."""

import re
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, PlainValidator

from connectors.vendors.faults import fault
from connectors.vendors.fields import Code, Day, Number, Part, PersonName, Text, one_of
from connectors.vendors.saokhue.codes import (
    ASSESSMENTS,
    ATTAINMENTS,
    AUTHORITIES,
    GRADES,
    RESULTS,
    SEXES,
    SUBJECTS,
)
from schemas.record import Assessment, Attainment, BirthDate, Sex, YearResult


def _score(value: object) -> int | str:
    text = str(value).strip() if type(value) in (int, float, str) else ""
    if text == "M":
        return "M"
    if not re.fullmatch(r"[0-9]{1,3}([.,]0{1,4})?", text):
        raise fault("number", form="0, 1, … 10 · M")
    return int(Decimal(text.replace(",", ".")))


def _grade(value: object) -> int:
    text = str(value).strip() if type(value) in (int, str) else ""
    if text not in GRADES:
        raise fault("code", allowed="1 · 2 · 3 · 4 · 5")
    return GRADES[text]


def _birth(value: object) -> BirthDate:
    found = (
        re.fullmatch("([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?", value.strip())
        if isinstance(value, str)
        else None
    )
    try:
        if found is None:
            raise ValueError
        year, month, day = (None if part is None else int(part) for part in found.groups())
        return BirthDate(year=year or 0, month=month, day=day)
    except ValueError:
        raise fault("date", form="2016-05-31 · 2016-05 · 2016") from None


def _subject(code: str) -> str:
    if code not in SUBJECTS:
        raise fault("code", allowed=" · ".join(SUBJECTS))
    return code


def _province(name: str) -> str:
    if name not in AUTHORITIES:
        raise fault("code", allowed=" · ".join(AUTHORITIES))
    return name


def _school_year(text: str) -> str:
    found = re.fullmatch("([0-9]{4})-([0-9]{4})", text)
    if found is None or int(found[2]) != int(found[1]) + 1:
        raise fault("date", form="2025-2026")
    return text


Score = Annotated[int | Literal["M"], PlainValidator(_score)]
Grade = Annotated[int, PlainValidator(_grade)]
Birth = Annotated[BirthDate, PlainValidator(_birth)]
SubjectCode = Annotated[str, AfterValidator(_subject)]
SchoolYear = Annotated[Code, AfterValidator(_school_year)]
Level = Annotated[Assessment, one_of(ASSESSMENTS)]


class HocSinh(Part):
    """The pupil."""

    ma: Code
    cccd: Code
    ho_ten: PersonName
    gioi_tinh: Annotated[Sex, one_of(SEXES)]
    ngay_sinh: Birth
    can_nang: Number | None = None
    chieu_cao: Number | None = None
    noi_sinh: Text
    que_quan: Text | None = None
    cho_o: Text
    dan_toc: Text
    quoc_tich: Text
    cha: PersonName | None = None
    me: PersonName | None = None
    giam_ho: PersonName | None = None
    so_dang_bo: Text | None = None


class Gvcn(Part):
    """The homeroom teacher."""

    ho_ten: PersonName
    cccd: Code


class HieuTruong(Part):
    """The principal who signs."""

    ho_ten: PersonName
    cccd: Code
    chuc_vu: Text


class QuaTrinh(Part):
    """One year at school."""

    nam_hoc: SchoolYear
    lop: Text
    truong: Text
    ngay: Day | None = None


class KetQua(Part):
    """The year's outcome."""

    xep_loai: Annotated[YearResult, one_of(RESULTS)]
    len_lop: bool
    hoan_thanh_lop: bool
    hoan_thanh_tieu_hoc: bool | None = None
    noi_dung: Text | None = None
    khen_thuong: Text | None = None
    khen_dot_xuat: Text | None = None


class Mon(Part):
    """One subject's result."""

    muc: Annotated[Attainment, one_of(ATTAINMENTS)]
    diem: Score | None = None


class NangLuc(Part):
    """The competences."""

    tu_chu: Level | None = None
    giao_tiep: Level | None = None
    giai_quyet: Level | None = None
    ngon_ngu: Level | None = None
    tinh_toan: Level | None = None
    khoa_hoc: Level | None = None
    cong_nghe: Level | None = None
    tin_hoc: Level | None = None
    tham_mi: Level | None = None
    the_chat: Level | None = None


class PhamChat(Part):
    """The qualities."""

    yeu_nuoc: Level | None = None
    nhan_ai: Level | None = None
    cham_chi: Level | None = None
    trung_thuc: Level | None = None
    trach_nhiem: Level | None = None


class NhanXet(Part):
    """What teachers wrote."""

    gvcn: Text | None = None
    pham_chat: Text | None = None
    nang_luc_chung: Text | None = None
    nang_luc_dac_thu: Text | None = None


class HocBa(Part):
    """One entry of `hoc_ba`."""

    uuid: Code | None = None
    hoc_sinh: HocSinh
    lop: Text
    khoi: Grade
    nghi_co_phep: Number
    nghi_khong_phep: Number
    gvcn: Gvcn
    hieu_truong: HieuTruong
    ngay_tao: Day
    qua_trinh: list[QuaTrinh]
    ket_qua: KetQua
    mon: dict[SubjectCode, Mon]
    nang_luc: NangLuc
    pham_chat: PhamChat
    nhan_xet: NhanXet


class Truong(Part):
    """The school, told once for the whole batch; members it may grow do not matter."""

    model_config = ConfigDict(extra="ignore")

    ma: Code
    ten: Text
    xa_phuong: Text
    tinh: Annotated[Text, AfterValidator(_province)]


class Batch(Part):
    """What stands around the records."""

    model_config = ConfigDict(extra="ignore")

    dinh_dang: Annotated[str, one_of({"saokhue/1": "saokhue/1"})]
    truong: Truong
    nam_hoc: SchoolYear
    hoc_ba: list[Any]


class Entry(Part):
    """One record with its batch's header folded in: what is kept of a push."""

    truong: Truong
    nam_hoc: SchoolYear
    hoc_ba: HocBa
