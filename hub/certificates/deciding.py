"""The commands under `hocba certificates` that enter and decide; each imports what it needs when it runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from hub.certificates.options import Kind, Number, Provider, Role, Since, Unit
from hub.options import Form, Why, Yes
from hub.terminal import settings_now

if TYPE_CHECKING:
    from ledger.certificate_views import CertificateView


def import_(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH…", help="Tệp PEM/DER, thư mục, hoặc danh sách CSV/XLSX. · Certificates or a list."
        ),
    ],
    unit: Unit = None,
    role: Role = None,
    since: Since = "",
    kind: Kind = "",
    provider: Provider = "",
    approved: Annotated[
        bool, typer.Option("--approved", help="Sở đã duyệt: không phải chờ. · Already approved by the city.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ báo cáo, không ghi. · Report only.")] = False,
    format: Form = "text",
) -> None:
    """Nhập nhiều chứng thư số từ tệp, thư mục hay danh sách. [dim]· Enter certificates from files, folders, lists.[/dim]

    Mỗi dòng một câu trả lời: được nhập, đã có, hay bị từ chối vì sao; nhập lại không sao. Mã thoát 1: có dòng bị từ chối.

    Danh sách có các cột ma_don_vi, vai_tro, tep (hoặc sha256, serial), ngay_hieu_luc, ngay_het_han, kieu_chu_ky,
    nha_phat_hanh; tệp chứng thư nằm cạnh danh sách. Tệp không kèm đơn vị thì chỉ được ghi nhận.

    Ví dụ: xem trước: [bold]hocba certificates import danh-sach.xlsx --dry-run[/bold] · Sở đã duyệt: [bold]hocba certificates
    import danh-sach.xlsx --approved[/bold] · [bold]hocba certificates import dau-truong.cer --unit 79760401 --role
    KY_PHAT_HANH[/bold]

    [dim]One answer per row: taken, there already, or refused with the reason; entering again does no harm. Exit code 1: some
    rows were refused. A list has the columns unit, role, file (or sha256, serial), valid_from, valid_to, kind, provider;
    files are looked for beside it. A file without a unit is only kept.[/dim]
    """
    from hub.certificates import showing, work

    told = {"unit": unit, "role": role, "valid_from": since, "kind": kind, "provider": provider}
    given = {name: value for name, value in told.items() if value}
    answers = work.enter_paths(settings_now(), paths, given, approved=approved, dry_run=dry_run)
    if format == "json":
        typer.echo(showing.as_json(answers))
    else:
        showing.answers(answers, Console(), dry_run=dry_run)
    raise typer.Exit(int(any(answer.outcome == "refused" for answer in answers)))


def register(
    file: Annotated[Path, typer.Argument(help="Tệp chứng thư PEM hoặc DER. · The certificate.")],
    unit: Annotated[str, typer.Option("--unit", help="Mã đơn vị. · Code of the unit.")],
    role: Annotated[str, typer.Option("--role", help="KY_PHAT_HANH, GIAO_DICH, CBQL, GVCN, GVBM.")],
    since: Since = "",
    kind: Kind = "",
    provider: Provider = "",
) -> None:
    """Đăng ký một chứng thư số và chờ phê duyệt. [dim]· Register one certificate; it waits for an approval.[/dim]

    Mã thoát 1: bị từ chối.

    Ví dụ: [bold]hocba certificates register dau-truong.cer --unit 79760401 --role KY_PHAT_HANH[/bold]

    [dim]Exit code 1: it was refused.[/dim]
    """
    from hub.certificates import showing, work

    given = {"unit": unit, "role": role, "valid_from": since, "kind": kind, "provider": provider}
    answers = work.enter_file(settings_now(), file, given)
    showing.answers(answers, Console(), dry_run=False)
    raise typer.Exit(int(any(answer.outcome == "refused" for answer in answers)))


def approve(
    number: Number,
    since: Annotated[str, typer.Option("--from", help="Từ ngày; bỏ trống: như đăng ký. · From which day.")] = "",
    until: Annotated[str, typer.Option("--until", help="Đến ngày; bỏ trống: hết hạn. · Until which day.")] = "",
    why: Why = "",
    yes: Yes = False,
) -> None:
    """Phê duyệt một đăng ký. [dim]· Approve a registration.[/dim]

    Hub hỏi lại trước khi ghi. Có hiệu lực với hồ sơ được kiểm từ đó về sau. Nơi nào cổng của Sở quyết định thì không duyệt
    ở đây được: dùng «send».

    Ví dụ: [bold]hocba certificates approve 12 --why "Công văn 2088"[/bold]

    [dim]The hub asks before it writes. It counts for what is judged from then on. Where the city's portal decides, nothing
    can be approved here: «send» it.[/dim]
    """
    from hub.certificates import work

    settings = settings_now()
    row = work.registration(settings, number)
    work.check_decider(row)
    if _sure(row, f"Phê duyệt để ký {row.role}? · Approve?", yes=yes):
        work.approve(settings, row, since=since, until=until, why=why)
        typer.echo("Đã phê duyệt · Approved")


def refuse(number: Number, why: Annotated[str, typer.Option("--why", help="Lý do. · Why.")], yes: Yes = False) -> None:
    """Từ chối một đăng ký. [dim]· Refuse a registration.[/dim]

    Ví dụ: [bold]hocba certificates refuse 12 --why "Sai đơn vị"[/bold]
    """
    from hub.certificates import work

    settings = settings_now()
    row = work.registration(settings, number)
    work.check_decider(row)
    if _sure(row, "Từ chối đăng ký này? · Refuse?", yes=yes):
        work.refuse(settings, row, why=why)
        typer.echo("Đã từ chối · Refused")


def end(
    number: Number,
    why: Annotated[str, typer.Option("--why", help="Lý do. · Why.")],
    at: Annotated[
        str, typer.Option("--at", help="Hết ngày này; bỏ trống: ngay bây giờ. · End of that day; or now.")
    ] = "",
    yes: Yes = False,
) -> None:
    """Chấm dứt một phê duyệt: chữ ký trước đó vẫn được chấp nhận. [dim]· End an approval; earlier signatures stand.[/dim]

    Ví dụ: [bold]hocba certificates end 12 --why "Hiệu trưởng nghỉ hưu" --at 31/05/2026[/bold]
    """
    from hub.certificates import work

    settings = settings_now()
    row = work.registration(settings, number)
    when = f"hết ngày {at} · after {at}" if at else "ngay bây giờ · now"
    if _sure(row, f"Chấm dứt phê duyệt này {when}?", yes=yes):
        work.end(settings, row, at=at, why=why)
        typer.echo("Đã chấm dứt · Ended")


def send(
    number: Number,
    signed: Annotated[
        Path | None,
        typer.Option(help="Nội dung trường đã tự ký (USB token). · Content that the school signed itself."),
    ] = None,
) -> None:
    """Gửi một đăng ký lên cổng của Sở. [dim]· Send a registration to the city's portal.[/dim]

    Đó là giao dịch 3; hub tự hỏi kết quả (giao dịch 4). Khóa ở dịch vụ ký từ xa thì hub mời người giữ khóa ký trước, ký xong
    tự gửi; bị từ chối hay không trả lời thì gọi lại để mời lần nữa. Khóa trong USB token thì trường tự ký, đưa vào bằng
    --signed.

    Ví dụ: [bold]hocba certificates send 12[/bold] · [bold]hocba certificates send 12 --signed da-ky.xml[/bold]

    [dim]Transaction 3; the hub asks for the decision by itself (4). Where the key is at a remote service, its holder is asked
    to sign first, and the hub sends it then by itself; after a refusal or silence, sending again asks anew. With a key on a
    USB token the school signs by itself: --signed.[/dim]
    """
    from hub.certificates import work

    settings = settings_now()
    row = work.registration(settings, number)
    messageid = work.send(settings, row, signed=signed)
    if messageid is None:
        typer.echo(f"Đang mời người giữ khóa ({row.role}) ký từ xa; ký xong hub tự gửi. Xem: hocba certificates list")
        typer.echo("Its holder is asked to sign at the remote service; the hub sends it then by itself.")
    else:
        typer.echo(f"messageid {messageid}")


def _sure(row: "CertificateView", question: str, *, yes: bool) -> bool:
    """Show what it is about, then ask."""
    Console().print(Text(f"Đăng ký {row.id}: {row.unit} {row.unit_name}, {row.role}, serial {row.serial_hex}", "bold"))
    if yes or typer.confirm(question, default=False):
        return True
    typer.echo("Không thay đổi gì · Nothing was changed")
    return False
