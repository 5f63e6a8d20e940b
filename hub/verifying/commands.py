"""`hocba verify` at the command line: its options and their words."""

from pathlib import Path
from typing import Annotated

import typer

from hub.options import (
    Instant,
    Jobs,
    Paths,
    Policy,
    ReportFile,
    ReportLanguage,
    RequiredSlots,
    SummaryAlone,
    TrustFolder,
)
from hub.terminal import trust_of_settings

HELP = """Kiểm chữ ký số tại chỗ, như hub kiểm. [dim]· Verify signatures at your desk, as the hub does.[/dim]

Nhận hồ sơ, lô (XML, ZIP) và bản in ký số (PDF); không cần máy chủ, không cần mạng.

Mã thoát 0: mọi chữ ký đạt (TOTAL-PASSED); 1: có chữ ký chưa đạt; 2: gọi sai hoặc có tệp không đọc được; 3: lỗi của chương
trình.

Ví dụ: [bold]hocba verify lo.xml --trust kho-tin-cay/[/bold] · bản in: [bold]hocba verify hoc-ba.pdf[/bold] · [bold]hocba verify lo.xml --engine all[/bold] ·
[bold]hocba verify xuat/ --registry registry.json --format etsi -o bao-cao.xml[/bold]

[dim]Takes records, batches (XML, ZIP) and signed printed forms (PDF); no engines, no network. Exit code 0: all
TOTAL-PASSED; 1: some not; 2: wrong call or a file that cannot be read; 3: a fault of the program.[/dim]
"""

Format = Annotated[str, typer.Option("--format", help="text | json | html | etsi: dạng báo cáo. · The report's form.")]
EngineName = Annotated[
    str,
    typer.Option(
        help="ours | signxml | xmlsec1 | all: bộ kiểm của hub, một bên thứ hai, hay tất cả cạnh nhau. · The hub's, a"
        " second opinion, or all beside each other."
    ),
]
Registry = Annotated[
    Path | None, typer.Option(help="Chứng thư được phê duyệt (registry.json hoặc CSV). · Approved certificates.")
]
Roster = Annotated[Path | None, typer.Option(help="Phân công của trường, JSON. · Who was given which role, JSON.")]
SenderUnit = Annotated[
    str | None,
    typer.Option(
        metavar="CODE",
        help="Đơn vị ký lô, khi không phải chính trường. · Unit that signs batches, when it is not the school.",
    ),
]
Mask = Annotated[
    bool,
    typer.Option("--mask/--values", help="Che hay hiện chủ thể chứng thư, giá trị cá nhân. · Hide or show holders."),
]


def verify(
    paths: Paths,
    format_: Format = "text",
    output: ReportFile = None,
    engine: EngineName = "ours",
    trust: TrustFolder = None,
    policy: Policy = "hcmc",
    required_slots: RequiredSlots = None,
    registry: Registry = None,
    roster: Roster = None,
    sender_unit: SenderUnit = None,
    at: Instant = None,
    mask: Mask = True,
    jobs: Jobs = None,
    lang: ReportLanguage = "vi",
    quiet: SummaryAlone = False,
) -> None:
    """Judge every signature as the hub does."""
    from hub.verifying.work import Request, run

    request = Request(
        paths=paths,
        format=format_,
        output=output,
        engine=engine,
        trust=trust,
        settings_trust=trust_of_settings,
        policy=policy,
        slots=required_slots,
        registry=registry,
        roster=roster,
        sender=sender_unit,
        at=at,
        jobs=jobs,
        masked=mask,
        lang=lang,
        quiet=quiet,
    )
    raise typer.Exit(run(request))
