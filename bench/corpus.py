"""Invented records, generated once into `.hocba/bench/` and used again: distinct, about 20 kB, three RSA-2048 signatures."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from uuid import uuid4

from connectors.arrivals import Limits
from connectors.vendors import formats
from sandbox.pupils import write_batches
from sandbox.world import World, build_world
from schemas.octets import cut_batch

SCHOOLS = 9
SEED = 1


@dataclass
class Corpus:
    """A world and batches of one size."""

    folder: Path
    """where they lie"""
    count: int
    """official records"""

    @cached_property
    def world(self) -> World:
        """Nine schools, six of which push signed official batches; the Sở signs the transactions."""
        return build_world(self.folder / "world", schools=SCHOOLS, seed=SEED, official_seal="intermediary")

    def batches(self, count: int, *, sender: str = "HOASEN", size: int = 500) -> Path:
        """A folder of batch files of one sender: `count` records, `size` in a batch at most."""
        out = self.folder / f"{sender}-{count}-{size}"
        write_batches(self.world, out, count=count, seed=SEED, size=size, senders=(sender,))
        return out

    def bodies(self, count: int, *, sender: str = "HOASEN", size: int = 500) -> list[bytes]:
        """Those batches as octets."""
        folder = self.batches(count, sender=sender, size=size)
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        return [(folder / each["file"]).read_bytes() for each in manifest["files"]]

    @cached_property
    def official(self) -> list[bytes]:
        """The signed records, cut out of their batches."""
        return [record for body in self.bodies(self.count) for record in cut_batch(body).records]

    @cached_property
    def unsigned(self) -> list[tuple[bytes, str, str]]:
        """Entries of the JSON vendor's batches with their UUIDs and schools; half as many."""
        found = []
        for body in self.bodies(self.count // 2, sender="SAOKHUE", size=100):
            for item in formats()["saokhue"].read(body, Limits()).items:
                assert item.identity is not None
                found.append((item.octets, item.identity.uuid or str(uuid4()), item.identity.school_code))
        return found
