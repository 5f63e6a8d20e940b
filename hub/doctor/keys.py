"""Keys in files and on tokens: there, for the hub alone, and not about to end."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hub.doctor.findings import Finding, State
from routes.keys import keys_of
from routes.signing_settings import KeyRule, SigningSettings, TokenSettings
from schemas.findings import Words
from signing.seal import CertificateWanted, FileKeyring, HomeDown, KeyMissing, TokenKeyring
from signing.seal.guarded import open_to_others
from signing.seal.homes import FILE
from signing.seal.tokens import Holding

SOON = timedelta(days=30)
_PATTERN = set("*?[")


def look_at_keys(settings: SigningSettings) -> Iterator[Finding]:
    """Every home that is at hand, then whether the rules' keys are where they say."""
    if settings.keys_folder is not None:
        yield from _files(settings.keys_folder)
    for name, token in settings.tokens.items():
        yield from _token(name, token)
    yield from _rules(settings)


# ---------------------------------------------------------------- files


def _files(folder: Path) -> Iterator[Finding]:
    """Personal keys in files belong in the sandbox only; whoever has them must guard them."""
    if not folder.is_dir():
        yield Finding(
            State.BAD,
            f"Không có thư mục khóa {folder}.",
            f"The folder of keys {folder} does not exist.",
            "Sửa HOCBA_SIGNING__KEYS_FOLDER.",
            "Mend HOCBA_SIGNING__KEYS_FOLDER.",
        )
        return
    if open_to_others(folder.stat().st_mode):
        yield Finding(
            State.WARN,
            "Người khác trên máy xem được tên các tệp khóa, trong đó có số CCCD.",
            "Others on this machine can list the key files, whose names bear personal ids.",
            f"chmod 700 {folder}",
        )
    yield from _password(folder / "password")
    files = sorted(folder.glob("*/*.p12"))
    opened = [file for file in files if open_to_others(file.stat().st_mode)]
    if opened:
        yield Finding(
            State.BAD,
            f"Người khác trên máy đọc được {len(opened)} tệp khóa; hub không dùng các khóa này.",
            f"Others on this machine can read {len(opened)} key files; the hub does not use them.",
            f"find {folder} -name '*.p12' -exec chmod 600 {{}} +",
        )
    yield from _usable(folder, files)


def _password(file: Path) -> Iterator[Finding]:
    if not file.exists():
        yield Finding(
            State.BAD,
            f"Không có tệp mật khẩu {file}: không mở được khóa nào.",
            f"There is no password {file}: no key can be opened.",
            "Ghi mật khẩu của các tệp .p12 vào đó, rồi chmod 600.",
            "Write the password of the .p12 files into it, then chmod 600.",
        )
    elif open_to_others(file.stat().st_mode):
        yield Finding(
            State.BAD,
            "Người khác trên máy đọc được mật khẩu khóa; hub không dùng khóa nào trong thư mục.",
            "Others on this machine can read the keys' password; the hub uses none of them.",
            f"chmod 600 {file}",
        )


def _usable(folder: Path, files: list[Path]) -> Iterator[Finding]:
    keyring = FileKeyring(folder)
    held, broken = [], []
    for file in files:
        role, _, cccd = file.stem.partition("-")
        try:
            certificate = keyring.key(file.parent.name, role, cccd).chain[0]
            held.append(Holding(file.parent.name, role, certificate.not_after))
        except KeyMissing:
            broken.append(f"{file.parent.name}/{role}")
        except HomeDown:
            continue
    if broken:
        yield Finding(
            State.WARN,
            f"{len(broken)} khóa không dùng được, ví dụ {broken[0]}: mật khẩu sai, tệp hỏng, hoặc chứng thư ngoài hạn.",
            f"{len(broken)} keys cannot be used, say {broken[0]}: wrong password, broken file or certificate out of time.",
            "Thay bằng tệp .p12 đúng, cùng mật khẩu với các tệp khác.",
            "Replace them by proper .p12 files with the password of the others.",
        )
    yield from _ending(held)
    yield Finding(State.WELL, f"{len(held)} khóa được ủy quyền dùng được.", f"{len(held)} delegated keys are usable.")


def _ending(held: list[Holding]) -> Iterator[Finding]:
    now = datetime.now(UTC)
    soon = sorted((each for each in held if each.until < now + SOON), key=lambda each: each.until)
    if soon:
        first = soon[0]
        yield Finding(
            State.WARN,
            f"{len(soon)} chứng thư hết hạn trong {SOON.days} ngày; gần nhất {first.unit}/{first.role}, "
            f"{first.until:%d/%m/%Y}.",
            f"{len(soon)} certificates end within {SOON.days} days; first {first.unit}/{first.role}.",
            "Gia hạn ở CA, đăng ký chứng thư mới (hocba certificates), rồi thay khóa.",
            "Renew them, register the new ones (hocba certificates), then replace the keys.",
        )


# ---------------------------------------------------------------- tokens


def _token(name: str, token: TokenSettings) -> Iterator[Finding]:
    """One log-in at most: a PIN that was refused is not tried again."""
    keyring = TokenKeyring(
        name, module=token.module, token=token.token, pin_file=token.pin_file, sessions=token.sessions
    )
    try:
        held = list(keyring.holdings())
    except HomeDown as down:
        yield token_down(name, token, down.why)
        return
    now = datetime.now(UTC)
    yield from _ending([each for each in held if each.until >= now])
    ended = sum(each.until < now for each in held)
    if ended:
        yield Finding(
            State.WARN,
            f"{ended} khóa trên token «{name}» chỉ có chứng thư đã hết hạn.",
            f"{ended} keys on the token «{name}» have only certificates that have ended.",
            "Nạp chứng thư mới vào token, cùng nhãn và cùng định danh với khóa.",
            "Put the new certificate onto the token, with the label and identifier of its key.",
        )
    yield Finding(
        State.WELL,
        f"Token «{name}» nhận mã PIN, có {len(held)} khóa.",
        f"The token «{name}» takes the PIN and has {len(held)} keys.",
    )


_PIN_WORDS: Mapping[str, tuple[Words, Words]] = {
    "pin-refused": (
        Words(
            "từ chối mã PIN; hub không thử lại để token không bị khóa", "refuses the PIN; the hub does not try again"
        ),
        Words(
            "Ghi mã PIN đúng vào {pin_file}; tệp thay đổi thì hub mới thử lại.",
            "Write the right PIN into {pin_file}: the hub tries again when the file has changed.",
        ),
    ),
    "pin-locked": (
        Words("đã khóa mã PIN", "has locked the PIN"),
        Words(
            "Nhờ người giữ mã SO PIN mở khóa, rồi ghi lại {pin_file}.",
            "Have it unlocked with the SO PIN, then write {pin_file} anew.",
        ),
    ),
    "pin-final-try": (
        Words(
            "chỉ còn một lần thử PIN; hub không dùng lần cuối", "has one try of the PIN left; the hub does not spend it"
        ),
        Words(
            "Đăng nhập đúng một lần bằng phần mềm của nhà sản xuất, rồi ghi lại {pin_file}.",
            "Log in once with the maker's software, then write {pin_file} anew.",
        ),
    ),
    "pin-expired": (
        Words("đòi đổi mã PIN", "wants another PIN"),
        Words(
            "Đổi PIN bằng phần mềm của nhà sản xuất, rồi ghi vào {pin_file}.",
            "Change it with the maker's software, then write it into {pin_file}.",
        ),
    ),
    "pin-not-set": (
        Words("chưa đặt mã PIN", "has no PIN yet"),
        Words("Đặt PIN rồi ghi vào {pin_file}.", "Set one, then write it into {pin_file}."),
    ),
    "pin-file-open": (
        Words(
            "chưa được hỏi: người khác trên máy đọc được tệp PIN",
            "was not asked: others can read the file with its PIN",
        ),
        Words("chmod 600 {pin_file}", ""),
    ),
    "pin-file-missing": (
        Words("chưa được hỏi: không có tệp PIN", "was not asked: there is no file with its PIN"),
        Words("Ghi PIN vào {pin_file}, rồi chmod 600.", "Write the PIN into {pin_file}, then chmod 600."),
    ),
    "pin-file-unreadable": (
        Words("chưa được hỏi: hub không đọc được tệp PIN", "was not asked: the hub cannot read the file with its PIN"),
        Words(
            "Cho người dùng chạy hub làm chủ {pin_file}; PIN là chữ, số.",
            "Let the hub's user own {pin_file}; a PIN is letters and digits.",
        ),
    ),
}

_TOKEN_WORDS: Mapping[str, tuple[Words, Words]] = {
    "module-unloadable": (
        Words(
            "không dùng được: không nạp được thư viện PKCS#11", "cannot be used: its PKCS#11 library cannot be loaded"
        ),
        Words(
            "Cài phần mềm của nhà sản xuất, sửa đường dẫn {module}.",
            "Install the maker's software and mend the path {module}.",
        ),
    ),
    "token-absent": (
        Words("không có mặt", "is not there"),
        Words(
            "Cắm token, bật HSM, hoặc sửa nhãn «{token}» cho đúng.",
            "Plug it in, start the HSM, or mend the label «{token}».",
        ),
    ),
    "token-ambiguous": (
        Words("trùng nhãn với token khác", "has the label of another token"),
        Words("Đặt mỗi token một nhãn.", "Give each token a label of its own."),
    ),
    "sessions-exhausted": (
        Words("hết phiên", "has no session left"),
        Words(
            "Giảm số worker hoặc sessions, đóng phần mềm khác đang dùng token.",
            "Have fewer workers or sessions, close other software that uses the token.",
        ),
    ),
}

_OTHERWISE = (
    Words("báo lỗi", "reports an error"),
    Words("Xem nhật ký của token, HSM và kết nối tới nó.", "See the token's or HSM's log and the connection to it."),
)


def token_down(name: str, token: TokenSettings, why: str) -> Finding:
    """Why a token cannot be used, in words that say who must do what."""
    what, remedy = {**_PIN_WORDS, **_TOKEN_WORDS}.get(why, _OTHERWISE)
    places = {"pin_file": token.pin_file, "module": token.module, "token": token.token}
    return Finding(
        State.BAD,
        f"Token «{name}» {what.vi} ({why}).",
        f"The token «{name}» {what.en}.",
        remedy.vi.format(**places),
        remedy.en.format(**places),
    )


# ---------------------------------------------------------------- rules


def _rules(settings: SigningSettings) -> Iterator[Finding]:
    known = {FILE, *settings.tokens, *settings.services}
    for rule in settings.homes:
        if rule.home not in known:
            yield Finding(
                State.BAD,
                f"Quy tắc khóa trỏ tới «{rule.home}», mà cấu hình không có nơi này.",
                f"A rule of keys names «{rule.home}», which the settings do not have.",
                "Sửa signing.homes, hoặc khai nơi đó trong signing.tokens, signing.services.",
                "Mend signing.homes, or declare it in signing.tokens or signing.services.",
            )
        elif rule.home not in settings.services and not _PATTERN & set(rule.unit + rule.role):
            yield from _key_of(settings, rule)


def _key_of(settings: SigningSettings, rule: KeyRule) -> Iterator[Finding]:
    """The key that one rule names, if it is no person's; a home that is down has been told already."""
    keys = keys_of(settings)
    if keys is None or rule.role not in {"KY_PHAT_HANH", "GIAO_DICH"}:
        return
    try:
        keys.all.key(rule.unit, rule.role)
    except KeyMissing:
        yield Finding(
            State.BAD,
            f"Không có khóa {rule.unit}/{rule.role} ở «{rule.home}», hoặc chứng thư của nó ngoài thời hạn.",
            f"There is no key {rule.unit}/{rule.role} in «{rule.home}», or its certificate is out of its time.",
            "Nạp khóa và chứng thư cùng nhãn đó, hoặc sửa signing.homes.",
            "Put key and certificate there under that label, or mend signing.homes.",
        )
    except (HomeDown, CertificateWanted):
        return
