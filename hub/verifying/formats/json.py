"""For programs: every verdict that is told, with all that belongs to it."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from hub.checking.formats import Look
from hub.verifying.differences import WORDS, Difference
from hub.verifying.report import Report
from hub.verifying.told import Beside, Holder, Judged, Kept, Signature
from schemas.findings import Finding
from signing.second_opinion import Opinion
from signing.verify.steps import STEPS

VERSION = 1
"""raised when a member changes its meaning or goes away; new ones may come at any time"""


def render(report: Report, look: Look) -> bytes:
    """One JSON object."""
    return json.dumps(document(report), ensure_ascii=False, indent=2).encode() + b"\n"


def document(report: Report) -> dict[str, Any]:
    """The object before it is written."""
    setting, around = report.setting, report.around
    return {
        "format": "hocba-verify",
        "version": VERSION,
        "passed": report.good,
        "masked": setting.masked,
        "at": setting.at.isoformat(),
        "policy": setting.policy,
        "trust": setting.trust,
        "asked": {"registry": setting.registry, "roster": setting.roster, "others": dict(setting.others)},
        "seconds": round(report.seconds, 3),
        "files": around.files_in_all,
        "records": report.records,
        "batches": report.batches,
        "printed_forms": report.forms,
        "passed_of_them": report.passed,
        "signatures": report.signatures,
        "indications": dict(report.indications),
        "causes": dict(report.causes.most_common()),
        "not_checked": dict(sorted(report.not_checked.items())),
        "steps": [{"number": each.number, "title": asdict(each.title), "basis": each.basis} for each in STEPS],
        "results": [_judged(judged) for judged in report.results],
        "beyond": report.beyond,
        "certificates": {name: _holder(holder) for name, holder in report.holders.items()},
        "differences": [_difference(each) for each in report.differences],
        "differences_in_all": report.differences_in_all,
        "faults": [{"file": place.file, "record": place.record, **place.finding.as_dict()} for place in around.places],
        "skipped": {"count": around.skipped_in_all, "files": around.skipped},
        "unread": [{"file": each.file, "reason": {"vi": each.vi, "en": each.en}} for each in around.unread],
    }


def _judged(judged: Judged) -> dict[str, Any]:
    verdict = judged.verdict
    return {
        "file": judged.file,
        "record": judged.number,
        "printed_form": judged.form,
        "line": judged.line,
        "offset": judged.offset,
        "uuid": judged.uuid,
        "profile": judged.profile,
        "passed": judged.passed,
        "indication": verdict and verdict.indication,
        "sub_indication": verdict and verdict.sub_indication,
        "cause": verdict and verdict.cause,
        "data_sha256": verdict and verdict.data_sha256,
        "not_checked": list(judged.not_checked),
        "signatures": [_signature(signature) for signature in judged.signatures],
        "findings": _findings(judged.findings),
        "evidence": [_beside(each) for each in judged.evidence],
    }


def _beside(each: Beside) -> dict[str, Any]:
    return {
        "file": each.file,
        "passed": each.passed,
        "indication": each.indication,
        "sub_indication": each.sub_indication,
        "cause": each.cause,
        "message": each.message and asdict(each.message),
        "remedy": each.remedy and asdict(each.remedy),
        "syntax": each.syntax,
        "since": each.since and each.since.isoformat(),
        "until": each.until and each.until.isoformat(),
        "decided": each.decided,
    }


def _signature(signature: Signature) -> dict[str, Any]:
    return {
        "slot": signature.slot,
        "path": signature.path,
        "passed": signature.passed,
        "indication": signature.indication,
        "sub_indication": signature.sub_indication,
        "cause": signature.cause,
        "failed_step": signature.failed_step,
        "steps": {str(each.step.number): each.ending for each in signature.steps} if signature.indication else {},
        "signing_time": signature.signing_time and signature.signing_time.isoformat(),
        "form": signature.form,
        "algorithms": signature.algorithms and asdict(signature.algorithms),
        "certificate": signature.certificate,
        "chain": list(signature.chain),
        "preservation": _kept(signature.kept),
        "findings": _findings(signature.findings),
        "opinions": [_opinion(opinion) for opinion in signature.opinions],
    }


def _kept(kept: Kept | None) -> dict[str, Any] | None:
    if kept is None:
        return None
    return {
        "level": kept.level,
        "timestamps": [moment.isoformat() for moment in kept.times],
        "proven": kept.proven and kept.proven.isoformat(),
        "provable_until": kept.until and kept.until.isoformat(),
        "covered_by": kept.by,
        "remark": kept.remark,
    }


def _findings(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    return [finding.as_dict() for finding in findings]


def _opinion(opinion: Opinion) -> dict[str, Any]:
    return {"engine": opinion.engine, "accepted": opinion.accepted, "reason": opinion.reason}


def _holder(holder: Holder) -> dict[str, Any]:
    return {
        "serial": holder.serial,
        "holder": holder.subject,
        "issuer": holder.issuer,
        "not_before": holder.not_before.isoformat(),
        "not_after": holder.not_after.isoformat(),
        "key": holder.key,
    }


def _difference(each: Difference) -> dict[str, Any]:
    return {**asdict(each), "why": asdict(WORDS[each.kind])}
