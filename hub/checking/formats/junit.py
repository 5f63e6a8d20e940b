"""For build servers: one test case per record, or per file where there are too many records to name."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from lxml import etree

from hub.checking.formats import Look
from hub.checking.formats.text import where
from hub.checking.report import FileLine, Place, RecordLine, Report
from hub.checking.words import in_lang, said, writable
from schemas.findings import Severity

MASKED = True
BINARY = False
MOST_TOLD = 50
"""findings of one test case that are written out, at most"""


def render(report: Report, look: Look) -> bytes:
    """One test suite."""
    whole = report.records > len(report.lines)
    suite = etree.Element("testsuite", name="hocba check")
    cases = _cases_of_files(report, look) if whole else _cases_of_records(report, look)
    for case in cases:
        suite.append(case)
    for each in report.unread:
        suite.append(_unread(each.file, each.vi if look.lang == "vi" else each.en, look))
    failures = sum(case.find("failure") is not None for case in suite)
    errors = sum(case.find("error") is not None for case in suite)
    suite.attrib.update(
        {"tests": str(len(suite)), "failures": str(failures), "errors": str(errors), "time": f"{report.seconds:.3f}"}
    )
    top = etree.Element("testsuites", {str(name): str(value) for name, value in suite.attrib.items()})
    top.append(suite)
    return bytes(etree.tostring(top, xml_declaration=True, encoding="utf-8", pretty_print=True))


def _cases_of_records(report: Report, look: Look) -> Sequence[etree._Element]:
    found = _grouped(report)
    records = [_record_case(line, found[line.file, line.number], look) for line in report.lines]
    files = [_case(file, file, places, look) for (file, record), places in found.items() if record is None]
    return [*files, *records]


def _cases_of_files(report: Report, look: Look) -> Sequence[etree._Element]:
    found: Mapping[str, list[Place]] = defaultdict(list)
    for place in report.places:
        found[place.file].append(place)
    return [_file_case(line, found[line.file], look) for line in report.files]


def _grouped(report: Report) -> dict[tuple[str, int | None], list[Place]]:
    found: dict[tuple[str, int | None], list[Place]] = defaultdict(list)
    for place in report.places:
        found[place.file, place.record].append(place)
    return found


def _record_case(line: RecordLine, places: Sequence[Place], look: Look) -> etree._Element:
    name = f"{said('record', look.lang)} {line.number}"
    return _case(line.file, name if line.uuid is None else f"{name} {line.uuid}", places, look, errors=line.errors)


def _file_case(line: FileLine, places: Sequence[Place], look: Look) -> etree._Element:
    return _case(line.file, f"{line.records} {said('records', look.lang)}", places, look, errors=line.errors)


def _case(file: str, name: str, places: Sequence[Place], look: Look, *, errors: int | None = None) -> etree._Element:
    case = etree.Element("testcase", classname=writable(file), name=writable(name))
    grave = [place for place in places if place.finding.severity is Severity.ERROR]
    count = len(grave) if errors is None else errors
    if count:
        rules = sorted({place.finding.rule for place in grave})
        message = f"{count} {said('errors', look.lang)}: {', '.join(rules)}"
        failure = etree.SubElement(case, "failure", message=message, type=rules[0] if rules else "")
        failure.text = writable("\n\n".join(_told(place, look) for place in grave[:MOST_TOLD]))
    light = [place for place in places if place.finding.severity is Severity.WARNING]
    if light:
        etree.SubElement(case, "system-out").text = writable(
            "\n\n".join(_told(place, look) for place in light[:MOST_TOLD])
        )
    return case


def _unread(file: str, why: str, look: Look) -> etree._Element:
    case = etree.Element("testcase", classname=writable(file), name=said("unread", look.lang))
    etree.SubElement(case, "error", message=why, type="unread")
    return case


def _told(place: Place, look: Look) -> str:
    finding, lang = place.finding, look.lang
    lines = [f"{finding.rule} {where(place, lang)}", finding.path or "", in_lang(finding.message, lang)]
    lines += [
        f"{said(key, lang)}: {value}"
        for key, value in (("seen", finding.seen), ("expected", finding.expected))
        if value is not None
    ]
    return "\n".join(filter(None, [*lines, f"→ {in_lang(finding.remedy, lang)}"]))
