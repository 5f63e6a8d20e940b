"""What an operator may set about the ledger."""

from pydantic import BaseModel, Field, SecretStr


class LedgerSettings(BaseModel):
    """The database that holds the truth."""

    url: SecretStr | None = Field(
        None,
        description="Địa chỉ PostgreSQL; bỏ trống thì dùng máy chủ nhúng. / PostgreSQL URL; empty: the embedded server.",
    )
    pool_size: int = Field(
        8,
        ge=2,
        le=200,
        description="Số kết nối tối đa của mỗi tiến trình. / Connections per process, at most.",
    )
    statement_timeout_seconds: float = Field(
        60.0,
        gt=0,
        description="Một câu lệnh lâu hơn thế bị hủy. / A statement that takes longer is cancelled.",
    )
    risk_losing_accepted_records: bool = Field(
        False,
        description=(
            "Cho phép chạy trên cơ sở dữ liệu tắt fsync, full_page_writes hoặc synchronous_commit: mất điện là mất hồ sơ"
            " đã nhận. / Run on a database without fsync, full page writes or synchronous commit: a power cut loses"
            " records that were accepted."
        ),
    )
