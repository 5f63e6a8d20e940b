"""Which timestamping authorities are asked, and how long they are waited for."""

from pathlib import Path

import httpx
from pydantic import BaseModel, ConfigDict, Field, field_validator


class TimestampSettings(BaseModel):
    """Timestamping authorities: addresses and patience."""

    model_config = ConfigDict(extra="forbid")

    urls: tuple[str, ...] = Field(
        (),
        description=(
            "Địa chỉ các tổ chức cấp dấu thời gian (RFC 3161); hỏng nơi này thì hỏi nơi kế. / Addresses of the timestamping"
            " authorities; when one fails, the next is asked."
        ),
    )
    exchange_seconds: float = Field(
        10.0, gt=0, description="Thời gian tối đa chờ một nơi trả lời. / Time for one authority's answer."
    )
    patience_seconds: float = Field(
        30.0,
        gt=0,
        description=(
            "Hỏi lần lượt các nơi tối đa bấy lâu cho một dấu thời gian. / One timestamp is tried for so long, at all of them."
        ),
    )
    reply_octets: int = Field(
        66_560, ge=1000, description="Dung lượng tối đa một câu trả lời. / Size of a reply, at most."
    )
    ca_file: Path | None = Field(
        None,
        description="CA tin cậy cho https (PEM); bỏ trống: của hệ thống. / Trusted CAs for https; empty: the system's.",
    )
    concurrency: int = Field(
        8, ge=1, le=200, description="Số dấu thời gian xin cùng lúc. / Timestamps asked for at once."
    )

    @field_validator("urls")
    @classmethod
    def _addresses(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        for text in urls:
            try:
                url = httpx.URL(text)
            except httpx.InvalidURL as error:
                raise ValueError(f"{text}: không phải địa chỉ / not an address") from error
            if url.scheme not in {"http", "https"} or not url.host or url.userinfo:
                raise ValueError(
                    f"{url.copy_with(userinfo=b'')}: phải là http(s)://máy/đường-dẫn, không kèm mật khẩu"
                    " / must be http(s)://host/path without a password"
                )
        return urls
