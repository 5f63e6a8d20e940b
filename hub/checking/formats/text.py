"""For people at a terminal: grouped by rule with counts, the first places of each, a summary line at the end."""

import io
from collections import defaultdict
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.text import Text

from hub.checking.formats import Look
from hub.checking.report import Place, Report
from hub.checking.words import figure, in_lang, rule_of, said
from schemas.findings import Severity

MASKED = False
BINARY = False
FIRST = 3
"""places of a rule that are shown"""
NAMED = 5
"""files that are named where many were passed by"""


def render(report: Report, look: Look) -> bytes:
    """The report as lines."""
    stream = io.StringIO()
    console = console_for(look, stream)
    if not look.brief:
        for name, places in _by_rule(report).items():
            _rule(console, report, name, places, look.lang)
        _asides(console, report, look.lang)
    for each in report.unread:
        why = each.vi if look.lang == "vi" else each.en
        console.print(Text(f"{said('unread', look.lang)}: {each.file} ({why})", style="red"), soft_wrap=True)
    console.print(summary(report, look), soft_wrap=True)
    return stream.getvalue().encode()


def console_for(look: Look, stream: io.StringIO) -> Console:
    """What writes lines as they are to look."""
    return Console(
        file=stream, force_terminal=look.colour, no_color=not look.colour, width=max(60, look.width), highlight=False
    )


def summary(report: Report, look: Look) -> Text:
    """The line that says it all."""
    lang, text = look.lang, Text()
    text.append(said("bad" if look.failed else "good", lang), style="bold red" if look.failed else "bold green")
    good = figure(report.records - report.refused, lang)
    text.append(f": {good}/{figure(report.records, lang)} {said('records', lang)} {said('without', lang)}")
    text.append(f" · {figure(report.errors, lang)} {said('errors', lang)}")
    text.append(f" · {figure(report.warnings, lang)} {said('warnings', lang)}")
    text.append(f" · {figure(report.files_in_all, lang)} {said('files', lang)}")
    text.append(f" · {figure(report.seconds, lang)} {said('seconds', lang)}")
    return text


def _by_rule(report: Report) -> Mapping[str, Sequence[Place]]:
    """Gravest first, then by how often."""
    places: dict[str, list[Place]] = defaultdict(list)
    for place in report.places:
        if len(places[place.finding.rule]) < FIRST:
            places[place.finding.rule].append(place)
    counts = report.rules
    order = sorted(counts, key=lambda name: (not counts[name].errors, -counts[name].findings, name))
    return {name: places[name] for name in order}


def _rule(console: Console, report: Report, name: str, places: Sequence[Place], lang: str) -> None:
    count, rule = report.rules[name], rule_of(name)
    grave = count.errors > 0
    head = Text()
    head.append(f"{'✗' if grave else '!'} {name} ", style="bold red" if grave else "bold yellow")
    head.append("" if rule is None else in_lang(rule.title, lang), style="bold")
    told = figure(count.findings, lang)
    weight = said(
        ("errors" if grave else "warnings") if count.findings != 1 else ("error" if grave else "warning"), lang
    )
    head.append(f" · {told} {weight}", style="red" if grave else "yellow")
    if count.records:
        noun = said("records" if count.records != 1 else "record", lang)
        head.append(f" {said('in', lang)} {figure(count.records, lang)} {noun}")
    console.print(head, soft_wrap=True)
    shown: set[str] = set()
    for place in places:
        console.print(_place(place, lang, shown), soft_wrap=True)
    if count.findings > len(places):
        more = figure(count.findings - len(places), lang)
        console.print(Text(f"    … {more} {said('more', lang)}", style="dim"))
    console.print()


def _place(place: Place, lang: str, shown: set[str]) -> Text:
    """Words that were said for the place before are not said again."""
    finding, text = place.finding, Text()
    text.append(f"  {where(place, lang)}", style="cyan")
    if finding.path:
        text.append(f"\n    {finding.path}", style="dim")
    values = [
        f"{said(key, lang)}: {visible(value)}"
        for key, value in (("seen", finding.seen), ("expected", finding.expected))
        if value is not None
    ]
    if values:
        text.append("\n    " + " · ".join(values))
    for mark, words in (("", finding.message), ("→ ", finding.remedy)):
        line = mark + in_lang(words, lang)
        if line not in shown:
            shown.add(line)
            style = "" if mark == "" else "green" if finding.severity is Severity.ERROR else "dim green"
            text.append(f"\n    {visible(line)}", style=style)
    return text


def where(place: Place, lang: str) -> str:
    """File, line, record, UUID: as far as they are known."""
    finding = place.finding
    text = place.file if finding.line is None else f"{place.file}:{finding.line}"
    if finding.offset is not None and (finding.line or 1) == 1:
        text += f" ({said('offset', lang)} {figure(finding.offset, lang)})"
    if place.record is not None:
        text += f" · {said('record', lang)} {place.record}"
    return text if finding.uuid is None else f"{text} · {finding.uuid}"


def visible(text: str) -> str:
    """What would steer the terminal is shown as a mark."""
    return "".join(char if char.isprintable() else "�" for char in text)


def _asides(console: Console, report: Report, lang: str) -> None:
    if report.beyond:
        console.print(Text(f"… {figure(report.beyond, lang)} {said('beyond', lang)}", style="dim"))
    if report.not_checked:
        told = ", ".join(f"{name} ({figure(count, lang)})" for name, count in sorted(report.not_checked.items()))
        console.print(Text(f"{said('not_checked', lang)}: {told}", style="dim"), soft_wrap=True)
    if report.skipped_in_all:
        names = ", ".join(report.skipped[:NAMED]) + (", …" if report.skipped_in_all > NAMED else "")
        told = f"{said('skipped', lang)}: {figure(report.skipped_in_all, lang)} {said('files', lang)} ({names})"
        console.print(Text(told, style="dim"), soft_wrap=True)
    if report.profiles:
        told = ", ".join(_profile(name, count, lang) for name, count in report.profiles.items())
        console.print(Text(f"{said('checked', lang)}: {told}", style="dim"), soft_wrap=True)


def _profile(name: str, count: int, lang: str) -> str:
    from schemas.profiles import profiles

    profile = profiles().get(name)
    seen = profile is not None and profile.observed
    return f"{name} ({figure(count, lang)}{'; ' + said('observed', lang) if seen else ''})"
