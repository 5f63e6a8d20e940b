"""`hocba rule` and the commands under `hocba profile`; each imports what it needs when it runs."""

from typing import Annotated, Literal

import typer
from rich.console import Console

from hub.options import Form

app = typer.Typer(
    no_args_is_help=True,
    help=(
        "Cấu trúc học bạ: có những gì, chuyển sang nhau mất gì. [dim]· Profiles: forms of records, and what is lost between"
        " them.[/dim]"
        "\n\nXem: [bold]hocba profile list[/bold], rồi [bold]hocba profile show TÊN[/bold]."
    ),
)

Ids = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ID…]", help="Mã, ví dụ B10; bỏ trống: cả danh mục. · For example B10; all if absent."),
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Tên, như «list» ghi. · As «list» names it.")]
Source = Annotated[str, typer.Argument(metavar="A", help="Hồ sơ đang có. · What the record is.")]
Target = Annotated[str, typer.Argument(metavar="B", help="Cấu trúc ghi ra. · What it is written as.")]
Level = Annotated[
    Literal["primary", "secondary"] | None,
    typer.Option("--level", help="Tiểu học hay trung học, khi tên chưa rõ. · Where a name alone is not enough."),
]


def rule(ids: Ids = None) -> None:
    """Quy tắc kiểm tra: điều phải đúng, vì sao, cách sửa. [dim]· Rules: what must hold, why, how to mend it.[/dim]

    Kèm căn cứ, lời thông báo, và mức nặng nhẹ ở từng cấu trúc. Không nêu mã: cả danh mục.

    Ví dụ: [bold]hocba rule[/bold] · [bold]hocba rule B10 R05[/bold]

    [dim]With its basis, its words, and what it weighs in each profile. Without an id: all.[/dim]
    """
    from hub.dictionary.showing import show_rules

    show_rules(ids or [], Console())


@app.command("list")
def list_() -> None:
    """Mọi cấu trúc hub biết. [dim]· Every profile that the hub knows.[/dim]

    Ví dụ: [bold]hocba profile list[/bold]
    """
    from hub.dictionary.showing import list_profiles

    list_profiles(Console())


@app.command()
def show(name: Name, level: Level = None) -> None:
    """Một cấu trúc: dạng tệp, cấp học, nơi ký, danh mục, quy tắc. [dim]· One profile: what it declares.[/dim]

    Ví dụ: [bold]hocba profile show ndc-json[/bold]
    """
    from hub.dictionary.showing import show_profile

    show_profile(name, level, Console())


@app.command()
def coverage(source: Source, target: Target, level: Level = None, format: Form = "text") -> None:
    """Hồ sơ A ghi thành B: điều gì còn, mất, thiếu. [dim]· A record of A written as B: kept, lost, missing.[/dim]

    Từng trường dữ liệu: giữ nguyên, hẹp lại, mất, hay cần bổ sung.

    Ví dụ: [bold]hocba profile coverage hbs-1.0 ndc-json[/bold] · để phần mềm đọc: [bold]--format json[/bold]

    [dim]Each field: lossless, narrowed, lost, or in need of a default.[/dim]
    """
    from hub.dictionary.showing import show_coverage

    show_coverage(source, target, level=level, format=format, console=Console())
