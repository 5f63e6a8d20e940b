"""What must hold of transactions and of records already in force: told by the journey and the ledger, in these words.

Where each is kept: T01 by `routes.pack` (a package that grew too large is cut in halves, a single record that is too
large is dead) and by `schemas.rules.batch` for a file; T02 by `routes.deliver` and `routes.poll` (sending is written
down before the first octet leaves, and whoever finds it asks transaction 2 first); T03 by `routes.poll` (rows are
matched to members one to one, a foreign row is an alarm); T04 by `routes.check` with the campaigns of the settings;
T05 by `ledger.copies`, the journal of copies; B03 by `routes.check` from what the ledger knows to be in force, and
by `schemas.rules.batch` within a file.
"""

from schemas.rules.rule import declared

_CV_2088 = "CV 2088/BGDĐT-GDTH, Phụ lục 1"
_QD_1789 = "QĐ 1789/QĐ-SGDĐT"

IN_FORCE = declared(
    "B03",
    basis=f"{_CV_2088} mục 1.4 và 4.3; {_QD_1789} Điều 21 khoản 3, 4, Điều 22 khoản 1",
    title=(
        "Mỗi học sinh, năm học, cấp học, đợt chỉ có một học bạ có hiệu lực",
        "One record in force for each pupil, school year, level and occasion",
    ),
    message=(
        "Học sinh đã có một học bạ của năm học và cấp học này: {other_vi}.",
        "The pupil has a record of this school year and level already: {other_en}.",
    ),
    remedy=(
        "Nếu bản mới là để thay thế: thu hồi bản cũ (giao dịch 5), chờ đồng ý, rồi gửi bản mới với UUID mới. "
        "Nếu gửi nhầm hai lần thì bỏ bản thừa.",
        "To replace it, have the old one recalled (transaction 5) and agreed, then send the new one under a new UUID. "
        "If it was sent twice by mistake, leave one out.",
    ),
)
PACKED_SIZE = declared(
    "T01",
    basis=f"{_CV_2088}.2 (mỗi giao dịch không quá 10 MB)",
    title=("Mỗi giao dịch không quá 10 MB", "A transaction is 10 MB at most"),
    message=(
        "Gói dữ liệu {size} MB lớn hơn {most} MB của một giao dịch.",
        "The package has {size} MB; a transaction carries {most} MB at most.",
    ),
    remedy=("Chia gói theo lớp rồi gửi lại.", "Split the package by class and send it again."),
)
SENT_ONCE = declared(
    "T02",
    basis=f"{_CV_2088} mục II.2; hợp đồng kết nối mục 3",
    title=(
        "Mỗi messageid chỉ gửi một lần, hỏi kết quả đến khi đủ",
        "A messageid is sent once, and asked about until every record has its verdict",
    ),
    message=(
        "Giao dịch {messageid} chưa có đủ kết quả.",
        "Transaction {messageid} does not have all its verdicts.",
    ),
    remedy=(
        "Hỏi kết quả (giao dịch 2) trước; chỉ gửi lại những hồ sơ bị từ chối, với messageid mới.",
        "Ask for the result (transaction 2) first; send only refused records again, under a new messageid.",
    ),
)
RECONCILED = declared(
    "T03",
    basis=f"{_CV_2088} mục II.2; hợp đồng kết nối mục 3",
    title=("Kết quả khớp từng UUID đã gửi", "Verdicts answer the UUIDs sent, one to one"),
    message=(
        "Kết quả của cổng không khớp hồ sơ đã gửi ({count} dòng).",
        "The portal's verdicts do not match what was sent ({count} rows).",
    ),
    remedy=(
        "Đối chiếu danh sách UUID đã gửi với cổng; báo đơn vị vận hành cổng.",
        "Compare the UUIDs sent with the portal's; tell the portal's operators.",
    ),
)
FROZEN = declared(
    "T04",
    basis=f"{_QD_1789} Điều 21 khoản 1, 2, 4, 6",
    title=(
        "Sau ngày chốt, học bạ mới hay thay thế cần Sở phê duyệt",
        "After the freeze a new or replacing record needs the city's word",
    ),
    message=(
        "Học bạ phát hành sau ngày chốt {day}.",
        "The record was issued after the freeze of {day}.",
    ),
    remedy=(
        "Gửi Sở yêu cầu chỉnh lý hoặc giải trình nộp muộn; Sở phê duyệt thì hồ sơ đi tiếp, không phải gửi lại.",
        "Ask the city to allow the correction or the late record; once it does, the record goes on without being resent.",
    ),
)
COPIES_LOGGED = declared(
    "T05",
    basis="Dự thảo Thông tư học bạ số (CV 2250/BGDĐT-GDPT ngày 29/4/2026)",
    title=("Mỗi bản sao, trích lục cấp ra đều ghi nhật ký", "Every copy or extract handed out is journalled"),
    message=("Bản sao cấp ra không có trong nhật ký.", "A copy was handed out that the journal does not have."),
    remedy=(
        "Cấp bản sao qua hub để có nhật ký: ai, lúc nào, hồ sơ nào.",
        "Hand copies out through the hub, which journals who, when and which record.",
    ),
)
