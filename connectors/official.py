"""Official bodies: a batch as XML, or packed in the JSON of transaction 1. Records are cut out octet for octet.

Of a transaction's JSON only `content` is kept: token, user name and password never leave this module.
"""

from dataclasses import replace
from typing import Any

from lxml import etree

from connectors.arrivals import Arrival, ArrivalItem, Limits
from connectors.bodies import (
    check_count,
    check_size,
    identity_findings,
    read_json_object,
    refuse_doubles,
    size_findings,
)
from connectors.refusals import MEMBER_MISSING, NOTE_INSIDE, OTHER_TRANSACTION, UUID_MISSING
from schemas.findings import Finding, FindingError
from schemas.identity import RecordIdentity, identify
from schemas.octets import cut_batch, parse_record
from schemas.packing import PackingError, unpack

FORMAT = "official"
UUID_PATH = "DU_LIEU_HOC_BA/THONG_TIN_CHUNG/MA_TRA_CUU_UUID"


def read_batch_xml(body: bytes, limits: Limits) -> Arrival:
    """A pushed DANH_SACH_HOC_BA, or a single HOC_BA.

    Raises:
        FindingError: the body is refused whole.
    """
    check_size(body, limits)
    return _read_text(body, limits)


def read_packed_json(body: bytes, limits: Limits) -> Arrival:
    """The body of transaction 1.

    Raises:
        FindingError: the body is refused whole.
    """
    content = _content(read_json_object(body, limits))
    try:
        text = unpack(content, limit=limits.unpacked_octets)
    except PackingError as error:
        raise FindingError([replace(error.finding, path="content")]) from error
    return _read_text(text, limits)


def _content(document: dict[str, Any]) -> str:
    head, content = document.get("authenticationRequest"), document.get("content")
    findings = []
    if not isinstance(head, dict):
        findings.append(MEMBER_MISSING.finding(path="authenticationRequest", name="authenticationRequest"))
    else:
        findings += _faults_of_head(head)
    if not isinstance(content, str):
        findings.append(MEMBER_MISSING.finding(path="content", name="content"))
    if findings:
        raise FindingError(findings)
    return str(content)


def _faults_of_head(head: dict[str, Any]) -> list[Finding]:
    wanted = {"type": "HBS", "function": "1"}
    return [
        OTHER_TRANSACTION.finding(path=f"authenticationRequest.{name}", seen=str(head[name])[:20], expected=value)
        for name, value in wanted.items()
        if name in head and str(head[name]) != value
    ]


def _read_text(text: bytes, limits: Limits) -> Arrival:
    cut = cut_batch(text)
    check_count(len(cut.records), limits)
    items, offset, line = [], 0, 1
    for gap, octets in zip(cut.gaps, cut.records, strict=False):
        offset, line = offset + len(gap), line + gap.count(b"\n")
        items.append(_read_record(octets, limits, offset=offset, line=line))
        offset, line = offset + len(octets), line + octets.count(b"\n")
    return Arrival(FORMAT, refuse_doubles(items, path=UUID_PATH), cut.gaps)


def _read_record(octets: bytes, limits: Limits, *, offset: int, line: int) -> ArrivalItem:
    findings = size_findings(octets, limits)
    identity: RecordIdentity | None = None
    if not findings:
        try:
            root = parse_record(octets)
        except FindingError as error:
            findings = error.findings
        else:
            identity = identify(root)
            findings = tuple(_faults_of_record(root, identity))
    placed = tuple(_placed(finding, offset=offset, line=line) for finding in findings)
    return ArrivalItem(octets, identity, signed=True, findings=placed)


def _faults_of_record(root: Any, identity: RecordIdentity) -> list[Finding]:
    notes = root.iter(etree.Comment, etree.ProcessingInstruction)
    found = [NOTE_INSIDE.finding(line=note.sourceline, uuid=identity.uuid or None) for note in notes]
    if not identity.uuid:
        found.append(UUID_MISSING.finding(path=UUID_PATH))
    return [*found[:20], *identity_findings(identity)]


def _placed(finding: Finding, *, offset: int, line: int) -> Finding:
    """With its place in the body as received, not in the record."""
    return replace(
        finding,
        line=None if finding.line is None else finding.line + line - 1,
        offset=offset if finding.offset is None else finding.offset + offset,
    )
