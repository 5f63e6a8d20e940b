"""Invented pupils and their year's record, consistent with TT 27/2020, and its two written forms: the official XML of
CV 2088 and the vendor JSON `saokhue/1`. A draft keeps the official element names, in order, so that a fault is made by
plain editing.
"""

import re
import unicodedata
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any

from sandbox.names import address, person_name
from sandbox.world import CITY_CODE, CITY_NAME, WARDS, Classroom, School

VIETNAM = timezone(timedelta(hours=7))
SCHOOL_YEAR = "2025-2026"
START_YEAR = 2025
CITY = "Thành phố Hồ Chí Minh"
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
PROVINCES = (
    *("079", "077", "074", "075", "072", "080", "082", "083", "084", "086", "087", "089", "091", "092", "093", "094"),
    *("095", "096", "001", "002", "004", "006", "008", "010", "011", "012", "014", "015", "017", "019", "020", "022"),
    *("024", "025", "026", "027", "030", "031", "033", "034", "035", "036", "037", "038", "040", "042", "044", "045"),
    *("046", "048", "049", "051", "052", "054", "056", "058", "060", "062", "064", "066", "067", "068", "070"),
)
ETHNICITIES = ("Kinh",) * 16 + ("Hoa", "Hoa", "Khơ-me", "Chăm")
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


@dataclass(slots=True)
class Draft:
    """One pupil's year, before anyone signs. Changed only by faults."""

    number: int
    """Which record of the seed's population."""
    school: School
    """The school that issues it."""
    room: Classroom
    """The pupil's class."""
    uuid: str
    """`MA_TRA_CUU_UUID`, version 4."""
    result: str
    """Short name of the year's result: HTXS, HTT, HT, CHT."""
    general: dict[str, str]
    """THONG_TIN_CHUNG, in order."""
    years: list[dict[str, str]]
    """QUA_TRINH_HOC_TAP, one per year."""
    summary: dict[str, str]
    """The single fields of TONG_KET, in order."""
    marks: list[Mark]
    """BANG_DIEM."""
    assessments: dict[str, str]
    """DANH_GIA_NANG_LUC_PHAM_CHAT, in order."""
    signed_at: dict[str, datetime] = field(default_factory=dict)
    """When each slot signs: GVCN, CBQL, KY_PHAT_HANH."""


def draft(*, seed: int, number: int, school: School, room: Classroom, uuid_of: int | None = None) -> Draft:
    """The record of pupil `number`; another number in `uuid_of` gives it that record's UUID or a new one of its own."""
    rng = Random(f"record/{seed}/{number}")
    identifier = _uuid(seed, number if uuid_of is None else uuid_of)
    result = rng.choices(("HTXS", "HTT", "HT", "CHT"), weights=(22, 33, 41, 4))[0]
    marks, levels = _assess(rng, result, room.grade)
    created = datetime(2026, 5, 20, 8, rng.randrange(60), rng.randrange(60), tzinfo=VIETNAM)
    signed_at = _signing_times(rng)
    return Draft(
        number=number,
        school=school,
        room=room,
        uuid=identifier,
        result=result,
        general=_general(rng, seed, number, school, room, identifier, created, signed_at["KY_PHAT_HANH"]),
        years=_years(school, room),
        summary=_summary(rng, result, room.grade),
        marks=marks,
        assessments=_assessments(rng, levels),
        signed_at=signed_at,
    )


def stamp(moment: datetime) -> str:
    """A moment as the specification writes it."""
    return moment.astimezone(VIETNAM).isoformat(timespec="seconds")


def pupil_number(seed: int, number: int, *, birth_year: int, female: bool) -> str:
    """A personal number that no other pupil of this or another seed (below 60) has."""
    turn, rest = divmod(seed * 1_000_003 + number, 1_000_000)
    province = PROVINCES[(turn - 1 + (rest // 97 % 10 == 7) * (1 + rest % 5)) % len(PROVINCES)]
    return f"{province}{3 if female else 2}{birth_year % 100:02d}{rest * 387_421 % 1_000_000:06d}"


def _uuid(seed: int, number: int) -> str:
    return str(uuid.UUID(int=Random(f"uuid/{seed}/{number}").getrandbits(128), version=4))


def _signing_times(rng: Random) -> dict[str, datetime]:
    teacher = datetime(2026, 5, 23, 8, tzinfo=VIETNAM) + timedelta(seconds=rng.randrange(2 * 86400))
    head = teacher + timedelta(seconds=rng.randrange(600, 86400))
    seal = head + timedelta(seconds=rng.randrange(600, 86400))
    return {"GVCN": teacher, "CBQL": head, "KY_PHAT_HANH": seal}


def _general(
    rng: Random,
    seed: int,
    number: int,
    school: School,
    room: Classroom,
    identifier: str,
    created: datetime,
    issued: datetime,
) -> dict[str, str]:
    female = rng.random() < 0.49
    birth_year = START_YEAR - 5 - room.grade
    born = f"{rng.randint(1, 28):02d}/{rng.randint(1, 12):02d}/{birth_year}"
    father, mother = person_name(rng, female=False), person_name(rng, female=True)
    own = person_name(rng, female=female).split(" ", 1)[1]
    home = rng.choice(sorted(WARDS))
    personal = {
        "HO_VA_TEN": f"{father.split(' ', 1)[0]} {own}",
        "SO_CCCD": pupil_number(seed, number, birth_year=birth_year, female=female),
        "MA_HOC_SINH": f"79{(seed * 1_000_003 + number) % 90_000_000:08d}",
        "GIOI_TINH": "Nữ" if female else "Nam",
        "NGAY_SINH": born,
        "CAN_NANG": f"{17 + room.grade * 3 + rng.randint(-4, 9)}.{rng.randint(0, 9)}",
        "CHIEU_CAO": str(108 + room.grade * 6 + rng.randint(-6, 8)),
        "TONG_SO_BUOI_NGHI_CO_PHEP": str(rng.choices((0, 1, 2, 3, 5), weights=(5, 3, 2, 1, 1))[0]),
        "THONG_SO_BUOI_NGHI_KHONG_PHEP": str(rng.choices((0, 1), weights=(9, 1))[0]),
        "NOI_SINH": f"Bệnh viện Phụ sản Giả lập {rng.randint(1, 9)}, {CITY}",
        "QUE_QUAN": f"{WARDS[rng.choice(sorted(WARDS))]}, {CITY}",
        "CHO_O_HIEN_NAY": address(rng, ward=WARDS[home].replace("Phường", "phường")),
        "DAN_TOC": rng.choice(ETHNICITIES),
        "QUOC_TICH": "Việt Nam",
        "HO_VA_TEN_CHA": father,
        "HO_VA_TEN_ME": mother,
    }
    return {
        "PHIEN_BAN": "1.0",
        "THONG_TU": "27/2020",
        "MA_TRA_CUU_UUID": identifier,
        "TEN_NAM_HOC": SCHOOL_YEAR,
        "MA_SO_GIAO_DUC": CITY_CODE,
        "TEN_SO_GD": CITY_NAME,
        "MA_TRUONG": school.code,
        "TEN_TRUONG": school.name,
        "TEN_XA_PHUONG": school.ward_name,
        "TEN_TINH_THANH_PHO": CITY,
        "MA_CAP_HOC": "02",
        "SO_SO_DANG_BO": f"TH-{START_YEAR + 1 - room.grade}-{number:04d}",
        **personal,
        "TEN_GIAM_HIEU_KY_HOC_BA": school.principal.name,
        "SO_CCCD_GIAM_HIEU_KY_HOC_BA": school.principal.cccd,
        "DIA_DANH_PHAT_HANH_HOC_BA": CITY,
        "NGAY_TAO_HOC_BA": stamp(created),
        "NGAY_KY_PHAT_HANH_HOC_BA": stamp(issued),
        "CHUC_VU_GIAM_HIEU_KY_HOC_BA": "Hiệu trưởng",
        "TEN_GIAO_VIEN_CHU_NHIEM": room.teacher.name,
        "SO_CCCD_GIAO_VIEN_CHU_NHIEM": room.teacher.cccd,
        "MA_KHOI": f"{room.grade:02d}",
        "TEN_LOP": room.name,
    }


def _years(school: School, room: Classroom) -> list[dict[str, str]]:
    return [
        {
            "NAM_HOC": f"{START_YEAR + turn}-{START_YEAR + turn + 1}",
            "TEN_LOP": f"{room.grade + turn}{room.name[1:]}",
            "TEN_TRUONG": school.name,
            "NGAY_TRANG_THAI_CHUYEN_DEN": f"{START_YEAR + turn}-09-05T00:00:00+07:00",
        }
        for turn in range(1 - room.grade, 1)
    ]


def subjects_of(grade: int) -> list[str]:
    """The compulsory subjects of a grade, in the order of the printed form."""
    left_out = {1: {"NN1", "LSD", "KHO", "TIN", "CNG", "TDT"}, 3: {"LSD", "KHO", "TDT"}, 4: {"TNX", "TDT"}}
    return [code for code in SUBJECTS if code not in left_out[1 if grade <= 2 else 3 if grade == 3 else 4]]


def _assess(rng: Random, result: str, grade: int) -> tuple[list[Mark], dict[str, str]]:
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


def _summary(rng: Random, result: str, grade: int) -> dict[str, str]:
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


def _assessments(rng: Random, levels: dict[str, str]) -> dict[str, str]:
    return {
        **levels,
        "NHAN_XET_PHAM_CHAT": " ".join(rng.sample(QUALITY_REMARKS, 3)),
        "NHAN_XET_NANG_LUC_CHUNG": " ".join(rng.sample(GENERAL_REMARKS, 3)),
        "NHAN_XET_NANG_LUC_DAC_THU": " ".join(rng.sample(SPECIFIC_REMARKS, 3)),
    }


_MARKUP = re.compile(r"[&<>\r]")


def escape(text: str) -> str:
    """Character data exactly as Canonical XML writes it."""
    if _MARKUP.search(text) is None:
        return text
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#xD;")


def write_data(record: Draft) -> str:
    """`DU_LIEU_HOC_BA`, already in canonical form: no declaration, no empty-element tags, no white space between."""
    years = "".join(f"<NAM>{_elements(year)}</NAM>" for year in record.years)
    marks = "".join(_mark(mark) for mark in record.marks)
    return (
        '<DU_LIEU_HOC_BA Id="data">'
        f"<THONG_TIN_CHUNG>{_elements(record.general)}</THONG_TIN_CHUNG>"
        f"<QUA_TRINH_HOC_TAP>{years}</QUA_TRINH_HOC_TAP>"
        f"<TONG_KET>{_elements(record.summary)}<BANG_DIEM>{marks}</BANG_DIEM>"
        f"<DANH_GIA_NANG_LUC_PHAM_CHAT>{_elements(record.assessments)}</DANH_GIA_NANG_LUC_PHAM_CHAT></TONG_KET>"
        "</DU_LIEU_HOC_BA>"
    )


def _elements(fields: dict[str, str]) -> str:
    return "".join([f"<{tag}>{escape(text)}</{tag}>" for tag, text in fields.items()])


def _mark(mark: Mark) -> str:
    fields = {"MA_MON_HOC": mark.code, "TEN_MON_HOC": mark.name, "MUC_DAT_DUOC": mark.level}
    if mark.score is not None:
        fields["DIEM_KIEM_TRA_DINH_KY"] = mark.score
    return f"<MON_HOC>{_elements(fields)}</MON_HOC>"


def write_saokhue(record: Draft) -> dict[str, Any]:
    """One entry of `hoc_ba` in the vendor format `saokhue/1`, with that vendor's habits: names in capitals or
    decomposed, decimal commas, scores as text, grades as number or text."""
    quirk = Random(f"quirk/{record.uuid}")
    general, summary = record.general, record.summary
    levels = {**dict.fromkeys(COMPETENCES.values()), **record.assessments}
    day, month, year = general["NGAY_SINH"].split("/")
    return {
        "uuid": record.uuid if quirk.random() < 0.2 else None,
        "hoc_sinh": {
            "ma": general["MA_HOC_SINH"],
            "cccd": general["SO_CCCD"],
            "ho_ten": _vendor_name(quirk, general["HO_VA_TEN"]),
            "gioi_tinh": general["GIOI_TINH"],
            "ngay_sinh": f"{year}-{month}-{day}",
            "can_nang": general["CAN_NANG"].replace(".", ","),
            "chieu_cao": general["CHIEU_CAO"],
            "noi_sinh": general["NOI_SINH"],
            "que_quan": general["QUE_QUAN"],
            "cho_o": general["CHO_O_HIEN_NAY"],
            "dan_toc": general["DAN_TOC"],
            "quoc_tich": general["QUOC_TICH"],
            "cha": general["HO_VA_TEN_CHA"],
            "me": general["HO_VA_TEN_ME"],
            "giam_ho": None,
            "so_dang_bo": general["SO_SO_DANG_BO"],
        },
        "lop": record.room.name,
        "khoi": quirk.choice((record.room.grade, str(record.room.grade), f"{record.room.grade:02d}")),
        "nghi_co_phep": int(general["TONG_SO_BUOI_NGHI_CO_PHEP"]),
        "nghi_khong_phep": int(general["THONG_SO_BUOI_NGHI_KHONG_PHEP"]),
        "gvcn": {"ho_ten": record.room.teacher.name, "cccd": record.room.teacher.cccd},
        "hieu_truong": {
            "ho_ten": record.school.principal.name,
            "cccd": record.school.principal.cccd,
            "chuc_vu": general["CHUC_VU_GIAM_HIEU_KY_HOC_BA"],
        },
        "ngay_tao": general["NGAY_TAO_HOC_BA"][:10],
        "qua_trinh": [
            {
                "nam_hoc": each["NAM_HOC"],
                "lop": each["TEN_LOP"],
                "truong": each["TEN_TRUONG"],
                "ngay": each["NGAY_TRANG_THAI_CHUYEN_DEN"][:10],
            }
            for each in record.years
        ],
        "ket_qua": {
            "xep_loai": record.result,
            "len_lop": summary["DUOC_LEN_LOP"] == "1",
            "hoan_thanh_lop": summary["DA_HOAN_THANH_CHUONG_TRINH_LOP_HOC"] == "1",
            "hoan_thanh_tieu_hoc": (
                summary["DA_HOAN_THANH_CHUONG_TRINH_TIEU_HOC"] == "1" if record.room.grade == 5 else None
            ),
            "noi_dung": summary["NOI_DUNG_HOAN_THANH_CHUONG_TRINH"],
            "khen_thuong": summary.get("NOI_DUNG_KHEN_THUONG"),
            "khen_dot_xuat": summary.get("NOI_DUNG_KHEN_THUONG_DOT_XUAT"),
        },
        "mon": {mark.code: _vendor_mark(quirk, mark) for mark in record.marks},
        "nang_luc": {key: levels[tag] for key, tag in COMPETENCES.items()},
        "pham_chat": {key: levels[tag] for key, tag in QUALITIES.items()},
        "nhan_xet": {
            "gvcn": summary["NHAN_XET_GVCN"],
            "pham_chat": record.assessments["NHAN_XET_PHAM_CHAT"],
            "nang_luc_chung": record.assessments["NHAN_XET_NANG_LUC_CHUNG"],
            "nang_luc_dac_thu": record.assessments["NHAN_XET_NANG_LUC_DAC_THU"],
        },
    }


def _vendor_name(quirk: Random, name: str) -> str:
    style = quirk.randrange(4)
    if style == 0:
        return name.upper()
    return unicodedata.normalize("NFD", name) if style == 1 else name


def _vendor_mark(quirk: Random, mark: Mark) -> dict[str, object]:
    if mark.score is None:
        return {"muc": mark.level}
    return {"muc": mark.level, "diem": quirk.choice((int(mark.score), f"{mark.score}.0", f"{mark.score},0"))}
