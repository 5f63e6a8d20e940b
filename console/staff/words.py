"""What the pages call things: every stage, state and fate in Vietnamese and English, once."""

import re

from schemas.findings import Words

_COMMON_NAME = re.compile(r"(?:^|[,+])CN=((?:\\.|[^,+\\])*)")


def _key(name: str) -> str:
    """Codes in capitals are official and keep their underscores."""
    return name if name.isupper() else name.replace("_", "-")


def _table(**entries: tuple[str, str]) -> dict[str, Words]:
    return {_key(name): Words(vi=vi, en=en) for name, (vi, en) in entries.items()}


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
    awaiting=("chờ người ký", "awaiting"),
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
    evidence_waiting=(
        "Chưa xin được dấu thời gian để lập bằng chứng (xem «hocba evidence status»)",
        "No timestamp can be had for the evidence (see «hocba evidence status»)",
    ),
    signer_down=(
        "Dịch vụ ký số, token hoặc HSM không trả lời đã lâu: hồ sơ chờ ký (xem trang Chờ ký)",
        "A signing service, token or HSM has not answered for long (see the page on signatures)",
    ),
    signature_deadline=(
        "Hồ sơ chưa ký mà hạn chót đã gần (xem trang Chờ ký)",
        "Unsigned records whose deadline is near (see the page on signatures)",
    ),
    verdict_missing=("Nơi nhận chưa trả kết quả cho một số hồ sơ của gói", "Some records of a package have no verdict"),
    verdict_foreign=("Nơi nhận trả kết quả cho hồ sơ không có trong gói", "Verdicts for records not in the package"),
    verdict_contradicts=("Nơi nhận trả hai kết quả trái nhau", "Two verdicts contradict each other"),
    acknowledged_then_unknown=(
        "Nơi nhận đã nhận gói rồi lại báo không biết gói",
        "The destination acknowledged a package, then denied it",
    ),
)

REQUESTS = _table(
    wanted=("sắp mời", "to be asked"),
    asked=("đã mời, đang chờ", "asked"),
    stale=("đang chuẩn bị lại", "prepared anew"),
    answered=("đã ký, đang ghép vào hồ sơ", "signed, being put in place"),
    used=("đã ký", "signed"),
    refused=("người ký từ chối", "refused by the holder"),
    failed=("không ký được", "cannot be signed"),
    ended=("đã bỏ để mời lại", "let go, asked anew"),
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

ROLES = _table(
    GVBM=("Giáo viên bộ môn", "subject teacher"),
    GVCN=("Giáo viên chủ nhiệm", "class teacher"),
    CBQL=("Cán bộ quản lý", "school manager"),
    KY_PHAT_HANH=("Nhà trường phát hành", "issuing school"),
    GIAO_DICH=("Ký giao dịch", "transaction seal"),
)

INDICATIONS = {
    "TOTAL-PASSED": Words(vi="hợp lệ", en="TOTAL-PASSED"),
    "TOTAL-FAILED": Words(vi="không hợp lệ", en="TOTAL-FAILED"),
    "INDETERMINATE": Words(vi="chưa thể kết luận", en="INDETERMINATE"),
}

FORMS = _table(
    property=("thuộc tính chữ ký", "property"),
    xades=("XAdES", "XAdES"),
    both=("thuộc tính và XAdES", "property and XAdES"),
)

POLICIES = _table(
    hcmc=("QĐ 1789 Điều 20", "the city's"),
    national=("CV 2088", "national"),
    returned=("học bạ nơi khác trả về", "returned records"),
)

REGISTRATIONS = _table(
    waiting=("chờ phê duyệt", "waiting"),
    approved=("đã phê duyệt", "approved"),
    refused=("bị từ chối", "refused"),
    ended=("đã kết thúc", "ended"),
)

STANDINGS = _table(
    good=("còn tốt", "good"),
    revoked=("bị thu hồi", "revoked"),
    on_hold=("bị tạm treo", "on hold"),
    unknown=("chưa hỏi", "not asked yet"),
)

APPROVERS = _table(
    ward=("phường, xã", "ward"),
    city=("Sở", "city"),
    portal=("cổng của thành phố", "portal"),
)

SOURCES = _table(
    **{"import": ("nhập theo danh sách", "import")},
    staff=("cán bộ đăng ký", "staff"),
    sender=("bên gửi đăng ký", "sender"),
    portal=("cổng của thành phố", "portal"),
)

HOLDERS = _table(
    person=("cá nhân", "person"),
    institution=("đơn vị", "institution"),
    unknown=("chưa rõ", "not known"),
)

HAPPENED = _table(
    registered=("đăng ký", "registered"),
    sent=("gửi lên cổng", "sent"),
    approved=("phê duyệt", "approved"),
    refused=("từ chối", "refused"),
    ended=("kết thúc", "ended"),
    changed=("thay đổi", "changed"),
)


def words_of(table: dict[str, Words], name: str) -> Words:
    """The words for a name; the name itself where none are set."""
    return table.get(name, Words(vi=name, en=name))


def common_name(name: str) -> str:
    """The CN of an RFC 4514 name; the whole name where it has none."""
    found = _COMMON_NAME.search(name)
    return re.sub(r"\\(.)", r"\1", found[1]) if found else name
