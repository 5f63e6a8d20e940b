"""`hocba print` at the command line: its options and their words."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hub.terminal import settings_now

Names = Annotated[
    list[str],
    typer.Argument(metavar="UUID|FILE…", help="UUID hồ sơ của hub, tệp XML hay lô. · Records of the hub, files."),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        help="Tệp .pdf hoặc thư mục; bỏ trống: thư mục này. · A .pdf file, or a folder; here if absent.",
    ),
]
Join = Annotated[
    bool, typer.Option("--join", help="Các năm học của một học sinh thành một bản. · One pupil's years as one.")
]
Sign = Annotated[
    bool,
    typer.Option(
        "--sign", help="Ký số bản in (PAdES) bằng khóa của trường mà hub giữ. · Under the school's seal, as PAdES."
    ),
]
PurposeName = Annotated[
    str,
    typer.Option(
        "--purpose",
        help="check | pupil | transfer | admission | authority: in để kiểm tra, cấp cho học sinh, chuyển trường, tuyển"
        " sinh, hay cho cơ quan. · What the copy is for.",
    ),
]


def print_(
    names: Names, output: Output = None, join: Join = False, sign: Sign = False, purpose: PurposeName = "check"
) -> None:
    """In học bạ theo mẫu của Bộ. [dim]· Print records as the Ministry's form.[/dim]

    Ra PDF/A có kèm XML. Mỗi bản in từ hồ sơ của hub được ghi lại. Mã thoát 1: có hồ sơ không in được.

    Ví dụ: [bold]hocba print lo.xml -o ban-in/[/bold] ·
    [bold]hocba print 7d0a4c52-93e1-4b7e-8f0d-2c9b6a1e5f34 --sign --purpose transfer -o hoc-ba.pdf[/bold]

    [dim]PDF/A with the XML inside. Every copy of the hub's records is logged. Exit
    code 1: some could not be printed.[/dim]
    """
    from hub.printing.pressing import print_records, purpose_of

    raise typer.Exit(
        print_records(
            settings_now(),
            names,
            output=output,
            join=join,
            sign=sign,
            purpose=purpose_of(purpose),
            console=Console(soft_wrap=True),
        )
    )
