"""One file carried further: read, extended or renewed, judged once more, and put in its place all at once."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hub.extending.kinds import Carrier, carrier_of
from routes.stamping import TimestampDown
from signing.preserve import AskForStamp, CannotPreserve, DocumentPreservation, Level
from signing.trust import TrustStore


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done with each file."""

    level: Level
    """to which level"""
    renew: bool
    """a further archive timestamp on what has one"""
    algorithm: str
    """digest of new timestamps"""
    trust: TrustStore
    """anchors and revocation data"""
    stamp: AskForStamp
    """who gives timestamps"""
    most_octets: int
    """larger files are not read"""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of one file."""

    file: Path
    """as it was named"""
    target: Path | None = None
    """where its new form was written; None where nothing was"""
    preservation: DocumentPreservation | None = None
    """what it carries now"""
    lacking: CannotPreserve | None = None
    """why it could not be carried further"""
    down: TimestampDown | None = None
    """why no timestamp could be had"""
    unread: str | None = None
    """the file could not be read or written, or something is in its place: `read`, `large`, `there`, `write`"""

    @property
    def good(self) -> bool:
        """It is at the level now."""
        return self.preservation is not None


def carry(file: Path, target: Path, work: Work, *, overwrite: bool) -> Done:
    """Carry one file further; what stands there already is kept unless it may be written over."""
    if target.exists() and not overwrite:
        return Done(file, unread="there", target=target)
    try:
        if file.stat().st_size > work.most_octets:
            return Done(file, unread="large")
        octets = file.read_bytes()
    except OSError:
        return Done(file, unread="read")
    try:
        carrier = carrier_of(octets)
        carried = _carried(octets, carrier, work)
        preservation = carrier.validate(carried, trust=work.trust, at=datetime.now(UTC))
    except CannotPreserve as lacking:
        return Done(file, lacking=lacking)
    except TimestampDown as down:
        return Done(file, down=down)
    if carried == octets and target.parent == file.parent:
        return Done(file, preservation=preservation)
    try:
        _write(target, carried)
    except OSError:
        return Done(file, unread="write", target=target)
    return Done(file, target, preservation)


def _carried(octets: bytes, carrier: Carrier, work: Work) -> bytes:
    """A renewal is a further timestamp on what had one; what had none gets its first."""
    if work.renew and carrier.validate(octets, trust=work.trust, at=datetime.now(UTC)).level is Level.LTA:
        return carrier.renew(octets, trust=work.trust, stamp=work.stamp, algorithm=work.algorithm)
    return carrier.extend(octets, level=work.level, trust=work.trust, stamp=work.stamp, algorithm=work.algorithm)


def _write(target: Path, octets: bytes) -> None:
    """Whole or not at all, and there after a loss of power."""
    half = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with half.open("wb") as stream:
            stream.write(octets)
            stream.flush()
            os.fsync(stream.fileno())
        half.replace(target)
    finally:
        half.unlink(missing_ok=True)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
