"""From what was found to drafts, one after the other, with everything that is not converted told in the report."""

import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from hub.checking.items import FileFault as Fault
from hub.checking.items import Found, Item, Skipped, Unread
from hub.converting.defaults import Defaults
from hub.converting.drafts import Draft, MisfitError, MissingError, Stamp, draft_of
from hub.converting.reading import Reader, Source
from hub.converting.report import Refusal, Report
from hub.watching import Progress
from schemas.findings import FindingError
from schemas.profiles import Profile


@dataclass(slots=True)
class Converter:
    """Turns records into drafts; one per run."""

    targets: Mapping[str, Profile]
    """kind of schooling → what its records become"""
    defaults: Defaults
    """what is given for what they do not say"""
    stamp: Stamp
    """for rows with an envelope"""
    report: Report = field(default_factory=Report)
    """what came of it"""
    _reader: Reader = field(default_factory=Reader)
    _known: set[str] = field(default_factory=set)

    def drafts(self, found: Iterable[Found], progress: Progress | None = None) -> Iterator[Draft]:
        """Every record that can be converted."""
        for each in found:
            if isinstance(each, Item):
                self.report.records += 1
                draft = self._tried(each)
                if draft is not None:
                    yield draft
                if progress is not None:
                    progress(self.report.records)
            elif isinstance(each, Fault):
                self.report.fault(each)
            elif isinstance(each, Unread):
                self.report.unread.append(each)
            elif isinstance(each, Skipped):
                self.report.skipped += 1

    def _tried(self, item: Item) -> Draft | None:
        try:
            return self._draft(item)
        except FindingError as error:
            self.report.faults.add(item.file, item.number, error.findings)
        except Exception as error:
            # Code over input from outside: whatever it raises must not cost the records beside this one.
            last = traceback.extract_tb(error.__traceback__)[-1]
            self.report.refuse(
                item.file, item.number, Refusal.BROKEN, f"{type(error).__name__}, {last.name}:{last.lineno}"
            )
        return None

    def _draft(self, item: Item) -> Draft | None:
        source = self._reader.read(item)
        target = self.targets.get(source.profile.kind)
        if source.cancelled or target is None:
            why = Refusal.CANCELLED if source.cancelled else Refusal.OTHER_KIND
            self.report.refuse(item.file, item.number, why, source.profile.name)
            return None
        draft = self._fitted(item, source, target)
        if draft is None:
            return None
        if draft.uuid and draft.uuid in self._known:
            self.report.refuse(item.file, item.number, Refusal.TWICE)
            return None
        self._known.add(draft.uuid)
        self.defaults.spend(source.members)
        self.report.converted += 1
        self.report.way(source.profile, target).take(source, draft)
        return draft

    def _fitted(self, item: Item, source: Source, target: Profile) -> Draft | None:
        way = self.report.way(source.profile, target)
        full = self.defaults.filled(source.known, target)
        try:
            return draft_of(source.members, full, target, stamp=self.stamp, reader=self._reader)
        except MissingError as error:
            way.miss(error)
        except MisfitError as error:
            way.misfit(item.file, item.number, error)
        return None
