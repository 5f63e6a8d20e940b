"""For people at a terminal: what did not pass in full, what passed in short, a summary line at the end."""

import io
from collections.abc import Iterator

from rich.text import Text

from hub.checking.formats import Look
from hub.checking.formats.text import console_for, visible
from hub.checking.formats.text import where as file_where
from hub.checking.words import figure
from hub.verifying.differences import WORDS
from hub.verifying.report import Report
from hub.verifying.told import Beside, Judged, Kept, Signature
from hub.verifying.words import NOT_CHECKED, cause_in_words, clock, in_lang, indicated, said
from schemas.findings import Finding, Severity
from signing.preserve.problems import problem_of
from signing.verify.steps import STEPS

FULL = 20
"""records that did not pass and are shown with all that is wrong"""
FEW = 20
"""records up to which those that passed are shown as well"""
DIFFERENT = 20
"""differences that are shown one by one"""
_TRUST = 9
"""step that looks for the chain"""
_SHORT = 12
"""digits of a fingerprint that are shown"""


def render(report: Report, look: Look) -> bytes:
    """The report as lines."""
    stream = io.StringIO()
    console = console_for(look, stream)
    if not look.brief:
        for line in _lines(report, look.lang):
            console.print(line, soft_wrap=True)
    for each in report.around.unread:
        why = each.vi if look.lang == "vi" else each.en
        console.print(Text(f"{said('unread', look.lang)}: {each.file} ({why})", style="red"), soft_wrap=True)
    console.print(summary(report, look), soft_wrap=True)
    return stream.getvalue().encode()


def summary(report: Report, look: Look) -> Text:
    """The line that says it all."""
    lang, text = look.lang, Text()
    good = report.good
    text.append(said("passed" if good else "failed", lang), style="bold green" if good else "bold red")
    text.append(f": {figure(report.passed, lang)}/{figure(report.judged, lang)} {said('hold', lang)}")
    for number, name in (
        (report.records, "records"),
        (report.batches, "batches"),
        *(((report.forms, "forms"),) if report.forms else ()),
        (report.signatures, "signatures"),
        (report.around.files_in_all, "files"),
    ):
        text.append(f" · {figure(number, lang)} {said(name, lang)}")
    text.append(f" · {figure(report.seconds, lang)} {said('seconds', lang)}")
    return text


def where(judged: Judged, lang: str) -> str:
    """File, line, record, UUID: as far as they are known."""
    place = judged.file if judged.line is None or judged.number is None else f"{judged.file}:{judged.line}"
    whole = said("printed" if judged.form else "batch", lang)
    what = whole if judged.number is None else f"{said('record', lang)} {judged.number}"
    return " · ".join(filter(None, (place, what, judged.uuid)))


def _lines(report: Report, lang: str) -> Iterator[Text]:
    few = report.judged <= FEW
    refused = [judged for judged in report.results if not judged.passed]
    for judged in report.results if few else refused[:FULL]:
        yield from _judged(judged, report, lang)
    for place in report.around.places:
        yield Text(f"✗ {file_where(place, lang)}", style="bold red")
        yield from _finding(place.finding, lang)
    if not few and len(refused) > FULL:
        yield Text(f"… {figure(report.judged - report.passed - FULL, lang)} {said('more', lang)}", style="dim")
    if report.causes and not few:
        yield Text(f"\n{said('causes', lang)}:", style="bold")
        for cause, count in report.causes.most_common():
            yield Text(f"  {figure(count, lang):>8}  {cause}  {cause_in_words(cause, lang)}")
    yield from _differences(report, lang)
    yield from _asides(report, lang)


def _judged(judged: Judged, report: Report, lang: str) -> Iterator[Text]:
    head = Text()
    style = "bold green" if judged.passed else "bold red"
    head.append(f"{'✓' if judged.passed else '✗'} ", style=style)
    head.append(where(judged, lang), style="bold")
    if judged.verdict is not None:
        told = indicated(judged.verdict.indication, judged.verdict.sub_indication, lang)
        head.append(f" · {told}", style=style)
    yield head
    for signature in judged.signatures:
        yield from _signature(signature, report, lang)
    for finding in judged.findings:
        yield from _finding(finding, lang)
    for each in judged.evidence:
        yield from _beside(each, lang)


def _beside(each: Beside, lang: str) -> Iterator[Text]:
    """A line in the table; what is refused is a warning, never a fault of the signatures."""
    head = Text(f"  {'✓' if each.passed else '!'} {said('evidence', lang)}", style="green" if each.passed else "yellow")
    told = [visible(each.file), each.syntax or "", "/".join(filter(None, (each.indication, each.sub_indication)))]
    head.append("".join(f" · {part}" for part in told if part))
    yield head
    if each.since is not None:
        until = f"; {said('provable', lang)} {clock(each.until)}" if each.until else ""
        yield Text(f"      {said('there_since', lang)} {clock(each.since)}{until}", style="dim")
    if each.decided:
        yield Text(f"      {said('decided', lang)}", style="dim")
    for words, style in ((each.message, "yellow"), (each.remedy, "green")):
        if words is not None:
            yield Text(f"      {'→ ' if style == 'green' else ''}{visible(in_lang(words, lang))}", style=style)


def _signature(signature: Signature, report: Report, lang: str) -> Iterator[Text]:
    head = Text(f"  {'✓' if signature.passed else '✗'} {signature.slot}", style="green" if signature.passed else "red")
    if signature.indication is not None:
        head.append(f" · {indicated(signature.indication, signature.sub_indication, lang)}")
    if signature.failed_step is not None:
        head.append(f" · {step_in_words(signature.failed_step, lang)}")
    yield head
    known = " · ".join(facts(signature, report, lang))
    if known:
        yield Text(f"      {visible(known)}", style="dim")
    for finding in signature.findings:
        yield from _finding(finding, lang)
    for opinion in signature.opinions:
        told = said("accepts" if opinion.accepted else "refuses", lang)
        reason = f": {visible(opinion.reason)}" if opinion.reason else ""
        yield Text(f"      {opinion.engine} {told}{reason}", style="dim")


def step_in_words(number: int, lang: str) -> str:
    """A step by its number and title."""
    (title,) = (each.title for each in STEPS if each.number == number)
    return f"{said('step', lang)} {number}: {in_lang(title, lang)}"


def facts(signature: Signature, report: Report, lang: str) -> Iterator[str]:
    """What is known of a signature: when, by whom, on what path, with what."""
    if signature.signing_time is not None:
        yield f"{said('signed_at', lang)} {clock(signature.signing_time)}"
    holder = report.holders.get(signature.certificate or "")
    if holder is not None:
        yield f"{said('certificate', lang)} {holder.serial} ({said('holder', lang)}: {holder.subject})"
        yield f"{said('issuer', lang)} {holder.issuer}"
        ended = f" ({said('ended', lang)})" if report.setting.at > holder.not_after else ""
        yield f"{said('valid', lang)} {clock(holder.not_before)} – {clock(holder.not_after)}{ended}"
    if signature.chain:
        yield f"{said('chain', lang)} {' → '.join(each[:_SHORT] for each in signature.chain)}"
    elif signature.failed_step == _TRUST:
        yield said("no_path", lang)
    if signature.algorithms is not None:
        used = signature.algorithms
        named = (used.signature, used.key, used.c14n, used.data_c14n, used.data_digest)
        yield ", ".join(filter(None, named))
    if signature.form is not None:
        yield f"{said('form', lang)} {signature.form}"
    if signature.kept is not None:
        yield from _kept(signature.kept, lang)


def _kept(kept: Kept, lang: str) -> Iterator[str]:
    """Its level, its timestamps, and until when it is provable."""
    yield f"{said('pdf_level' if kept.level.startswith('P') else 'level', lang)} {kept.level}"
    if kept.by is not None:
        yield f"{said('kept_by', lang)} {kept.by}"
    if kept.times:
        yield f"{said('stamped', lang)} {', '.join(clock(moment) for moment in kept.times)}"
    if kept.until is not None:
        yield f"{said('provable', lang)} {clock(kept.until)}"
    if kept.remark is not None:
        yield in_lang(problem_of(kept.remark).message, lang)


def _finding(finding: Finding, lang: str) -> Iterator[Text]:
    grave = finding.severity is Severity.ERROR
    yield Text(f"      {finding.rule} {visible(in_lang(finding.message, lang))}", style="" if grave else "yellow")
    if finding.path:
        yield Text(f"      {visible(finding.path)}", style="dim")
    values = [
        f"{said(key, lang)}: {visible(value)}"
        for key, value in (("seen", finding.seen), ("expected", finding.expected))
        if value is not None
    ]
    if values:
        yield Text(f"      {' · '.join(values)}")
    yield Text(f"      → {visible(in_lang(finding.remedy, lang))}", style="green")


def _differences(report: Report, lang: str) -> Iterator[Text]:
    setting = report.setting
    if not setting.others:
        return
    told = ", ".join(setting.others.values())
    yield Text(f"{said('others', lang)}: {told}", style="dim")
    if not setting.trust:
        yield Text(said("opinion_only", lang), style="yellow")
        return
    if not report.differences_in_all:
        yield Text(said("no_differences", lang), style="dim")
        return
    yield Text(f"{said('differences', lang)}: {figure(report.differences_in_all, lang)}", style="bold")
    for each in report.differences[:DIFFERENT]:
        place = f"{each.file} · {said('batch', lang) if each.record is None else each.record} · {each.slot}"
        ours = f"{said('ours', lang)}: {each.ours}{f' ({each.cause})' if each.cause else ''}"
        theirs = f"{each.engine}: {said('accepts' if each.accepted else 'refuses', lang)}"
        reason = f" ({visible(each.reason)})" if each.reason else ""
        yield Text(f"  {place} · {ours} · {theirs}{reason}")
        yield Text(f"      {said('why', lang)}: {in_lang(WORDS[each.kind], lang)}", style="dim")
    if report.differences_in_all > DIFFERENT:
        yield Text(f"  … {figure(report.differences_in_all - DIFFERENT, lang)} {said('more', lang)}", style="dim")


def _asides(report: Report, lang: str) -> Iterator[Text]:
    setting = report.setting
    if setting.trust:
        told = f"{said('policy', lang)} {setting.policy} · {said('trust', lang)} {setting.trust}"
        yield Text(f"{said('basis_of', lang)}: {told} · {said('at', lang)} {clock(setting.at)}", style="dim")
    for name, count in sorted(report.not_checked.items()):
        yield Text(
            f"{said('not_checked', lang)}: {in_lang(NOT_CHECKED[name], lang)} ({figure(count, lang)})", style="dim"
        )
    if report.beyond:
        yield Text(f"… {figure(report.beyond, lang)} {said('beyond', lang)}", style="dim")
    if report.around.skipped_in_all:
        some = ", ".join(report.around.skipped[:5]) + (", …" if report.around.skipped_in_all > 5 else "")
        passed_by = figure(report.around.skipped_in_all, lang)
        yield Text(f"{said('skipped', lang)}: {passed_by} {said('files', lang)} ({some})", style="dim")
