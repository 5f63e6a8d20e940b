"""Primary school beside the canonical record, element by element: names of CV 2088, columns of thongtinsohocbasotieuhoc."""

from schemas.layout import Block, Field, Form
from schemas.profiles.hbs_2.codes import ASSESSMENTS, ATTAINMENTS, RESULTS
from schemas.profiles.hbs_2.pieces import HEAD, ISSUE, PLACES, document, marks


def _level(element: str, member: str, note: str, unless: str = "not_assessed") -> Field:
    return Field(element, member, Form.CODE, ASSESSMENTS, unless=unless, note=note)


GENERAL = Block(
    "THONG_TIN_CHUNG",
    (
        *HEAD,
        Field("CAN_NANG", "pupil.weight_kg", Form.NUMBER, note="cannang"),
        Field("CHIEU_CAO", "pupil.height_cm", Form.NUMBER, note="chieucao"),
        Field("TONG_SO_BUOI_NGHI_CO_PHEP", "absences.excused", Form.NUMBER, note="nghicophep"),
        Field("THONG_SO_BUOI_NGHI_KHONG_PHEP", "absences.unexcused", Form.NUMBER, note="nghikhongphep"),
        *PLACES,
        Field("HO_VA_TEN_CHA", "pupil.father", note="hotencha"),
        Field("HO_VA_TEN_ME", "pupil.mother", note="hotenme"),
        Field("HO_VA_TEN_NGUOI_GIAM_HO", "pupil.guardian", note="hotennguoigiamho"),
        *ISSUE,
    ),
)

MARKS = marks(
    Field("MUC_DAT_DUOC", "attainment", Form.CODE, ATTAINMENTS, note="mucdatduoc"),
    Field("DIEM_KIEM_TRA_DINH_KY", "score", Form.SCORE, note="diemkiemtradinhky"),
)

ASSESSMENT = Block(
    "DANH_GIA_NANG_LUC_PHAM_CHAT",
    (
        _level("NANG_LUC_TU_CHU_TU_HOC", "results.competences.self_reliance", "nangluctuhoc"),
        _level("NANG_LUC_GIAO_TIEP_HOC_TAC", "results.competences.communication", "nanglucgiaotiep"),
        _level("NANG_LUC_GIAI_QUYET_VAN_DE_SANG_TAO", "results.competences.problem_solving", "nanglucgiaiquyet"),
        _level("NANG_LUC_NGON_NGU", "results.competences.language", "nanglucngonngu"),
        _level("NANG_LUC_TINH_TOAN", "results.competences.mathematics", "nangluctinhtoan"),
        _level("NANG_LUC_KHOA_HOC", "results.competences.science", "nangluckhoahoc"),
        _level("NANG_LUC_CONG_NGHE", "results.competences.technology", "nangluccongnghe", ""),
        _level("NANG_LUC_TIN_HOC", "results.competences.computing", "nangluctinhoc", ""),
        _level("NANG_LUC_THAM_MI", "results.competences.aesthetics", "nanglucthammi"),
        _level("NANG_LUC_THE_CHAT", "results.competences.physical", "nanglucthechat"),
        _level("PHAM_CHAT_YEU_NUOC", "results.qualities.patriotism", "phamchatyeunuoc"),
        _level("PHAM_CHAT_NHAN_AI", "results.qualities.kindness", "phamchatnhanai"),
        _level("PHAM_CHAT_CHAM_CHI", "results.qualities.diligence", "phamchatchamchi"),
        _level("PHAM_CHAT_TRUNG_THUC", "results.qualities.honesty", "phamchattrungthuc"),
        _level("PHAM_CHAT_TRACH_NHIEM", "results.qualities.responsibility", "phamchattrachnhiem"),
        Field("NHAN_XET_PHAM_CHAT", "results.remarks.qualities", note="nxetphamchat"),
        Field("NHAN_XET_NANG_LUC_CHUNG", "results.remarks.general_competences", note="nxetnanglucchung"),
        Field("NHAN_XET_NANG_LUC_DAC_THU", "results.remarks.specific_competences", note="nxetnanglucdacthu"),
    ),
)

SUMMARY = Block(
    "TONG_KET",
    (
        Field("KET_QUA_XEP_LOAI", "results.result", Form.CODE, RESULTS, unless="not_assessed", note="xeploai"),
        Field("DUOC_LEN_LOP", "results.promoted", Form.FLAG, note="duoclenlop"),
        Field("NOI_DUNG_HOAN_THANH_CHUONG_TRINH", "results.completion_text", note="ndunghoanthanh"),
        Field("DA_HOAN_THANH_CHUONG_TRINH_LOP_HOC", "results.completed_grade", Form.FLAG, note="dahthanhctrinhlophoc"),
        Field(
            "DA_HOAN_THANH_CHUONG_TRINH_TIEU_HOC", "results.completed_primary", Form.FLAG, note="dahthanhctrinhtieuhoc"
        ),
        Field("NOI_DUNG_KHEN_THUONG", "results.award", note="ndungkhenthuong"),
        Field("NOI_DUNG_KHEN_THUONG_DOT_XUAT", "results.special_award", note="ndungkhenthuongdotxuat"),
        Field("NHAN_XET_GVCN", "results.remarks.teacher", note="nxetgvcn"),
        MARKS,
        ASSESSMENT,
    ),
)

DATA = document(GENERAL, SUMMARY)
