"""Options and arguments that several commands under `hocba certificates` take, with their words."""

from typing import Annotated

import typer

Unit = Annotated[
    str | None, typer.Option("--unit", help="Mã đơn vị (trường, phường, Sở), ví dụ 79760401. · Code of the unit.")
]
Role = Annotated[
    str | None,
    typer.Option(
        "--role",
        help="KY_PHAT_HANH: con dấu; GIAO_DICH: giao dịch; CBQL: hiệu trưởng; GVCN, GVBM: giáo viên. · Signs as what:"
        " seal, transactions, principal, teachers.",
    ),
]
Number = Annotated[
    int,
    typer.Argument(metavar="NUMBER", help="Số đăng ký, như «hocba certificates list» ghi. · As «list» names it."),
]
Since = Annotated[
    str, typer.Option("--from", help="Ngày hiệu lực, ví dụ 01/09/2025; bỏ trống: theo chứng thư. · From which day.")
]
Kind = Annotated[str, typer.Option(help="Kiểu chữ ký: USB_TOKEN, REMOTE_SIGNING… · Kind of signature.")]
Provider = Annotated[str, typer.Option(help="Nhà phát hành: VNPT, BKAV… · Issuer, as the catalogue names it.")]
