"""The commands under `hocba certificates`; each imports what it needs when it runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.text import Text

from hub.options import Form, Why, Yes
from hub.terminal import settings_now

if TYPE_CHECKING:
    from ledger.certificate_views import CertificateView

app = typer.Typer(
    no_args_is_help=True,
    help=(
        "Sổ chứng thư số: ai được ký cho đơn vị nào, vai trò gì, từ ngày nào; sắp hết hạn, bị thu hồi, chưa đăng ký.\n\n"
        "[dim]The registry of certificates: who may sign for which unit, in which role, since when; what ends soon, was"
        " revoked, or was seen on records without an approval.[/dim]"
    ),
)

Unit = Annotated[str | None, typer.Option("--unit", help="Mã đơn vị. · Code of the unit.")]
Role = Annotated[str | None, typer.Option("--role", help="KY_PHAT_HANH, GIAO_DICH, CBQL, GVCN, GVBM.")]
Number = Annotated[int, typer.Argument(metavar="NUMBER", help="Số đăng ký, như «list» ghi. · As «list» names it.")]


@app.command("list")
def list_(
    unit: Unit = None,
    role: Role = None,
    state: Annotated[
        Literal["waiting", "approved", "refused", "ended"] | None,
        typer.Option(help="waiting | approved | refused | ended"),
    ] = None,
    format: Form = "text",
) -> None:
    """Mọi đăng ký. [dim]· Every registration.[/dim]"""
    from hub.certificates import showing, work
    from ledger import certificate_views as views

    settings = settings_now()
    rows = work.ask(settings, lambda c: views.certificates(c, unit=unit, role=role, state=state, limit=showing.MOST))
    if format == "json":
        _tell(showing.as_json(rows))
    else:
        showing.registrations(rows, _console(), signatures=work.signatures(settings, rows))


@app.command()
def expiring(
    days: Annotated[int | None, typer.Option(min=1, help="Trong bấy nhiêu ngày tới. · Within so many days.")] = None,
    format: Form = "text",
) -> None:
    """Sắp hết hạn, trước hết là nơi chưa có chứng thư thay thế. [dim]· What ends soon.[/dim]"""
    from hub.certificates import showing, work
    from ledger import certificate_views as views

    settings = settings_now()
    ahead = days or settings.certificates.expiring_days
    rows = work.ask(settings, lambda c: views.expiring(c, days=ahead, limit=showing.MOST))
    _tell(showing.as_json(rows)) if format == "json" else showing.expiring(rows, _console())


@app.command()
def revoked(format: Form = "text") -> None:
    """Bị thu hồi hoặc tạm ngưng, và đang dùng ở đâu. [dim]· Revoked or on hold, and where they are used.[/dim]"""
    from hub.certificates import showing, work
    from ledger import certificate_views as views

    rows = work.ask(settings_now(), lambda c: views.revoked(c, limit=showing.MOST))
    _tell(showing.as_json(rows)) if format == "json" else showing.cards(rows, _console())


@app.command()
def seen(
    unit: Unit = None,
    persons: Annotated[bool, typer.Option("--persons", help="Cả chữ ký cá nhân. · Persons' signatures too.")] = False,
    format: Form = "text",
) -> None:
    """Đã thấy trên học bạ nhưng chưa được phê duyệt: xử lý trước hạn chót.

    [dim]Seen on records without an approval: to be settled before the deadline.[/dim]
    """
    from hub.certificates import showing, work
    from ledger import certificate_views as views

    roles = views.INSTITUTION_ROLES + (views.PERSONAL_ROLES if persons else ())
    rows = work.ask(settings_now(), lambda c: views.unregistered(c, roles=roles, unit=unit, limit=showing.MOST))
    _tell(showing.as_json(rows)) if format == "json" else showing.seen(rows, _console())


@app.command()
def coverage(
    unit: Unit = None,
    search: Annotated[str, typer.Option(help="Tên hoặc mã trường, phường. · Name or code of school or ward.")] = "",
    lacking: Annotated[
        bool, typer.Option("--lacking", help="Chỉ trường chưa có con dấu được duyệt. · Only schools without a seal.")
    ] = False,
    format: Form = "text",
) -> None:
    """Từng trường: ai ký, còn thiếu chứng thư nào. [dim]· School by school: who signs, who still lacks one.[/dim]"""
    from hub.certificates import showing, work
    from ledger import certificate_views as views

    rows = work.ask(
        settings_now(), lambda c: views.coverage(c, unit=unit, search=search, lacking=lacking, limit=showing.MOST)
    )
    _tell(showing.as_json(rows)) if format == "json" else showing.schools(rows, _console())


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="SERIAL|SHA256", help="Số serial hoặc SHA-256.")],
    values: Annotated[
        bool, typer.Option("--values", help="Hiện cả chủ thể (có thể là tên người). · Show the subject as well.")
    ] = False,
    format: Form = "text",
) -> None:
    """Một chứng thư số và lịch sử của nó. [dim]· One certificate and its history.[/dim]"""
    from hub.certificates import showing, work

    card, events = work.found(settings_now(), name)
    if format == "json":
        _tell(showing.story_as_json(card, events))
    else:
        showing.story(card, events, _console(), named=values)


@app.command("import")
def import_(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH…", help="Tệp PEM/DER, thư mục, hoặc danh sách CSV/XLSX. · Certificates or a list."
        ),
    ],
    unit: Unit = None,
    role: Role = None,
    since: Annotated[
        str, typer.Option("--from", help="Ngày hiệu lực; bỏ trống: theo chứng thư. · From which day.")
    ] = "",
    kind: Annotated[str, typer.Option(help="Kiểu chữ ký: USB_TOKEN, REMOTE_SIGNING… · Kind of signature.")] = "",
    provider: Annotated[str, typer.Option(help="Nhà phát hành: VNPT, BKAV… · Issuer, as the catalogue names it.")] = "",
    approved: Annotated[
        bool, typer.Option("--approved", help="Sở đã duyệt: không phải chờ. · Already approved by the city.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ báo cáo, không ghi. · Report only.")] = False,
    format: Form = "text",
) -> None:
    """Nhập chứng thư số: mỗi dòng một câu trả lời; gọi lại không sao. Mã thoát 1: có dòng bị từ chối.

    Danh sách có các cột ma_don_vi, vai_tro, tep (hoặc sha256, serial), ngay_hieu_luc, ngay_het_han, kieu_chu_ky,
    nha_phat_hanh. Tệp không kèm đơn vị thì chỉ được ghi nhận.

    [dim]Enter certificates: one answer per row; entering again does no harm. A list has the columns unit, role, file (or
    sha256, serial), valid_from, valid_to, kind, provider. A file without a unit is only kept.[/dim]
    """
    from hub.certificates import showing, work

    told = {"unit": unit, "role": role, "valid_from": since, "kind": kind, "provider": provider}
    given = {name: value for name, value in told.items() if value}
    answers = work.enter_paths(settings_now(), paths, given, approved=approved, dry_run=dry_run)
    if format == "json":
        _tell(showing.as_json(answers))
    else:
        showing.answers(answers, _console(), dry_run=dry_run)
    raise typer.Exit(int(any(answer.outcome == "refused" for answer in answers)))


@app.command()
def register(
    file: Annotated[Path, typer.Argument(help="Tệp chứng thư PEM hoặc DER. · The certificate.")],
    unit: Annotated[str, typer.Option("--unit", help="Mã đơn vị. · Code of the unit.")],
    role: Annotated[str, typer.Option("--role", help="KY_PHAT_HANH, GIAO_DICH, CBQL, GVCN, GVBM.")],
    since: Annotated[
        str, typer.Option("--from", help="Ngày hiệu lực; bỏ trống: theo chứng thư. · From which day.")
    ] = "",
    kind: Annotated[str, typer.Option(help="Kiểu chữ ký: USB_TOKEN, REMOTE_SIGNING… · Kind of signature.")] = "",
    provider: Annotated[str, typer.Option(help="Nhà phát hành: VNPT, BKAV… · Issuer, as the catalogue names it.")] = "",
) -> None:
    """Đăng ký một chứng thư số và chờ phê duyệt. [dim]· Register one certificate; it waits for an approval.[/dim]"""
    from hub.certificates import showing, work

    given = {"unit": unit, "role": role, "valid_from": since, "kind": kind, "provider": provider}
    answers = work.enter_file(settings_now(), file, given)
    showing.answers(answers, _console(), dry_run=False)
    raise typer.Exit(int(any(answer.outcome == "refused" for answer in answers)))


@app.command()
def approve(
    number: Number,
    since: Annotated[str, typer.Option("--from", help="Từ ngày; bỏ trống: như đăng ký. · From which day.")] = "",
    until: Annotated[str, typer.Option("--until", help="Đến ngày; bỏ trống: hết hạn. · Until which day.")] = "",
    why: Why = "",
    yes: Yes = False,
) -> None:
    """Phê duyệt một đăng ký. [dim]· Approve a registration.[/dim]"""
    from hub.certificates import work

    settings = settings_now()
    row = work.registration(settings, number)
    work.check_decider(row)
    if _sure(row, f"Phê duyệt để ký {row.role}? · Approve?", yes=yes):
        work.approve(settings, row, since=since, until=until, why=why)
        _tell("Đã phê duyệt · Approved")


@app.command()
def refuse(number: Number, why: Annotated[str, typer.Option("--why", help="Lý do. · Why.")], yes: Yes = False) -> None:
    """Từ chối một đăng ký. [dim]· Refuse a registration.[/dim]"""
    from hub.certificates import work

    settings = settings_now()
    row = work.registration(settings, number)
    work.check_decider(row)
    if _sure(row, "Từ chối đăng ký này? · Refuse?", yes=yes):
        work.refuse(settings, row, why=why)
        _tell("Đã từ chối · Refused")


@app.command()
def end(
    number: Number,
    why: Annotated[str, typer.Option("--why", help="Lý do. · Why.")],
    at: Annotated[
        str, typer.Option("--at", help="Hết ngày này; bỏ trống: ngay bây giờ. · End of that day; or now.")
    ] = "",
    yes: Yes = False,
) -> None:
    """Chấm dứt một phê duyệt: chữ ký trước đó vẫn được chấp nhận. [dim]· End an approval; earlier signatures stand.[/dim]"""
    from hub.certificates import work

    settings = settings_now()
    row = work.registration(settings, number)
    when = f"hết ngày {at} · after {at}" if at else "ngay bây giờ · now"
    if _sure(row, f"Chấm dứt phê duyệt này {when}?", yes=yes):
        work.end(settings, row, at=at, why=why)
        _tell("Đã chấm dứt · Ended")


@app.command()
def send(
    number: Number,
    signed: Annotated[
        Path | None,
        typer.Option(help="Nội dung trường đã tự ký (USB token). · Content that the school signed itself."),
    ] = None,
) -> None:
    """Gửi đăng ký lên cổng (giao dịch 3); hub tự hỏi kết quả (giao dịch 4). Khóa ở dịch vụ từ xa: hub mời ký trước.

    [dim]Send a registration to the portal (transaction 3); the hub asks for the decision by itself (4). Where the key is at
    a remote service, its holder is asked to sign first; sending again asks anew after a refusal.[/dim]
    """
    from hub.certificates import work

    settings = settings_now()
    row = work.registration(settings, number)
    messageid = work.send(settings, row, signed=signed)
    if messageid is None:
        _tell(f"Đang mời người giữ khóa ({row.role}) ký từ xa; ký xong hub tự gửi. Xem: hocba certificates list")
        _tell("Its holder is asked to sign at the remote service; the hub sends it then by itself.")
    else:
        _tell(f"messageid {messageid}")


def _sure(row: "CertificateView", question: str, *, yes: bool) -> bool:
    """Show what it is about, then ask."""
    console = _console()
    console.print(Text(f"Đăng ký {row.id}: {row.unit} {row.unit_name}, {row.role}, serial {row.serial_hex}", "bold"))
    if yes or typer.confirm(question, default=False):
        return True
    _tell("Không thay đổi gì · Nothing was changed")
    return False


def _console() -> Console:
    return Console(soft_wrap=False)


def _tell(text: str) -> None:
    typer.echo(text)
