"""The school that is attacked: its records, its staff, and what its verifiers are given."""

import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from support.authority import Authority
from support.staff import Staff, staff_of
from support.workshop import Workshop

from signing.trust import TrustStore


@dataclass(slots=True)
class Site(Workshop):
    """A workshop that keeps its trust while nothing is revoked, and has teachers."""

    late: Authority = field(init=False)
    """An issuing authority whose own certificate was revoked after the records were signed."""
    _stores: dict[tuple[object, ...], TrustStore] = field(default_factory=dict)
    _staff: Staff | None = None
    _folder: tempfile.TemporaryDirectory[str] | None = None
    """Keys lie in it as long as the site is there."""

    def __post_init__(self) -> None:
        Workshop.__post_init__(self)
        self.late = Authority("Cơ quan cấp muộn", above=self.root)

    def trust(self, **lists: datetime) -> TrustStore:
        """Roots and revocation lists as they stand now."""
        authorities = (self.root, self.issuing, self.stray, self.late)
        key = (*(len(authority.revoked) for authority in authorities), *sorted(lists.items()))
        store = self._stores.get(key)
        if store is None:
            store = self._stores[key] = TrustStore(
                anchors=[self.root.holder.der],
                intermediates=[authority.holder.der for authority in authorities[1:]],
                revocation_lists=[authority.revocation_list(**lists) for authority in authorities],
            )
        return store

    @property
    def staff(self) -> Staff:
        """The same school's teachers, with records of the second form."""
        if self._staff is None:
            self._folder = tempfile.TemporaryDirectory(prefix="hocba-staff-")
            self._staff = staff_of(self, Path(self._folder.name))
        return self._staff
