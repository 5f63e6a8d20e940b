"""What an operator may set about the journey: engines, leases, schedules, limits, packing, keys and trust."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from ledger.lanes import EXCHANGES
from ledger.states import Stage
from routes.signing_settings import EvidenceSettings, SigningSettings
from schemas.severities import Override, Severities, Weight

MIB = 1024 * 1024


class KafkaSettings(BaseModel):
    """The broker that carries references."""

    servers: str | None = Field(
        None,
        description="Địa chỉ Kafka, cách nhau dấu phẩy; bỏ trống thì dùng máy chủ nhúng. / Bootstrap servers; empty: embedded.",
    )
    topic_prefix: str = Field("hocba.", description="Tiền tố của mọi topic. / Prefix of every topic.")
    group: str = Field(
        "hocba-workers",
        description=(
            "Tiền tố nhóm tiêu thụ của các worker, mỗi giai đoạn một nhóm. / Prefix of the workers' consumer groups, one"
            " per stage."
        ),
    )
    partitions: int = Field(
        8,
        ge=1,
        le=512,
        description="Số partition khi tạo topic: số worker tối đa của một giai đoạn. / Partitions of a new topic: the most workers a stage can use.",
    )
    replication: int = Field(
        1, ge=1, le=7, description="Số bản sao khi tạo topic. / Replication factor of a new topic."
    )
    session_seconds: float = Field(
        10.0,
        ge=1,
        le=300,
        description=(
            "Worker im lặng quá hạn này thì nhóm chia lại phần việc của nó. / A worker that is silent for this long loses its"
            " partitions to the others; the broker's own bounds apply."
        ),
    )
    security_protocol: str = Field("PLAINTEXT", description="PLAINTEXT, SSL, SASL_SSL. / Security protocol.")


class DispatchSettings(BaseModel):
    """How work is shared out."""

    in_flight: int = Field(
        3000,
        ge=1,
        le=20000,
        description=(
            "Số tham chiếu đã phát mà chưa xong của một luồng; broker nhúng chỉ giữ 5 MB một partition. / References"
            " published and not finished, per lane; the embedded broker keeps 5 MB a partition."
        ),
    )
    claim: int = Field(1000, ge=1, le=5000, description="Số việc lấy mỗi lượt. / Work claimed in one go, at most.")
    idle_seconds: float = Field(
        1.0,
        gt=0,
        description="Không ai đánh thức thì bao lâu nhìn lại. / Look again after this long without a wake-up.",
    )
    lease_seconds: float = Field(
        60.0,
        gt=0,
        description="Quá hạn này, việc được phát lại cho worker khác. / After this a claimed piece of work is published again.",
    )
    exchange_lease_seconds: float = Field(
        300.0, gt=0, description="Hạn giữ việc của giao dịch với bên ngoài. / Lease of an exchange with the outside."
    )
    losses_until_dead: int = Field(
        5,
        ge=1,
        description="Số lần mất worker giữa chừng trước khi coi là hỏng. / Lost leases until a piece of work is dead.",
    )

    def lease_of(self, stage: Stage) -> float:
        """Seconds that a claim of this stage lasts."""
        outside = stage in EXCHANGES or stage is Stage.RETURN
        return self.exchange_lease_seconds if outside else self.lease_seconds


class RetrySettings(BaseModel):
    """The published schedule: what is tried again, when, how often."""

    delays_seconds: tuple[float, ...] = Field(
        (5, 30, 120, 600, 3600, 3 * 3600, 6 * 3600, 12 * 3600),
        description="Chờ bao lâu trước lần thử 2, 3, …; hết bảng thì hỏng. / Wait before try 2, 3, …; after the last: dead.",
    )
    jitter: float = Field(
        0.2, ge=0, le=1, description="Phần ngẫu nhiên cộng vào mỗi lần chờ. / Random share added to each wait."
    )
    poll_delays_seconds: tuple[float, ...] = Field(
        (2, 5, 10, 30, 60, 300, 900),
        description="Nhịp hỏi kết quả; nhịp cuối lặp lại. / Rhythm of asking for verdicts; the last one repeats.",
    )
    poll_give_up_seconds: float = Field(
        7 * 86400.0,
        gt=0,
        description="Không có kết quả sau bấy lâu thì giữ lại cho người xem. / No verdict after this: held.",
    )
    settle_seconds: float = Field(
        120.0,
        ge=0,
        description=(
            "Chỉ tin «không biết messageid» sau bấy lâu kể từ byte cuối. / «messageid unknown» is believed only this long"
            " after the last byte was sent."
        ),
    )


class LimitSettings(BaseModel):
    """What stops a sender or a destination before harm spreads."""

    refusals: int = Field(
        200,
        ge=1,
        description="Số hồ sơ bị từ chối tối thiểu để dừng một bên gửi. / Refusals until a sender may be stopped.",
    )
    refusal_share: float = Field(
        0.5, gt=0, le=1, description="và tỉ lệ từ chối từ mức này. / and the share of refusals from which it is."
    )
    deaths: int = Field(
        500, ge=1, description="Số hồ sơ hỏng làm dừng một nơi nhận. / Deaths until a destination's lanes stop."
    )
    breaker_failures: int = Field(
        3,
        ge=1,
        description="Số lỗi liên tiếp làm ngắt một nơi nhận. / Failures in a row until a destination is paused.",
    )
    breaker_probe_seconds: tuple[float, ...] = Field(
        (5, 10, 30, 60, 120, 300), description="Nhịp thử lại nơi nhận đang ngắt. / When a paused destination is probed."
    )


class PackingSettings(BaseModel):
    """When a package closes and how large it may be (assumed contract §3)."""

    records: int = Field(500, ge=1, le=2000, description="Số hồ sơ tối đa một gói. / Records per package, at most.")
    body_octets: int = Field(
        10 * MIB, ge=1000, description="Dung lượng tối đa của thân giao dịch. / Size of the request body, at most."
    )
    unpacked_octets: int = Field(
        64 * MIB, ge=1000, description="Dung lượng sau giải nén. / Size after unpacking, at most."
    )
    raw_octets: int = Field(
        16 * MIB,
        ge=1000,
        description="Gói đóng khi dữ liệu chưa nén đạt mức này. / A package closes at this size before packing.",
    )
    quiet_seconds: float = Field(
        3.0,
        gt=0,
        description="Đóng gói khi không có hồ sơ mới trong bấy lâu. / Close when nothing joined for this long.",
    )
    max_age_seconds: float = Field(
        120.0,
        gt=0,
        description=(
            "Đóng gói chậm nhất sau bấy lâu; ngắn hơn thì gói nhỏ khi nhiều trường gửi xen kẽ. / Close at this age at the"
            " latest; shorter means small packages when many schools send at once."
        ),
    )
    whole_batch_seconds: float = Field(
        900.0,
        ge=0,
        description=(
            "Lô đi nguyên trạng chờ các hồ sơ còn lại của lô tối đa bấy lâu. / A batch that goes on octet for octet waits"
            " this long for its last records."
        ),
    )
    gzip_level: int = Field(1, ge=1, le=9, description="Mức nén gzip: 1 nhanh, 9 nhỏ. / gzip level: 1 fast, 9 small.")
    escape: str = Field(
        "none",
        pattern="^(none|backslash|entity)$",
        description="Kiểu «escape quote» (CV 2088 II.2.2). / «escape quote».",
    )


class SeveritySettings(BaseModel):
    """One rule that weighs otherwise than the catalogue says."""

    rule: str = Field(description="Mã quy tắc, ví dụ B10. / Id of the rule.")
    weight: Weight = Field(description="error, warning hoặc off. / error, warning or off.")
    profile: str = Field("*", description="Cấu trúc, có thể dùng *. / Profile or pattern, say hbs-2/*.")
    school: str = Field("*", description="MA_TRUONG, có thể dùng *. / School or pattern.")
    since: date | None = Field(None, description="Từ ngày phát hành. / First day of issue.")
    until: date | None = Field(None, description="Đến ngày phát hành. / Last day of issue.")
    why: str = Field("", description="Theo quyết định nào. / By whose decision.")

    def __str__(self) -> str:
        span = f"{self.since or '…'} – {self.until or '…'}" if self.since or self.until else ""
        parts = (f"{self.rule} = {self.weight}", self.profile.strip("*"), self.school.strip("*"), span, self.why)
        return " ".join(part for part in parts if part)


class CampaignSettings(BaseModel):
    """A school year's records of some grades, and when they are frozen (QĐ 1789/QĐ-SGDĐT Điều 21 khoản 1, 2)."""

    name: str = Field(description="Tên đợt. / Name of the campaign.")
    school_year: str = Field(pattern="^[0-9]{4}-[0-9]{4}$", description="Năm học, ví dụ 2025-2026. / School year.")
    grades: frozenset[int] = Field(frozenset(), description="Các khối; bỏ trống: mọi khối. / Grades; empty: all.")
    freeze: date | None = Field(None, description="Ngày chốt; bỏ trống: 30/6. / Last day; empty: 30 June.")
    summer_freeze: date | None = Field(
        None,
        description="Ngày chốt sau đánh giá bổ sung; bỏ trống: 15/8. / Last day after the summer; empty: 15 August.",
    )

    def __str__(self) -> str:
        grades = " ".join(map(str, sorted(self.grades)))
        days = f"{self.last_day(replaces=True)}, {self.last_day(replaces=False)}"
        return f"{self.name} ({self.school_year}{': ' + grades if grades else ''}; {days})"

    def holds_for(self, school_year: str, grade: int | None) -> bool:
        """The record belongs to this campaign."""
        return self.school_year == school_year and (not self.grades or grade in self.grades)

    def last_day(self, *, replaces: bool) -> date:
        """Last day on which the city's data may change without an approver.

        A record that takes the place of one that was in force is bound by the freeze; a first record may still come
        until the summer's freeze, for pupils who were judged again.
        """
        ends = int(self.school_year[5:])
        return (self.freeze or date(ends, 6, 30)) if replaces else (self.summer_freeze or date(ends, 8, 15))


class CheckSettings(BaseModel):
    """What the rules weigh here, and when records are frozen."""

    severities: tuple[SeveritySettings, ...] = Field(
        (),
        description=(
            "Quy tắc có mức khác danh mục: danh sách {rule, weight, profile, school, since, until, why}; dòng sau thắng dòng"
            " trước. / Rules that weigh otherwise; later entries win."
        ),
    )
    campaigns: tuple[CampaignSettings, ...] = Field(
        (),
        description=(
            "Các đợt và ngày chốt: danh sách {name, school_year, grades, freeze, summer_freeze}; sau ngày chốt hồ sơ được giữ"
            " chờ Sở duyệt. / Campaigns and their freezes; later records are held for an approver."
        ),
    )

    @property
    def weights(self) -> Severities:
        """As the checker takes them."""
        return Severities(tuple(Override(**each.model_dump()) for each in self.severities))


class CertificateSettings(BaseModel):
    """The registry of certificates: who approves, and when staff are warned."""

    approver: Literal["ward", "city", "portal"] = Field(
        "city",
        description=(
            "Ai phê duyệt chứng thư số mới đăng ký: ward (phường, xã), city (Sở) hoặc portal (cổng trả lời giao dịch 4);"
            " văn bản không nói rõ. / Whose word approves a new registration: ward, city, or the portal's answer to"
            " transaction 4; the law found does not say."
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


class WorkerSettings(BaseModel):
    """How a worker uses its machine."""

    children: int = Field(
        2, ge=1, le=64, description="Số tiến trình con làm việc nặng. / Child processes for CPU work."
    )
    batch: int = Field(
        100, ge=1, le=2000, description="Số tham chiếu xử lý một lượt. / References handled in one batch."
    )
    parts: int = Field(
        3,
        ge=1,
        le=20,
        description=(
            "Số lượt nối tiếp nhau: lượt này đọc ghi sổ cái, lượt kia ở tiến trình con. / Batches in hand at once: while"
            " one is loaded or written, the children work on another."
        ),
    )
    child_seconds: float = Field(
        30.0, gt=0, description="Tiến trình con quá hạn này bị thay. / A child that takes longer is replaced."
    )
    exchanges: int = Field(
        8, ge=1, le=200, description="Số giao dịch với bên ngoài cùng lúc. / Exchanges with the outside at once."
    )


class RouteSettings(BaseModel):
    """The journey's settings, part by part."""

    kafka: KafkaSettings = KafkaSettings()
    dispatch: DispatchSettings = DispatchSettings()
    retry: RetrySettings = RetrySettings()
    limits: LimitSettings = LimitSettings()
    packing: PackingSettings = PackingSettings()
    signing: SigningSettings = SigningSettings()
    registering: RegisteringSettings = RegisteringSettings()
    evidence: EvidenceSettings = EvidenceSettings()
    worker: WorkerSettings = WorkerSettings()
    check: CheckSettings = CheckSettings()
    deadline: datetime | None = Field(
        None,
        description="Hạn chót của đợt; để trống: 14 ngày sau khi nhận. / The campaign's deadline; empty: 14 days after acceptance.",
    )
    return_seconds: float = Field(
        10.0, gt=0, description="Nhịp hỏi hồ sơ trả về. / How often returned records are asked for."
    )
