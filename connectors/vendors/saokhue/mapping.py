"""`saokhue/1` to the shared dictionary, field by field."""

from connectors.vendors.saokhue.codes import AUTHORITIES, SUBJECTS
from connectors.vendors.saokhue.model import Entry, HocBa, HocSinh, KetQua, Mon, NangLuc, NhanXet, PhamChat, Truong
from schemas.record import (
    Absences,
    CanonicalRecord,
    Competences,
    PrimaryResults,
    Principal,
    Pupil,
    Qualities,
    Remarks,
    School,
    SubjectResult,
    Teacher,
    YearAtSchool,
)


def to_record(entry: Entry, *, uuid: str) -> CanonicalRecord:
    """The record under its UUID. The vendor names no day of issue: a record is issued on the day it is made."""
    told = entry.hoc_ba
    return CanonicalRecord(
        uuid=uuid,
        school_year=entry.nam_hoc,
        grade=told.khoi,
        class_name=told.lop,
        register_number=told.hoc_sinh.so_dang_bo,
        issued_at_place=entry.truong.tinh,
        created=told.ngay_tao,
        issued=told.ngay_tao,
        school=_school(entry.truong),
        pupil=_pupil(told.hoc_sinh),
        absences=Absences(excused=told.nghi_co_phep, unexcused=told.nghi_khong_phep),
        principal=Principal(
            name=told.hieu_truong.ho_ten, personal_id=told.hieu_truong.cccd, title=told.hieu_truong.chuc_vu
        ),
        teacher=Teacher(name=told.gvcn.ho_ten, personal_id=told.gvcn.cccd),
        history=tuple(
            YearAtSchool(school_year=year.nam_hoc, class_name=year.lop, school_name=year.truong, arrived=year.ngay)
            for year in told.qua_trinh
        ),
        results=_results(told, told.ket_qua),
    )


def _school(told: Truong) -> School:
    authority = AUTHORITIES[told.tinh]
    return School(
        code=told.ma,
        name=told.ten,
        authority_code=authority.code,
        authority_name=authority.name,
        ward=told.xa_phuong,
        province=told.tinh,
    )


def _pupil(told: HocSinh) -> Pupil:
    return Pupil(
        code=told.ma,
        personal_id=told.cccd,
        name=told.ho_ten,
        sex=told.gioi_tinh,
        born=told.ngay_sinh,
        weight_kg=told.can_nang,
        height_cm=told.chieu_cao,
        birthplace=told.noi_sinh,
        origin=told.que_quan,
        residence=told.cho_o,
        ethnicity=told.dan_toc,
        nationality=told.quoc_tich,
        father=told.cha,
        mother=told.me,
        guardian=told.giam_ho,
    )


def _results(told: HocBa, outcome: KetQua) -> PrimaryResults:
    return PrimaryResults(
        result=outcome.xep_loai,
        promoted=outcome.len_lop,
        completion_text=outcome.noi_dung,
        completed_grade=outcome.hoan_thanh_lop,
        completed_primary=outcome.hoan_thanh_tieu_hoc,
        award=outcome.khen_thuong,
        special_award=outcome.khen_dot_xuat,
        subjects=tuple(_subject(code, told.mon[code]) for code in SUBJECTS if code in told.mon),
        competences=_competences(told.nang_luc),
        qualities=_qualities(told.pham_chat),
        remarks=_remarks(told.nhan_xet),
    )


def _subject(code: str, told: Mon) -> SubjectResult:
    return SubjectResult(code=code, name=SUBJECTS[code], attainment=told.muc, score=told.diem)


def _competences(told: NangLuc) -> Competences:
    return Competences(
        self_reliance=told.tu_chu,
        communication=told.giao_tiep,
        problem_solving=told.giai_quyet,
        language=told.ngon_ngu,
        mathematics=told.tinh_toan,
        science=told.khoa_hoc,
        technology=told.cong_nghe,
        computing=told.tin_hoc,
        aesthetics=told.tham_mi,
        physical=told.the_chat,
    )


def _qualities(told: PhamChat) -> Qualities:
    return Qualities(
        patriotism=told.yeu_nuoc,
        kindness=told.nhan_ai,
        diligence=told.cham_chi,
        honesty=told.trung_thuc,
        responsibility=told.trach_nhiem,
    )


def _remarks(told: NhanXet) -> Remarks:
    return Remarks(
        teacher=told.gvcn,
        qualities=told.pham_chat,
        general_competences=told.nang_luc_chung,
        specific_competences=told.nang_luc_dac_thu,
    )
