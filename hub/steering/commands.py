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
        "Các luồng việc: đang mở, tạm dừng hay bị dừng, vì sao. [dim]· Lanes of work: open, paused or stopped, and"
        " why.[/dim]\n\n"
        "Mỗi luồng là một giai đoạn hướng tới một nơi nhận, ví dụ «deliver city»: giao lên cổng của Sở.\n\n"
        'Ví dụ: [bold]hocba lanes[/bold] · [bold]hocba lanes pause deliver city --why "Sở bảo trì đến 17 giờ"[/bold]\n\n'
        "[dim]A lane is one stage towards one destination, such as «deliver city»: delivery to the city's portal.[/dim]"
    ),
)
db_app = typer.Typer(no_args_is_help=True, help="Cơ sở dữ liệu của hub. [dim]· The hub's database.[/dim]")
world_app = typer.Typer(
    no_args_is_help=True,
    help="Nhập danh mục đơn vị, bên gửi, chứng thư số được duyệt. [dim]· Enter units, senders, approved certificates.[/dim]",
)

Receipt = Annotated[
    str,
    typer.Argument(
        metavar="RECEIPT|UUID",
        help="Mã biên nhận của một lần gửi, hoặc UUID hồ sơ. · The receipt of a submission, or a record's UUID.",
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
    """Một lần gửi hay một hồ sơ đang ở đâu. [dim]· Where a submission or a record stands.[/dim]

    Kể từng giai đoạn: lúc nào, kết quả, vì sao. Mã biên nhận là mã mà «hocba push» in ra.

    Ví dụ: [bold]hocba status 7d0a4c52-93e1-4b7e-8f0d-2c9b6a1e5f34[/bold]

    [dim]Every stage: when, with what result, and why. A receipt is what «hocba push» prints.[/dim]
    """
    from hub.steering.status import show_status

    show_status(settings_now(), name, Console())


def failed() -> None:
    """Hồ sơ bị giữ, bị từ chối hay hỏng, theo nguyên nhân. [dim]· Held, refused and dead work, by cause.[/dim]

    Mỗi nguyên nhân: bao nhiêu hồ sơ, từ bao giờ, ai cần làm gì. Làm xong thì cho đi tiếp bằng «hocba retry».

    Ví dụ: [bold]hocba failed[/bold], rồi [bold]hocba retry --cause seal-key-missing --dry-run[/bold]

    [dim]For each cause: how many records, since when, who has to do what. When it is done, let them go on by «hocba
    retry».[/dim]
    """
    from hub.steering.failed import show_failed

    show_failed(settings_now(), Console())


def retry(cause: Cause, dry_run: CountOnly = False, yes: Yes = False) -> None:
    """Cho hồ sơ bị giữ hoặc hỏng vì một nguyên nhân đi tiếp. [dim]· Let held and dead work go again.[/dim]

    Trước khi làm, hub nói có bao nhiêu hồ sơ và hỏi lại. Hồ sơ bị từ chối thì bên gửi phải sửa và gửi lại.

    Ví dụ: đếm trước: [bold]hocba retry --cause seal-key-missing --dry-run[/bold] · làm: [bold]hocba retry --cause
    seal-key-missing[/bold]

    [dim]The hub says how many there are and asks first. Refused records are the sender's to mend and to send again.[/dim]
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
    """Tạm dừng một luồng: việc ở lại, không mất gì. [dim]· Pause a lane: work stays where it is.[/dim]

    Ví dụ: [bold]hocba lanes pause deliver city --why "Sở bảo trì đến 17 giờ"[/bold]
    """
    from hub.steering.lanes import set_lane

    set_lane(settings_now(), stage, destination, paused=True, why=why, console=Console())


@lanes_app.command("resume")
def resume(stage: StageName, destination: DestinationName, why: Why = "") -> None:
    """Mở lại một luồng tạm dừng hoặc bị dừng. [dim]· Open a paused or stopped lane again.[/dim]

    Ví dụ: [bold]hocba lanes resume deliver city[/bold]
    """
    from hub.steering.lanes import set_lane

    set_lane(settings_now(), stage, destination, paused=False, why=why, console=Console())


@lanes_app.command("resume-sender")
def resume_sender(code: SenderCode) -> None:
    """Cho bên gửi bị dừng đi tiếp. [dim]· Let a stopped sender go on.[/dim]

    Ví dụ: [bold]hocba lanes resume-sender HOASEN[/bold]
    """
    from hub.steering import lanes

    lanes.resume_sender(settings_now(), code, Console())


@db_app.command("migrate")
def migrate() -> None:
    """Tạo bảng, hoặc đưa lên phiên bản mới nhất. [dim]· Make the tables, or bring them to the newest version.[/dim]

    «hocba up» tự làm việc này khi bắt đầu. Khi triển khai từng tiến trình («hocba run»): chạy một lần trước khi thay phiên
    bản, sau khi đã sao lưu. Chạy lại không sao.

    Ví dụ: [bold]hocba db migrate[/bold] · [bold]HOCBA_LEDGER__URL=postgresql://… hocba db migrate[/bold]

    [dim]«hocba up» does this when it starts. Where processes are run one by one («hocba run»): run it once before a new
    version, after a backup. Running it again does no harm.[/dim]
    """
    from hub.steering.setting_up import migrate_database

    before, after = migrate_database(settings_now())
    say(f"Cơ sở dữ liệu: {before or '(trống)'} → {after}.", f"Database: {before or '(empty)'} → {after}.")


@world_app.command("import")
def import_(folder: WorldFolder) -> None:
    """Nhập đơn vị, bên gửi, chứng thư số từ một thư mục. [dim]· Enter units, senders, certificates from a folder.[/dim]

    Khóa API của bên gửi mới ghi vào tệp chỉ chủ đọc được, và in ra tên tệp. Nhập lại không sao.

    Ví dụ: [bold]hocba world import danh-muc/[/bold]

    [dim]API keys of new senders are written to files that only their owner can read. Entering again does no harm.[/dim]
    """
    from hub.steering.setting_up import import_folder

    for sender, file in import_folder(settings_now(), folder).items():
        say(f"Khóa API mới của {sender}: {file}", f"New API key of {sender}: {file}")
    say("Đã nhập.", "Imported.")
