"""A year's results of an invented pupil, consistent with TT 27/2020: marks and levels, the summary, assessments."""

from dataclasses import dataclass
from random import Random

SUBJECTS = {
    "TV": "Tiếng Việt",
    "TOA": "Toán",
    "NN1": "Ngoại ngữ 1 (Tiếng Anh)",
    "LSD": "Lịch sử và Địa lí",
    "KHO": "Khoa học",
    "TIN": "Tin học và Công nghệ (Tin học)",
    "CNG": "Tin học và Công nghệ (Công nghệ)",
    "DDU": "Đạo đức",
    "TNX": "Tự nhiên và Xã hội",
    "GTC": "Giáo dục thể chất",
    "AMN": "Nghệ thuật (Âm nhạc)",
    "MTH": "Nghệ thuật (Mĩ thuật)",
    "HTN": "Hoạt động trải nghiệm",
    "TDT": "Tiếng dân tộc",
}
TESTED = ("TV", "TOA", "NN1", "LSD", "KHO", "TIN", "CNG")
RESULTS = {
    "HTXS": "Hoàn thành xuất sắc",
    "HTT": "Hoàn thành tốt",
    "HT": "Hoàn thành",
    "CHT": "Chưa hoàn thành",
}
AWARDS = {"HTXS": "Học sinh Xuất sắc", "HTT": "Học sinh Tiêu biểu hoàn thành tốt trong học tập và rèn luyện"}
COMPETENCES = {
    "tu_chu": "NANG_LUC_TU_CHU_TU_HOC",
    "giao_tiep": "NANG_LUC_GIAO_TIEP_HOC_TAC",
    "giai_quyet": "NANG_LUC_GIAI_QUYET_VAN_DE_SANG_TAO",
    "ngon_ngu": "NANG_LUC_NGON_NGU",
    "tinh_toan": "NANG_LUC_TINH_TOAN",
    "khoa_hoc": "NANG_LUC_KHOA_HOC",
    "cong_nghe": "NANG_LUC_CONG_NGHE",
    "tin_hoc": "NANG_LUC_TIN_HOC",
    "tham_mi": "NANG_LUC_THAM_MI",
    "the_chat": "NANG_LUC_THE_CHAT",
}
QUALITIES = {
    "yeu_nuoc": "PHAM_CHAT_YEU_NUOC",
    "nhan_ai": "PHAM_CHAT_NHAN_AI",
    "cham_chi": "PHAM_CHAT_CHAM_CHI",
    "trung_thuc": "PHAM_CHAT_TRUNG_THUC",
    "trach_nhiem": "PHAM_CHAT_TRACH_NHIEM",
}
REMARKS = (
    *("Em chăm học, mạnh dạn phát biểu xây dựng bài.", "Chữ viết rõ ràng, giữ gìn sách vở cẩn thận."),
    *("Em biết giúp đỡ bạn bè và lễ phép với thầy cô.", "Em tính toán nhanh, cần đọc kĩ đề hơn."),
    *("Em tham gia tích cực các hoạt động của lớp.", "Em đọc to, rõ, diễn cảm; vốn từ phong phú."),
    *("Em hoàn thành nhiệm vụ học tập đúng hạn.", "Em có tiến bộ rõ trong học kì hai."),
)
QUALITY_REMARKS = (
    *("Đi học đầy đủ, trung thực, có trách nhiệm với việc chung.", "Yêu quý bạn bè, biết chia sẻ và giúp đỡ."),
    *("Chăm chỉ, biết nhận lỗi và sửa lỗi.", "Kính trọng thầy cô, giữ gìn của công."),
)
GENERAL_REMARKS = (
    *("Chủ động, phối hợp tốt với bạn trong nhóm.", "Biết tự chuẩn bị đồ dùng, tự học theo hướng dẫn."),
    *("Mạnh dạn trình bày ý kiến, biết lắng nghe.", "Biết nêu câu hỏi khi gặp vấn đề khó."),
)
SPECIFIC_REMARKS = (
    *("Ngôn ngữ lưu loát, tính toán nhanh.", "Vận dụng được kiến thức vào bài toán thực tế."),
    *("Có khả năng cảm thụ âm nhạc và hội họa.", "Vận động khéo léo, bền bỉ."),
)


@dataclass(slots=True)
class Mark:
    """One subject of the mark table."""

    code: str
    """`MA_MON_HOC`."""
    name: str
    """`TEN_MON_HOC`."""
    level: str
    """`MUC_DAT_DUOC`: T, H, C or M."""
    score: str | None
    """`DIEM_KIEM_TRA_DINH_KY`, where the subject is tested."""


def subjects_of(grade: int) -> list[str]:
    """The compulsory subjects of a grade, in the order of the printed form."""
    left_out = {1: {"NN1", "LSD", "KHO", "TIN", "CNG", "TDT"}, 3: {"LSD", "KHO", "TDT"}, 4: {"TNX", "TDT"}}
    return [code for code in SUBJECTS if code not in left_out[1 if grade <= 2 else 3 if grade == 3 else 4]]


def assess(rng: Random, result: str, grade: int) -> tuple[list[Mark], dict[str, str]]:
    """Marks and levels that make exactly this result (TT 27, Đ9.2a)."""
    lowest = {"HTXS": 9, "HTT": 7, "HT": 5, "CHT": 5}[result]
    marks = []
    for code in subjects_of(grade):
        level = "T" if result in AWARDS or rng.random() < 0.55 else "H"
        floor = lowest if level == "T" or result in AWARDS else 5
        score = str(rng.randint(floor, 10 if level == "T" else 8)) if code in TESTED else None
        marks.append(Mark(code, SUBJECTS[code], level, score))
    levels = {
        tag: "T" if result in AWARDS or rng.random() < 0.7 else "Đ"
        for key, tag in {**COMPETENCES, **QUALITIES}.items()
        if grade >= 3 or key not in {"cong_nghe", "tin_hoc"}
    }
    if result == "HTT":
        marks[rng.randrange(2)].score = str(rng.randint(7, 8))
    if result == "HT":
        marks[0].level, marks[0].score = "H", str(rng.randint(5, 7))
    if result == "CHT":
        marks[1].level, marks[1].score = "C", str(rng.randint(2, 4))
        levels["NANG_LUC_TINH_TOAN"] = "C"
    return marks, levels


def summarise(rng: Random, result: str, grade: int) -> dict[str, str]:
    """The single fields of TONG_KET, in order."""
    passed = result != "CHT"
    following = "Hoàn thành chương trình tiểu học" if grade == 5 else f"Được lên lớp {grade + 1}"
    failing = f"Chưa hoàn thành chương trình lớp {grade}; Chưa được lên lớp"
    summary = {
        "KET_QUA_XEP_LOAI": RESULTS[result],
        "DUOC_LEN_LOP": "1" if passed else "0",
        "NOI_DUNG_HOAN_THANH_CHUONG_TRINH": (
            f"Hoàn thành chương trình lớp {grade}; {following}" if passed else failing
        ),
        "DA_HOAN_THANH_CHUONG_TRINH_LOP_HOC": "1" if passed else "0",
    }
    if grade == 5:
        summary["DA_HOAN_THANH_CHUONG_TRINH_TIEU_HOC"] = "1" if passed else "0"
    if result in AWARDS:
        summary["NOI_DUNG_KHEN_THUONG"] = AWARDS[result]
    if rng.random() < 0.06:
        summary["NOI_DUNG_KHEN_THUONG_DOT_XUAT"] = "Đạt giải trong ngày hội đọc sách của trường"
    summary["NHAN_XET_GVCN"] = " ".join(rng.sample(REMARKS, 6))
    return summary


def remarked(rng: Random, levels: dict[str, str]) -> dict[str, str]:
    """DANH_GIA_NANG_LUC_PHAM_CHAT: the levels, then what the teacher remarks."""
    return {
        **levels,
        "NHAN_XET_PHAM_CHAT": " ".join(rng.sample(QUALITY_REMARKS, 3)),
        "NHAN_XET_NANG_LUC_CHUNG": " ".join(rng.sample(GENERAL_REMARKS, 3)),
        "NHAN_XET_NANG_LUC_DAC_THU": " ".join(rng.sample(SPECIFIC_REMARKS, 3)),
    }
