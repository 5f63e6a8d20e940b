"""What an operator may set about certificates: who approves, when staff are warned, how they are registered."""

from typing import Literal

from pydantic import BaseModel, Field


class CertificateSettings(BaseModel):
    """The registry of certificates: who approves, and when staff are warned."""

    approver: Literal["ward", "city", "portal"] = Field(
        "city",
        description=(
            "Ai phê duyệt chứng thư số mới đăng ký: ward (phường, xã), city (Sở) hoặc portal (cổng trả lời giao"
            " dịch 4); văn bản không nói rõ. / Whose word approves a new registration: ward, city, or the portal's"
            " answer to transaction 4; the law found does not say."
        ),
    )
    expiring_days: int = Field(
        30, ge=1, le=366, description="Báo trước bấy nhiêu ngày khi sắp hết hạn. / Warn so many days before an end."
    )


class RegisteringSettings(BaseModel):
    """Certificates registered with a portal (transactions 3 and 4), and its catalogues."""

    look_seconds: float = Field(
        10.0,
        gt=0,
        description="Nhịp xem có đăng ký nào đến lượt. / How often registrations that are due are looked for.",
    )
    poll_delays_seconds: tuple[float, ...] = Field(
        (30, 120, 600, 1800, 3600),
        description="Nhịp hỏi kết quả đăng ký; nhịp cuối lặp lại. / Rhythm of asking for approvals; the last repeats.",
    )
    give_up_seconds: float = Field(
        30 * 86400.0,
        gt=0,
        description="Cổng không quyết định sau bấy lâu thì báo người xem. / No decision after this: staff are told.",
    )
    catalogue_seconds: float = Field(
        86400.0,
        gt=0,
        description=(
            "Bao lâu lấy lại danh mục kiểu chữ ký và nhà phát hành. / How often the catalogues of kinds and issuers are"
            " fetched."
        ),
    )
