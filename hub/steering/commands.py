"""The commands of staff on the ledger; each imports what it needs when it runs."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hub.options import CountOnly, Why, Yes
from hub.terminal import confirm, say, settings_now

lanes_app = typer.Typer(
    no_args_is_help=False,
    invoke_without_command=True,
    help=(
        "Các luồng (giai đoạn → nơi nhận): đang mở, tạm dừng hay bị dừng, vì sao.\n\n"
        "[dim]Lanes (stage → destination): open, paused or stopped, and why.[/dim]\n\n"
        'Ví dụ: [bold]hocba lanes[/bold] · [bold]hocba lanes pause deliver city --why "Sở bảo trì đến 17 giờ"[/bold]'
    ),
)
db_app = typer.Typer(no_args_is_help=True, help="Cơ sở dữ liệu. [dim]· The database.[/dim]")
world_app = typer.Typer(
    no_args_is_help=True,
    help="Đơn vị, bên gửi, chứng thư số được duyệt. [dim]· Units, senders, approved certificates.[/dim]",
)

Receipt = Annotated[
    str,
    typer.Argument(
        metavar="RECEIPT|UUID", help="Mã biên nhận hoặc UUID hồ sơ. · The receipt of a submission, or a record's UUID."
    ),
]
Cause = Annotated[
    str, typer.Option("--cause", help="Nguyên nhân, như «hocba failed» ghi. · As «hocba failed» names it.")
]
StageName = Annotated[
    str, typer.Argument(metavar="STAGE", help="Giai đoạn, như «hocba lanes» ghi. · As «hocba lanes» names it.")
]
DestinationName = Annotated[
    str, typer.Argument(metavar="DESTINATION", help="Nơi nhận, như «hocba lanes» ghi. · As «hocba lanes» names it.")
]
SenderCode = Annotated[str, typer.Argument(metavar="CODE", help="Mã bên gửi. · Code of the sender.")]
WorldFolder = Annotated[
    Path,
    typer.Argument(
        metavar="FOLDER",
        help="Thư mục có units.json, senders.json, registry.json. · The folder that holds these files.",
    ),
]


def status(name: Receipt) -> None:
    """Một lần gửi hay một hồ sơ đang ở đâu: từng giai đoạn, lúc nào, vì sao.

    Ví dụ: [bold]hocba status 7d0a4c52-93e1-4b7e-8f0d-2c9b6a1e5f34[/bold]

    [dim]Where a submission or a record stands: every stage, when, and why.[/dim]
    """
    from hub.steering.status import show_status

    show_status(settings_now(), name, Console())


def failed() -> None:
    """Hồ sơ chưa xong, theo nguyên nhân: bao nhiêu, từ bao giờ, cần làm gì.

    [dim]Failed work by cause: how many, since when, what to do.[/dim]
    """
    from hub.steering.failed import show_failed

    show_failed(settings_now(), Console())


def retry(cause: Cause, dry_run: CountOnly = False, yes: Yes = False) -> None:
    """Cho hồ sơ bị giữ hoặc hỏng vì một nguyên nhân đi tiếp.

    Ví dụ: [bold]hocba retry --cause NGUYÊN_NHÂN --dry-run[/bold] để đếm trước, rồi bỏ --dry-run. Hồ sơ bị từ chối thì bên
    gửi phải sửa và gửi lại.

    [dim]Let held and dead work with a cause go again. Refused records are the sender's to mend.[/dim]
    """
    from hub.steering.failed import retry_cause

    retry_cause(settings_now(), cause, dry_run=dry_run, ask=None if yes else confirm, console=Console())


@lanes_app.callback()
def lanes(context: typer.Context) -> None:
    """Lanes, destinations and stopped senders, when no subcommand is named."""
    if context.invoked_subcommand is None:
        from hub.steering.lanes import show_lanes

        show_lanes(settings_now(), Console())


@lanes_app.command("pause")
def pause(stage: StageName, destination: DestinationName, why: Why) -> None:
    """Tạm dừng một luồng: việc ở lại, không mất gì. [dim]· Pause a lane: work stays where it is.[/dim]"""
    from hub.steering.lanes import set_lane

    set_lane(settings_now(), stage, destination, paused=True, why=why, console=Console())


@lanes_app.command("resume")
def resume(stage: StageName, destination: DestinationName, why: Why = "") -> None:
    """Mở lại một luồng tạm dừng hoặc bị dừng. [dim]· Open a paused or stopped lane again.[/dim]"""
    from hub.steering.lanes import set_lane

    set_lane(settings_now(), stage, destination, paused=False, why=why, console=Console())


@lanes_app.command("resume-sender")
def resume_sender(code: SenderCode) -> None:
    """Cho bên gửi bị dừng đi tiếp. [dim]· Let a stopped sender go on.[/dim]"""
    from hub.steering import lanes

    lanes.resume_sender(settings_now(), code, Console())


@db_app.command("migrate")
def migrate() -> None:
    """Đưa cơ sở dữ liệu lên phiên bản mới nhất. [dim]· Bring the database to the newest version.[/dim]"""
    from hub.steering.setting_up import migrate_database

    before, after = migrate_database(settings_now())
    say(f"Cơ sở dữ liệu: {before or '(trống)'} → {after}.", f"Database: {before or '(empty)'} → {after}.")


@world_app.command("import")
def import_(folder: WorldFolder) -> None:
    """Nhập đơn vị, bên gửi, chứng thư số; khóa API mới ghi vào tệp chỉ chủ đọc được.

    Ví dụ: [bold]hocba world import danh-muc/[/bold]

    [dim]Enter units, senders, certificates; new API keys are written to files that only their owner can read.[/dim]
    """
    from hub.steering.setting_up import import_folder

    for sender, file in import_folder(settings_now(), folder).items():
        say(f"Khóa API mới của {sender}: {file}", f"New API key of {sender}: {file}")
    say("Đã nhập.", "Imported.")
