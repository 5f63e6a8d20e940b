"""Records with their evidence, out of the ledger into a folder that needs no hub any more."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from uuid import UUID

from hub import desk
from hub.failures import Failure, file_missing
from hub.settings import Settings
from hub.watching import watched
from ledger import evidence
from ledger.database import Connection
from ledger.evidence import Step, Stored
from signing.evidence import HashTree, NotInTree, Syntax, chains_of, write_record

ENDINGS = {Syntax.ASN1: ".er", Syntax.XML: ".ers.xml"}
"""what a record's evidence is called, beside `.xml`"""
FORMS = {"er": (Syntax.ASN1,), "ers": (Syntax.XML,), "both": (Syntax.ASN1, Syntax.XML)}
PAGE = 500

Trees = Sequence[tuple[int, HashTree, bytes]]


@dataclass(slots=True)
class Exported:
    """What was written."""

    records: int = 0
    """records"""
    files: int = 0
    """files of evidence"""
    lacking: Counter[Syntax] = field(default_factory=Counter)
    """syntax that was asked for → records whose tree was built without it"""
    missing: list[str] = field(default_factory=list)
    """UUIDs that have no evidence, or that the hub does not know"""


def export(
    settings: Settings, *, uuids: Sequence[str], day: date | None, folder: Path, form: str, quiet: bool
) -> Exported:
    """Write records, each with its evidence beside it.

    Raises:
        Failure: no database, a name that is no UUID, a day without a tree, or a folder that cannot be written.
    """
    named = [_uuid(each) for each in uuids]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise file_missing(folder) from error
    written = Exported()
    with watched(quiet=quiet) as progress:

        async def work(connection: Connection) -> None:
            writer = _Writer(connection, folder, FORMS[form], written)
            async for page in _pages(connection, named, day):
                await writer.write(page)
                if progress is not None:
                    progress(written.records)
            written.missing = sorted(set(named) - writer.seen)

        desk.ask(settings, work)
    return written


async def _pages(connection: Connection, uuids: Sequence[str], day: date | None) -> AsyncIterator[list[Stored]]:
    if day is None:
        for start in range(0, len(uuids), PAGE):
            yield await evidence.of_records(connection, uuids[start : start + PAGE])
        return
    series = await evidence.days(connection, day=day)
    if not series:
        raise Failure(
            vi=f"Không có cây bằng chứng của ngày {day:%d/%m/%Y}.",
            en=f"There is no tree of {day.isoformat()}.",
            do_vi="Xem các ngày bằng «hocba evidence status».",
            do_en="See the days with «hocba evidence status».",
            code=66,
        )
    for each in series:
        after = b""
        while page := await evidence.under(connection, each.id, after=after, limit=PAGE):
            yield page
            after = page[-1].sha256


@dataclass(slots=True)
class _Writer:
    connection: Connection
    folder: Path
    syntaxes: Sequence[Syntax]
    written: Exported
    seen: set[str] = field(default_factory=set)
    _trees: dict[int, Trees] = field(default_factory=dict)

    async def write(self, page: Sequence[Stored]) -> None:
        for number in {each.series_id for each in page} - set(self._trees):
            # A day's trees are large: those of the page in hand are kept, no others.
            self._trees = {kept: trees for kept, trees in self._trees.items() if kept in {e.series_id for e in page}}
            steps = await evidence.steps_of(self.connection, number)
            self._trees[number] = await asyncio.to_thread(_planted, steps)
        await asyncio.to_thread(self._write_all, page)

    def _write_all(self, page: Sequence[Stored]) -> None:
        for each in page:
            name = each.uuid if each.uuid not in self.seen else f"{each.uuid}-{each.sha256.hex()[:8]}"
            self.seen.add(each.uuid)
            (self.folder / f"{name}.xml").write_bytes(each.octets)
            self.written.records += 1
            found = dict(evidence_of(each, self._trees[each.series_id], self.syntaxes))
            for syntax, octets in found.items():
                (self.folder / f"{name}{ENDINGS[syntax]}").write_bytes(octets)
                self.written.files += 1
            self.written.lacking.update(set(self.syntaxes) - set(found))


def evidence_of(stored: Stored, trees: Trees, syntaxes: Sequence[Syntax]) -> Iterator[tuple[Syntax, bytes]]:
    """The evidence record of stored octets in each syntax that its tree was built for."""
    for syntax in syntaxes:
        try:
            yield syntax, write_record(syntax, chains_of(syntax, stored.octets, trees))
        except NotInTree:
            # Its tree was built without this form.
            continue


def _planted(steps: Sequence[Step]) -> Trees:
    return [(each.chain, HashTree.of(each.leaves, each.algorithm), each.token) for each in steps]


def _uuid(name: str) -> str:
    try:
        return str(UUID(name))
    except ValueError as error:
        raise Failure(vi=f"«{name[:60]}» không phải UUID.", en=f"«{name[:60]}» is no UUID.", code=64) from error
