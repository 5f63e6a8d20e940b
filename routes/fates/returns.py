"""Causes that lie in what a destination gives back."""

from ledger.states import Fate
from routes.fates.causes import cause

RETURNS = (
    cause(
        "refused-by-school",
        Fate.REFUSED,
        "Trường nhận từ chối hồ sơ trả về.",
        "The receiving school refused a returned record.",
        "Xem lý do của trường; nơi nhận đã được báo.",
        "See the school's reason; the destination has been told.",
    ),
    cause(
        "unmatched-school",
        Fate.HELD,
        "Trường nhận chưa có trong hub.",
        "The hub knows no such school.",
        "Khai trường và phần mềm của trường, rồi bấm thử lại.",
        "Enter the school and its software, then retry.",
    ),
    cause(
        "returned-signature",
        Fate.HELD,
        "Hồ sơ trả về có chữ ký không hợp lệ.",
        "A returned record's signature is not valid.",
        "Báo Sở kiểm tra bản gốc; không chuyển cho trường.",
        "Ask the city to check the original; it is not passed on.",
    ),
    cause(
        "returned-content",
        Fate.HELD,
        "Không đọc được hồ sơ trả về.",
        "The returned content cannot be read.",
        "Báo đơn vị vận hành cổng.",
        "Tell the portal's operators.",
    ),
)
