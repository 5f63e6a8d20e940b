"""Secondary school beside the canonical record, element by element: names in CV 2088's manner, columns of
thongtinsohocbasothcsthpt."""

from schemas.layout import Block, Field, Form, Rows
from schemas.profiles.hbs_2.codes import GRADINGS
from schemas.profiles.hbs_2.pieces import HEAD, ISSUE, PLACES, document, marks


def _graded(element: str, member: str, note: str, unless: str = "") -> Field:
    return Field(element, member, Form.CODE, GRADINGS, unless=unless, note=note)


GENERAL = Block(
    "THONG_TIN_CHUNG",
    (
        *HEAD,
        Field("TONG_SO_BUOI_NGHI", "absences.total", Form.NUMBER, note="sobuoinghi"),
        *PLACES,
        Field("HO_VA_TEN_CHA", "pupil.father", note="hotencha"),
        Field("NGHE_NGHIEP_CHA", "pupil.father_occupation", note="nghenghiepcha"),
        Field("HO_VA_TEN_ME", "pupil.mother", note="hotenme"),
        Field("NGHE_NGHIEP_ME", "pupil.mother_occupation", note="nghenghiepme"),
        Field("HO_VA_TEN_NGUOI_GIAM_HO", "pupil.guardian", note="hotennguoigiamho"),
        Field("NGHE_NGHIEP_NGUOI_GIAM_HO", "pupil.guardian_occupation", note="nghenghiepnguoigiamho"),
        *ISSUE,
    ),
)

MARKS = marks(
    Field("DIEM_HOC_KY_1", "term1", Form.MARK, note="diemhocky1"),
    Field("DIEM_HOC_KY_2", "term2", Form.MARK, note="diemhocky2"),
    Field("DIEM_CA_NAM", "year", Form.MARK, note="diemcanam"),
    Field("DIEM_KIEM_TRA_LAI", "again", Form.MARK, note="diemkttralai"),
    Field("NHAN_XET_MON_HOC", "comment", note="nxetmonhoc"),
)

CERTIFICATES = Rows(
    "DANH_SACH_CHUNG_CHI",
    "CHUNG_CHI",
    "results.certificates",
    (
        Field("TEN_CHUNG_CHI", "name", note="tenchungchi"),
        Field("LOAI_CHUNG_CHI", "kind", note="loaichungchi"),
    ),
)

SUMMARY = Block(
    "TONG_KET",
    (
        _graded("HOC_KY_1", "results.learning.term1", "hocky1", "not_assessed"),
        _graded("HOC_KY_2", "results.learning.term2", "hocky2", "not_assessed"),
        _graded("CA_NAM", "results.learning.year", "canam", "not_assessed"),
        _graded("KET_QUA_HOC_TAP_LAI", "results.learning.again", "kqhoctaplai"),
        _graded("REN_LUYEN_HOC_KY_1", "results.conduct.term1", "renluyenhocky1"),
        _graded("REN_LUYEN_HOC_KY_2", "results.conduct.term2", "renluyenhocky2"),
        _graded("REN_LUYEN_CA_NAM", "results.conduct.year", "renluyencanam"),
        _graded("REN_LUYEN_LAI", "results.conduct.again", "renluyenlai"),
        Field("DUOC_LEN_LOP", "results.promoted", Form.FLAG, note="duoclenlop"),
        Field("NOI_DUNG_DUOC_LEN_LOP", "results.promotion_text", note="ndungduoclenlop"),
        Field("NOI_DUNG_HOAN_THANH_CHUONG_TRINH", "results.completion_text", note="ndunghoanthanh"),
        Field("KET_QUA_THAM_GIA_CUOC_THI", "results.contests", note="kquathamgiacuocthi"),
        Field("NOI_DUNG_KET_QUA_REN_LUYEN_HE", "results.summer_conduct", note="ndungkquarenluyen"),
        Field("NOI_DUNG_KHEN_THUONG", "results.award", note="ndungkhenthuong"),
        Field("NHAN_XET_GVCN", "results.remarks.teacher", note="nxetgvcn"),
        MARKS,
        CERTIFICATES,
    ),
)

DATA = document(GENERAL, SUMMARY)
