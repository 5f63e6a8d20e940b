"""What the demonstration needs on disk: an invented world, sets of records, and the settings that make it brisk."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.failures import Failure
from hub.processes import importable

LATER_RECORDS = 120
LATER_WRONG = 6
BATCH = 25
"""records of one push"""
SIGNING_SERVICE = "ky-so"
"""name of the remote signing service in the settings"""
PERSONAL = ("GVBM", "GVCN", "CBQL")
"""roles whose keys live there: only a person may give these signatures"""
DIGEST = 24
"""letters of a batch's digest with which the vendors' software ends its idempotency keys"""

BRISK = {
    "HOCBA_RETRY__DELAYS_SECONDS": "[1, 2, 3, 5, 10, 20, 60, 300]",
    "HOCBA_RETRY__POLL_DELAYS_SECONDS": "[0.5, 1, 1, 2, 5]",
    "HOCBA_RETRY__SETTLE_SECONDS": "3",
    "HOCBA_PACKING__QUIET_SECONDS": "1.5",
    "HOCBA_PACKING__MAX_AGE_SECONDS": "5",
    "HOCBA_LIMITS__BREAKER_PROBE_SECONDS": "[1, 2, 2, 3]",
    "HOCBA_CITY__EXCHANGE_SECONDS": "20",
    "HOCBA_CITY__PATIENCE_SECONDS": "1",
    "HOCBA_RETURN_SECONDS": "1",
    "HOCBA_SIGNING__WAITING__LOOK_SECONDS": "0.3",
    "HOCBA_SIGNING__WAITING__GATHER_SECONDS": "1",
    "HOCBA_SIGNING__WAITING__POLL_DELAYS_SECONDS": "[0.5, 0.5, 1]",
    "HOCBA_SIGNING__WAITING__APPROVAL_SECONDS": "60",
    "HOCBA_SIGNING__WAITING__REMIND_DELAYS_SECONDS": "[5, 10, 30]",
    "HOCBA_PROCESSES__STOP_SECONDS": "15",
}
"""Waits for a demonstration of a minute; whoever sets one of these keeps it."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where everything lies."""

    data: Path
    """the hub's data folder"""

    @property
    def sandbox(self) -> Path:
        """All that is the sandbox's."""
        return self.data / "sandbox"

    @property
    def world(self) -> Path:
        """Schools, senders, keys, trust."""
        return self.sandbox / "world"

    @property
    def city(self) -> Path:
        """The city's own store."""
        return self.sandbox / "city"

    @property
    def signing(self) -> Path:
        """The signing service's own store."""
        return self.sandbox / "signing"

    @property
    def vendors(self) -> Path:
        """The vendors' own stores."""
        return self.sandbox / "vendors"

    @property
    def sets(self) -> Path:
        """Sets of records, one folder each."""
        return self.sandbox / "sets"

    @property
    def keys(self) -> Path:
        """The vendors' API keys."""
        return self.data / "keys"


@dataclass(frozen=True, slots=True)
class Entry:
    """One record that was made, and what is to become of it."""

    sender: str
    """who pushes it"""
    batch: str
    """start of the SHA-256 of the file that it is pushed in"""
    line: int
    """0-based place in the batch"""
    fault: str | None
    """what is wrong with it"""
    place: str | None
    """who can know first: door, check, sign, verify or city"""
    grade: int
    """1 to 5"""


def settle_environment(folders: Folders, *, city: str, signing: str, tsa: str) -> dict[str, str]:
    """Set for this process and those it starts whatever was not set already; returns it.

    `city`, `signing` and `tsa` are the addresses of the portal, of the remote signing service and of the timestamping
    authority.
    """
    wanted = {
        **BRISK,
        "HOCBA_DATA_FOLDER": str(folders.data),
        "HOCBA_WORLD_FOLDER": str(folders.world),
        "HOCBA_SIGNING__TRUST_FOLDER": str(folders.world / "trust"),
        "HOCBA_SIGNING__KEYS_FOLDER": str(folders.world / "keys"),
        "HOCBA_SIGNING__HOMES": json.dumps([{"home": SIGNING_SERVICE, "role": role} for role in PERSONAL]),
        "HOCBA_SIGNING__SERVICES": json.dumps({SIGNING_SERVICE: _signing_service(folders, signing)}),
        "HOCBA_SIGNING__TIMESTAMPS__URLS": json.dumps([f"{tsa}/ec"]),
        "HOCBA_SIGNING__TIMESTAMPED": json.dumps({"*": "batch"}),
        "HOCBA_CITY__URL": city,
        "HOCBA_CITY__ACCOUNTS": str(folders.world / "portal-accounts.json"),
    }
    new = {name: value for name, value in wanted.items() if name not in os.environ}
    os.environ.update(new)
    return new


def _signing_service(folders: Folders, url: str) -> dict[str, object]:
    return {
        "adapter": "csc",
        "url": f"{url}/csc/v2",
        "credentials": str(folders.world / "signing-credentials.json"),
        "client_id": "hub",
        "client_secret_file": str(folders.world / "signing-secret"),
        "pin_file": str(folders.world / "signing-pin"),
    }


def slow_holder(folders: Folders) -> str:
    """The signing service's name of the key of a class teacher of the vendor whose records the hub signs."""
    delegated = {
        school for vendor in vendors(folders) if vendor["signing"] == "delegated" for school in vendor["schools"]
    }
    world = json.loads((folders.world / "world.json").read_text(encoding="utf-8"))
    school = next(each for each in world["schools"] if each["code"] in delegated)
    credentials = json.loads((folders.world / "signing-credentials.json").read_text(encoding="utf-8"))
    return str(credentials[f"{school['code']}/GVCN-{school['classes'][-1]['teacher']['cccd']}"])


def build_world(folders: Folders) -> None:
    """Three schools, two vendors, a secondary school; the same one is left as it is."""
    folders.sandbox.mkdir(parents=True, exist_ok=True)
    _sandbox("sandbox.world", "--out", str(folders.world))


def new_set(folders: Folders, *, records: int) -> Path:
    """Records that were never pushed: one of every kind of fault in the first set, a few in later ones."""
    number = len(list(sets(folders))) + 1
    out = folders.sets / f"{number:04d}"
    first = number == 1
    _sandbox(
        "sandbox.pupils",
        *("--world", str(folders.world), "--out", str(out), "--seed", str(number), "--size", str(BATCH)),
        *("--count", str(records if first else LATER_RECORDS)),
        *("--wrong", "each" if first else str(LATER_WRONG)),
    )
    return out


def sets(folders: Folders) -> Iterator[Path]:
    """Every set that was made, oldest first."""
    if folders.sets.exists():
        yield from sorted(folder.parent for folder in folders.sets.glob("*/manifest.json"))


def entries(folder: Path) -> Iterator[Entry]:
    """What a set holds."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for file in manifest["files"]:
        batch = hashlib.sha256((folder / file["file"]).read_bytes()).hexdigest()[:DIGEST]
        for line, record in enumerate(file["records"]):
            yield Entry(file["sender"], batch, line, record["fault"], record["place"], record["grade"])


def vendors(folders: Folders) -> list[dict[str, Any]]:
    """The senders, as the world tells them."""
    told: list[dict[str, Any]] = json.loads((folders.world / "senders.json").read_text(encoding="utf-8"))
    return told


def secondary_school(folders: Folders) -> dict[str, Any]:
    """The school that receives pupils after grade 5."""
    told: dict[str, Any] = json.loads((folders.world / "world.json").read_text(encoding="utf-8"))["secondary"]
    return told


def _sandbox(module: str, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", module, *arguments], env=importable(os.environ), capture_output=True, check=False
    )
    if done.returncode:
        raise Failure(
            vi=f"Không dựng được dữ liệu mẫu ({module}).",
            en=f"The sample data could not be made ({module}).",
            do_vi="Kiểm tra dung lượng đĩa; hoặc xóa thư mục .hocba/sandbox rồi chạy lại.",
            do_en=f"Check disk space, or remove .hocba/sandbox and start again. {_last_line(done.stderr)}",
            code=70,
        )


def _last_line(text: bytes) -> str:
    lines = text.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else ""
