"""What is told of each file, in Vietnamese or English."""

from collections.abc import Iterator

from rich.text import Text

from hub.checking.formats.text import visible
from hub.extending.carrying import Done
from hub.verifying.words import clock, in_lang
from schemas.findings import Words
from signing.trust import Lack

_UNREAD = {
    "read": Words("không đọc được", "cannot be read"),
    "large": Words("lớn hơn mọi lô được phép", "larger than any batch may be"),
    "there": Words("đã có tệp ở nơi ghi ra; thêm --overwrite để ghi đè", "something is there already; add --overwrite"),
    "write": Words("không ghi được", "cannot be written"),
}
_LACKS = {
    Lack.MISSING: Words("không có CRL hay OCSP nào", "there is no list or response at all"),
    Lack.UNPROVEN: Words("CRL hoặc OCSP đang có không do đúng nơi ký", "what is there was signed by somebody else"),
    Lack.STALE: Words("CRL hoặc OCSP đang có đã quá hạn", "what is there is out of date"),
    Lack.FUTURE: Words("CRL hoặc OCSP ghi thời điểm chưa tới", "what is there is from the future"),
}
_KEPT = Words("đã ở mức này, không ghi gì", "at this level already, nothing written")
_UNTIL = Words("chứng minh được đến", "provable until")
_DOWN = Words("Không xin được dấu thời gian", "No timestamp could be had")
_NO_AUTHORITY = Words(
    "chưa có địa chỉ nào trong signing.timestamps.urls", "there is no address in signing.timestamps.urls"
)


def told(done: Done, *, lang: str) -> Iterator[Text]:
    """The lines about one file."""
    name = visible(str(done.file))
    if done.preservation is not None:
        yield Text(
            f"✓ {name} → {visible(str(done.target))}" if done.target else f"✓ {name}: {in_lang(_KEPT, lang)}", "green"
        )
        yield Text(f"    {_proof(done, lang)}", style="dim")
        return
    if done.unread is not None:
        place = done.target if done.target is not None else done.file
        yield Text(f"✗ {visible(str(place))}: {in_lang(_UNREAD[done.unread], lang)}", style="red")
        return
    yield Text(f"✗ {name}", style="bold red")
    if done.down is not None:
        reasons = "; ".join(done.down.reasons) or in_lang(_NO_AUTHORITY, lang)
        yield Text(f"    {in_lang(_DOWN, lang)}: {visible(reasons)}")
    if done.lacking is not None:
        yield from _lacking(done, lang)


def _proof(done: Done, lang: str) -> str:
    found = done.preservation
    assert found is not None  # asked for files that are at their level only
    slots = ", ".join(f"{each.slot} {each.level}" for each in found.signatures)
    if found.until is None:
        return slots
    return f"{slots} · {in_lang(_UNTIL, lang)} {clock(found.until)}"


def _lacking(done: Done, lang: str) -> Iterator[Text]:
    lacking = done.lacking
    assert lacking is not None  # asked for such files only
    slot = f"{lacking.slot}: " if lacking.slot else ""
    lack = _LACKS.get(Lack(lacking.lack)) if lacking.lack else None
    why = f" ({in_lang(lack, lang)})" if lack is not None else ""
    yield Text(f"    {slot}{in_lang(lacking.problem.message, lang)}{why}")
    yield Text(f"    → {in_lang(lacking.problem.remedy, lang)}", style="green")
