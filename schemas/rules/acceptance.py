"""What must hold before a record can be taken on; only the ledger can know, and tells it in these words."""

from schemas.rules.rule import declared

_UUID_BASIS = "CV 2088/BGDĐT-GDTH, Phụ lục 1 mục II.1.4"

SPOKEN_FOR = declared(
    "A01",
    basis="QĐ 1789/QĐ-SGDĐT, Điều 5",
    title=("Phần mềm được gửi hồ sơ của trường", "The sender may speak for the school"),
    message=(
        "Phần mềm này không được gửi hồ sơ của trường có mã «{school}».",
        "This sender may not speak for the school with code «{school}».",
    ),
    remedy=(
        "Kiểm tra MA_TRUONG; nếu đúng, đề nghị Sở đăng ký phần mềm cho trường này.",
        "Check MA_TRUONG; if it is right, ask the city to register this software for the school.",
    ),
)
UUID_READABLE = declared(
    "A02",
    basis=_UUID_BASIS,
    title=("Mã tra cứu học bạ là UUID", "The look-up code is a UUID"),
    message=("Mã tra cứu học bạ không phải là UUID.", "The look-up code is not a UUID."),
    remedy=(
        "Dùng UUID v4, ví dụ 123e4567-e89b-42d3-a456-556642440000.",
        "Use a UUID v4 such as 123e4567-e89b-42d3-a456-556642440000.",
    ),
)
UUID_UNIQUE = declared(
    "B02",
    basis=_UUID_BASIS,
    title=("Mỗi mã tra cứu (UUID) chỉ của một hồ sơ", "A look-up code (UUID) is one record's for ever"),
    message=(
        "Mã tra cứu học bạ (UUID) này đã được dùng cho một hồ sơ khác.",
        "This look-up code (UUID) already belongs to another record.",
    ),
    remedy=(
        "Tạo lại hồ sơ với UUID v4 mới; UUID không bao giờ dùng lại.",
        "Create the record again with a new UUID v4; a UUID is never used twice.",
    ),
)
