"""`hocba db` and `hocba world`: tables made or brought up to date, units and senders entered."""

from pathlib import Path

from hub import desk, ready
from hub.settings import Settings


def migrate_database(settings: Settings) -> tuple[str | None, str]:
    """Bring the database to the newest version; returns (before, after)."""
    with desk.own_ledger(settings) as ledger:
        return ready.prepare(ledger)


def import_folder(settings: Settings, folder: Path) -> dict[str, Path]:
    """Import a world; returns sender → file with its new key."""
    with desk.own_ledger(settings) as ledger:
        ready.prepare(ledger)
        return ready.import_world(ledger, folder, settings.data_folder / "keys")
