"""`hocba check` at the command line: its options and their words."""

from pathlib import Path
from typing import Annotated

import typer

from hub.options import Jobs, Paths, Policy, ReportFile, ReportLanguage, RequiredSlots, SummaryAlone

HELP = """Kiểm tra học bạ tại chỗ trước khi gửi. [dim]· Check records at your desk before they are sent.[/dim]

XML, JSON, XLSX, riêng hay trong ZIP, cả thư mục; không cần máy chủ, không cần mạng, không gửi gì đi.

Mã thoát 0: không có lỗi; 1: có lỗi; 2: gọi sai hoặc có tệp không đọc được; 3: lỗi của chương trình.

Ví dụ: [bold]hocba check lop-5A.xml[/bold] · [bold]hocba check xuat/ --format html -o ket-qua.html[/bold] ·
[bold]hocba check lo.zip --fail-on warning --format junit -o hocba.xml[/bold]

[dim]XML, JSON, XLSX, alone or in a ZIP, or whole folders; at your desk or in your build, without engines or a network;
nothing is sent. Exit code 0: no error; 1: errors found; 2: wrong call or a file that cannot be read; 3: a fault of the program.[/dim]
"""

Structure = Annotated[
    str | None,
    typer.Option(
        "--profile",
        help="Cấu trúc («hocba profile list»); bỏ trống thì theo chính hồ sơ. · Structure; by each record's own word if"
        " absent.",
    ),
]
Format = Annotated[
    str, typer.Option("--format", help="text | json | html | junit | sarif | xlsx: dạng báo cáo. · The report's form.")
]
FailOn = Annotated[
    str, typer.Option(help="error | warning | never: từ mức nào thì mã thoát 1. · From which weight on to exit with 1.")
]
Roster = Annotated[
    Path | None,
    typer.Option(
        help="Danh sách trường, học sinh, phân công: JSON, hoặc XLSX xuất học sinh của CSDL ngành. · Schools, pupils,"
        " staff: JSON, or the sector database's pupil export."
    ),
]
RosterOf = Annotated[
    str | None,
    typer.Option(
        metavar="SCHOOL/YEAR",
        help="Tệp XLSX đó của trường nào, năm học nào: 79760401/2025-2026. · Whose that XLSX is.",
    ),
]
Mask = Annotated[
    bool | None,
    typer.Option(
        "--mask/--values",
        help="Che hay hiện giá trị có thể là dữ liệu cá nhân (html, junit, sarif tự che). · Hide or show values that"
        " may be personal (html, junit, sarif hide them).",
    ),
]


def check(
    paths: Paths,
    profile: Structure = None,
    format_: Format = "text",
    output: ReportFile = None,
    lang: ReportLanguage = "vi",
    fail_on: FailOn = "error",
    policy: Policy = "hcmc",
    required_slots: RequiredSlots = None,
    roster: Roster = None,
    roster_of: RosterOf = None,
    mask: Mask = None,
    jobs: Jobs = None,
    quiet: SummaryAlone = False,
) -> None:
    """Look at files as the official texts ask."""
    from hub.checking.work import Request, run

    request = Request(
        paths=paths,
        profile=profile,
        format=format_,
        output=output,
        lang=lang,
        fail_on=fail_on,
        policy=policy,
        slots=required_slots,
        roster=roster,
        roster_of=roster_of,
        masked=mask,
        jobs=jobs,
        quiet=quiet,
    )
    raise typer.Exit(run(request))
