"""`hocba verify`: the signatures of a file, judged as the hub judges them, or by an independent witness."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from connectors.arrivals import Arrival, ArrivalItem
from connectors.official import read_batch_xml, read_packed_json
from hub.failures import Failure, file_missing
from hub.settings import Settings
from routes.cargo import Verifiers
from schemas.findings import Finding, FindingError
from schemas.identity import identify
from schemas.octets import parse_record
from schemas.profiles import profile_of
from signing.second_opinion import Engine, second_opinions
from signing.trust import TrustStore
from signing.verify import Approvals, RecordVerifier

HUB = "hub"
"""the engine that decides; the others only witness"""


@dataclass(frozen=True, slots=True)
class _Line:
    """What was found of one slot, or of a whole record."""

    good: bool
    text: str


def verify_file(settings: Settings, file: Path, *, engine: str, console: Console) -> int:
    """Judge every record of a file; 0 when all signatures of all records hold.

    Raises:
        Failure: the file cannot be read, or no such engine.
    """
    if engine not in (HUB, *Engine):
        names = ", ".join((HUB, *Engine))
        raise Failure(
            vi=f"Không có «{engine}».",
            en=f"There is no «{engine}».",
            do_vi=f"Chọn: {names}.",
            do_en=f"One of: {names}.",
        )
    arrival = _read(settings, file)
    verifiers = _verifiers(settings) if engine == HUB else None
    bad = 0
    for number, item in enumerate(arrival.items, start=1):
        lines = _judge(item, verifiers, engine)
        good = all(line.good for line in lines)
        bad += not good
        uuid = item.identity.uuid if item.identity else "—"
        console.print(Text(f"{'✓' if good else '✗'} {number:>5} {uuid}", "green" if good else "red"))
        for line in lines:
            console.print(Text(f"        {'✓' if line.good else '✗'} {line.text}", "" if line.good else "red"))
    console.print(Text(f"{len(arrival.items) - bad}/{len(arrival.items)} hồ sơ đạt · records hold ({engine})", "bold"))
    return 1 if bad else 0


def _read(settings: Settings, file: Path) -> Arrival:
    try:
        octets = file.read_bytes()
    except OSError as error:
        raise file_missing(file) from error
    read = read_packed_json if octets[:1] == b"{" else read_batch_xml
    try:
        return read(octets, settings.reading)
    except FindingError as error:
        words = [_words(finding) for finding in error.findings]
        raise Failure(
            vi=f"Không đọc được lô: {'; '.join(words)}.", en=f"{file} is no readable batch.", code=65
        ) from error


def _verifiers(settings: Settings) -> Verifiers:
    """By the settings' policy; approvals are the ledger's and the city's to know, and are not asked here."""
    if settings.signing.trust_folder is None:
        raise Failure(
            vi="Chưa có kho chứng thư tin cậy, nên không chữ ký nào tin được.",
            en="Without a trust folder no signature can be trusted.",
            do_vi="Đặt HOCBA_SIGNING__TRUST_FOLDER (roots/, intermediates/, crls/), hoặc thêm --engine signxml.",
            do_en="Set HOCBA_SIGNING__TRUST_FOLDER, or add --engine signxml.",
            code=78,
        )
    trust = TrustStore.from_folder(settings.signing.trust_folder)
    return Verifiers(settings.signing.slots, trust, "file", Approvals.DESTINATION)


def _judge(item: ArrivalItem, verifiers: Verifiers | None, engine: str) -> Sequence[_Line]:
    errors = [finding for finding in item.findings if finding.severity == "error"]
    if errors:
        return [_Line(good=False, text=_words(finding)) for finding in errors]
    root = parse_record(item.octets)
    told = identify(root)
    profile = profile_of(told.version, told.level)
    if profile is None:
        return [_Line(good=False, text="PHIEN_BAN không biết · unknown version")]
    if verifiers is not None:
        return _own(item.octets, root, verifiers.of(profile, root))
    opinions = second_opinions(item.octets, profile.slots, engine=Engine(engine))
    return [_Line(opinion.accepted, f"{opinion.slot} {opinion.reason or ''}".rstrip()) for opinion in opinions]


def _own(octets: bytes, root: object, verifier: RecordVerifier) -> Sequence[_Line]:
    validation = verifier.verify(octets, root, registry=None, at=datetime.now(UTC))
    lines = [_Line(slot.passed, f"{slot.slot} {slot.cause or ''}".rstrip()) for slot in validation.slots]
    errors = [finding for finding in validation.findings if finding.severity == "error"]
    lines += [_Line(good=False, text=_words(finding)) for finding in errors]
    return lines or [_Line(validation.passed, str(validation.cause))]


def _words(finding: Finding) -> str:
    return f"{finding.rule}: {finding.message.vi} → {finding.remedy.vi}"
