"""Options and arguments that several commands take, declared once with their words; light, so that help answers at once."""

from pathlib import Path
from typing import Annotated, Literal

import typer

Paths = Annotated[list[Path], typer.Argument(metavar="PATH…", help="Tệp, thư mục hoặc ZIP. · Files, folders or ZIPs.")]
ReportFile = Annotated[
    Path | None, typer.Option("--output", "-o", help="Ghi báo cáo vào tệp. · Write the report to a file.")
]
ReportLanguage = Annotated[str, typer.Option(help="vi | en: ngôn ngữ báo cáo. · Language of the report.")]
Policy = Annotated[
    str,
    typer.Option(
        help="hcmc | national: ai phải ký, theo Sở hay theo Bộ. · Who must sign, by the city's word or the Ministry's."
    ),
]
RequiredSlots = Annotated[
    str | None,
    typer.Option(help="Chữ ký bắt buộc, thay cho --policy: GVCN,CBQL,… · Who must have signed, instead."),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        min=1,
        help="Số việc làm cùng lúc; mặc định mỗi nhân máy một. · Processes; one per core if absent.",
    ),
]
SummaryAlone = Annotated[bool, typer.Option("--quiet", "-q", help="Chỉ in dòng tóm tắt. · The summary line alone.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Ghi đè lên tệp đã có. · Write over what is there.")]
TrustFolder = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="Kho chứng thư được tin: roots/, intermediates/, crls/, ocsp/; bỏ trống thì theo cài đặt. · Trusted roots; the settings'"
        " if absent.",
    ),
]
Instant = Annotated[
    str | None,
    typer.Option(
        metavar="INSTANT",
        help="Xét như tại thời điểm này, ví dụ 2026-06-01T08:00; mặc định bây giờ. · As of this instant; now if absent.",
    ),
]
Form = Annotated[
    Literal["text", "json"],
    typer.Option("--format", help="text: để người đọc; json: cho phần mềm. · text for people, json for software."),
]
Why = Annotated[str, typer.Option("--why", help="Lý do, để người khác đọc. · Why, for others to read.")]
Yes = Annotated[bool, typer.Option("--yes", help="Không hỏi lại. · Do not ask.")]
CountOnly = Annotated[bool, typer.Option("--dry-run", help="Chỉ đếm, không làm. · Count only.")]
