"""Pieces of the tables that both levels have, each beside the National Data Centre's column that it stands for."""

from schemas.layout import Block, Field, Form, Rows
from schemas.profiles.hbs_2.codes import SEXES, STATUSES

HEAD = (
    Field("PHIEN_BAN", "version", note="phienbanthongtinhocba"),
    Field("THONG_TU", "circular", note="thongtu"),
    Field("MA_TRA_CUU_UUID", "uuid", note="madinhdanhhocba"),
    Field("TRANG_THAI_HOC_BA", "status", Form.CODE, STATUSES, note="trangthaithongtinhocba"),
    Field("TRICH_LUC", "from_paper", Form.FLAG, note="trichluc"),
    Field("TEN_NAM_HOC", "school_year", note="namhoc"),
    Field("MA_SO_GIAO_DUC", "school.authority_code", note="masogd"),
    Field("TEN_SO_GD", "school.authority_name", note="tensogd"),
    Field("MA_TRUONG", "school.code", note="matruong"),
    Field("TEN_TRUONG", "school.name", note="tentruong"),
    Field("TEN_QUAN_HUYEN", "school.district", note="tenhuyen"),
    Field("TEN_XA_PHUONG", "school.ward", note="thongtintruong_diachi_tenxa"),
    Field("MA_XA", "school.ward_code", note="thongtintruong_diachi_maxa"),
    Field("TEN_TINH_THANH_PHO", "school.province", note="thongtintruong_diachi_tentinh"),
    Field("MA_TINH", "school.province_code", note="thongtintruong_diachi_matinh"),
    Field("MA_CAP_HOC", "level", note="macaphoc"),
    Field("SO_SO_DANG_BO", "register_number", note="sosodangbo"),
    Field("HO_VA_TEN", "pupil.name", note="hovaten"),
    Field("SO_CCCD", "pupil.personal_id", note="sodinhdanh"),
    Field("MA_HOC_SINH", "pupil.code", note="mahocsinh"),
    Field("GIOI_TINH", "pupil.sex", Form.CODE, SEXES, note="gioitinh"),
    Field("NGAY_SINH", "pupil.born", Form.BIRTH_DATE, note="ngaythangnamsinh, thangnamsinh, namsinh"),
)
"""THONG_TIN_CHUNG up to the pupil's birth"""

PLACES = (
    Field("NOI_SINH", "pupil.birthplace", note="noisinh_diachichitiet"),
    Field("MA_XA_NOI_SINH", "pupil.birthplace_ward", note="noisinh_maxa"),
    Field("MA_TINH_NOI_SINH", "pupil.birthplace_province", note="noisinh_matinh"),
    Field("QUE_QUAN", "pupil.origin", note="quequan_diachichitiet"),
    Field("MA_XA_QUE_QUAN", "pupil.origin_ward", note="quequan_maxa"),
    Field("MA_TINH_QUE_QUAN", "pupil.origin_province", note="quequan_matinh"),
    Field("CHO_O_HIEN_NAY", "pupil.residence", note="noiohiennay_diachichitiet"),
    Field("MA_XA_CHO_O_HIEN_NAY", "pupil.residence_ward", note="noiohiennay_maxa"),
    Field("MA_TINH_CHO_O_HIEN_NAY", "pupil.residence_province", note="noiohiennay_matinh"),
    Field("DAN_TOC", "pupil.ethnicity", note="dantoc"),
    Field("QUOC_TICH", "pupil.nationality", note="quoctich"),
    Field("DOI_TUONG_CHINH_SACH", "pupil.policy_group", note="doituongchinhsach"),
    Field("CO_KHUYET_TAT_KHONG_DANH_GIA", "not_assessed", Form.FLAG, note="cokhuyettatkhongdanhgia"),
)
"""THONG_TIN_CHUNG from the place of birth to the pupil's standing"""

ISSUE = (
    Field("TEN_GIAM_HIEU_KY_HOC_BA", "principal.name", note="tengiamhieu"),
    Field("SO_CCCD_GIAM_HIEU_KY_HOC_BA", "principal.personal_id", note="soddcngiamhieu"),
    Field("DIA_DANH_PHAT_HANH_HOC_BA", "issued_at_place", note="diadanhphathanh"),
    Field("NGAY_TAO_HOC_BA", "created", Form.MOMENT, note="ngaytao"),
    Field("NGAY_KY_PHAT_HANH_HOC_BA", "issued", Form.MOMENT, note="ngaykyphathanh"),
    Field("CHUC_VU_GIAM_HIEU_KY_HOC_BA", "principal.title", note="chucvugiamhieu"),
    Field("TEN_GIAO_VIEN_CHU_NHIEM", "teacher.name", note="tengvcn"),
    Field("SO_CCCD_GIAO_VIEN_CHU_NHIEM", "teacher.personal_id", note="soddcngvcn"),
    Field("MA_KHOI", "grade", Form.GRADE, note="makhoi"),
    Field("TEN_LOP", "class_name", note="tenlop"),
)
"""THONG_TIN_CHUNG from the principal to the class"""

HISTORY = Rows(
    "QUA_TRINH_HOC_TAP",
    "NAM",
    "history",
    (
        Field("NAM_HOC", "school_year", note="namhoc"),
        Field("TEN_LOP", "class_name", note="tenlop"),
        Field("TEN_TRUONG", "school_name", note="tentruong"),
        Field("TEN_TINH", "province", note="tentinh"),
        Field("NGAY_TRANG_THAI_CHUYEN_DEN", "arrived", Form.MOMENT, note="ngaytrangthaichuyenden"),
    ),
)

SUBJECT_TEACHER = (
    Field("GVBM/TEN_GIAO_VIEN_BO_MON", "teacher.name", note="gvbm"),
    Field("GVBM/SO_CCCD_GIAO_VIEN_BO_MON", "teacher.personal_id", note="soddcngvbm"),
)
"""who teaches the subject, at the end of each DIEM_TONG_KET"""

IDENTIFIERS = (("@Id", "diem-{code}"), ("GVBM/@Id", "{teacher.personal_id}-{code}"))
"""what a subject teacher's signature refers to, and what ties the teacher's slot to it; a teacher of two subjects signs
twice, so the subject is part of the slot's identifier"""


def marks(*fields: Field) -> Rows:
    """BANG_DIEM, with the fields between the subject's name and its teacher."""
    subject = (Field("MA_MON_HOC", "code", note="mamonhoc"), Field("TEN_MON_HOC", "name", note="tenmonhoc"))
    every = (*subject, *fields, *SUBJECT_TEACHER)
    return Rows("BANG_DIEM", "DIEM_TONG_KET", "results.subjects", every, attributes=IDENTIFIERS)


def document(general: Block, summary: Block) -> Block:
    """DU_LIEU_HOC_BA around what the homeroom teacher signs."""
    signed = Block("THONG_TIN_HOC_BA", (general, HISTORY, summary), attributes=(("Id", "thongtinhocba"),))
    return Block("DU_LIEU_HOC_BA", (signed,), attributes=(("Id", "data"),))
