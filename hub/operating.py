"""Commands about the hub on this machine: `hocba up`, `demo`, `run`, `settings`, `doctor`."""

from typing import Annotated

import typer
from rich.console import Console

from hub.terminal import heed_signals, say, settings_now

Once = Annotated[
    bool, typer.Option("--once", help="Chạy xong thì dừng; mã thoát 0 chỉ khi số liệu khớp. · Exit when done.")
]
Records = Annotated[
    int, typer.Option(min=120, help="Số hồ sơ mẫu của lần chạy đầu. · Sample records of the first run.")
]
Role = Annotated[
    str,
    typer.Argument(
        metavar="ROLE",
        help="api: nhận và hỏi, trang quản trị; dispatcher: giao việc; worker: làm việc. · Which process: api, dispatcher"
        " or worker.",
    ),
]
Search = Annotated[
    str,
    typer.Argument(metavar="[WORD]", help="Chỉ những cài đặt có chữ này. · Only those that contain this."),
]


def up() -> None:
    """Chạy hub: máy chủ nhúng (nếu chưa có địa chỉ), API, trang quản trị, dispatcher, worker; Ctrl-C để dừng.

    [dim]Run the hub: embedded engines where no address is given, API, console, dispatcher, workers; Ctrl-C ends it.[/dim]
    """
    from hub import logs
    from hub.up import hub_up, stay, wait_until_ready

    settings = settings_now(beside=False)
    heed_signals()
    logs.configure(settings.logs, process="up")
    with hub_up(settings, to_files=False) as hub:
        wait_until_ready(hub, list(hub.supervisor.pids()))
        say(f"Hub đang chạy: API {hub.api}/v1 · trang quản trị {hub.api}/console", f"The hub runs: {hub.api}")
        stay(hub)


def demo(once: Once = False, records: Records = 600) -> None:
    """Hành trình mẫu: ba trường, hai nhà cung cấp, khoảng 600 học bạ, một lần Sở ngừng mười giây; rồi ở lại để xem.

    [dim]The sample journey: three schools, two vendors, about 600 records, a ten-second outage of the city; then stays
    up for you to look around.[/dim]
    """
    from hub import logs
    from hub.demo.journey import run_demo

    settings = settings_now(beside=False)
    heed_signals()
    folder = settings.data_folder / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "supervisor.log").open("a", encoding="utf-8") as stream:
        logs.configure(settings.logs, process="supervisor", stream=stream)
        try:
            code = run_demo(settings, records=records, once=once, console=Console())
        finally:
            logs.quiet()
    raise typer.Exit(code)


def run(role: Role) -> None:
    """Chạy một tiến trình của hub, cấu hình bằng biến môi trường (dùng khi triển khai).

    Ví dụ: [bold]HOCBA_LEDGER__URL=… HOCBA_KAFKA__SERVERS=… hocba run worker[/bold]

    [dim]Run one process of the hub, configured by the environment: for deployments.[/dim]
    """
    from hub.run import run as run_role

    run_role(role, settings_now(beside=False))


def settings(search: Search = "") -> None:
    """Mọi cài đặt: giá trị, từ đâu mà có, để làm gì. Đặt bằng biến môi trường, hocba.toml hoặc tệp bí mật.

    Ví dụ: [bold]hocba settings[/bold] · [bold]hocba settings timestamps[/bold]

    [dim]Every setting: its value, where it came from, what it means. Set them by environment, hocba.toml or secret
    files (…_FILE).[/dim]
    """
    from hub.sheet import settings_sheet

    settings_sheet(settings_now(), search, Console())


def doctor() -> None:
    """Khám: máy chủ và độ bền, đồng hồ, đĩa, chứng thư số, CRL, nơi nhận; nói phải làm gì. Mã thoát 1 nếu có điều hỏng.

    [dim]Examine engines and durability, clock, disk, certificates, revocation lists, destination; say what to do. Exit
    code 1: something is broken.[/dim]
    """
    from hub.doctor import examine, print_report

    report = examine(settings_now())
    print_report(report, Console())
    raise typer.Exit(1 if any(finding.bad for finding in report) else 0)
