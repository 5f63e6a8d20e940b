"""The command line `hocba`: it teaches, and says in words what went wrong.

Each command imports what it needs when it runs, so that `--help` answers at once.
"""

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from hub.certificates.commands import app as certificates_app
from hub.evidence.commands import app as evidence_app
from hub.failures import Failure

if TYPE_CHECKING:
    from hub.settings import Settings
    from hub.verifying.judging import TrustPlace

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
lanes_app = typer.Typer(
    no_args_is_help=False,
    invoke_without_command=True,
    help=(
        "Các luồng (giai đoạn → nơi nhận): đang mở, tạm dừng hay bị dừng, vì sao.\n\n"
        "[dim]Lanes (stage → destination): open, paused or stopped, and why.[/dim]"
    ),
)
db_app = typer.Typer(no_args_is_help=True, help="Cơ sở dữ liệu. [dim]· The database.[/dim]")
world_app = typer.Typer(
    no_args_is_help=True,
    help="Đơn vị, bên gửi, chứng thư số được duyệt. [dim]· Units, senders, approved certificates.[/dim]",
)
profile_app = typer.Typer(
    no_args_is_help=True,
    help="Cấu trúc học bạ: có những gì, chuyển sang nhau mất gì. [dim]· Profiles, and what one can tell of another.[/dim]",
)
app.add_typer(profile_app, name="profile", rich_help_panel="Tra cứu · Look up")
app.add_typer(lanes_app, name="lanes", rich_help_panel="Vận hành · Operate")
app.add_typer(certificates_app, name="certificates", rich_help_panel="Vận hành · Operate")
app.add_typer(evidence_app, name="evidence", rich_help_panel="Vận hành · Operate")
app.add_typer(db_app, name="db", rich_help_panel="Cài đặt · Set up")
app.add_typer(world_app, name="world", rich_help_panel="Cài đặt · Set up")

RUN = "Chạy · Run"
SEND = "Gửi và hỏi · Send and ask"
OPERATE = "Vận hành · Operate"
SET_UP = "Cài đặt · Set up"
LOOK_UP = "Tra cứu · Look up"

Cause = Annotated[
    str, typer.Option("--cause", help="Nguyên nhân, như «hocba failed» ghi. · As «hocba failed» names it.")
]
Level = Annotated[
    Literal["primary", "secondary"] | None,
    typer.Option("--level", help="Tiểu học hay trung học, khi tên chưa rõ. · Where a name alone is not enough."),
]
Why = Annotated[str, typer.Option("--why", help="Lý do, để người khác đọc. · Why, for others to read.")]

Paths = Annotated[list[Path], typer.Argument(metavar="PATH…", help="Tệp, thư mục hoặc ZIP. · Files, folders or ZIPs.")]
ReportFile = Annotated[
    Path | None, typer.Option("--output", "-o", help="Ghi báo cáo vào tệp. · Write the report to a file.")
]
ReportLanguage = Annotated[str, typer.Option(help="vi | en: ngôn ngữ báo cáo. · Language of the report.")]
Policy = Annotated[
    str, typer.Option(help="hcmc | national: quy định về chữ ký bắt buộc. · Whose word on who must sign.")
]
RequiredSlots = Annotated[
    str | None,
    typer.Option(help="Chữ ký bắt buộc, thay cho --policy: GVCN,CBQL,… · Slots that must be signed, instead."),
]
Jobs = Annotated[
    int | None, typer.Option("--jobs", "-j", min=1, help="Số tiến trình; mặc định mỗi nhân một. · Processes.")
]
SummaryAlone = Annotated[bool, typer.Option("--quiet", "-q", help="Chỉ in dòng tóm tắt. · The summary line alone.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Ghi đè lên tệp đã có. · Write over what is there.")]
TrustFolder = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="Kho tin cậy: roots/, intermediates/, crls/, ocsp/; bỏ trống thì theo cài đặt. · Trusted roots; the settings'"
        " if absent.",
    ),
]


@app.command(rich_help_panel=RUN)
def up() -> None:
    """Chạy hub: máy chủ nhúng (nếu chưa có địa chỉ), API, trang quản trị, dispatcher, worker; Ctrl-C để dừng.

    [dim]Run the hub: embedded engines where no address is given, API, console, dispatcher, workers.[/dim]
    """
    from hub import logs
    from hub.up import hub_up, stay, wait_until_ready

    settings = _settings(beside=False)
    _heed_signals()
    logs.configure(settings.logs, process="up")
    with hub_up(settings, to_files=False) as hub:
        wait_until_ready(hub, list(hub.supervisor.pids()))
        _say(f"Hub đang chạy: API {hub.api}/v1 · trang quản trị {hub.api}/console", f"The hub runs: {hub.api}")
        stay(hub)


@app.command(rich_help_panel=RUN)
def demo(
    once: Annotated[
        bool, typer.Option("--once", help="Chạy xong thì dừng; mã thoát 0 chỉ khi số liệu khớp. · Exit when done.")
    ] = False,
    records: Annotated[
        int, typer.Option(min=120, help="Số hồ sơ mẫu của lần chạy đầu. · Sample records of the first run.")
    ] = 600,
) -> None:
    """Hành trình mẫu: ba trường, hai nhà cung cấp, khoảng 600 học bạ, một lần Sở ngừng mười giây; rồi ở lại để xem.

    [dim]The sample journey: three schools, two vendors, about 600 records, a ten-second outage of the city; then stays
    up for you to look around.[/dim]
    """
    from hub import logs
    from hub.demo.journey import run_demo

    settings = _settings(beside=False)
    _heed_signals()
    folder = settings.data_folder / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "supervisor.log").open("a", encoding="utf-8") as stream:
        logs.configure(settings.logs, process="supervisor", stream=stream)
        try:
            code = run_demo(settings, records=records, once=once, console=Console())
        finally:
            logs.quiet()
    raise typer.Exit(code)


@app.command(rich_help_panel=RUN)
def run(role: Annotated[str, typer.Argument(help="api | dispatcher | worker")]) -> None:
    """Chạy một tiến trình của hub, cấu hình bằng biến môi trường (dùng khi triển khai).

    [dim]Run one process of the hub, configured by the environment: for deployments.[/dim]
    """
    from hub.run import run as run_role

    run_role(role, _settings(beside=False))


@app.command(rich_help_panel=SEND)
def check(
    paths: Paths,
    profile: Annotated[
        str | None,
        typer.Option(help="Cấu trúc; bỏ trống thì theo chính hồ sơ. · Structure; by each record's own word if absent."),
    ] = None,
    format_: Annotated[
        str,
        typer.Option("--format", help="text | json | html | junit | sarif | xlsx: dạng báo cáo. · The report's form."),
    ] = "text",
    output: ReportFile = None,
    lang: ReportLanguage = "vi",
    fail_on: Annotated[
        str,
        typer.Option(help="error | warning | never: từ mức nào thì mã thoát 1. · From which weight on to exit with 1."),
    ] = "error",
    policy: Policy = "hcmc",
    required_slots: RequiredSlots = None,
    roster: Annotated[
        Path | None,
        typer.Option(
            help="Danh sách trường, học sinh, phân công: JSON, hoặc XLSX xuất học sinh của CSDL ngành. · Schools, pupils,"
            " staff: JSON, or the sector database's pupil export."
        ),
    ] = None,
    roster_of: Annotated[
        str | None,
        typer.Option(
            metavar="SCHOOL/YEAR",
            help="Tệp XLSX đó của trường nào, năm học nào: 79760401/2025-2026. · Whose that XLSX is.",
        ),
    ] = None,
    mask: Annotated[
        bool | None,
        typer.Option(
            "--mask/--values",
            help="Che hay hiện giá trị có thể là dữ liệu cá nhân (html, junit, sarif tự che). · Hide or show values that"
            " may be personal (html, junit, sarif hide them).",
        ),
    ] = None,
    jobs: Jobs = None,
    quiet: SummaryAlone = False,
) -> None:
    """Kiểm tra học bạ tại chỗ trước khi gửi: XML, JSON, XLSX; không cần máy chủ, không cần mạng.

    Mã thoát 0: không có lỗi; 1: có lỗi; 2: gọi sai hoặc có tệp không đọc được; 3: lỗi của chương trình.

    Ví dụ: [bold]hocba check lop-5A.xml[/bold] · [bold]hocba check xuat/ --format html -o ket-qua.html[/bold] ·
    [bold]hocba check lo.zip --fail-on warning --format junit -o hocba.xml[/bold]

    [dim]Check records on your own desk or in your build before they are sent; no engines, no network. Exit code 0: no
    error; 1: errors found; 2: wrong call or a file that cannot be read; 3: a fault of the program.[/dim]
    """
    from hub.checking.command import Request, run

    raise typer.Exit(
        run(
            Request(
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
        )
    )


@app.command(rich_help_panel=SEND)
def convert(
    paths: Paths,
    to: Annotated[
        str, typer.Option("--to", metavar="PROFILE", help="Cấu trúc ghi ra («hocba profile list»). · What to write.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Tệp, hoặc thư mục: mỗi hồ sơ một tệp. · A file, or a folder: one each."),
    ] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="MEMBER=VALUE",
            help="Giá trị cho hồ sơ không có, viết như nơi đến viết; uuid=new: cấp mới từng hồ sơ. · For records that do"
            " not say it.",
        ),
    ] = None,
    defaults: Annotated[
        Path | None, typer.Option("--defaults", metavar="FILE.toml", help="Như --set, trong một tệp. · In a file.")
    ] = None,
    event: Annotated[
        str | None, typer.Option(help="NEW | UPDATE | CANCEL: sukien của ndc-json (NEW nếu bỏ trống). · Of ndc-json.")
    ] = None,
    version: Annotated[
        int | None, typer.Option(help="phienban của ndc-json (1 nếu bỏ trống). · Of ndc-json, 1 if absent.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Chỉ báo cáo, không ghi. · Report only, write nothing.")
    ] = False,
    overwrite: Overwrite = False,
    lang: ReportLanguage = "vi",
) -> None:
    """Chuyển học bạ sang cấu trúc khác; báo rõ điều gì mất, điều gì còn thiếu. Chữ ký không chuyển theo.

    Mã thoát 0: chuyển hết; 1: có hồ sơ chưa chuyển; 2: gọi sai hoặc có tệp không đọc được; 3: lỗi của chương trình.

    Ví dụ: [bold]hocba convert lo.xml --to ndc-json -o lo.json --set pupil.origin="Cần Thơ"[/bold]

    [dim]Write records in another form, and tell what is lost and what is missing. Signatures never travel. Exit code 0:
    all converted; 1: some were not; 2: wrong call or a file that cannot be read; 3: a fault of the program.[/dim]
    """
    from hub.converting.command import Request, run

    raise typer.Exit(
        run(
            Request(
                paths=paths,
                target=to,
                output=output,
                sets=sets or (),
                defaults=defaults,
                event=event,
                version=version,
                dry_run=dry_run,
                overwrite=overwrite,
                lang=lang,
            )
        )
    )


@app.command(rich_help_panel=SEND)
def push(
    files: Annotated[list[Path], typer.Argument(help="Tệp XML hoặc JSON. · XML or JSON files.")],
    key_file: Annotated[
        Path | None, typer.Option("--key-file", help="Tệp chứa khóa API. · File that holds the API key.")
    ] = None,
    sender: Annotated[
        str | None,
        typer.Option(help="Mã bên gửi: lấy khóa trong thư mục dữ liệu. · Sender whose key this folder holds."),
    ] = None,
    hub: Annotated[str | None, typer.Option(help="Địa chỉ hub. · The hub's address.")] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Gửi như một lần gửi mới. · Send as a new submission.")
    ] = False,
) -> None:
    """Gửi tệp lên hub, in một dòng cho mỗi hồ sơ. Mã thoát 0: tất cả được nhận; 2: có hồ sơ bị từ chối; 1: không gửi được.

    [dim]Push files, one line per record. Exit code 0: all taken; 2: some refused; 1: not sent. The key is read from
    --key-file, HOCBA_API_KEY, or the data folder by --sender.[/dim]
    """
    from hub.push import push_files

    raise typer.Exit(
        push_files(_settings(), files, key_file=key_file, sender=sender, hub=hub, again=again, console=Console())
    )


@app.command(rich_help_panel=SEND)
def status(name: Annotated[str, typer.Argument(metavar="RECEIPT|UUID", help="Mã biên nhận hoặc UUID hồ sơ.")]) -> None:
    """Một lần gửi hay một hồ sơ đang ở đâu: từng giai đoạn, lúc nào, vì sao.

    [dim]Where a submission or a record stands: every stage, when, and why.[/dim]
    """
    from hub.desk import show_status

    show_status(_settings(), name, Console())


@app.command("print", rich_help_panel=SEND)
def print_(
    names: Annotated[
        list[str],
        typer.Argument(metavar="UUID|FILE…", help="UUID hồ sơ của hub, tệp XML hay lô. · Records of the hub, files."),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Tệp .pdf hoặc thư mục. · A .pdf file, or a folder.")
    ] = None,
    join: Annotated[
        bool, typer.Option("--join", help="Các năm học của một học sinh thành một bản. · One pupil's years as one.")
    ] = False,
    sign: Annotated[
        bool,
        typer.Option(
            "--sign", help="Ký số bản in (PAdES) bằng khóa của trường mà hub giữ. · Under the school's seal, as PAdES."
        ),
    ] = False,
    purpose: Annotated[
        str,
        typer.Option(help="check | pupil | transfer | admission | authority: in để làm gì. · What the copy is for."),
    ] = "check",
) -> None:
    """In học bạ theo mẫu của Bộ: PDF/A có kèm XML. Mỗi bản in từ hub được ghi lại. Mã thoát 1: có hồ sơ không in được.

    [dim]Print records as the Ministry's form: PDF/A with the XML inside. Every copy of the hub's records is logged.[/dim]
    """
    from hub.printing import print_records, purpose_of

    raise typer.Exit(
        print_records(
            _settings(),
            names,
            output=output,
            join=join,
            sign=sign,
            purpose=purpose_of(purpose),
            console=Console(soft_wrap=True),
        )
    )


@app.command(rich_help_panel=LOOK_UP)
def rule(
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID…]", help="Mã, ví dụ B10; bỏ trống: cả danh mục. · For example B10."),
    ] = None,
) -> None:
    """Quy tắc kiểm tra: điều phải đúng, căn cứ, thông báo, cách sửa, mức ở từng cấu trúc.

    [dim]A rule: what must hold, on what basis, its words, and what it weighs in each profile. Without an id: all.[/dim]
    """
    from hub.dictionary import show_rules

    show_rules(ids or [], Console())


@profile_app.command("list")
def profile_list() -> None:
    """Mọi cấu trúc. [dim]· Every profile.[/dim]"""
    from hub.dictionary import list_profiles

    list_profiles(Console())


@profile_app.command("show")
def profile_show(name: str, level: Level = None) -> None:
    """Một cấu trúc: dạng tệp, cấp học, nơi ký, danh mục, quy tắc. [dim]· One profile: what it declares.[/dim]"""
    from hub.dictionary import show_profile

    show_profile(name, level, Console())


@profile_app.command("coverage")
def profile_coverage(
    source: Annotated[str, typer.Argument(metavar="A", help="Hồ sơ đang có. · What the record is.")],
    target: Annotated[str, typer.Argument(metavar="B", help="Cấu trúc ghi ra. · What it is written as.")],
    level: Level = None,
    format: Annotated[Literal["text", "json"], typer.Option("--format", help="text | json")] = "text",
) -> None:
    """Hồ sơ A ghi thành B: trường nào giữ nguyên, hẹp lại, mất, cần bổ sung.

    [dim]A record of A written as B: what is lossless, narrowed, lost, or needs a default.[/dim]
    """
    from hub.dictionary import show_coverage

    show_coverage(source, target, level=level, format=format, console=Console())


@app.command(rich_help_panel=OPERATE)
def failed() -> None:
    """Hồ sơ chưa xong, theo nguyên nhân: bao nhiêu, từ bao giờ, cần làm gì.

    [dim]Failed work by cause: how many, since when, what to do.[/dim]
    """
    from hub.desk import show_failed

    show_failed(_settings(), Console())


@app.command(rich_help_panel=OPERATE)
def retry(
    cause: Cause,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ đếm, không làm. · Count only.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Không hỏi lại. · Do not ask.")] = False,
) -> None:
    """Cho hồ sơ bị giữ hoặc hỏng vì một nguyên nhân đi tiếp.

    [dim]Let held and dead work with a cause go again. Refused records are the sender's to mend.[/dim]
    """
    from hub.desk import retry_cause

    retry_cause(_settings(), cause, dry_run=dry_run, ask=None if yes else _confirm, console=Console())


@lanes_app.callback()
def lanes(context: typer.Context) -> None:
    """Danh sách luồng, nơi nhận, bên gửi bị dừng. [dim]· Lanes, destinations, stopped senders.[/dim]"""
    if context.invoked_subcommand is None:
        from hub.desk import show_lanes

        show_lanes(_settings(), Console())


@lanes_app.command("pause")
def lanes_pause(stage: str, destination: str, why: Why) -> None:
    """Tạm dừng một luồng: việc ở lại, không mất gì. [dim]· Pause a lane: work stays where it is.[/dim]"""
    from hub.desk import set_lane

    set_lane(_settings(), stage, destination, paused=True, why=why, console=Console())


@lanes_app.command("resume")
def lanes_resume(stage: str, destination: str, why: Why = "") -> None:
    """Mở lại một luồng tạm dừng hoặc bị dừng. [dim]· Open a paused or stopped lane again.[/dim]"""
    from hub.desk import set_lane

    set_lane(_settings(), stage, destination, paused=False, why=why, console=Console())


@lanes_app.command("resume-sender")
def lanes_resume_sender(code: str) -> None:
    """Cho bên gửi bị dừng đi tiếp. [dim]· Let a stopped sender go on.[/dim]"""
    from hub.desk import resume_sender

    resume_sender(_settings(), code, Console())


@app.command(rich_help_panel=SET_UP)
def settings(
    search: Annotated[str, typer.Argument(help="Chỉ những cài đặt có chữ này. · Only those that contain this.")] = "",
) -> None:
    """Mọi cài đặt: giá trị, từ đâu mà có, để làm gì. Đặt bằng biến môi trường, hocba.toml hoặc tệp bí mật.

    [dim]Every setting: its value, where it came from, what it means. Set them by environment, hocba.toml or secret
    files (…_FILE).[/dim]
    """
    from hub.sheet import settings_sheet

    settings_sheet(_settings(), search, Console())


@app.command(rich_help_panel=OPERATE)
def doctor() -> None:
    """Khám: máy chủ và độ bền, đồng hồ, đĩa, chứng thư số, CRL, nơi nhận; nói phải làm gì. Mã thoát 1 nếu có điều hỏng.

    [dim]Examine engines and durability, clock, disk, certificates, revocation lists, destination; say what to do.[/dim]
    """
    from hub.doctor import examine, print_report

    report = examine(_settings())
    print_report(report, Console())
    raise typer.Exit(1 if any(finding.bad for finding in report) else 0)


@app.command(rich_help_panel=SEND)
def verify(
    paths: Paths,
    format_: Annotated[
        str, typer.Option("--format", help="text | json | html | etsi: dạng báo cáo. · The report's form.")
    ] = "text",
    output: ReportFile = None,
    engine: Annotated[
        str,
        typer.Option(
            help="ours | signxml | xmlsec1 | all: bộ kiểm của hub, một bên thứ hai, hay tất cả cạnh nhau. · The hub's, a"
            " second opinion, or all beside each other."
        ),
    ] = "ours",
    trust: TrustFolder = None,
    policy: Policy = "hcmc",
    required_slots: RequiredSlots = None,
    registry: Annotated[
        Path | None,
        typer.Option(help="Chứng thư được phê duyệt (registry.json hoặc CSV). · Approved certificates."),
    ] = None,
    roster: Annotated[
        Path | None, typer.Option(help="Phân công của trường, JSON. · Who was given which role, JSON.")
    ] = None,
    sender_unit: Annotated[
        str | None,
        typer.Option(
            metavar="CODE",
            help="Đơn vị ký lô, khi không phải chính trường. · Unit that signs batches, when it is not the school.",
        ),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(metavar="INSTANT", help="Xét như tại thời điểm này; mặc định bây giờ. · As of this instant."),
    ] = None,
    mask: Annotated[
        bool,
        typer.Option(
            "--mask/--values", help="Che hay hiện chủ thể chứng thư, giá trị cá nhân. · Hide or show holders."
        ),
    ] = True,
    jobs: Jobs = None,
    lang: ReportLanguage = "vi",
    quiet: SummaryAlone = False,
) -> None:
    """Kiểm chữ ký số của hồ sơ, lô tại chỗ, như hub kiểm; không cần máy chủ, không cần mạng.

    Mã thoát 0: tất cả TOTAL-PASSED; 1: có chữ ký chưa đạt; 2: gọi sai hoặc có tệp không đọc được; 3: lỗi của chương
    trình.

    Ví dụ: [bold]hocba verify lo.xml --trust trust/[/bold] · [bold]hocba verify lo.xml --engine all[/bold] ·
    [bold]hocba verify xuat/ --registry registry.json --format etsi -o bao-cao.xml[/bold]

    [dim]Verify the signatures of records and batches as the hub does; no engines, no network. Exit code 0: all
    TOTAL-PASSED; 1: some not; 2: wrong call or a file that cannot be read; 3: a fault of the program.[/dim]
    """
    from hub.verifying.command import Request, run

    raise typer.Exit(
        run(
            Request(
                paths=paths,
                format=format_,
                output=output,
                engine=engine,
                trust=trust,
                settings_trust=_trust_of_settings,
                policy=policy,
                slots=required_slots,
                registry=registry,
                roster=roster,
                sender=sender_unit,
                at=at,
                jobs=jobs,
                masked=mask,
                lang=lang,
                quiet=quiet,
            )
        )
    )


@app.command(rich_help_panel=SEND)
def extend(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="Tệp XML đã ký: học bạ hoặc lô. · Signed records or batches.")
    ],
    level: Annotated[
        str, typer.Option("--level", help="T | LT | LTA: mức cần đạt («docs/preserving.md»). · Level to reach.")
    ] = "LTA",
    renew: Annotated[
        bool,
        typer.Option(
            "--renew", help="Đóng thêm dấu thời gian lưu trữ cho tệp đã ở LTA. · A further archive timestamp."
        ),
    ] = False,
    digest: Annotated[
        str,
        typer.Option("--digest", help="sha256 | sha384 | sha512: hàm băm của dấu thời gian mới. · Of new timestamps."),
    ] = "sha256",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FOLDER", help="Thư mục ghi ra; bỏ trống: TÊN.lta.xml cạnh tệp. · Where to write."
        ),
    ] = None,
    overwrite: Overwrite = False,
    trust: TrustFolder = None,
    lang: Annotated[str, typer.Option(help="vi | en: ngôn ngữ thông báo. · Language of what is told.")] = "vi",
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Chỉ in tệp chưa đạt và dòng tóm tắt. · What failed, and the summary.")
    ] = False,
) -> None:
    """Giữ chữ ký còn chứng minh được sau nhiều năm: thêm dấu thời gian (T), chứng thư và CRL/OCSP (LT), dấu thời gian lưu
    trữ (LTA), gia hạn. Không một byte đã ký nào bị đổi.

    Tổ chức cấp dấu thời gian: cài đặt signing.timestamps.urls. Lô có chữ ký giao dịch: chỉ chữ ký giao dịch được nâng, vì
    nó bao trùm mọi hồ sơ bên trong.

    Mã thoát 0: mọi tệp đạt mức; 1: có tệp chưa đạt; 2: gọi sai hoặc có tệp không đọc, ghi được; 3: lỗi của chương trình.

    Ví dụ: [bold]hocba extend hocba.xml[/bold] · [bold]hocba extend kho/*.xml --level LT --out kho-lt/[/bold] ·
    [bold]hocba extend hocba.lta.xml --renew --digest sha512[/bold]

    [dim]Keep signatures provable in later years: a timestamp (T), certificates and revocation data (LT), an archive
    timestamp (LTA), renewals. Not one signed octet is changed. Exit code 0: every file is at the level; 1: some are not;
    2: wrong call or a file that cannot be read or written; 3: a fault of the program.[/dim]
    """
    from hub.extending.command import Request, run

    raise typer.Exit(
        run(
            Request(
                files=files,
                level=level.upper(),
                renew=renew,
                digest=digest,
                out=out,
                overwrite=overwrite,
                trust=trust,
                settings=lambda: _settings().signing,
                lang=lang,
                quiet=quiet,
            )
        )
    )


@db_app.command("migrate")
def db_migrate() -> None:
    """Đưa cơ sở dữ liệu lên phiên bản mới nhất. [dim]· Bring the database to the newest version.[/dim]"""
    from hub.desk import migrate_database

    before, after = migrate_database(_settings())
    _say(f"Cơ sở dữ liệu: {before or '(trống)'} → {after}.", f"Database: {before or '(empty)'} → {after}.")


@world_app.command("import")
def world_import(folder: Annotated[Path, typer.Argument(help="units.json, senders.json, registry.json")]) -> None:
    """Nhập đơn vị, bên gửi, chứng thư số; khóa API mới ghi vào tệp chỉ chủ đọc được.

    [dim]Enter units, senders, certificates; new API keys are written to files that only their owner can read.[/dim]
    """
    from hub.desk import import_folder

    for sender, file in import_folder(_settings(), folder).items():
        _say(f"Khóa API mới của {sender}: {file}", f"New API key of {sender}: {file}")
    _say("Đã nhập.", "Imported.")


def _settings(*, beside: bool = True) -> "Settings":
    """The settings; beside a running demonstration, with those that it was given.

    Raises:
        Failure: one of them is wrong; all that are wrong are named at once.
    """
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from hub import logs, running
    from hub.settings import Settings
    from hub.sheet import wrong_settings

    logs.quiet()
    try:
        settings = Settings()
        there = running.find(settings.data_folder) if beside else None
        if there is None or not there.environment:
            return settings
        os.environ.update({name: value for name, value in there.environment.items() if name not in os.environ})
        return Settings()
    except (ValidationError, SettingsError) as error:
        raise wrong_settings(error) from error


def _trust_of_settings() -> "TrustPlace":
    """Whose certificates the settings say are believed."""
    from hub.verifying.judging import TrustPlace

    signing = _settings().signing
    return TrustPlace(signing.trust_folder, signing.revocation.most_age)


def _heed_signals() -> None:
    """SIGTERM ends a command as Ctrl-C does; once it is ending, further ones change nothing."""

    def end(*_: object) -> None:
        for told in (signal.SIGTERM, signal.SIGINT):
            signal.signal(told, signal.SIG_IGN)
        raise KeyboardInterrupt

    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, end)


def _confirm(question: str) -> bool:
    return typer.confirm(question, default=False)


def _say(vi: str, en: str) -> None:
    console = Console()
    console.print(Text(vi))
    console.print(Text(en, style="dim"))


def show_failure(failure: Failure) -> None:
    """Vietnamese first, English beneath, each with what to do."""
    body = Text()
    body.append(failure.vi, style="bold")
    if failure.do_vi:
        body.append(f"\n→ {failure.do_vi}")
    body.append(f"\n{failure.en}", style="dim")
    if failure.do_en:
        body.append(f"\n→ {failure.do_en}", style="dim")
    Console(stderr=True).print(Panel(body, title="hocba", title_align="left", border_style="red"))


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
