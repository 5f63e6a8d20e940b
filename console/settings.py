"""What an operator may set about the web application."""

from ipaddress import IPv4Network, IPv6Network

from pydantic import BaseModel, Field

MIB = 1024 * 1024


class WebSettings(BaseModel):
    """The vendors' API and the staff's pages."""

    host: str = Field(
        "127.0.0.1",
        description="Địa chỉ lắng nghe của API và trang quản trị. / Address that API and console listen on.",
    )
    port: int = Field(8000, ge=0, le=65535, description="Cổng lắng nghe. / Port to listen on.")
    body_octets: int = Field(
        10 * MIB, ge=1000, description="Dung lượng tối đa của một lần gửi. / Size of a pushed body, at most."
    )
    body_seconds: float = Field(
        60.0, gt=0, description="Hạn nhận đủ một lần gửi. / A pushed body must have arrived within this time."
    )
    at_once: int = Field(
        64,
        ge=1,
        le=1000,
        description="Số lần gửi xử lý cùng lúc; thêm nữa thì trả 503. / Pushes handled at once; more get a 503.",
    )
    children: int = Field(
        1,
        ge=1,
        le=16,
        description=(
            "Số tiến trình con đọc các lần gửi lớn; lần gửi nhỏ có tiến trình riêng. / Child processes that read large"
            " pushes; small ones have a child of their own."
        ),
    )
    child_seconds: float = Field(
        30.0,
        gt=0,
        description="Đọc một lần gửi lâu hơn thế thì từ chối. / A push that takes longer to read is refused.",
    )
    child_octets: int = Field(
        2048 * MIB,
        ge=256 * MIB,
        description="Bộ nhớ tối đa của tiến trình con. / Memory of a child process, at most.",
    )
    small_octets: int = Field(
        256 * 1024,
        ge=0,
        description=(
            "Lần gửi đến mức này là nhỏ, không phải chờ sau lần gửi lớn. / A push up to this size is small: it does not"
            " wait behind large ones."
        ),
    )
    key_cache_seconds: float = Field(
        5.0,
        ge=0,
        description="Khóa API bị thu hồi còn dùng được tối đa bấy lâu. / A revoked API key works this long at most.",
    )
    retry_after_seconds: int = Field(
        10, ge=1, description="Giá trị Retry-After khi tạm không nhận được. / Retry-After of a 503."
    )
    page_size: int = Field(
        1000, ge=1, le=10_000, description="Số dòng tối đa của một trang API. / Rows of an API page, at most."
    )
    console_networks: tuple[IPv4Network | IPv6Network, ...] = Field(
        (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128")),
        description=(
            "Máy được mở trang quản trị; chưa có đăng nhập nên chỉ máy này. / Hosts that may open the console: no login"
            " yet, hence this machine only."
        ),
    )
    console_names: tuple[str, ...] = Field(
        ("localhost", "127.0.0.1", "::1"),
        description=(
            "Tên máy trong địa chỉ trang quản trị; tên khác bị từ chối (DNS rebinding). / Host names that the console"
            " answers to; others are refused (DNS rebinding)."
        ),
    )
