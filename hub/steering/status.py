"""`hocba status`: where a submission or a record stands, on a screen."""

from uuid import UUID

from rich.console import Console
from rich.text import Text

from hub import desk
from hub.failures import Failure
from hub.settings import Settings
from hub.steering.words import FATES, table
from ledger import views
from ledger.database import Connection
from routes.fates import cause_of

LINES = 200
"""records of a submission that are listed, at most"""


def show_status(settings: Settings, name: str, console: Console) -> None:
    """A submission by its receipt, or a record by its UUID."""
    try:
        wanted = UUID(name)
    except ValueError as error:
        raise Failure(
            vi=f"«{name}» không phải mã biên nhận hay UUID.", en=f"«{name}» is no receipt and no UUID.", code=64
        ) from error
    submission, lines, stories = desk.ask(settings, lambda connection: _look_up(connection, wanted))
    if submission is not None:
        _print_submission(submission, lines, console)
    elif stories:
        for story in stories:
            _print_story(story, console)
    else:
        raise Failure(vi="Hub không có biên nhận hay hồ sơ này.", en="The hub has no such receipt or record.", code=66)


async def _look_up(
    connection: Connection, wanted: UUID
) -> tuple[views.SubmissionRow | None, list[views.LineRow], list[views.Story]]:
    submission = await views.submission(connection, wanted)
    if submission is None:
        return None, [], await views.stories(connection, wanted)
    return submission, await views.lines(connection, submission_id=submission.id, after=-1, limit=LINES), []


def _print_submission(submission: views.SubmissionRow, lines: list[views.LineRow], console: Console) -> None:
    console.print(
        Text(f"Biên nhận · Receipt {submission.receipt}", "bold"),
        Text(f"{submission.sender} · {submission.received_at:%d/%m/%Y %H:%M:%S} UTC · {submission.format}"),
        Text(
            f"Nhận · accepted {submission.accepted}, từ chối · refused {submission.refused}, trùng · duplicate"
            f" {submission.duplicate}, chưa xong · unfinished {submission.unfinished}"
        ),
        sep="\n",
    )
    rows = table("#", "UUID", "Số phận · Fate", "Giai đoạn · Stage", "Nguyên nhân · Cause")
    for line in lines:
        fate = line.fate or line.status
        rows.add_row(
            str(line.line + 1), line.uuid or "—", f"{FATES.get(fate, '')} · {fate}", line.stage or "—", _why(line)
        )
    console.print(rows)


def _why(line: views.LineRow) -> str:
    rules = {finding["rule"] for finding in (*line.findings, *(line.told or ()))}
    return " ".join(filter(None, (line.cause or "", ", ".join(sorted(rules)))))


def _print_story(story: views.Story, console: Console) -> None:
    now = story.transfer
    fate = f"{FATES.get(now.fate, '')} · {now.fate}" + (f" · {now.stage} ({now.state})" if now.state else "")
    console.print(Text(f"Hồ sơ · Record {now.uuid}: {fate}", "bold"))
    console.print(Text(f"{now.sender} · {now.school} {now.school_name} · {now.school_year} → {now.destination}"))
    if now.cause:
        _print_cause(now.cause, console)
    _print_findings(now.findings, console)
    rows = table("Lúc · At (UTC)", "Giai đoạn · Stage", "Kết quả · Outcome", "Nguyên nhân · Cause", "Bởi · By")
    for event in story.events:
        rows.add_row(f"{event.at:%d/%m %H:%M:%S}", event.stage, event.fate, event.cause, event.actor)
    console.print(rows)
    for verdict in story.verdicts:
        answer = "duyệt · approved" if verdict.trang_thai == 1 else "từ chối · refused"
        console.print(Text(f"Sở: {answer} {verdict.error} {verdict.error_description}".strip()))


def _print_cause(cause: str, console: Console) -> None:
    known = cause_of(cause)
    console.print(Text(f"{cause}: {known.words.vi} {known.remedy.vi}"))
    console.print(Text(f"{known.words.en} {known.remedy.en}", "dim"))


def _print_findings(findings: list[dict[str, object]], console: Console) -> None:
    for finding in findings:
        message, remedy = finding["message"], finding["remedy"]
        assert isinstance(message, dict)
        assert isinstance(remedy, dict)
        console.print(Text(f"  {finding['rule']} {finding.get('path') or ''} {message['vi']} → {remedy['vi']}"))
