"""A workbook for a school office: one row per finding, to be sorted, filtered and worked off."""

import io
from collections.abc import Iterator, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from hub.checking.formats import Look
from hub.checking.report import Place, Report
from hub.checking.words import figure, in_lang, rule_of, said
from schemas.findings import Severity

MASKED = False
BINARY = True
_LONGEST = 32_000
"""characters that a cell holds, at most"""
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WIDTHS = {
    "file": 30, "record": 8, "uuid": 38, "weight": 8, "rule": 7, "what": 50,
    "seen": 28, "expected": 28, "remedy": 50, "where": 44, "line": 8, "basis": 34,
}  # fmt: skip
"""column → its width, in order"""
_HEAD = PatternFill("solid", fgColor="1F4E79")
_WRAPPED = Alignment(wrap_text=True, vertical="top")


def render(report: Report, look: Look) -> bytes:
    """The workbook."""
    book = Workbook(write_only=True)
    _findings(book, report, look)
    _summary(book, report, look)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _findings(book: Workbook, report: Report, look: Look) -> None:
    sheet = book.create_sheet(said("what", look.lang))
    for number, width in enumerate(_WIDTHS.values(), start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(_WIDTHS))}{len(report.places) + 1}"
    sheet.append([_heading(sheet, "UUID" if name == "uuid" else said(name, look.lang)) for name in _WIDTHS])
    for place in report.places:
        sheet.append([_cell(sheet, value) for value in _row(place, look)])


def _row(place: Place, look: Look) -> Sequence[str | int | None]:
    finding, lang = place.finding, look.lang
    weight = said("error" if finding.severity is Severity.ERROR else "warning", lang)
    return (
        place.file,
        place.record,
        finding.uuid,
        weight,
        finding.rule,
        in_lang(finding.message, lang),
        finding.seen,
        finding.expected,
        in_lang(finding.remedy, lang),
        finding.path,
        finding.line,
        finding.basis,
    )


def _summary(book: Workbook, report: Report, look: Look) -> None:
    sheet = book.create_sheet(said("summary", look.lang))
    for letter, width in (("A", 12), ("B", 70), ("C", 12), ("D", 12)):
        sheet.column_dimensions[letter].width = width
    for row in _summary_rows(report, look):
        sheet.append([_cell(sheet, value) for value in row])


def _summary_rows(report: Report, look: Look) -> Iterator[Sequence[str | int | None]]:
    lang = look.lang
    yield (None, said("bad" if look.failed else "good", lang))
    yield (None, said("records", lang), report.records)
    yield (None, f"{said('records', lang)} {said('without', lang)}", report.records - report.refused)
    if report.beyond:
        yield (None, f"{figure(report.beyond, lang)} {said('beyond', lang)}")
    for each in report.unread:
        yield (None, f"{said('unread', lang)}: {each.file} ({each.vi if lang == 'vi' else each.en})")
    if look.masked:
        yield (None, said("masked", lang))
    yield ()
    yield (said("rule", lang), None, said("errors", lang), said("warnings", lang))
    for name, count in sorted(report.rules.items()):
        rule = rule_of(name)
        yield (name, None if rule is None else in_lang(rule.title, lang), count.errors, count.warnings)
    for name, records in sorted(report.not_checked.items()):
        yield (name, said("not_checked", lang), records)


def _heading(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, value=text[:1].upper() + text[1:])
    cell.font = Font(bold=True, color="FFFFFF")
    cell.fill = _HEAD
    cell.alignment = _WRAPPED
    return cell


def _cell(sheet: Any, value: str | int | None) -> Any:
    """Text stays text, whatever it begins with: also when somebody edits the cell."""
    if not isinstance(value, str):
        return WriteOnlyCell(sheet, value=value)
    text = ILLEGAL_CHARACTERS_RE.sub("�", value)[:_LONGEST]
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"
    cell.alignment = _WRAPPED
    cell.quotePrefix = text.startswith(_STARTS_FORMULA)
    return cell
