"""The dictionary on a screen: rules, profiles, what one profile can tell of another."""

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hub.failures import Failure
from schemas.catalogue import OBSERVED, WEIGHTS, Entry, entries
from schemas.layout import fields_of, rows_of
from schemas.profiles import Profile, profiles
from schemas.rules import rules
from schemas.rules.rule import Rule

Format = Literal["text", "json"]
Level = Literal["primary", "secondary"]

_MARK = f" [yellow]({OBSERVED.vi} · {OBSERVED.en})[/yellow]"
_OUTCOMES = {
    "needs-default": ("cần bổ sung · needs default", "red"),
    "lost": ("mất · lost", "red"),
    "narrowed": ("hẹp lại · narrowed", "yellow"),
    "lossless": ("giữ nguyên · lossless", "green"),
}


def show_rules(ids: Sequence[str], console: Console) -> None:
    """Each rule that is named, or the whole list.

    Raises:
        Failure: there is no rule of that id.
    """
    known = _known()
    if not ids:
        _list(known.values(), console)
        return
    wanted = [_wanted(name, known) for name in ids]
    for each in wanted:
        _show(each, console)


def _known() -> Mapping[str, Entry]:
    """Rules of records, and those that the doors tell, which the schemas do not know."""
    from connectors import refusals
    from connectors.vendors import faults

    told = [*faults.known_rules(), *(rule for rule in vars(refusals).values() if isinstance(rule, Rule))]
    beside = {rule.id: Entry(rule, ()) for rule in told if rule.id not in rules()}
    return dict(sorted({**{each.rule.id: each for each in entries()}, **beside}.items()))


def _wanted(name: str, known: Mapping[str, Entry]) -> Entry:
    found = known.get(name.strip().upper())
    if found is not None:
        return found
    near = difflib.get_close_matches(name.strip().upper(), known, n=4, cutoff=0.5)
    raise Failure(
        vi=f"Không có quy tắc «{name}».",
        en=f"There is no rule «{name}».",
        do_vi=f"Có phải: {', '.join(near)}?" if near else "«hocba rule» in cả danh mục.",
        do_en=f"Did you mean {', '.join(near)}?" if near else "«hocba rule» lists them all.",
        code=64,
    )


def _list(known: Iterable[Entry], console: Console) -> None:
    for each in known:
        weight = WEIGHTS[each.rule.severity]
        console.print(
            f"[bold]{each.rule.id}[/bold]  {weight.vi} · {weight.en}\t{escape(each.rule.title.vi)}"
            f" [dim]· {escape(each.rule.title.en)}[/dim]",
            soft_wrap=True,
            highlight=False,
        )


def _show(each: Entry, console: Console) -> None:
    rule, weight = each.rule, WEIGHTS[each.rule.severity]
    lines = [
        f"[bold]{rule.id}[/bold]  {escape(rule.title.vi)}\n     [dim]{escape(rule.title.en)}[/dim]",
        f"[bold]Mức · Weight[/bold]: {weight.vi} · {weight.en}",
        f"[bold]Căn cứ · Basis[/bold]: {escape(rule.basis)}",
        f"[bold]Thông báo · Message[/bold]: {escape(rule.message.vi)}\n     [dim]{escape(rule.message.en)}[/dim]",
        f"[bold]Cách sửa · Remedy[/bold]: {escape(rule.remedy.vi)}\n     [dim]{escape(rule.remedy.en)}[/dim]",
    ]
    if rule.roster:
        lines.append("Cần danh sách của Sở; không có thì «chưa kiểm». [dim]· Needs a roster, else not checked.[/dim]")
    for use in each.uses:
        weighs = WEIGHTS[use.severity]
        shown = ", ".join(path.name for path in use.failing)
        shown = f", ví dụ sai · failing example: {shown}" if shown else ""
        lines.append(f"{use.profile.name}{_observed(use.profile)}: {weighs.vi} · {weighs.en}{escape(shown)}")
    console.print("\n".join(lines) + "\n", soft_wrap=True, highlight=False)


def list_profiles(console: Console) -> None:
    """Every profile with what it is."""
    for profile in profiles().values():
        console.print(
            f"[bold]{profile.name}[/bold]{_observed(profile)}\t{profile.medium.value}\t{escape(profile.title)}",
            soft_wrap=True,
            highlight=False,
        )


def show_profile(name: str, level: Level | None, console: Console) -> None:
    """What a profile declares.

    Raises:
        Failure: no profile, or several, go by that name.
    """
    profile = _one(_named(name, level), name)
    console.print(f"[bold]{profile.name}[/bold]{_observed(profile)}\n{escape(profile.title)}", soft_wrap=True)
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for words, text in _declared(profile):
        table.add_row(words, escape(text))
    console.print(table)


def _declared(profile: Profile) -> Iterable[tuple[str, str]]:
    layout = profile.layout
    yield "Dạng · Medium", profile.medium.value
    yield "Cấp học · Levels", ", ".join(sorted(profile.levels))
    yield "PHIEN_BAN", ", ".join(sorted(profile.versions)) or "không ghi · not told"
    if layout is not None:
        rows = list(rows_of(layout))
        count = len(list(fields_of(layout))) + sum(len(table.fields) for _, table in rows)
        yield "Trường dữ liệu · Fields", f"{count}, bảng con · lists: {len(rows)}"
    yield "Nơi ký · Slots", " → ".join(slot.name for slot in profile.slots) or "không có · none"
    for signers in profile.signers:
        slots = ", ".join(slot.name for slot in profile.slots if slot.name in signers.slots) or "không ai · nobody"
        yield f"Bắt buộc ký · Must sign ({signers.policy})", f"{slots}; từ · since {signers.since}; {signers.basis}"
    yield "Giao dịch khác · Transactions", ", ".join(profile.transactions) or "không có · none"
    yield "Danh mục · Code lists", ", ".join(f"{name} ({len(codes)})" for name, codes in profile.codes.items())
    yield "Quy tắc · Rules", " ".join(profile.rules)
    yield (
        "Mức riêng · Own weights",
        ", ".join(f"{rule}: {weight}" for rule, weight in profile.severities.items()) or "–",
    )


def show_coverage(source: str, target: str, *, level: Level | None, format: Format, console: Console) -> None:
    """What becomes of a record of one profile that is written as another.

    Raises:
        Failure: no pair of profiles, or several, go by these names.
    """
    from transformers.coverage import coverage

    report = coverage(*_pair(source, target, level))
    if format == "json":
        console.out(json.dumps(report.as_dict(), ensure_ascii=False, indent=1), highlight=False)
        return
    here, there = report.source, report.target
    counts = " · ".join(f"{_OUTCOMES[name.value][0]}: {count}" for name, count in report.counts.items())
    console.print(
        f"[bold]{here.name}[/bold]{_observed(here)} → [bold]{there.name}[/bold]{_observed(there)}\n{counts}\n"
        "[dim]Chữ ký không chuyển theo: hồ sơ ghi lại phải ký lại. · Signatures never travel: sign anew.[/dim]",
        soft_wrap=True,
        highlight=False,
    )
    for each in report.members:
        words, colour = _OUTCOMES[each.outcome.value]
        why = "; ".join(f"{reason.vi} [dim]· {reason.en}[/dim]" for reason in each.reasons)
        names = " → ".join(escape(_short(place)) for place in (each.source, each.target))
        console.print(
            f"[{colour}]{words}[/{colour}]\t{each.member}\t{names}\t{why}".rstrip(), soft_wrap=True, highlight=False
        )


def _short(place: str | None) -> str:
    """The last two names of a place."""
    return "–" if place is None else "/".join(place.split("/")[-2:])


def _pair(source: str, target: str, level: Level | None) -> tuple[Profile, Profile]:
    """Names of folders are enough where only one pair of profiles is of one kind."""
    here, there = _named(source, level), _named(target, level)
    pairs = [(a, b) for a in here for b in there if a.kind == b.kind and (a is not b or source == target)]
    if len(pairs) == 1:
        return pairs[0]
    if not pairs:
        raise Failure(
            vi=f"«{source}» và «{target}» không cùng cấp học.",
            en=f"«{source}» and «{target}» are not of one kind of schooling.",
            do_vi="Chọn hai cấu trúc cùng tiểu học hoặc cùng trung học.",
            do_en="Take two of primary, or two of secondary school.",
            code=64,
        )
    _one([a for a, _ in pairs], source)
    _one([b for _, b in pairs], target)
    raise AssertionError("several pairs have one source and one target")


def _named(name: str, level: Level | None) -> list[Profile]:
    """The profile of that name, or every profile of the folder of that name."""
    known = profiles()
    found = [known[name]] if name in known else [each for each in known.values() if each.name.startswith(f"{name}/")]
    if not found:
        folders = {each.partition("/")[0] for each in known}
        near = difflib.get_close_matches(name, sorted({*known, *folders}), n=3, cutoff=0.4)
        raise Failure(
            vi=f"Không có cấu trúc «{name}».",
            en=f"There is no profile «{name}».",
            do_vi=f"Có phải: {', '.join(near)}?" if near else "Xem «hocba profile list».",
            do_en=f"Did you mean {', '.join(near)}?" if near else "See «hocba profile list».",
            code=64,
        )
    return [each for each in found if level is None or each.kind == level] or found


def _one(found: Sequence[Profile], name: str) -> Profile:
    distinct = list({each.name: each for each in found}.values())
    if len(distinct) == 1:
        return distinct[0]
    names = ", ".join(each.name for each in distinct)
    raise Failure(
        vi=f"«{name}» là của nhiều cấu trúc: {names}.",
        en=f"«{name}» is several profiles: {names}.",
        do_vi="Ghi tên đầy đủ, hoặc thêm --level primary|secondary.",
        do_en="Give a full name, or --level primary|secondary.",
        code=64,
    )


def _observed(profile: Profile) -> str:
    return _MARK if profile.observed else ""
