"""`hocba push` at the command line: its options and their words."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hub.terminal import settings_now

Files = Annotated[list[Path], typer.Argument(metavar="FILE…", help="Tệp XML hoặc JSON. · XML or JSON files.")]
KeyFile = Annotated[Path | None, typer.Option("--key-file", help="Tệp chứa khóa API. · File that holds the API key.")]
SenderCode = Annotated[
    str | None,
    typer.Option("--sender", help="Mã bên gửi: lấy khóa trong thư mục dữ liệu. · Sender whose key this folder holds."),
]
Address = Annotated[
    str | None,
    typer.Option(
        "--hub",
        metavar="URL",
        help="Địa chỉ hub, ví dụ https://hub.example.vn; bỏ trống: hub trên máy này. · The hub's address; this machine's"
        " if absent.",
    ),
]
Again = Annotated[
    bool,
    typer.Option(
        "--again",
        help="Gửi như một lần gửi mới; không có thì cùng tệp là cùng lần gửi. · Send as a new submission; without it, the"
        " same file is the same one.",
    ),
]


def push(
    files: Files, key_file: KeyFile = None, sender: SenderCode = None, hub: Address = None, again: Again = False
) -> None:
    """Gửi tệp lên hub, in một dòng cho mỗi hồ sơ. [dim]· Push files to the hub, one line per record.[/dim]

    In ra mã biên nhận, để hỏi bằng «hocba status». Mã thoát 0: tất cả được nhận; 2: có hồ sơ bị từ chối; 1: không gửi được.

    Khóa API lấy từ --key-file, hoặc --sender, hoặc biến HOCBA_API_KEY.

    Ví dụ: [bold]hocba push lop-5A.xml --key-file hocba.key[/bold] · [bold]hocba push lo/*.xml --sender HOASEN[/bold]

    [dim]Prints the receipt, for «hocba status». Exit code 0: all taken; 2: some refused; 1: not sent. The key is read from
    --key-file, by --sender from the data folder, or from HOCBA_API_KEY.[/dim]
    """
    from hub.pushing.posting import push_files

    raise typer.Exit(
        push_files(settings_now(), files, key_file=key_file, sender=sender, hub=hub, again=again, console=Console())
    )
