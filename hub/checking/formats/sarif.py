"""SARIF 2.1.0, for tools that show findings beside the files: rules with their help, results with their places."""

import json
from typing import Any
from urllib.parse import quote

from hub.checking.formats import Look
from hub.checking.report import Place, Report
from hub.checking.words import in_lang, rule_of
from schemas.findings import Severity

MASKED = True
BINARY = False


def render(report: Report, look: Look) -> bytes:
    """One run."""
    return json.dumps(document(report, look), ensure_ascii=False, indent=1).encode() + b"\n"


def document(report: Report, look: Look) -> dict[str, Any]:
    """The object before it is written."""
    order = {name: number for number, name in enumerate(sorted(report.rules))}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "hocba check", "rules": [_rule(name, look) for name in order]}},
                "language": look.lang,
                "columnKind": "unicodeCodePoints",
                "invocations": [_invocation(report, look)],
                "results": [_result(place, order, look) for place in report.places],
                "properties": {
                    "records": report.records,
                    "refused": report.refused,
                    "errors": report.errors,
                    "warnings": report.warnings,
                    "beyond": report.beyond,
                    "notChecked": dict(sorted(report.not_checked.items())),
                },
            }
        ],
    }


def _rule(name: str, look: Look) -> dict[str, Any]:
    rule = rule_of(name)
    if rule is None:
        return {"id": name}
    level = "error" if rule.severity is Severity.ERROR else "warning"
    title = in_lang(rule.title, look.lang)
    basis = f"{'Căn cứ' if look.lang == 'vi' else 'Basis'}: {rule.basis}"
    return {
        "id": name,
        "shortDescription": {"text": title},
        "fullDescription": {"text": f"{title}. {basis}"},
        "help": {"text": f"{title}. {basis}"},
        "defaultConfiguration": {"level": level},
    }


def _invocation(report: Report, look: Look) -> dict[str, Any]:
    told: dict[str, Any] = {"executionSuccessful": not report.unread}
    if report.unread:
        told["toolExecutionNotifications"] = [
            {
                "level": "error",
                "message": {"text": each.vi if look.lang == "vi" else each.en},
                "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(each.file)}}}],
            }
            for each in report.unread
        ]
    return told


def _result(place: Place, order: dict[str, int], look: Look) -> dict[str, Any]:
    finding = place.finding
    told: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": order[finding.rule],
        "level": "error" if finding.severity is Severity.ERROR else "warning",
        "message": {"text": _message(place, look)},
        "locations": [_location(place)],
    }
    properties = {"record": place.record, "uuid": finding.uuid, "seen": finding.seen, "expected": finding.expected}
    told["properties"] = {key: value for key, value in properties.items() if value is not None}
    return told


def _message(place: Place, look: Look) -> str:
    return f"{in_lang(place.finding.message, look.lang)} {in_lang(place.finding.remedy, look.lang)}"


def _location(place: Place) -> dict[str, Any]:
    finding = place.finding
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(place.file)}}
    region: dict[str, Any] = {}
    if finding.line is not None:
        region["startLine"] = finding.line
    if finding.offset is not None:
        region |= {"byteOffset": finding.offset, "byteLength": 0}
    if region:
        physical["region"] = region
    location: dict[str, Any] = {"physicalLocation": physical}
    if finding.path:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.path, "kind": "element"}]
    return location


def _uri(file: str) -> str:
    return quote(file, safe="/!")
