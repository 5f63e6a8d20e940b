"""What an operator may set about the connection to a portal; the assumed contract §3 gives the defaults."""

import ipaddress
from pathlib import Path
from typing import Self

import httpx
from pydantic import BaseModel, Field, SecretStr, model_validator

MIB = 1024 * 1024


class PortalPaths(BaseModel):
    """Where each call lives below the portal's address."""

    token: str = Field("/api/token", description="Lấy token. / Token.")
    submit: str = Field("/api/giao-dich/1", description="Giao dịch 1: gửi học bạ. / Transaction 1: submit.")
    result: str = Field("/api/giao-dich/2", description="Giao dịch 2: hỏi kết quả. / Transaction 2: result.")
    registration: str = Field(
        "/api/giao-dich/3", description="Giao dịch 3: đăng ký chứng thư số. / Register a certificate."
    )
    registration_result: str = Field(
        "/api/giao-dich/4", description="Giao dịch 4: hỏi kết quả đăng ký. / Result of a registration."
    )
    signature_kinds: str = Field(
        "/api/danh-muc/kieu-chu-ky", description="Danh mục kiểu chữ ký số. / Kinds of signature."
    )
    issuers: str = Field(
        "/api/danh-muc/nha-phat-hanh", description="Danh mục nhà phát hành chứng thư. / Issuers of certificates."
    )
    returned: str = Field("/api/tra-hoc-ba", description="Học bạ trả về. / Returned records.")
    acknowledge: str = Field("/api/tra-hoc-ba/xac-nhan", description="Xác nhận đã nhận. / Acknowledge a return.")


class PortalSettings(BaseModel):
    """One portal: address, accounts, patience, trust."""

    url: str = Field("http://127.0.0.1:8079", description="Địa chỉ cổng. / The portal's address.")
    paths: PortalPaths = Field(PortalPaths(), description="Đường dẫn từng lệnh. / Path of each call.")
    accounts: Path | None = Field(
        None,
        description=(
            "Tệp JSON tài khoản từng đơn vị (ma_don_vi, user_name, password hoặc password_sha256); sửa tệp có hiệu lực"
            " ngay. / JSON list of the units' accounts; changes take effect at once."
        ),
    )
    collecting_unit: str = Field(
        "79", description="Đơn vị nhận học bạ trả về (Sở). / Unit that collects returned records."
    )
    type: str = Field("HBS", description="Trường type của mọi giao dịch. / `type` of every transaction.")
    body_octets: int = Field(
        10 * MIB, ge=1000, description="Dung lượng tối đa thân giao dịch. / Size of a request body, at most."
    )
    reply_octets: int = Field(
        64 * MIB, ge=1000, description="Dung lượng tối đa câu trả lời. / Size of a reply, at most."
    )
    connect_seconds: float = Field(5.0, gt=0, description="Chờ kết nối. / Wait for a connection.")
    read_seconds: float = Field(
        30.0, gt=0, description="Chờ giữa hai lần nhận dữ liệu. / Silence while reading, at most."
    )
    exchange_seconds: float = Field(
        60.0,
        gt=0,
        description=(
            "Thời hạn một lượt hỏi đáp; phải ngắn hơn retry.settle_seconds và dispatch.exchange_lease_seconds. / One"
            " request and its reply, at most; keep it below the settle time and the exchange lease."
        ),
    )
    patience_seconds: float = Field(
        3.0,
        ge=0,
        description="Thử lại ngay trong một lượt, chỉ khi vô hại. / Trying again within one exchange, only where harmless.",
    )
    keepalive_seconds: float = Field(
        4.0,
        ge=0,
        description="Giữ kết nối rỗi; ngắn hơn của cổng. / Keep an idle connection; shorter than the portal does.",
    )
    connections: int = Field(100, ge=1, le=1000, description="Số kết nối cùng lúc. / Connections at once, at most.")
    proxy: str | None = Field(None, description="Proxy ra ngoài. / Outbound proxy.")
    ca_file: Path | None = Field(
        None, description="CA tin cậy (PEM); bỏ trống: của hệ thống. / Trusted CAs; empty: the system's."
    )
    client_certificate: Path | None = Field(
        None, description="Chứng thư máy khách (PEM, kèm khóa). / Client certificate with its key (PEM)."
    )
    client_key: Path | None = Field(None, description="Khóa, nếu để riêng. / Its key, where it is a file of its own.")
    client_key_password: SecretStr | None = Field(None, description="Mật khẩu của khóa. / The key's password.")
    plain_http_exposes_passwords: bool = Field(
        False,
        description="Cho phép http không mã hóa ngoài máy này: lộ mật khẩu và dữ liệu. / Allow http beyond this machine.",
    )

    @model_validator(mode="after")
    def _encrypted_beyond_this_machine(self) -> Self:
        try:
            url = httpx.URL(self.url)
        except httpx.InvalidURL as error:
            raise ValueError("địa chỉ cổng không hợp lệ / not an address") from error
        if url.scheme not in {"http", "https"} or not url.host or url.userinfo or url.query:
            raise ValueError("địa chỉ cổng phải là http(s)://máy[:cổng] / the address must be http(s)://host[:port]")
        if url.scheme == "http" and not (self.plain_http_exposes_passwords or _loopback(url.host)):
            raise ValueError(
                "cổng ngoài máy này phải dùng https, hoặc bật plain_http_exposes_passwords"
                " / a portal beyond this machine needs https, or plain_http_exposes_passwords"
            )
        return self


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
