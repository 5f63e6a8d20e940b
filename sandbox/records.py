"""Invented pupils and their year's record, before anyone has written it in a form. A draft keeps the official element
names, in order, so that a fault is made by plain editing.
"""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from random import Random

from sandbox.names import address, person_name
from sandbox.results import Mark, assess, remarked, summarise
from sandbox.schools import CITY_CODE, CITY_NAME, WARDS, Classroom, School

VIETNAM = timezone(timedelta(hours=7))
SCHOOL_YEAR = "2025-2026"
START_YEAR = 2025
CITY = "Thành phố Hồ Chí Minh"
PROVINCES = (
    *("079", "077", "074", "075", "072", "080", "082", "083", "084", "086", "087", "089", "091", "092", "093", "094"),
    *("095", "096", "001", "002", "004", "006", "008", "010", "011", "012", "014", "015", "017", "019", "020", "022"),
    *("024", "025", "026", "027", "030", "031", "033", "034", "035", "036", "037", "038", "040", "042", "044", "045"),
    *("046", "048", "049", "051", "052", "054", "056", "058", "060", "062", "064", "066", "067", "068", "070"),
)
ETHNICITIES = ("Kinh",) * 16 + ("Hoa", "Hoa", "Khơ-me", "Chăm")


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
    marks, levels = assess(rng, result, room.grade)
    created = datetime(2026, 5, 20, 8, rng.randrange(60), rng.randrange(60), tzinfo=VIETNAM)
    signed_at = _signing_times(rng)
    return Draft(
        number=number,
        school=school,
        room=room,
        uuid=identifier,
        result=result,
        general={
            **_opening(number, school, room, identifier),
            **_personal(rng, seed, number, room),
            **_closing(school, room, created, signed_at["KY_PHAT_HANH"]),
        },
        years=_years(school, room),
        summary=summarise(rng, result, room.grade),
        marks=marks,
        assessments=remarked(rng, levels),
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


def _opening(number: int, school: School, room: Classroom, identifier: str) -> dict[str, str]:
    """THONG_TIN_CHUNG up to the pupil."""
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
    }


def _personal(rng: Random, seed: int, number: int, room: Classroom) -> dict[str, str]:
    """THONG_TIN_CHUNG about the pupil."""
    female = rng.random() < 0.49
    birth_year = START_YEAR - 5 - room.grade
    born = f"{rng.randint(1, 28):02d}/{rng.randint(1, 12):02d}/{birth_year}"
    father, mother = person_name(rng, female=False), person_name(rng, female=True)
    own = person_name(rng, female=female).split(" ", 1)[1]
    home = rng.choice(sorted(WARDS))
    return {
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


def _closing(school: School, room: Classroom, created: datetime, issued: datetime) -> dict[str, str]:
    """THONG_TIN_CHUNG after the pupil: who signs, when, for which class."""
    return {
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
