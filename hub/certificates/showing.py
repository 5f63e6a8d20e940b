"""The registry's tables on a terminal, and the same as JSON. Names of persons stand on the terminal only where asked."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hub.certificates.entering import Answer
from ledger.certificate_views import (
    CertificateCard,
    CertificateView,
    EventView,
    ExpiringView,
    SchoolCoverage,
    SeenView,
)
from ledger.registration_signatures import RegistrationSignature
from routes.registration_words import signature_standing
from signing.verify.policy import VIETNAM

STATES = {"waiting": "chờ duyệt", "approved": "đã duyệt", "refused": "từ chối", "ended": "đã chấm dứt"}
EVENTS = {
    "registered": "đăng ký",
    "sent": "đã gửi cổng",
    "approved": "phê duyệt",
    "refused": "từ chối",
    "ended": "chấm dứt",
    "changed": "đổi ngày",
}
STANDINGS = {"good": "tốt", "revoked": "bị thu hồi", "on-hold": "tạm ngưng", "unknown": "chưa hỏi"}
MOST = 100_000
"""rows of a list, at most"""
HIDDEN = frozenset({"der", "subject"})


def as_json(rows: Iterable[Any]) -> str:
    """Rows as JSON: fingerprints in hexadecimal, no subject and no certificate."""
    return orjson.dumps([_plain(row) for row in rows], default=str, option=orjson.OPT_INDENT_2).decode()


def _plain(row: Any) -> Mapping[str, Any]:
    told: dict[str, Any] = {}
    for each in fields(row):
        if each.name in HIDDEN:
            continue
        value = getattr(row, each.name)
        if isinstance(value, bytes):
            value = value.hex()
        elif isinstance(value, tuple):
            value = [_plain(part) if hasattr(part, "__dataclass_fields__") else part for part in value]
        told[each.name] = value
    return told


def registrations_as_json(rows: Sequence[CertificateView], *, signatures: Mapping[int, RegistrationSignature]) -> str:
    """Registrations as JSON; `signature` is how the one stands that a remote service makes, null where none is asked for."""
    told = [{**_plain(row), "signature": _standing(signatures.get(row.id))} for row in rows]
    return orjson.dumps(told, default=str, option=orjson.OPT_INDENT_2).decode()


def _standing(asked: RegistrationSignature | None) -> Mapping[str, Any] | None:
    if asked is None:
        return None
    return {"state": asked.state, "cause": asked.cause, "asks": asked.asks, "until": asked.until}


def story_as_json(card: CertificateCard, events: Sequence[EventView]) -> str:
    """A certificate without its subject, and its history."""
    told = {"certificate": _plain(card), "history": [_plain(event) for event in events]}
    return orjson.dumps(told, default=str, option=orjson.OPT_INDENT_2).decode()


def registrations(
    rows: Sequence[CertificateView], console: Console, *, signatures: Mapping[int, RegistrationSignature]
) -> None:
    """Registrations, one line each; below it what is to be known of the signature that a remote service makes."""
    table = _table(
        "số\nno.",
        "đơn vị\nunit",
        "vai trò\nrole",
        "serial",
        "trạng thái\nstate",
        "từ\nfrom",
        "đến\nuntil",
        "hồ sơ\nrecords",
    )
    for row in rows:
        _row(
            table,
            str(row.id),
            f"{row.unit} {row.unit_name}",
            row.role,
            row.serial_hex,
            Text.assemble(STATES[row.state], "\n", (row.state, "dim")),
            day(row.approved_from or row.valid_from),
            day(row.approved_to or row.not_after),
            str(row.records),
        )
    _show(table, len(rows), console)
    for number, asked in sorted(signatures.items()):
        said = signature_standing(asked.state, asked.cause)
        console.print(Text(f"{number}: {said.vi}\n{said.en}", "yellow"))


def expiring(rows: Sequence[ExpiringView], console: Console) -> None:
    """What ends soon; first what has no successor."""
    table = _table("hết hạn\nends", "đơn vị\nunit", "vai trò\nrole", "serial", "đã có thay thế\nsuccessor")
    for row in rows:
        said = Text("có · yes", "green") if row.successor else Text("chưa · none", "red")
        _row(table, day(row.ends_at), f"{row.unit} {row.unit_name}", row.role, row.serial_hex, said)
    _show(table, len(rows), console)


def cards(rows: Sequence[CertificateCard], console: Console) -> None:
    """Certificates that are revoked or on hold, with who uses them."""
    table = _table("serial", "tình trạng\nstanding", "từ\nsince", "dùng ở\nused by")
    for row in rows:
        uses = ", ".join(f"{use.unit} {use.role}" for use in row.uses[:6]) or "—"
        _row(table, row.serial_hex, STANDINGS[row.standing], day(row.revoked_at), uses)
    _show(table, len(rows), console)


def seen(rows: Sequence[SeenView], console: Console) -> None:
    """What records were signed with though nobody approved it."""
    table = _table(
        "đơn vị\nunit", "vai trò\nrole", "serial", "hồ sơ\nrecords", "lần cuối\nlast", "đăng ký\nregistration"
    )
    for row in rows:
        state = STATES.get(row.state, "chưa · none")
        _row(table, f"{row.unit} {row.unit_name}", row.role, row.serial_hex, str(row.records), day(row.last_at), state)
    _show(table, len(rows), console)


def schools(rows: Sequence[SchoolCoverage], console: Console) -> None:
    """School by school: which roles have a certificate now, who still lacks one, who signs."""
    table = _table(
        "trường\nschool", "phường, xã\nward", "KY_PHAT_HANH", "GIAO_DICH", "người ký\npersons", "hạn chót\ndeadline"
    )
    for row in rows:
        roles = {each.role: each for each in row.roles}
        told = [_covered(roles.get(role)) for role in ("KY_PHAT_HANH", "GIAO_DICH")]
        persons = ", ".join(f"{each.role} {each.seen}" for each in row.persons) or "—"
        _row(table, f"{row.unit} {row.unit_name}", row.ward, *told, persons, day(row.deadline))
    _show(table, len(rows), console)


def _covered(role: Any) -> Text:
    if role is None or not (role.needed or role.approved):
        return Text("không cần · not needed", "dim")
    if role.approved:
        return Text(f"có, đến {day(role.until)}", "green")
    return Text("chờ duyệt · waiting" if role.waiting else "THIẾU · LACKING", "red")


def story(card: CertificateCard, events: Sequence[EventView], console: Console, *, named: bool) -> None:
    """One certificate and all that happened to it."""
    console.print(Text(f"Chứng thư số {card.serial_hex} · certificate", "bold"))
    console.print(Text(f"SHA-256 {card.sha256.hex()}"))
    if named:
        console.print(Text(shown(f"Chủ thể · subject: {card.subject or '—'}")))
    console.print(Text(shown(f"Nơi cấp · issuer: {card.issuer or '—'}")))
    console.print(Text(f"Hạn · valid: {day(card.not_before)} – {day(card.not_after)}"))
    console.print(Text(f"Thu hồi · revocation: {STANDINGS[card.standing]} {day(card.revoked_at)}".rstrip(" —")))
    table = _table(
        "lúc\nat", "đơn vị, vai trò\nunit, role", "việc\nwhat", "từ\nfrom", "đến\nuntil", "ai\nwho", "lý do\nwhy"
    )
    for event in events:
        _row(
            table,
            clock(event.at),
            f"{event.unit} {event.role}",
            EVENTS[event.what],
            day(event.valid_from),
            day(event.valid_to),
            event.actor,
            event.why,
        )
    console.print(table)


def answers(rows: Sequence[Answer], console: Console, *, dry_run: bool) -> None:
    """What became of each entry, then how many of each kind."""
    marks = {"taken": ("✓", "green"), "there": ("=", "dim"), "refused": ("✗", "red")}
    for row in rows:
        mark, style = marks[row.outcome]
        console.print(Text(shown(f"{mark} {row.name}: {row.vi} · {row.en}"), style))
    count = Counter(row.outcome for row in rows)
    taken = "sẽ nhận · would be taken" if dry_run else "đã nhận · taken"
    console.print(
        Text(
            f"{count['taken']} {taken}, {count['there']} đã có từ trước · there already,"
            f" {count['refused']} từ chối · refused",
            "bold",
        )
    )


def shown(text: str) -> str:
    """Without what a terminal would obey: a name in a certificate or a file's name may hold anything."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def day(moment: datetime | None) -> str:
    """A day in Vietnam."""
    if moment is None:
        return "—"
    return "không hạn" if moment.year >= 9999 else f"{moment.astimezone(VIETNAM):%d/%m/%Y}"


def clock(moment: datetime) -> str:
    """A minute in Vietnam."""
    return f"{moment.astimezone(VIETNAM):%d/%m/%Y %H:%M}"


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _row(table: Table, *cells: str | Text) -> None:
    """A line of plain texts: what stands in them is no markup."""
    table.add_row(*(Text(shown(cell)) if isinstance(cell, str) else cell for cell in cells))


def _show(table: Table, count: int, console: Console) -> None:
    if count:
        console.print(table)
    console.print(Text(f"{count} dòng · rows" if count else "Không có · none", "dim"))
    if count == MOST:
        console.print(Text("Chỉ liệt kê bấy nhiêu; hãy lọc bớt. · No more are listed: filter them.", "yellow"))
