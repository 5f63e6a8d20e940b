"""The command line `hocba`, put together: it teaches, and says in words what went wrong.

Each folder has its commands in `commands`; each command imports what it needs when it runs, so that `--help` answers at
once.
"""

import inspect
import os
import re
import sys

import typer

from hub import operating
from hub.certificates.commands import app as certificates_app
from hub.checking import commands as checking
from hub.converting import commands as converting
from hub.dictionary import commands as dictionary
from hub.evidence.commands import app as evidence_app
from hub.extending import commands as extending
from hub.failures import Failure
from hub.printing.commands import print_
from hub.pushing.commands import push
from hub.steering import commands as steering
from hub.terminal import show_failure
from hub.verifying import commands as verifying

RUN = "Chạy · Run"
SEND = "Gửi và hỏi · Send and ask"
OPERATE = "Vận hành · Operate"
SET_UP = "Cài đặt · Set up"
LOOK_UP = "Tra cứu · Look up"

app = typer.Typer(
    name="hocba",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help=(
        "[bold]Hocba Hub[/bold]: nhận học bạ số từ phần mềm của trường, kiểm tra, ký, đóng gói, gửi lên cổng của Sở và"
        " trả kết quả về từng nơi gửi.\n\n"
        "[dim]Takes digital school records from schools' software, checks, signs, packs and delivers them to the city"
        " portal, and brings every verdict back to its sender.[/dim]\n\n"
        "Xem thử: [bold]hocba demo[/bold]. Chạy thật: [bold]hocba up[/bold]. Gửi: [bold]hocba push lô.xml --key-file"
        " khóa[/bold]. Hỏi: [bold]hocba status BIÊN_NHẬN[/bold]. Có lỗi: [bold]hocba failed[/bold], rồi [bold]hocba"
        " retry[/bold]. Không rõ vì sao: [bold]hocba doctor[/bold]."
    ),
)

# Help shows commands in this order.
app.command(rich_help_panel=RUN)(operating.up)
app.command(rich_help_panel=RUN)(operating.demo)
app.command(rich_help_panel=RUN)(operating.run)
app.command(rich_help_panel=SEND, help=checking.HELP)(checking.check)
app.command(rich_help_panel=SEND, help=converting.HELP)(converting.convert)
app.command(rich_help_panel=SEND)(push)
app.command(rich_help_panel=SEND)(steering.status)
app.command("print", rich_help_panel=SEND)(print_)
app.command(rich_help_panel=LOOK_UP)(dictionary.rule)
app.command(rich_help_panel=OPERATE)(steering.failed)
app.command(rich_help_panel=OPERATE)(steering.retry)
app.command(rich_help_panel=SET_UP)(operating.settings)
app.command(rich_help_panel=OPERATE)(operating.doctor)
app.command(rich_help_panel=SEND, help=verifying.HELP)(verifying.verify)
app.command(rich_help_panel=SEND, help=extending.HELP)(extending.extend)
app.add_typer(dictionary.app, name="profile", rich_help_panel=LOOK_UP)
app.add_typer(steering.lanes_app, name="lanes", rich_help_panel=OPERATE)
app.add_typer(certificates_app, name="certificates", rich_help_panel=OPERATE)
app.add_typer(evidence_app, name="evidence", rich_help_panel=OPERATE)
app.add_typer(steering.db_app, name="db", rich_help_panel=SET_UP)
app.add_typer(steering.world_app, name="world", rich_help_panel=SET_UP)


def _let_paragraphs_flow(commands: typer.Typer) -> None:
    """Line breaks in the source are no line breaks on the screen: a paragraph takes the terminal's width."""
    for command in commands.registered_commands:
        words = command.help or inspect.getdoc(command.callback) or ""
        command.help = re.sub(r"(?<!\n)\n(?!\n)", " ", words.strip())
    for group in commands.registered_groups:
        if group.typer_instance is not None:
            _let_paragraphs_flow(group.typer_instance)


_let_paragraphs_flow(app)


def main() -> None:
    """The program."""
    try:
        app()
    except Failure as failure:
        show_failure(failure)
        sys.exit(failure.code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output went away, as `| head` does.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


if __name__ == "__main__":
    main()
