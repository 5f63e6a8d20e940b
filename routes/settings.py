"""What an operator may set about the journey: the broker, leases, schedules, limits, packing, workers."""

from datetime import datetime

from pydantic import BaseModel, Field

from ledger.lanes import EXCHANGES
from ledger.states import Stage
from routes.certificate_settings import RegisteringSettings
from routes.check_settings import CheckSettings
from routes.signing_settings import EvidenceSettings, SigningSettings

MIB = 1024 * 1024


class KafkaSettings(BaseModel):
    """The broker that carries references."""

    servers: str | None = Field(
        None,
        description=(
            "Địa chỉ Kafka, cách nhau dấu phẩy; bỏ trống thì dùng máy chủ nhúng. / Bootstrap servers; empty: embedded."
        ),
    )
    topic_prefix: str = Field("hocba.", description="Tiền tố của mọi topic. / Prefix of every topic.")
    group: str = Field(
        "hocba-workers",
        description=(
            "Tiền tố nhóm tiêu thụ của các worker, mỗi giai đoạn một nhóm. / Prefix of the workers' consumer"
            " groups, one per stage."
        ),
    )
    partitions: int = Field(
        8,
        ge=1,
        le=512,
        description=(
            "Số partition khi tạo topic: số worker tối đa của một giai đoạn. / Partitions of a new topic: the most"
            " workers a stage can use."
        ),
    )
    replication: int = Field(
        1, ge=1, le=7, description="Số bản sao khi tạo topic. / Replication factor of a new topic."
    )
    session_seconds: float = Field(
        10.0,
        ge=1,
        le=300,
        description=(
            "Worker im lặng quá hạn này thì nhóm chia lại phần việc của nó. / A worker that is silent for this"
            " long loses its partitions to the others; the broker's own bounds apply."
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
        description=(
            "Quá hạn này, việc được phát lại cho worker khác. / After this a claimed piece of work is published again."
        ),
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
        description=(
            "Chờ bao lâu trước lần thử 2, 3, …; hết bảng thì hỏng. / Wait before try 2, 3, …; after the last: dead."
        ),
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
            "Chỉ tin «không biết messageid» sau bấy lâu kể từ byte cuối. / «messageid unknown» is believed only"
            " this long after the last byte was sent."
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
            "Đóng gói chậm nhất sau bấy lâu; ngắn hơn thì gói nhỏ khi nhiều trường gửi xen kẽ. / Close at this"
            " age at the latest; shorter means small packages when many schools send at once."
        ),
    )
    whole_batch_seconds: float = Field(
        900.0,
        ge=0,
        description=(
            "Lô đi nguyên trạng chờ các hồ sơ còn lại của lô tối đa bấy lâu. / A batch that goes on octet for"
            " octet waits this long for its last records."
        ),
    )
    gzip_level: int = Field(1, ge=1, le=9, description="Mức nén gzip: 1 nhanh, 9 nhỏ. / gzip level: 1 fast, 9 small.")
    escape: str = Field(
        "none",
        pattern="^(none|backslash|entity)$",
        description="Kiểu «escape quote» (CV 2088 II.2.2). / «escape quote».",
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
            "Số lượt nối tiếp nhau: lượt này đọc ghi sổ cái, lượt kia ở tiến trình con. / Batches in hand at"
            " once: while one is loaded or written, the children work on another."
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
        description=(
            "Hạn chót của đợt; để trống: 14 ngày sau khi nhận. / The campaign's deadline; empty: 14 days after"
            " acceptance."
        ),
    )
    return_seconds: float = Field(
        10.0, gt=0, description="Nhịp hỏi hồ sơ trả về. / How often returned records are asked for."
    )
