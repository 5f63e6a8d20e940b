"""What staff ask of the ledger and tell it at the command line: status, failed work, retries, lanes, migration, import."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import psycopg
from psycopg import AsyncConnection, errors
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hub import engines, ready, running
from hub.failures import Failure, hub_not_running, no_database
from hub.settings import Settings
from ledger import lanes, reprocess, views
from ledger.database import Connection
from ledger.settings import LedgerSettings
from ledger.states import Stage
from routes.fates import cause_of

Answer = TypeVar("Answer")

ACTOR = "cli"
"""who acts, in the ledger's events"""

AT_ONCE = 20_000
"""transfers that are let go in one transaction, at most"""

ADVICE = 3
"""rules of a cause that are explained, at most"""

LINES = 200
"""records of a submission that are listed, at most"""

FATES = {
    "open": "đang đi",
    "done": "đã duyệt",
    "refused": "bị từ chối",
    "held": "đang giữ",
    "dead": "hỏng",
    "superseded": "đã thay bằng bản mới",
}


# ---------------------------------------------------------------- the way to the ledger


@contextmanager
def ledger_url(settings: Settings) -> Iterator[str]:
    """The database: the one given, that of the running hub, or the data folder's, started for this command.

    Raises:
        Failure: there is none.
    """
    if settings.ledger.url is not None:
        yield settings.ledger.url.get_secret_value()
        return
    there = running.find(settings.data_folder)
    if there is not None and there.ledger is not None:
        yield there.ledger
        return
    folder = settings.data_folder / "postgres"
    if not engines.exists(folder):
        raise hub_not_running()
    with engines.EmbeddedPostgres(folder) as postgres:
        yield postgres.url


def ask(settings: Settings, question: Callable[[Connection], Awaitable[Answer]]) -> Answer:
    """One transaction on the ledger.

    Raises:
        Failure: the database does not answer, or was never migrated.
    """
    with ledger_url(settings) as url:
        try:
            return asyncio.run(_ask(url, question))
        except errors.UndefinedTable as error:
            raise Failure(
                vi="Cơ sở dữ liệu chưa được khởi tạo.",
                en="The database has no tables yet.",
                do_vi="Chạy «hocba db migrate».",
                do_en="Run «hocba db migrate».",
                code=69,
            ) from error
        except psycopg.OperationalError as error:
            raise no_database(error) from error


async def _ask(url: str, question: Callable[[Connection], Awaitable[Answer]]) -> Answer:
    async with await AsyncConnection.connect(url, options="-c timezone=UTC", connect_timeout=8) as connection:
        return await question(connection)


# ---------------------------------------------------------------- status


def show_status(settings: Settings, name: str, console: Console) -> None:
    """A submission by its receipt, or a record by its UUID."""
    try:
        wanted = UUID(name)
    except ValueError as error:
        raise Failure(
            vi=f"«{name}» không phải mã biên nhận hay UUID.", en=f"«{name}» is no receipt and no UUID.", code=64
        ) from error
    submission, lines, stories = ask(settings, lambda connection: _look_up(connection, wanted))
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
    table = _table("#", "UUID", "Số phận · Fate", "Giai đoạn · Stage", "Nguyên nhân · Cause")
    for line in lines:
        fate = line.fate or line.status
        table.add_row(
            str(line.line + 1), line.uuid or "—", f"{FATES.get(fate, '')} · {fate}", line.stage or "—", _why(line)
        )
    console.print(table)


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
    table = _table("Lúc · At (UTC)", "Giai đoạn · Stage", "Kết quả · Outcome", "Nguyên nhân · Cause", "Bởi · By")
    for event in story.events:
        table.add_row(f"{event.at:%d/%m %H:%M:%S}", event.stage, event.fate, event.cause, event.actor)
    console.print(table)
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


# ---------------------------------------------------------------- failed, retry


def show_failed(settings: Settings, console: Console) -> None:
    """Failed work grouped by cause."""
    groups = ask(settings, views.failed)
    if not groups:
        console.print(Text("Không có hồ sơ nào bị giữ, bị từ chối hay hỏng."))
        console.print(Text("Nothing is held, refused or dead.", "dim"))
        return
    for group in groups:
        _print_group(group, console)
    if any(fate in ("held", "dead") for group in groups for fate in group.fates):
        console.print(Text("hocba retry --cause NGUYÊN_NHÂN --dry-run", "dim"))


def _print_group(group: views.FailedRow, console: Console) -> None:
    known = cause_of(group.cause)
    fates = ", ".join(f"{FATES[fate]} ({fate})" for fate in group.fates)
    head = f" {group.count} hồ sơ · {fates} · {', '.join(group.stages)} · từ {group.oldest:%d/%m %H:%M} UTC"
    console.print(Text.assemble((group.cause, "bold"), head))
    console.print(Text(f"    {known.words.vi} {known.remedy.vi}"))
    console.print(Text(f"    {known.words.en} {known.remedy.en}", "dim"))
    for advice in group.advice[:ADVICE]:
        console.print(Text(f"    {advice.count} × {advice.rule}: {advice.message['vi']} → {advice.remedy['vi']}"))


def retry_cause(
    settings: Settings, cause: str, *, dry_run: bool, ask: Callable[[str], bool] | None, console: Console
) -> None:
    """Let work with a cause go again, after it was said how much that is and somebody agreed."""
    would = _retry(settings, cause, dry_run=True)
    if not would.retried and not would.packages and not would.superseded:
        raise Failure(
            vi=f"Không có hồ sơ bị giữ hoặc hỏng vì «{cause}».",
            en=f"Nothing is held or dead because of «{cause}».",
            do_vi="«hocba failed» liệt kê các nguyên nhân; hồ sơ bị từ chối thì bên gửi phải sửa và gửi lại.",
            do_en="«hocba failed» lists the causes; refused records are the sender's to mend.",
            code=64,
        )
    _print_retried(would, console, done=False)
    if dry_run or (ask is not None and not ask("Cho đi tiếp? / Let them go?")):
        return
    while True:
        done = _retry(settings, cause, dry_run=False)
        _print_retried(done, console, done=True)
        if done.retried + done.superseded < AT_ONCE:
            return


def _retry(settings: Settings, cause: str, *, dry_run: bool) -> reprocess.Retried:
    return ask(
        settings, lambda connection: reprocess.retry(connection, cause=cause, dry_run=dry_run, by=ACTOR, limit=AT_ONCE)
    )


def _print_retried(result: reprocess.Retried, console: Console, *, done: bool) -> None:
    console.print(
        Text(
            f"{'Đã cho đi tiếp' if done else 'Sẽ cho đi tiếp'}: {result.retried} hồ sơ, {result.packages} gói;"
            f" {result.superseded} hồ sơ ở lại vì đã có bản mới hơn."
        )
    )
    console.print(
        Text(
            f"{'Let go' if done else 'Would let go'}: {result.retried} transfers, {result.packages} packages;"
            f" {result.superseded} stay, a newer one has gone.",
            "dim",
        )
    )


# ---------------------------------------------------------------- lanes


def show_lanes(settings: Settings, console: Console) -> None:
    """Lanes, destinations and stopped senders."""
    rows, destinations, senders = ask(settings, _lanes)
    if not rows:
        console.print(Text("Chưa có nơi nhận nào: dispatcher chưa chạy lần nào. · No destination yet."))
    table = _table("Giai đoạn · Stage", "Nơi nhận · Destination", "Trạng thái · State", "Vì sao · Why", "Bởi · By")
    for row in rows:
        style = {"open": "green", "paused": "yellow", "stopped": "red"}[row.state]
        table.add_row(row.stage, row.destination, Text(row.state, style), Text(row.why), row.by)
    console.print(table)
    for destination in destinations:
        if destination.breaker != "closed":
            console.print(
                Text(
                    f"{destination.name}: ngắt từ {destination.opened_at:%H:%M:%S} UTC sau {destination.failures} lỗi,"
                    f" thử lại lúc {destination.probe_at:%H:%M:%S} · breaker {destination.breaker}",
                    "yellow",
                )
            )
    for sender in senders:
        console.print(Text(f"{sender.code} {sender.name}: bị dừng · stopped · {sender.why}", "red"))
        console.print(Text(f"  hocba lanes resume-sender {sender.code}", "dim"))


async def _lanes(
    connection: Connection,
) -> tuple[list[views.LaneView], list[views.DestinationRow], list[views.StoppedSender]]:
    return (
        await views.lanes(connection, [stage.value for stage in Stage]),
        await views.destinations(connection),
        await views.stopped_senders(connection),
    )


def set_lane(settings: Settings, stage: str, destination: str, *, paused: bool, why: str, console: Console) -> None:
    """Pause a lane, or let it go on."""
    if stage not in {each.value for each in Stage}:
        raise Failure(
            vi=f"Không có giai đoạn «{stage}».",
            en=f"There is no stage «{stage}».",
            do_vi=f"Chọn một trong: {', '.join(Stage)}.",
            do_en=f"One of: {', '.join(Stage)}.",
            code=64,
        )

    async def change(connection: Connection) -> bool:
        if destination not in {row.name for row in await views.destinations(connection)}:
            return False
        await lanes.set_lane(
            connection,
            stage=stage,
            destination=destination,
            state="paused" if paused else "open",
            why=why[:500],
            by=ACTOR,
        )
        return True

    if not ask(settings, change):
        raise Failure(vi=f"Không có nơi nhận «{destination}».", en=f"There is no destination «{destination}».", code=64)
    console.print(Text(f"{stage} → {destination}: {'tạm dừng · paused' if paused else 'đang mở · open'}"))


def resume_sender(settings: Settings, code: str, console: Console) -> None:
    """Let a stopped sender go on."""
    if not ask(settings, lambda connection: lanes.resume_sender(connection, code=code)):
        raise Failure(vi=f"Không có bên gửi «{code}».", en=f"There is no sender «{code}».", code=64)
    console.print(Text(f"{code}: đi tiếp · goes on"))


# ---------------------------------------------------------------- migration, import


def migrate_database(settings: Settings) -> tuple[str | None, str]:
    """Bring the database to the newest version; returns (before, after)."""
    with _own_ledger(settings) as ledger:
        return ready.prepare(ledger)


def import_folder(settings: Settings, folder: Path) -> dict[str, Path]:
    """Import a world; returns sender → file with its new key."""
    with _own_ledger(settings) as ledger:
        ready.prepare(ledger)
        return ready.import_world(ledger, folder, settings.data_folder / "keys")


@contextmanager
def _own_ledger(settings: Settings) -> Iterator[LedgerSettings]:
    """The database, which may be made for the first time."""
    folder = settings.data_folder / "postgres"
    with ExitStack() as stack:
        if settings.ledger.url is None and running.find(settings.data_folder) is None:
            url = stack.enter_context(engines.EmbeddedPostgres(folder)).url
        else:
            url = stack.enter_context(ledger_url(settings))
        yield settings.ledger.model_copy(update={"url": SecretStr(url)})


def _table(*columns: str) -> Table:
    """A bare table; Vietnamese over English in its head, UUIDs unbroken."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column.replace(" · ", "\n"), overflow="fold", no_wrap=column == "UUID")
    return table
