"""What the pages call things: every stage, state and fate in Vietnamese and English, once."""

from schemas.findings import Words


def _table(**entries: tuple[str, str]) -> dict[str, Words]:
    return {name.replace("_", "-"): Words(vi=vi, en=en) for name, (vi, en) in entries.items()}


STAGES = _table(
    accept=("Tiếp nhận", "accept"),
    normalise=("Chuẩn hóa", "normalise"),
    check=("Kiểm tra", "check"),
    sign=("Ký thay", "sign"),
    verify=("Xác minh chữ ký", "verify"),
    pack=("Đóng gói", "pack"),
    deliver=("Gửi đi", "deliver"),
    poll=("Nhận kết quả", "poll"),
    **{"return": ("Trả về trường", "return")},
)

STATES = _table(
    ready=("sẵn sàng", "ready"),
    leased=("đang làm", "in hand"),
    waiting=("hẹn giờ", "waiting"),
    queued=("chờ hồ sơ trước", "queued"),
    gathered=("trong gói", "in a package"),
    held=("bị giữ", "held"),
)

FATES = _table(
    open=("đang đi", "on its way"),
    done=("đã duyệt", "approved"),
    approved=("đã duyệt", "approved"),
    refused=("bị từ chối", "refused"),
    held=("bị giữ", "held"),
    dead=("hỏng", "dead"),
    superseded=("đã có bản mới hơn", "superseded"),
)

EVENTS = _table(
    done=("xong", "passed"),
    refused=("bị từ chối", "refused"),
    retry=("thử lại", "tried again"),
    down=("nơi nhận không trả lời", "destination down"),
    held=("bị giữ", "held"),
    dead=("hỏng", "dead"),
    superseded=("đã có bản mới hơn", "superseded"),
)

LINES = _table(
    accepted=("đã nhận", "accepted"),
    refused=("từ chối khi tiếp nhận", "refused at the door"),
    duplicate=("đã có từ trước", "duplicate"),
)

PACKAGES = _table(
    open=("đang gom", "open"),
    closed=("đã đóng", "closed"),
    sealed=("đã ký giao dịch", "sealed"),
    sending=("đang gửi", "sending"),
    sent=("đã gửi", "sent"),
    judged=("đã có kết quả", "judged"),
    split=("đã chia đôi", "split"),
    dead=("hỏng", "dead"),
)

SEALS = _table(
    pass_through=("nguyên trạng của trường", "pass-through"),
    delegated=("ký bằng khóa được ủy quyền", "delegated"),
    intermediary=("hub ký thay", "intermediary"),
)

LANES = _table(
    open=("đang mở", "open"),
    paused=("tạm dừng", "paused"),
    stopped=("bị dừng", "stopped"),
)

BREAKERS = _table(
    closed=("hoạt động", "all well"),
    open=("không trả lời, tạm ngắt", "not answering, paused"),
    probing=("đang thử lại", "being probed"),
)

ALARMS = _table(
    verdict_missing=("Nơi nhận chưa trả kết quả cho một số hồ sơ của gói", "Some records of a package have no verdict"),
    verdict_foreign=("Nơi nhận trả kết quả cho hồ sơ không có trong gói", "Verdicts for records not in the package"),
    verdict_contradicts=("Nơi nhận trả hai kết quả trái nhau", "Two verdicts contradict each other"),
    acknowledged_then_unknown=(
        "Nơi nhận đã nhận gói rồi lại báo không biết gói",
        "The destination acknowledged a package, then denied it",
    ),
)

PURPOSES = _table(
    check=("Đối chiếu nội bộ", "to check"),
    pupil=("Cấp cho học sinh, cha mẹ", "for the pupil or parents"),
    transfer=("Chuyển trường", "a change of school"),
    admission=("Tuyển sinh", "admission"),
    authority=("Cơ quan có thẩm quyền yêu cầu", "an authority asks"),
)

WAYS = _table(
    api=("API của bên gửi", "the sender's API"),
    console=("trang quản trị", "this console"),
    command=("dòng lệnh", "the command line"),
)


def words_of(table: dict[str, Words], name: str) -> Words:
    """The words for a name; the name itself where none are set."""
    return table.get(name, Words(vi=name, en=name))
