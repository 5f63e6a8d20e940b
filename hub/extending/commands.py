"""`hocba extend` at the command line: its options and their words."""

from pathlib import Path
from typing import Annotated

import typer

from hub.options import Overwrite, TrustFolder
from hub.terminal import settings_now

HELP = """Giữ chữ ký còn chứng minh được sau nhiều năm. Không một byte đã ký nào bị đổi.

Thêm dấu thời gian (T), chứng thư và CRL/OCSP (LT), dấu thời gian lưu trữ (LTA), gia hạn (--renew). Tổ chức cấp dấu thời gian: cài đặt signing.timestamps.urls. Lô có chữ ký giao dịch: chỉ chữ ký giao dịch được nâng, vì
nó bao trùm mọi hồ sơ bên trong.

Mã thoát 0: mọi tệp đạt mức; 1: có tệp chưa đạt; 2: gọi sai hoặc có tệp không đọc, ghi được; 3: lỗi của chương trình.

Ví dụ: [bold]hocba extend hocba.xml[/bold] · [bold]hocba extend kho/*.xml --level LT --out kho-lt/[/bold] ·
[bold]hocba extend hocba.lta.xml --renew --digest sha512[/bold]

[dim]Keep signatures provable in later years: a timestamp (T), certificates and revocation data (LT), an archive
timestamp (LTA), renewals. Not one signed octet is changed. Exit code 0: every file is at the level; 1: some are not;
2: wrong call or a file that cannot be read or written; 3: a fault of the program.[/dim]
"""

Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE…", help="Tệp đã ký: XML (học bạ, lô) hoặc bản in PDF. · Signed XML or PDF."),
]
LevelName = Annotated[
    str, typer.Option("--level", help="T | LT | LTA: mức cần đạt («docs/preserving.md»). · Level to reach.")
]
Renew = Annotated[
    bool,
    typer.Option("--renew", help="Đóng thêm dấu thời gian lưu trữ cho tệp đã ở LTA. · A further archive timestamp."),
]
Digest = Annotated[
    str, typer.Option("--digest", help="sha256 | sha384 | sha512: hàm băm của dấu thời gian mới. · Of new timestamps.")
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="FOLDER", help="Thư mục ghi ra; bỏ trống: TÊN.lta.xml, .pdf cạnh tệp. · Where to write."
    ),
]
Language = Annotated[str, typer.Option(help="vi | en: ngôn ngữ thông báo. · Language of what is told.")]
FailedAlone = Annotated[
    bool, typer.Option("--quiet", "-q", help="Chỉ in tệp chưa đạt và dòng tóm tắt. · What failed, and the summary.")
]


def extend(
    files: Files,
    level: LevelName = "LTA",
    renew: Renew = False,
    digest: Digest = "sha256",
    out: Out = None,
    overwrite: Overwrite = False,
    trust: TrustFolder = None,
    lang: Language = "vi",
    quiet: FailedAlone = False,
) -> None:
    """Carry files to a level that lasts."""
    from hub.extending.work import Request, run

    request = Request(
        files=files,
        level=level.upper(),
        renew=renew,
        digest=digest,
        out=out,
        overwrite=overwrite,
        trust=trust,
        settings=lambda: settings_now().signing,
        lang=lang,
        quiet=quiet,
    )
    raise typer.Exit(run(request))
