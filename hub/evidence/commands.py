"""The commands under `hocba evidence`; each imports what it needs when it runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from hub.failures import Failure
from hub.options import Form, Instant, ReportFile, SummaryAlone, TrustFolder, Yes
from hub.terminal import settings_now, trust_of_settings

if TYPE_CHECKING:
    from routes.preserving import Built

app = typer.Typer(
    no_args_is_help=True,
    help=(
        "Bằng chứng lâu dài cho mọi học bạ đã kiểm chữ ký. [dim]· Evidence that lasts, of all that was verified.[/dim]\n\n"
        "Mỗi ngày một dấu thời gian; nhiều chục năm sau vẫn chứng minh được, không cần hub, không cần mạng.\n\n"
        "[dim]One timestamp a day over all that was verified that day (RFC 4998, RFC 6283). What is exported"
        " is checked decades later without a hub and without a network.[/dim]\n\n"
        "Xem: [bold]hocba evidence status[/bold]. Xuất: [bold]hocba evidence export UUID --output hồ-sơ[/bold]. Kiểm:"
        " [bold]hocba evidence verify hồ-sơ --trust kho-tin-cậy[/bold]."
    ),
)

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Không hiện tiến độ. · No progress.")]
Exported = Annotated[
    list[Path],
    typer.Argument(metavar="PATH…", help="Tệp bằng chứng, tệp học bạ, hoặc thư mục. · Evidence, records or folders."),
]
Language = Annotated[Literal["vi", "en"], typer.Option(help="vi | en: ngôn ngữ báo cáo. · Language of the report.")]


@app.command()
def build(
    day: Annotated[
        str | None,
        typer.Option(
            "--day", help="Đến hết ngày nào; bỏ trống: hôm qua. · Up to the end of which day; yesterday if absent."
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            help="Tìm lại từ ngày nào, cả học bạ trước kia không chọn. · Look again from which day, at what was passed by.",
        ),
    ] = None,
    together: Annotated[
        bool,
        typer.Option(
            "--together", help="Mọi ngày còn thiếu vào một cây, một dấu thời gian. · One tree over all missed days."
        ),
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Lập bằng chứng ngay, cho học bạ chưa có. [dim]· Build evidence now, of what has none yet.[/dim]

    Mỗi ngày một cây, một dấu thời gian; hub tự làm hằng đêm. Mã thoát 75: không xin được dấu thời gian.

    Ví dụ: [bold]hocba evidence build[/bold] · [bold]hocba evidence build --day 2026-05-31[/bold] ·
    [bold]hocba evidence build --since 2026-03-01[/bold] sau khi chọn thêm cấu trúc ở evidence.profiles

    [dim]Build a tree for each day on which something was verified that has no evidence yet. The hub does so every night;
    this does it now. Exit code 75: no timestamp could be had; what was told of before is written.[/dim]
    """
    from hub.evidence import work

    order = work.Order(day, since, together)
    built = work.build(settings_now(), order, quiet=quiet, tell=lambda each: _tell(_tree(each)))
    if not built and day is None:
        _tell("Đến hết hôm qua không còn học bạ nào chờ. · Nothing of the days before today is waiting.")
        _tell(f"Lập ngay cho cả hôm nay · today's as well: hocba evidence build --day {work.today()}")
    elif not built:
        _tell("Không có học bạ nào chờ. · Nothing is waiting.")
    elif len(built) > 1:
        _tell(f"{len(built)} ngày, {sum(each.records for each in built)} học bạ. · Days, records.")


@app.command()
def status(format: Form = "text") -> None:
    """Đã có bằng chứng cho những ngày nào, đến bao giờ, điều gì đang chờ. [dim]· How evidence stands.[/dim]

    Ví dụ: [bold]hocba evidence status[/bold]
    """
    from hub.evidence import standing, work

    found = work.status(settings_now())
    _tell(standing.status_as_json(found)) if format == "json" else standing.status(found, Console())


@app.command()
def export(
    uuids: Annotated[list[str] | None, typer.Argument(metavar="[UUID…]", help="Học bạ nào. · Which records.")] = None,
    day: Annotated[str | None, typer.Option("--day", help="Cả cây của một ngày. · All of a day's tree.")] = None,
    out: Annotated[Path, typer.Option("--output", "-o", help="Thư mục ghi ra. · The folder to write to.")] = Path(
        "evidence"
    ),
    form: Annotated[
        Literal["er", "ers", "both"],
        typer.Option("--form", help="er: RFC 4998; ers: RFC 6283 (XML); both: cả hai. · Which standard."),
    ] = "both",
    quiet: Quiet = False,
) -> None:
    """Xuất học bạ kèm bằng chứng. [dim]· Write records with their evidence beside them.[/dim]

    Mỗi học bạ: UUID.xml, UUID.er, UUID.ers.xml. Mã thoát 1: có học bạ chưa có bằng chứng.

    Ví dụ: [bold]hocba evidence export 7d0a4c52-93e1-4b7e-8f0d-2c9b6a1e5f34 --output cho-toa-an[/bold] ·
    [bold]hocba evidence export --day 2026-05-31 --output luu-tru[/bold]

    [dim]For each record UUID.xml, UUID.er, UUID.ers.xml. Exit code 1: some have no evidence yet.[/dim]
    """
    from hub.evidence import exporting, work

    if bool(uuids) == (day is not None):
        raise Failure(
            vi="Nêu UUID các học bạ, hoặc một ngày bằng --day.",
            en="Name records by UUID, or one day by --day.",
            code=64,
        )
    written = exporting.export(
        settings_now(), uuids=uuids or (), day=work.day_of(day) if day else None, folder=out, form=form, quiet=quiet
    )
    _tell(f"{written.records} học bạ, {written.files} tệp bằng chứng → {out} · records, files of evidence")
    for syntax, count in sorted(written.lacking.items()):
        _tell(
            f"{count} học bạ không có dạng {syntax}: khi lập chưa chọn (evidence.profiles). · Not built in that form."
        )
    for name in written.missing:
        _tell(f"✗ {name}: chưa có bằng chứng. · No evidence yet.")
    raise typer.Exit(int(bool(written.missing)))


@app.command()
def renew(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ xem. · Only look.")] = False,
    yes: Yes = False,
    quiet: Quiet = False,
) -> None:
    """Gia hạn ngay bằng chứng sắp hết hạn. [dim]· Renew now what ends soon.[/dim]

    Hub tự làm (cài đặt evidence.renew_days); lệnh này làm ngay, sau khi hỏi lại.

    Ví dụ: [bold]hocba evidence renew --dry-run[/bold] để xem trước · [bold]hocba evidence renew[/bold]

    [dim]A timestamp over the old ones, or a new hash over the records. The hub does so by itself; this does it now, after a
    question.[/dim]
    """
    from hub.evidence import standing, work

    settings = settings_now()
    found = work.due(settings)
    standing.due_lines(found, Console())
    count = len(found.renewals) + len(found.rehashes)
    if not count:
        _tell("Chưa có gì phải gia hạn. · Nothing has to be renewed.")
        return
    if dry_run:
        return
    if not yes and not typer.confirm(f"Gia hạn {count} dấu thời gian? · Renew?", default=False):
        _tell("Không thay đổi gì · Nothing was changed")
        return
    _tell(f"Đã gia hạn {work.renew(settings, quiet=quiet)}. · Renewed.")


@app.command()
def verify(
    paths: Exported,
    trust: TrustFolder = None,
    at: Instant = None,
    format: Form = "text",
    output: ReportFile = None,
    lang: Language = "vi",
    quiet: SummaryAlone = False,
) -> None:
    """Kiểm bằng chứng trên tệp đã xuất. [dim]· Check exported evidence.[/dim]

    Nói học bạ có đó, nguyên vẹn, từ lúc nào; không cần hub, không cần mạng.

    Mã thoát 0: chứng minh được hết; 1: có tệp chưa chứng minh được; 2: gọi sai hoặc có tệp không đọc được; 3: lỗi của
    chương trình.

    Ví dụ: [bold]hocba evidence verify cho-toa-an --trust kho-tin-cay[/bold] ·
    [bold]hocba evidence verify 7d0a4c52.er --format json[/bold]

    [dim]Since when the record is there as it is; without a hub, without a network. Exit code 0: all proven; 1: some not; 2: wrong
    call or a file that cannot be read; 3: a fault of the program.[/dim]
    """
    from hub import logs
    from hub.evidence.verifying import Request, run

    logs.quiet()
    raise typer.Exit(
        run(
            Request(
                paths=paths,
                trust=trust,
                settings_trust=trust_of_settings,
                at=at,
                format=format,
                output=output,
                lang=lang,
                quiet=quiet,
            )
        )
    )


def _tree(built: "Built") -> str:
    return f"{built.day:%d/%m/%Y}: cây số {built.id}, {built.records} học bạ, một dấu thời gian · built, one timestamp"


def _tell(text: str) -> None:
    typer.echo(text)
