"""The corpus as child processes get it: loads with their schools' approved certificates."""

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from bench.stand import Stand
from ledger.registry import ApprovedRow
from ledger.states import Stage
from routes import way
from routes.cargo import Kit, Load
from routes.signing_settings import SigningSettings
from schemas.identity import identify
from schemas.octets import parse_record


def equipped(stand: Stand) -> Kit:
    """This process, equipped like a worker's child for the corpus' world."""
    world = stand.corpus.world.folder
    way.equip(SigningSettings(trust_folder=world / "trust", keys_folder=world / "keys"))
    return way.kit()


def approvals(world: Path) -> Mapping[str, tuple[ApprovedRow, ...]]:
    """School → its approved organisation certificates, as the ledger hands them over."""
    found: dict[str, tuple[ApprovedRow, ...]] = defaultdict(tuple)
    for row in json.loads((world / "registry.json").read_text(encoding="utf-8")):
        if row["role"] == "KY_PHAT_HANH":
            since, until = datetime.fromisoformat(row["tu_ngay"]), datetime.fromisoformat(row["den_ngay"])
            approved = (row["role"], row["serial_hex"], bytes.fromhex(row["sha256"]), since, until)
            found[row["ma_don_vi"]] = (*found[row["ma_don_vi"]], approved)
    return found


def official_loads(stand: Stand) -> list[Load]:
    """Signed official records."""
    approved = approvals(stand.corpus.world.folder)
    loads = []
    for number, octets in enumerate(stand.corpus.official, start=1):
        identity = identify(parse_record(octets))
        loads.append(
            Load(
                id=number,
                stage=Stage.NORMALISE,
                octets=octets,
                official=True,
                format="official",
                uuid=identity.uuid,
                unit_code=identity.school_code,
                delegated=False,
                approved=approved[identity.school_code],
            )
        )
    return loads


def unsigned_loads(stand: Stand) -> list[Load]:
    """The JSON vendor's entries: to be written and signed on the way."""
    approved = approvals(stand.corpus.world.folder)
    return [
        Load(
            id=number,
            stage=Stage.NORMALISE,
            octets=octets,
            official=False,
            format="saokhue",
            uuid=uuid,
            unit_code=school,
            delegated=True,
            approved=approved[school],
        )
        for number, (octets, uuid, school) in enumerate(stand.corpus.unsigned, start=1)
    ]
