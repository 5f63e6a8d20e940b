"""Official bodies: a batch as XML, or packed in the JSON of transaction 1. Records are cut out octet for octet.

Of a transaction's JSON only `content` is kept: token, user name and password never leave this module.
"""

import re
from dataclasses import replace
from itertools import islice
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
from schemas.octets import CutBatch, cut_batch, cut_plain_batch, parse_record
from schemas.packing import PackingError, unpack

FORMAT = "official"
NOTES_TOLD = 20
"""Comments and instructions of one record that are told, at most."""
_MARKED = re.compile(rb"<[!?]")

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
        findings.append(MEMBER_MISSING.finding(path="authenticationRequest", values={"name": "authenticationRequest"}))
    else:
        findings += _faults_of_head(head)
    if not isinstance(content, str):
        findings.append(MEMBER_MISSING.finding(path="content", values={"name": "content"}))
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
    cut = cut_plain_batch(text)
    items = [] if cut is None else _read_records(cut, limits)
    if cut is None or any(item.identity is None for item in items):
        # Whether the whole is XML at all is for the thorough cut to say.
        cut = cut_batch(text)
        items = _read_records(cut, limits)
    # A remark on the batch goes with its first record: it refuses nobody.
    items[0] = replace(items[0], findings=(*cut.warnings, *items[0].findings))
    return Arrival(FORMAT, refuse_doubles(items, path=UUID_PATH), cut.gaps)


def _read_records(cut: CutBatch, limits: Limits) -> list[ArrivalItem]:
    check_count(len(cut.records), limits)
    items, offset, line = [], 0, 1
    for gap, octets in zip(cut.gaps, cut.records, strict=False):
        offset, line = offset + len(gap), line + gap.count(b"\n")
        items.append(read_record(octets, limits, offset=offset, line=line))
        offset, line = offset + len(octets), line + octets.count(b"\n")
    return items


def read_record(octets: bytes, limits: Limits, *, offset: int, line: int) -> ArrivalItem:
    """One record cut out of a body, and where it stood there: first octet, first line."""
    identity: RecordIdentity | None = None
    findings = size_findings(octets, limits)
    if not findings:
        try:
            root = parse_record(octets)
        except FindingError as error:
            findings = error.findings
        else:
            identity = identify(root)
            findings = (*_notes(octets, root), *_faults_of_identity(identity))
    placed = tuple(_placed(finding, identity, offset=offset, line=line) for finding in findings)
    return ArrivalItem(octets, identity, signed=True, findings=placed)


def _notes(octets: bytes, root: Any) -> tuple[Finding, ...]:
    if _MARKED.search(octets) is None:
        return ()
    found = islice(root.iter(etree.Comment, etree.ProcessingInstruction), NOTES_TOLD)
    return tuple(NOTE_INSIDE.finding(line=note.sourceline) for note in found)


def _faults_of_identity(identity: RecordIdentity) -> tuple[Finding, ...]:
    missing = () if identity.uuid else (UUID_MISSING.finding(path=UUID_PATH),)
    return (*missing, *identity_findings(identity))


def _placed(finding: Finding, identity: RecordIdentity | None, *, offset: int, line: int) -> Finding:
    """With its place in the body as received, not in the record."""
    return replace(
        finding,
        line=line + (finding.line or 1) - 1,
        offset=offset + (finding.offset or 0),
        uuid=finding.uuid or (identity.uuid if identity else None) or None,
    )
