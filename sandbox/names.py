"""Invented names: plausible Vietnamese persons, schools and addresses, drawn from a seeded generator."""

from random import Random

SURNAMES = (
    *("Nguyễn", "Nguyễn", "Nguyễn", "Nguyễn", "Trần", "Trần", "Lê", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Võ"),
    *("Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý", "Đinh", "Mai", "Trịnh", "Đoàn", "Lâm", "Châu", "Tạ", "Thái"),
)
MIDDLE_GIRLS = ("Thị", "Thị Mỹ", "Ngọc", "Thanh", "Bảo", "Khánh", "Phương", "Thùy", "Minh", "Hoài", "Thị Kim", "Quỳnh")
MIDDLE_BOYS = ("Văn", "Minh", "Gia", "Quốc", "Đức", "Hoàng", "Thành", "Anh", "Bảo", "Hữu", "Tuấn", "Khắc", "Nhật")
GIRLS = (
    *("An", "Anh", "Bích", "Chi", "Diệp", "Dung", "Giang", "Hà", "Hân", "Hạnh", "Hiền", "Hoa", "Hương", "Khuê", "Lam"),
    *("Lan", "Linh", "Loan", "Ly", "Mai", "My", "Nga", "Ngân", "Nghi", "Ngọc", "Nhi", "Như", "Oanh", "Phượng", "Quyên"),
    *("Tâm", "Thảo", "Thư", "Thủy", "Trâm", "Trang", "Trinh", "Trúc", "Uyên", "Vân", "Vy", "Xuân", "Yến"),
)
BOYS = (
    *("An", "Bách", "Bảo", "Bình", "Châu", "Cường", "Đạt", "Duy", "Giang", "Hải", "Hậu", "Hiếu", "Hòa", "Hùng", "Huy"),
    *("Khang", "Khánh", "Khoa", "Khôi", "Kiên", "Lâm", "Long", "Lộc", "Minh", "Nam", "Nghĩa", "Nhân", "Phát", "Phong"),
    *(
        "Phú",
        "Phúc",
        "Quân",
        "Quang",
        "Quý",
        "Sơn",
        "Tài",
        "Thiện",
        "Thịnh",
        "Tiến",
        "Toàn",
        "Trí",
        "Tú",
        "Tuấn",
        "Việt",
    ),
)
SCHOOL_NOUNS = (
    *("Cánh Buồm", "Mây", "Đồng Cỏ", "Cánh Diều", "Giọt Sương", "Hạt Mầm", "Ngọn Đèn", "Con Thuyền", "Vầng Trăng"),
    *("Khu Vườn", "Dòng Suối", "Ngôi Sao", "Đàn Én", "Hoa Gạo", "Hoa Sữa", "Lá Bàng", "Búp Măng", "Chồi Biếc"),
)
SCHOOL_QUALITIES = (
    *("Xanh", "Trắng", "Hồng", "Biếc", "Nhỏ", "Sớm Mai", "Mùa Thu", "Mùa Hạ", "Ban Mai", "Phương Nam"),
    *("Hiền Hòa", "Vàng"),
)
STREETS = ("Hoa Giấy", "Bằng Lăng", "Sao Đen", "Dầu Rái", "Hoàng Yến", "Bọ Cạp Vàng", "Lim Xẹt", "Me Tây", "Phượng Vĩ")


def person_name(rng: Random, *, female: bool) -> str:
    """A full name, family name first."""
    middle = rng.choice(MIDDLE_GIRLS if female else MIDDLE_BOYS)
    return f"{rng.choice(SURNAMES)} {middle} {rng.choice(GIRLS if female else BOYS)}"


def school_name(index: int, *, kind: str) -> str:
    """The name of the n-th invented school; every index gives another name."""
    noun = SCHOOL_NOUNS[index % len(SCHOOL_NOUNS)]
    quality = SCHOOL_QUALITIES[(index + index // len(SCHOOL_NOUNS)) % len(SCHOOL_QUALITIES)]
    turn = index // (len(SCHOOL_NOUNS) * len(SCHOOL_QUALITIES))
    return f"{kind} {noun} {quality}" + (f" {turn + 1}" if turn else "")


def address(rng: Random, *, ward: str) -> str:
    """A street address in the given ward, on a street that does not exist."""
    return f"{rng.randint(1, 290)} đường {rng.choice(STREETS)}, {ward}, Thành phố Hồ Chí Minh"
