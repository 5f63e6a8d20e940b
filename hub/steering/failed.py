"""`hocba failed` and `hocba retry`: failed work by its cause, and letting it go again."""

from collections.abc import Callable

from rich.console import Console
from rich.text import Text

from hub import desk
from hub.failures import Failure
from hub.settings import Settings
from hub.steering.words import FATES
from ledger import reprocess, views
from routes.fates import cause_of

AT_ONCE = 20_000
"""transfers that are let go in one transaction, at most"""

ADVICE = 3
"""rules of a cause that are explained, at most"""


def show_failed(settings: Settings, console: Console) -> None:
    """Failed work grouped by cause."""
    groups = desk.ask(settings, views.failed)
    if not groups:
        console.print(Text("Không có hồ sơ nào bị giữ, bị từ chối hay hỏng."))
        console.print(Text("Nothing is held, refused or dead.", "dim"))
        return
    for group in groups:
        _print_group(group, console)
    if any(fate in ("held", "dead") for group in groups for fate in group.fates):
        console.print(Text("hocba retry --cause NGUYÊN_NHÂN --dry-run", "dim"))


def _print_group(group: views.FailedRow, console: Console) -> None:
    known = cause_of(group.cause)
    fates = ", ".join(f"{FATES[fate]} ({fate})" for fate in group.fates)
    head = f" {group.count} hồ sơ · {fates} · {', '.join(group.stages)} · từ {group.oldest:%d/%m %H:%M} UTC"
    console.print(Text.assemble((group.cause, "bold"), head))
    console.print(Text(f"    {known.words.vi} {known.remedy.vi}"))
    console.print(Text(f"    {known.words.en} {known.remedy.en}", "dim"))
    for advice in group.advice[:ADVICE]:
        console.print(Text(f"    {advice.count} × {advice.rule}: {advice.message['vi']} → {advice.remedy['vi']}"))


def retry_cause(
    settings: Settings, cause: str, *, dry_run: bool, ask: Callable[[str], bool] | None, console: Console
) -> None:
    """Let work with a cause go again, after it was said how much that is and somebody agreed."""
    would = _retry(settings, cause, dry_run=True)
    if not would.retried and not would.packages and not would.superseded:
        raise Failure(
            vi=f"Không có hồ sơ bị giữ hoặc hỏng vì «{cause}».",
            en=f"Nothing is held or dead because of «{cause}».",
            do_vi="«hocba failed» liệt kê các nguyên nhân; hồ sơ bị từ chối thì bên gửi phải sửa và gửi lại.",
            do_en="«hocba failed» lists the causes; refused records are the sender's to mend.",
            code=64,
        )
    _print_retried(would, console, done=False)
    if dry_run or (ask is not None and not ask("Cho đi tiếp? / Let them go?")):
        return
    while True:
        done = _retry(settings, cause, dry_run=False)
        _print_retried(done, console, done=True)
        if done.retried + done.superseded < AT_ONCE:
            return


def _retry(settings: Settings, cause: str, *, dry_run: bool) -> reprocess.Retried:
    return desk.ask(
        settings,
        lambda connection: reprocess.retry(connection, cause=cause, dry_run=dry_run, by=desk.ACTOR, limit=AT_ONCE),
    )


def _print_retried(result: reprocess.Retried, console: Console, *, done: bool) -> None:
    console.print(
        Text(
            f"{'Đã cho đi tiếp' if done else 'Sẽ cho đi tiếp'}: {result.retried} hồ sơ, {result.packages} gói;"
            f" {result.superseded} hồ sơ ở lại vì đã có bản mới hơn."
        )
    )
    console.print(
        Text(
            f"{'Let go' if done else 'Would let go'}: {result.retried} transfers, {result.packages} packages;"
            f" {result.superseded} stay, a newer one has gone.",
            "dim",
        )
    )
