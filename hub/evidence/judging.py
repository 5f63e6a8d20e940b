"""Evidence on a desk: which file is whose, and the verdict on each, with files alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hub.checking.given import UnusableFileError, content_of
from schemas.findings import Words
from signing.evidence import PROBLEMS, REMEDY, EvidenceValidation, verify_evidence
from signing.evidence.records import LONGEST
from signing.timestamps.problems import REMEDY as OF_TIMESTAMPS
from signing.trust import TrustStore
from signing.verify import Limits

ENDINGS = (".ers.xml", ".er")
"""evidence; what stands before them names the record"""
RECORD = ".xml"


@dataclass(frozen=True, slots=True)
class Judged:
    """One evidence record and its data object."""

    evidence: str
    """file of the evidence"""
    record: str
    """file of the record"""
    validation: EvidenceValidation | None
    """the verdict; None where a file cannot be read"""
    unread: Words | None = None
    """why there is none"""

    @property
    def passed(self) -> bool:
        """The record was there, as it is, at the time that is told."""
        return self.validation is not None and self.validation.passed

    @property
    def message(self) -> Words | None:
        """What is wrong; None when passed."""
        if self.validation is None:
            return self.unread
        return PROBLEMS[self.validation.cause].message if self.validation.cause else None

    @property
    def remedy(self) -> Words | None:
        """What to do about it; None when passed, or where the message says it."""
        if self.validation is None or self.validation.cause is None:
            return None
        return OF_TIMESTAMPS if self.validation.cause.startswith("timestamp") else REMEDY


def pairs(paths: Sequence[Path]) -> Iterator[tuple[Path, Path]]:
    """Evidence and record: of a folder all evidence in it; of a record all beside it; of evidence the record beside it."""
    for path in dict.fromkeys(paths):
        if path.is_dir():
            found = sorted(each for each in path.rglob("*") if each.is_file() and ending(each))
            yield from ((each, record_of(each)) for each in found)
        elif ending(path):
            yield path, record_of(path)
        else:
            stem = path.name.removesuffix(RECORD)
            beside = [path.with_name(stem + each) for each in ENDINGS]
            there = [each for each in beside if each.exists()]
            yield from ((each, path) for each in there or beside[-1:])


def ending(path: Path) -> str | None:
    """The ending that makes a file evidence; None: it is none."""
    return next((each for each in ENDINGS if path.name.endswith(each) and path.name != each), None)


def record_of(path: Path) -> Path:
    """The record beside its evidence."""
    return path.with_name(path.name.removesuffix(ending(path) or "") + RECORD)


def judge(evidence: Path, record: Path, *, trust: TrustStore, at: datetime) -> Judged:
    """The verdict on one pair."""
    try:
        octets = _content(evidence, LONGEST, Words("tệp bằng chứng", "the evidence"))
        data = _content(record, Limits().octets, Words("tệp học bạ đi cùng", "the record beside it"))
    except UnusableFileError as error:
        return Judged(str(evidence), str(record), None, Words(error.vi, error.en))
    return Judged(str(evidence), str(record), verify_evidence(octets, data=data, trust=trust, at=at))


def _content(file: Path, most: int, what: Words) -> bytes:
    try:
        return content_of(file, most)
    except UnusableFileError as error:
        raise UnusableFileError(f"{what.vi} {file.name}: {error.vi}", f"{what.en} {file.name}: {error.en}") from error
