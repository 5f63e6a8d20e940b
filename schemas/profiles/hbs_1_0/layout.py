"""CV 2088 Phụ lục 1.1 beside the canonical record, element by element, in the official order."""

from schemas.layout import Block, Field, Form, Rows
from schemas.profiles.hbs_1_0.codes import ASSESSMENTS, ATTAINMENTS, RESULTS, SEXES


def _level(element: str, member: str) -> Field:
    return Field(element, member, Form.CODE, ASSESSMENTS)


GENERAL = Block(
    "THONG_TIN_CHUNG",
    (
        Field("PHIEN_BAN", "version"),
        Field("THONG_TU", "circular"),
        Field("MA_TRA_CUU_UUID", "uuid"),
        Field("TEN_NAM_HOC", "school_year"),
        Field("MA_SO_GIAO_DUC", "school.authority_code"),
        Field("TEN_SO_GD", "school.authority_name"),
        Field("MA_TRUONG", "school.code"),
        Field("TEN_TRUONG", "school.name"),
        Field("TEN_QUAN_HUYEN", "school.district"),
        Field("TEN_XA_PHUONG", "school.ward"),
        Field("TEN_TINH_THANH_PHO", "school.province"),
        Field("MA_CAP_HOC", "level"),
        Field("SO_SO_DANG_BO", "register_number"),
        Field("HO_VA_TEN", "pupil.name"),
        Field("SO_CCCD", "pupil.personal_id"),
        Field("MA_HOC_SINH", "pupil.code"),
        Field("GIOI_TINH", "pupil.sex", Form.CODE, SEXES),
        Field("NGAY_SINH", "pupil.born", Form.BIRTH_DATE),
        Field("CAN_NANG", "pupil.weight_kg", Form.NUMBER),
        Field("CHIEU_CAO", "pupil.height_cm", Form.NUMBER),
        Field("TONG_SO_BUOI_NGHI_CO_PHEP", "absences.excused", Form.NUMBER),
        Field("THONG_SO_BUOI_NGHI_KHONG_PHEP", "absences.unexcused", Form.NUMBER),
        Field("NOI_SINH", "pupil.birthplace"),
        Field("QUE_QUAN", "pupil.origin"),
        Field("CHO_O_HIEN_NAY", "pupil.residence"),
        Field("DAN_TOC", "pupil.ethnicity"),
        Field("QUOC_TICH", "pupil.nationality"),
        Field("HO_VA_TEN_CHA", "pupil.father"),
        Field("HO_VA_TEN_ME", "pupil.mother"),
        Field("HO_VA_TEN_NGUOI_GIAM_HO", "pupil.guardian"),
        Field("TEN_GIAM_HIEU_KY_HOC_BA", "principal.name"),
        Field("SO_CCCD_GIAM_HIEU_KY_HOC_BA", "principal.personal_id"),
        Field("DIA_DANH_PHAT_HANH_HOC_BA", "issued_at_place"),
        Field("NGAY_TAO_HOC_BA", "created", Form.MOMENT),
        Field("NGAY_KY_PHAT_HANH_HOC_BA", "issued", Form.MOMENT),
        Field("CHUC_VU_GIAM_HIEU_KY_HOC_BA", "principal.title"),
        Field("TEN_GIAO_VIEN_CHU_NHIEM", "teacher.name"),
        Field("SO_CCCD_GIAO_VIEN_CHU_NHIEM", "teacher.personal_id"),
        Field("MA_KHOI", "grade", Form.GRADE),
        Field("TEN_LOP", "class_name"),
    ),
)

HISTORY = Rows(
    "QUA_TRINH_HOC_TAP",
    "NAM",
    "history",
    (
        Field("NAM_HOC", "school_year"),
        Field("TEN_LOP", "class_name"),
        Field("TEN_TRUONG", "school_name"),
        Field("NGAY_TRANG_THAI_CHUYEN_DEN", "arrived", Form.MOMENT),
    ),
)

MARKS = Rows(
    "BANG_DIEM",
    "MON_HOC",
    "results.subjects",
    (
        Field("MA_MON_HOC", "code"),
        Field("TEN_MON_HOC", "name"),
        Field("MUC_DAT_DUOC", "attainment", Form.CODE, ATTAINMENTS),
        Field("DIEM_KIEM_TRA_DINH_KY", "score", Form.SCORE),
    ),
)

ASSESSMENT = Block(
    "DANH_GIA_NANG_LUC_PHAM_CHAT",
    (
        _level("NANG_LUC_TU_CHU_TU_HOC", "results.competences.self_reliance"),
        _level("NANG_LUC_GIAO_TIEP_HOC_TAC", "results.competences.communication"),
        _level("NANG_LUC_GIAI_QUYET_VAN_DE_SANG_TAO", "results.competences.problem_solving"),
        _level("NANG_LUC_NGON_NGU", "results.competences.language"),
        _level("NANG_LUC_TINH_TOAN", "results.competences.mathematics"),
        _level("NANG_LUC_KHOA_HOC", "results.competences.science"),
        _level("NANG_LUC_CONG_NGHE", "results.competences.technology"),
        _level("NANG_LUC_TIN_HOC", "results.competences.computing"),
        _level("NANG_LUC_THAM_MI", "results.competences.aesthetics"),
        _level("NANG_LUC_THE_CHAT", "results.competences.physical"),
        _level("PHAM_CHAT_YEU_NUOC", "results.qualities.patriotism"),
        _level("PHAM_CHAT_NHAN_AI", "results.qualities.kindness"),
        _level("PHAM_CHAT_CHAM_CHI", "results.qualities.diligence"),
        _level("PHAM_CHAT_TRUNG_THUC", "results.qualities.honesty"),
        _level("PHAM_CHAT_TRACH_NHIEM", "results.qualities.responsibility"),
        Field("NHAN_XET_PHAM_CHAT", "results.remarks.qualities"),
        Field("NHAN_XET_NANG_LUC_CHUNG", "results.remarks.general_competences"),
        Field("NHAN_XET_NANG_LUC_DAC_THU", "results.remarks.specific_competences"),
    ),
)

SUMMARY = Block(
    "TONG_KET",
    (
        Field("KET_QUA_XEP_LOAI", "results.result", Form.CODE, RESULTS),
        Field("DUOC_LEN_LOP", "results.promoted", Form.FLAG),
        Field("NOI_DUNG_HOAN_THANH_CHUONG_TRINH", "results.completion_text"),
        Field("DA_HOAN_THANH_CHUONG_TRINH_LOP_HOC", "results.completed_grade", Form.FLAG),
        Field("DA_HOAN_THANH_CHUONG_TRINH_TIEU_HOC", "results.completed_primary", Form.FLAG),
        Field("NOI_DUNG_KHEN_THUONG", "results.award"),
        Field("NOI_DUNG_KHEN_THUONG_DOT_XUAT", "results.special_award"),
        Field("NHAN_XET_GVCN", "results.remarks.teacher"),
        MARKS,
        ASSESSMENT,
    ),
)

DATA = Block("DU_LIEU_HOC_BA", (GENERAL, HISTORY, SUMMARY), attributes=(("Id", "data"),))
