"""`hocba convert` at the command line: its options and their words."""

from pathlib import Path
from typing import Annotated

import typer

from hub.options import Overwrite, Paths, ReportLanguage

HELP = """Chuyển học bạ sang cấu trúc khác. [dim]· Write records in another form.[/dim]

Báo rõ điều gì mất, điều gì còn thiếu. Chữ ký không chuyển theo. Tên các cấu trúc: «hocba profile list».

Mã thoát 0: chuyển hết; 1: có hồ sơ chưa chuyển; 2: gọi sai hoặc có tệp không đọc được; 3: lỗi của chương trình.

Ví dụ: [bold]hocba convert lo.xml --to ndc-json -o lo.json --set pupil.origin="Cần Thơ"[/bold] ·
xem trước: [bold]hocba convert lo.xml --to ndc-json --dry-run[/bold]

[dim]Tells what is lost and what is missing. Signatures never travel. Names of forms: «hocba profile list». Exit code 0:
all converted; 1: some were not; 2: wrong call or a file that cannot be read; 3: a fault of the program.[/dim]
"""

Target = Annotated[
    str, typer.Option("--to", metavar="PROFILE", help="Cấu trúc ghi ra («hocba profile list»). · What to write.")
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Tệp, hoặc thư mục: mỗi hồ sơ một tệp. · A file, or a folder: one each."),
]
Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="MEMBER=VALUE",
        help="Giá trị cho hồ sơ không có, viết như nơi đến viết; uuid=new: cấp mới từng hồ sơ. · For records that lack"
        " it, as the target writes it; uuid=new: a new one each.",
    ),
]
Defaults = Annotated[
    Path | None,
    typer.Option("--defaults", metavar="FILE.toml", help="Như --set, trong một tệp. · As --set, in a file."),
]
Event = Annotated[
    str | None,
    typer.Option(help="NEW | UPDATE | CANCEL: sukien của ndc-json (NEW nếu bỏ trống). · Its sukien, NEW if absent."),
]
Version = Annotated[
    int | None, typer.Option(help="phienban của ndc-json (1 nếu bỏ trống). · Its phienban, 1 if absent.")
]
ReportOnly = Annotated[bool, typer.Option("--dry-run", help="Chỉ báo cáo, không ghi. · Report only, write nothing.")]


def convert(
    paths: Paths,
    to: Target,
    output: Output = None,
    sets: Sets = None,
    defaults: Defaults = None,
    event: Event = None,
    version: Version = None,
    dry_run: ReportOnly = False,
    overwrite: Overwrite = False,
    lang: ReportLanguage = "vi",
) -> None:
    """Write records in another form."""
    from hub.converting.work import Request, run

    request = Request(
        paths=paths,
        target=to,
        output=output,
        sets=sets or (),
        defaults=defaults,
        event=event,
        version=version,
        dry_run=dry_run,
        overwrite=overwrite,
        lang=lang,
    )
    raise typer.Exit(run(request))
