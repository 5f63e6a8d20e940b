"""One input of the comparison: a record cut out alone, or a batch with its transaction signature in place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from support.workshop import Workshop


@dataclass(frozen=True, slots=True)
class Case:
    """One file that everybody judges."""

    kind: str
    """row of the table"""
    name: str
    """file name without its ending; once in all"""
    octets: bytes
    """the file"""
    cause: str
    """why it does not pass here, without the slot; empty when it is TOTAL-PASSED"""
    trust: Path
    """folder of anchors, intermediates and revocation lists that DSS is given"""
    at: datetime
    """the present of this case"""

    @property
    def passes(self) -> bool:
        """TOTAL-PASSED here."""
        return not self.cause


@dataclass(frozen=True, slots=True)
class Word:
    """What one engine says of one file."""

    accepted: bool
    """every signature in question"""
    why: str
    """of the first one that is not accepted"""


def write_trust(folder: Path, workshop: Workshop) -> Path:
    """The workshop's authorities and their lists as they stand now."""
    authorities = (workshop.root, workshop.issuing, workshop.stray)
    parts: dict[str, Sequence[bytes]] = {
        "roots": [workshop.root.holder.der],
        "intermediates": [workshop.issuing.holder.der, workshop.stray.holder.der],
        "crls": [authority.revocation_list() for authority in authorities],
    }
    for name, files in parts.items():
        (folder / name).mkdir(parents=True)
        for number, octets in enumerate(files):
            (folder / name / f"{number}.der").write_bytes(octets)
    return folder
