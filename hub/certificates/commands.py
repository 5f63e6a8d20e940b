"""The commands under `hocba certificates`, put together in the order in which help shows them."""

import typer

from hub.certificates import deciding, looking

app = typer.Typer(
    no_args_is_help=True,
    help=(
        "Sổ chứng thư số: ai được ký cho đơn vị nào, vai trò gì. [dim]· The registry of certificates: who may sign for"
        " which unit, in which role.[/dim]\n\n"
        "Từ ngày nào, đến ngày nào; điều gì sắp hết hạn, bị thu hồi, hay đã thấy trên học bạ mà chưa được duyệt.\n\n"
        "Việc thường làm: [bold]hocba certificates seen[/bold] xem ai còn thiếu, [bold]… register[/bold] hay [bold]…"
        " import[/bold] để đăng ký, [bold]… list --state waiting[/bold] lấy số, rồi [bold]… approve SỐ[/bold] hoặc [bold]…"
        " send SỐ[/bold] gửi lên cổng của Sở.\n\n"
        "[dim]Since when and until when; what ends soon, was revoked, or was seen on records without an approval. The usual"
        " way: «seen», then «register» or «import», «list --state waiting» for the number, «approve» or «send».[/dim]"
    ),
)

app.command("list")(looking.list_)
app.command()(looking.expiring)
app.command()(looking.revoked)
app.command()(looking.seen)
app.command()(looking.coverage)
app.command()(looking.show)
app.command("import")(deciding.import_)
app.command()(deciding.register)
app.command()(deciding.approve)
app.command()(deciding.refuse)
app.command()(deciding.end)
app.command()(deciding.send)
