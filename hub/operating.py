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
    """Chạy cả hub trên máy này cho đến khi nhấn Ctrl-C. [dim]· Run the whole hub on this machine until Ctrl-C.[/dim]

    Gồm nơi nhận hồ sơ (API), trang quản trị và các tiến trình làm việc. Chưa khai địa chỉ PostgreSQL, Kafka thì hub tự
    chạy bản kèm theo. Sẵn sàng thì in địa chỉ trang quản trị; chưa được thì nói phải làm gì.

    Ví dụ: [bold]hocba up[/bold] · đổi cổng: [bold]HOCBA_WEB__PORT=8080 hocba up[/bold] · nhập đơn vị, bên gửi khi bắt đầu:
    [bold]HOCBA_WORLD_FOLDER=danh-muc/ hocba up[/bold]

    [dim]API, console, and the processes that do the work. Where no address of PostgreSQL or Kafka is set, the hub runs its
    own. Once it is ready it prints the console's address.[/dim]
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
    """Xem thử với dữ liệu giả lập. [dim]· See it work, on invented records.[/dim]

    Ba trường, hai nhà cung cấp, khoảng 600 học bạ, một lần cổng của Sở ngừng mười giây; không gửi gì ra ngoài máy này.
    Xong thì hub ở lại để xem trang quản trị; Ctrl-C để dừng.

    Ví dụ: [bold]hocba demo[/bold] · nhiều hồ sơ hơn: [bold]hocba demo --records 3000[/bold] · tự kiểm, xong thì dừng:
    [bold]hocba demo --once[/bold]

    [dim]Three schools, two vendors, about 600 records, a ten-second outage of the city; nothing leaves this machine. Then
    it stays up for you to look around; Ctrl-C ends it.[/dim]
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
    """Chạy riêng một tiến trình, khi triển khai. [dim]· Run one process alone, for deployments.[/dim]

    Cấu hình bằng biến môi trường, hocba.toml hoặc tệp bí mật, như «hocba settings» kể.

    Ví dụ: [bold]HOCBA_LEDGER__URL=… HOCBA_KAFKA__SERVERS=… hocba run worker[/bold]

    [dim]Configured by environment, hocba.toml or secret files, as «hocba settings» tells.[/dim]
    """
    from hub.run import run as run_role

    run_role(role, settings_now(beside=False))


def settings(search: Search = "") -> None:
    """Mọi cài đặt: giá trị, từ đâu mà có, để làm gì. [dim]· Every setting: value, origin, meaning.[/dim]

    Đặt bằng biến môi trường, hocba.toml hoặc tệp bí mật (…_FILE).

    Ví dụ: [bold]hocba settings[/bold] · [bold]hocba settings timestamps[/bold]

    [dim]Set them by environment, hocba.toml or secret files (…_FILE).[/dim]
    """
    from hub.sheet import settings_sheet

    settings_sheet(settings_now(), search, Console())


def doctor() -> None:
    """Khám hub, nói điều gì hỏng và phải làm gì. [dim]· Examine the hub; say what is broken and what to do.[/dim]

    Xem máy chủ có giữ dữ liệu bền không, đồng hồ, đĩa, chứng thư số, danh sách thu hồi, khóa ký, cổng của Sở. Không thay
    đổi gì. Mã thoát 0: không có điều hỏng; 1: có.

    Ví dụ: [bold]hocba doctor[/bold] · mỗi sáng, báo khi có điều hỏng: [bold]hocba doctor > kham.txt || mail -s "hub"
    quan-tri@so.example.vn < kham.txt[/bold]

    [dim]Engines and their durability, clock, disk, certificates, revocation lists, signing keys, the city portal. Changes
    nothing. Exit code 0: nothing is broken; 1: something is.[/dim]
    """
    from hub.doctor import examine, print_report

    report = examine(settings_now())
    print_report(report, Console())
    raise typer.Exit(1 if any(finding.bad for finding in report) else 0)
