"""What the API answers, declared for OpenAPI; the tests hold every answer against these shapes."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Shape(BaseModel):
    """An answer has these members and no others."""

    model_config = ConfigDict(extra="forbid")


class TwoTongues(Shape):
    """The same words in Vietnamese and English."""

    vi: str = Field(description="Tiếng Việt / Vietnamese")
    en: str = Field(description="Tiếng Anh / English")


class FindingShape(Shape):
    """Một lỗi hoặc cảnh báo. / One fault or warning."""

    rule: str = Field(description="Mã quy tắc, ví dụ B08 / rule id")
    severity: Literal["error", "warning"]
    message: TwoTongues = Field(description="Sai điều gì / what is wrong")
    remedy: TwoTongues = Field(description="Sửa thế nào / how to mend it")
    basis: str = Field(description="Căn cứ / legal basis")
    path: str | None = Field(description="Vị trí trong hồ sơ / place in the record")
    line: int | None = Field(description="Dòng / line")
    offset: int | None = Field(description="Byte thứ / octet offset")
    seen: str | None = Field(description="Giá trị tìm thấy / value found")
    expected: str | None = Field(description="Giá trị mong đợi / value expected")
    uuid: str | None = Field(description="MA_TRA_CUU_UUID")
    personal: bool = Field(description="`seen` là dữ liệu cá nhân / `seen` is personal data")


class ProblemShape(BaseModel):
    """RFC 9457: từ chối cả yêu cầu, nêu mọi lỗi một lần. / A refusal with all faults at once."""

    type: str = Field(description="urn:hocba:problem:…")
    title: str
    title_en: str
    status: int
    instance: str
    detail: str = ""
    detail_en: str = ""
    findings: list[FindingShape] = []
    receipt: UUID | None = Field(None, description="409: biên nhận đã cấp cho khóa này / receipt this key already has")


class LineAtTheDoor(Shape):
    """Một hồ sơ của lần gửi, khi tiếp nhận. / One record of a submission, at the door."""

    index: int = Field(description="Thứ tự trong lần gửi, từ 0 / 0-based place")
    uuid: str = Field(description="MA_TRA_CUU_UUID như đã gửi hoặc do hub cấp / as sent, or given by the hub")
    status: Literal["accepted", "refused", "duplicate"]
    findings: list[FindingShape]


class ReceiptShape(Shape):
    """Biên nhận: những gì `accepted` đếm đã được lưu bền vững. / What `accepted` counts is durable."""

    receipt: UUID
    received_at: datetime
    accepted: int
    refused: int
    duplicate: int
    records: list[LineAtTheDoor]
    links: dict[str, str]


class LineNow(LineAtTheDoor):
    """Một hồ sơ của lần gửi và vị trí hiện nay. / One record of a submission and where it stands now."""

    fate: Literal["open", "approved", "refused", "held", "dead", "superseded"] | None
    stage: str | None = Field(description="normalise, check, sign, verify, pack, deliver, poll")
    state: str | None = Field(description="ready, queued, waiting, leased, held; null: đã kết thúc / ended")
    cause: str
    changed_at: datetime | None


class SubmissionShape(Shape):
    """Một lần gửi. / One submission."""

    receipt: UUID
    received_at: datetime
    format: str
    accepted: int
    refused: int
    duplicate: int
    unfinished: int = Field(description="Hồ sơ chưa đi đến kết quả / records without an end yet")
    records: list[LineNow]
    next: int = Field(description="`after` của trang sau / `after` of the next page")
    more: bool


class VerdictShape(Shape):
    """Lời của nơi nhận. / The destination's words."""

    trang_thai: int = Field(description="1 duyệt, 0 từ chối / 1 approved, 0 refused")
    error: str
    error_field_title: str
    error_description: str
    at: datetime


class StageShape(Shape):
    """Một bước của hành trình. / One step of the journey."""

    stage: str
    fate: str
    cause: str
    at: datetime


class JourneyShape(Shape):
    """Hành trình của một hồ sơ. / One record's journey."""

    receipt: UUID | None
    index: int | None
    school: str
    school_year: str
    accepted_at: datetime
    fate: Literal["open", "approved", "refused", "held", "dead", "superseded"]
    stage: str
    state: str | None
    cause: str
    findings: list[FindingShape]
    not_checked: list[str] = Field(
        description="Quy tắc chưa kiểm được vì hub chưa có danh sách trường, học sinh / rules that need a roster, which this hub lacks"
    )
    stages: list[StageShape]
    due_at: datetime | None = Field(description="Thử lại lúc / next try at")
    messageid: str | None = Field(description="Giao dịch mang hồ sơ / transaction that carries the record")
    verdict: VerdictShape | None


class RecordShape(JourneyShape):
    """Một hồ sơ theo UUID. / One record by UUID."""

    uuid: UUID
    earlier: list[JourneyShape] = Field(description="UUID này từng được gửi và bị từ chối / earlier, refused journeys")


class OutcomeShape(Shape):
    """Kết quả của một hồ sơ. / What became of one record."""

    position: int
    uuid: str
    receipt: UUID | None
    index: int | None
    school: str
    fate: Literal["approved", "refused", "held", "dead", "superseded"]
    stage: str
    cause: str
    findings: list[FindingShape]
    verdict: VerdictShape | None
    at: datetime


class OutcomesShape(Shape):
    """Một trang kết quả. / One page of outcomes."""

    next: int = Field(description="Lưu lại và gửi làm `after` lần sau / keep it: the next `after`")
    more: bool
    outcomes: list[OutcomeShape]


class InboxRecordShape(Shape):
    """Một hồ sơ trả về. / One returned record."""

    uuid: str
    school_year: str
    content: str = Field(description="Phần tử HOC_BA nguyên văn, chữ ký gốc / the HOC_BA element as signed")


class InboxItemShape(Shape):
    """Học bạ của một học sinh chuyển đến trường. / One pupil's records for the receiving school."""

    position: int
    bundle: str = Field(description="Dùng để xác nhận / names it when confirming")
    ma_tra_hoc_ba: str
    school: str
    from_school: str
    pupil_ref: str
    confirmation: Literal["received", "refused"] | None = Field(description="Trường đã trả lời / the school's answer")
    records: list[InboxRecordShape]
    at: datetime


class InboxShape(Shape):
    """Một trang hộp thư. / One page of the inbox."""

    next: int
    more: bool
    items: list[InboxItemShape]


class ConfirmationRequest(BaseModel):
    """Trường đã nhận hay từ chối. / Received or refused."""

    status: Literal["received", "refused"]
    reason: str = Field("", max_length=500, description="Lý do từ chối / why refused")


class ConfirmationShape(Shape):
    """Trạng thái sau khi xác nhận. / State after confirming."""

    bundle: str
    state: str
