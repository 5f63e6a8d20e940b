"""What the operator may say about the printed form."""

from pydantic import BaseModel, ConfigDict, Field


class PrintSettings(BaseModel):
    """Where its code leads, and what it says of itself."""

    model_config = ConfigDict(frozen=True)

    lookup_url: str = Field(
        "https://xacthuchocbaso.hcm.edu.vn/?ma={uuid}",
        max_length=300,
        pattern=r"^https?://[!-~]+$",
        description=(
            "Trang tra cứu mà mã QR mở ra; {uuid} là mã tra cứu, ngoài ra không có gì của học sinh."
            " / The look-up page that the QR code opens; {uuid} is all it holds of the pupil."
        ),
    )
    note: str = Field(
        "Bản in có giá trị pháp lý tương đương học bạ giấy khi được cơ sở giáo dục phát hành học bạ hoặc Sở GDĐT xác nhận,"
        " hoặc được sao y theo quy định (QĐ 1789/QĐ-SGDĐT, Điều 3).",
        max_length=500,
        description="Câu về giá trị của bản in. / The sentence about what a printed copy is worth.",
    )
    holder_seconds: float = Field(
        180.0,
        gt=0,
        le=900,
        description=(
            "Ký bản in bằng dịch vụ từ xa: chờ người giữ khóa đồng ý bấy lâu, rồi yêu cầu hết hạn."
            " / A remote holder of the key is waited for so long when a form is signed; then the order ends."
        ),
    )
