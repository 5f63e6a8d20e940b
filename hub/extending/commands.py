"""`hocba extend` at the command line: its options and their words."""

from pathlib import Path
from typing import Annotated

import typer

from hub.options import Overwrite, TrustFolder
from hub.terminal import settings_now

HELP = """Giữ chữ ký còn chứng minh được sau nhiều năm. [dim]· Keep signatures provable in later years.[/dim]

Nhận tệp XML (học bạ, lô: XAdES) và bản in ký số PDF (PAdES), lẫn nhau trong một lần gọi. Thêm dấu thời gian (mức T), chứng
thư và dữ liệu thu hồi CRL/OCSP (LT), dấu thời gian lưu trữ (LTA); gia hạn trước khi dấu cũ hết hạn (--renew). Không một
byte đã ký nào bị đổi; PDF được nối thêm phía sau. Lô có chữ ký giao dịch: chỉ chữ ký giao dịch được nâng, vì nó bao trùm
mọi hồ sơ bên trong. Tổ chức cấp dấu thời gian: cài đặt signing.timestamps.urls.

Mã thoát 0: mọi tệp đạt mức; 1: có tệp chưa đạt; 2: gọi sai hoặc có tệp không đọc, ghi được; 3: lỗi của chương trình.

Ví dụ: [bold]hocba extend hoc-ba.xml[/bold] · bản in: [bold]hocba extend ban-in.pdf[/bold] · cả thư mục:
[bold]hocba extend kho/*.xml kho/*.pdf --level LT --output kho-lt/[/bold] · gia hạn: [bold]hocba extend hoc-ba.lta.xml --renew
--digest sha512[/bold]

[dim]Takes XML (records, batches: XAdES) and signed printed forms (PDF: PAdES), mixed in one call. Adds a timestamp (level
T), certificates and revocation data (LT), an archive timestamp (LTA), renewals. Not one signed octet is changed; a PDF
grows at its end. Of a batch under a transaction signature only that signature is extended: it covers what is inside.
Timestamping authorities: setting signing.timestamps.urls. Exit code 0: every file is at the level; 1: some are not;
2: wrong call or a file that cannot be read or written; 3: a fault of the program.[/dim]
"""

Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE…", help="Tệp đã ký: XML (học bạ, lô) hoặc bản in PDF. · Signed XML or PDF."),
]
LevelName = Annotated[
    str,
    typer.Option(
        "--level", help="T | LT | LTA: mức cần đạt, cho XML và PDF như nhau. · Level to reach, of XML and PDF alike."
    ),
]
Renew = Annotated[
    bool,
    typer.Option("--renew", help="Đóng thêm dấu thời gian lưu trữ cho tệp đã ở LTA. · A further archive timestamp."),
]
Digest = Annotated[
    str,
    typer.Option(
        "--digest", help="sha256 | sha384 | sha512: hàm băm của dấu thời gian mới. · Digest of new timestamps."
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FOLDER",
        help="Thư mục ghi ra; bỏ trống: TÊN.lta.xml, TÊN.lta.pdf cạnh tệp cũ. · Where to write; beside the old ones if absent.",
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
