"""The commands under `hocba certificates` that look at the registry; each imports what it needs when it runs."""

from typing import Annotated, Literal

import typer
from rich.console import Console

from hub.certificates.options import Role, Unit
from hub.options import Form
from hub.terminal import settings_now


def list_(
    unit: Unit = None,
    role: Role = None,
    state: Annotated[
        Literal["waiting", "approved", "refused", "ended"] | None,
        typer.Option(
            help="waiting: chờ duyệt; approved: đã duyệt; refused: bị từ chối; ended: đã chấm dứt. · How it stands."
        ),
    ] = None,
    format: Form = "text",
) -> None:
    """Mọi đăng ký, với số của từng đăng ký. [dim]· Every registration, with its number.[/dim]

    Ví dụ: [bold]hocba certificates list --state waiting[/bold] · [bold]hocba certificates list --unit 79760401 --role
    CBQL[/bold]
    """
    from hub.certificates import showing, work
    from ledger import certificate_views as views

    settings = settings_now()
    rows = work.ask(settings, lambda c: views.certificates(c, unit=unit, role=role, state=state, limit=showing.MOST))
    signatures = work.signatures(settings, rows)
    if format == "json":
        typer.echo(showing.registrations_as_json(rows, signatures=signatures))
    else:
        showing.registrations(rows, Console(), signatures=signatures)


def expiring(
    days: Annotated[int | None, typer.Option(min=1, help="Trong bấy nhiêu ngày tới. · Within so many days.")] = None,
    format: Form = "text",
) -> None:
    """Sắp hết hạn, trước hết là nơi chưa có chứng thư thay thế. [dim]· What ends soon.[/dim]

    Ví dụ: [bold]hocba certificates expiring --days 30[/bold]

    [dim]First where nothing is registered yet that takes over.[/dim]
    """
    from hub.certificates import showing, work
    from ledger import certificate_views as views

    settings = settings_now()
    ahead = days or settings.certificates.expiring_days
    rows = work.ask(settings, lambda c: views.expiring(c, days=ahead, limit=showing.MOST))
    typer.echo(showing.as_json(rows)) if format == "json" else showing.expiring(rows, Console())


def revoked(format: Form = "text") -> None:
    """Bị thu hồi hoặc tạm ngưng, và đang dùng ở đâu. [dim]· Revoked or on hold, and where they are used.[/dim]

    Ví dụ: [bold]hocba certificates revoked[/bold] · để phần mềm đọc: [bold]hocba certificates revoked --format json[/bold]
    """
    from hub.certificates import showing, work
    from ledger import certificate_views as views

    rows = work.ask(settings_now(), lambda c: views.revoked(c, limit=showing.MOST))
    typer.echo(showing.as_json(rows)) if format == "json" else showing.cards(rows, Console())


def seen(
    unit: Unit = None,
    persons: Annotated[bool, typer.Option("--persons", help="Cả chữ ký cá nhân. · Persons' signatures too.")] = False,
    format: Form = "text",
) -> None:
    """Đã thấy trên học bạ mà chưa được duyệt. [dim]· Seen on records without an approval.[/dim]

    Phải xử lý trước hạn chót của hồ sơ hay của đợt: đăng ký («register») rồi phê duyệt («approve»).

    Ví dụ: [bold]hocba certificates seen[/bold] · cả chữ ký của giáo viên, hiệu trưởng: [bold]hocba certificates seen
    --persons[/bold]

    [dim]To be settled before the deadline of the records or the campaign: «register», then «approve».[/dim]
    """
    from hub.certificates import showing, work
    from ledger import certificate_views as views

    roles = views.INSTITUTION_ROLES + (views.PERSONAL_ROLES if persons else ())
    rows = work.ask(settings_now(), lambda c: views.unregistered(c, roles=roles, unit=unit, limit=showing.MOST))
    typer.echo(showing.as_json(rows)) if format == "json" else showing.seen(rows, Console())


def coverage(
    unit: Unit = None,
    search: Annotated[str, typer.Option(help="Tên hoặc mã trường, phường. · Name or code of school or ward.")] = "",
    lacking: Annotated[
        bool, typer.Option("--lacking", help="Chỉ trường chưa có con dấu được duyệt. · Only schools without a seal.")
    ] = False,
    format: Form = "text",
) -> None:
    """Từng trường: ai ký, còn thiếu chứng thư nào. [dim]· School by school: who signs, who still lacks one.[/dim]

    Ví dụ: [bold]hocba certificates coverage --lacking[/bold] · [bold]hocba certificates coverage --search "Tân Định"[/bold]
    """
    from hub.certificates import showing, work
    from ledger import certificate_views as views

    rows = work.ask(
        settings_now(), lambda c: views.coverage(c, unit=unit, search=search, lacking=lacking, limit=showing.MOST)
    )
    typer.echo(showing.as_json(rows)) if format == "json" else showing.schools(rows, Console())


def show(
    name: Annotated[str, typer.Argument(metavar="SERIAL|SHA256", help="Số serial hoặc SHA-256.")],
    values: Annotated[
        bool, typer.Option("--values", help="Hiện cả chủ thể (có thể là tên người). · Show the subject as well.")
    ] = False,
    format: Form = "text",
) -> None:
    """Một chứng thư số và lịch sử của nó. [dim]· One certificate and its history.[/dim]

    Số serial viết hệ mười hay mười sáu, có dấu hai chấm hay không đều được.

    Ví dụ: [bold]hocba certificates show 54:01:0A:7F[/bold] · cả tên trong chứng thư: [bold]hocba certificates show
    54010A7F --values[/bold]

    [dim]A serial number may be decimal or hexadecimal, with colons or without.[/dim]
    """
    from hub.certificates import showing, work

    card, events = work.found(settings_now(), name)
    if format == "json":
        typer.echo(showing.story_as_json(card, events))
    else:
        showing.story(card, events, Console(), named=values)
