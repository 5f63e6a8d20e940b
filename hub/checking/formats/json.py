"""For programs: everything that was counted, and every finding that is told, as `Finding.as_dict` has it."""

import json
from typing import Any

from hub.checking.formats import Look
from hub.checking.report import Place, Report

MASKED = False
BINARY = False
VERSION = 1
"""raised when a member changes its meaning or goes away; new ones may come at any time"""


def render(report: Report, look: Look) -> bytes:
    """One JSON object."""
    return json.dumps(document(report, look), ensure_ascii=False, indent=2).encode() + b"\n"


def document(report: Report, look: Look) -> dict[str, Any]:
    """The object before it is written."""
    return {
        "format": "hocba-check",
        "version": VERSION,
        "passed": not look.failed,
        "masked": look.masked,
        "seconds": round(report.seconds, 3),
        "files": report.files_in_all,
        "records": report.records,
        "refused": report.refused,
        "errors": report.errors,
        "warnings": report.warnings,
        "profiles": dict(report.profiles),
        "rules": {
            name: {"errors": count.errors, "warnings": count.warnings, "records": count.records}
            for name, count in sorted(report.rules.items())
        },
        "not_checked": dict(sorted(report.not_checked.items())),
        "skipped": {"count": report.skipped_in_all, "files": report.skipped},
        "unread": [{"file": each.file, "reason": {"vi": each.vi, "en": each.en}} for each in report.unread],
        "beyond": report.beyond,
        "findings": [_finding(place) for place in report.places],
    }


def _finding(place: Place) -> dict[str, Any]:
    return {"file": place.file, "record": place.record, **place.finding.as_dict()}
