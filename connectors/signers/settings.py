"""One remote signing service: address, account, patience, and whose keys it holds."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

MIB = 1024 * 1024


class ServiceSettings(BaseModel):
    """One remote signing service: address, account, patience, and whose keys it holds."""

    model_config = ConfigDict(extra="forbid")

    adapter: str = Field(
        "csc", description="Loại dịch vụ: csc, smartca, mysign. / Which provider's folder speaks to it."
    )
    url: str = Field(
        description="Địa chỉ gốc của dịch vụ, ví dụ https://…/csc/v2. / Base address, for example https://…/csc/v2."
    )
    token_url: str = Field(
        "",
        description=(
            "csc: địa chỉ cấp token OAuth 2.0; bỏ trống: {url}/oauth2/token. / Where OAuth 2.0 tokens are given; empty:"
            " {url}/oauth2/token."
        ),
    )
    profile: str = Field(
        "adss:ras:profile:001", description="mysign: hồ sơ mà nhà cung cấp giao cho hub. / The provider's profile."
    )
    credentials: Path = Field(
        description=(
            "Tệp JSON: «mã đơn vị/vai» hoặc «mã đơn vị/vai-SO_CCCD» → tên khóa ở dịch vụ; sửa tệp có hiệu lực ngay. / JSON"
            " file: «unit/role» or «unit/role-SO_CCCD» → the service's name of the key; changes take effect at once."
        ),
    )
    client_id: str = Field("", description="Tài khoản của hub ở dịch vụ. / The hub's account at the service.")
    client_secret_file: Path | None = Field(None, description="Tệp mật khẩu tài khoản đó. / File with its secret.")
    pin_file: Path | None = Field(
        None,
        description=(
            "Tệp mã PIN cho khóa ký tự động (con dấu), nếu dịch vụ đòi. / File with the PIN of automatic seal keys, where the"
            " service wants one."
        ),
    )
    ca_file: Path | None = Field(None, description="Chứng thư gốc TLS riêng. / Private TLS root.")
    at_once: int = Field(50, ge=1, le=2000, description="Số mã băm tối đa một lần ký. / Hashes of one order, at most.")
    exchanges: int = Field(8, ge=1, le=64, description="Số yêu cầu cùng lúc. / Requests at once.")
    patience_seconds: float = Field(
        3.0,
        ge=0,
        description=(
            "Thời gian hỏi lại điều hỏi lại vô hại trước khi hẹn lúc khác. / What is harmless to repeat is repeated so long."
        ),
    )
    exchange_seconds: float = Field(20.0, gt=0, description="Thời gian tối đa của một yêu cầu. / Time of one request.")
    reply_octets: int = Field(4 * MIB, ge=1000, description="Dung lượng tối đa của câu trả lời. / Size of a reply.")
