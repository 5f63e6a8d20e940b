"""Printed forms signed as PDF among the files of `hocba verify`: opened apart, the records inside told of as records.

A PDF is read like an archive: what is attached to it are items of its own, and after them comes the form itself. Whoever
wrote it may mean harm, so that a child opens and judges it which can be killed (`judging_forms`, loaded when there is one).
"""

import io
from collections.abc import Callable, Iterator

from hub.checking.items import Blob, Found, Item, Kind, Opened
from hub.verifying.told import Holder, Judged

MARK = b"%PDF-"
"""how a PDF begins"""
SEAL = "KY_PHAT_HANH"
"""slot of the record's own seal"""
_INSIDE = "!/"


class Form(Item):
    """A whole PDF; cut where it is longer than any form may be, which its judge tells of."""


def is_form(blob: Blob) -> bool:
    """By its first octets."""
    with blob.open() as stream:
        return stream.read(len(MARK)) == MARK


def form_items(blob: Blob, inside: Callable[[Blob], Iterator[Found]]) -> Iterator[Found]:
    """What is attached, each read as a file, then the form."""
    from hub.verifying.judging_forms import MOST_OCTETS, attached

    with blob.open() as stream:
        octets = stream.read(MOST_OCTETS + 1)
    yield Opened(blob.name, Kind.PDF)
    for attachment in attached(octets):
        yield from inside(_blob(f"{blob.name}{_INSIDE}{attachment.name}", attachment.octets))
    yield Form(blob.name, 0, Kind.PDF, octets, 0, 1, blob.size)


def _blob(name: str, octets: bytes) -> Blob:
    return Blob(name, len(octets), lambda: io.BytesIO(octets))


class Sealers:
    """Who sealed the records inside a form, told between them and the form that comes after them."""

    def __init__(self) -> None:
        self._form = ""
        self._of: dict[str, Holder] = {}

    def look(self, judged: Judged) -> Judged:
        """The same; for a form that passes, its verdict beside that on its record."""
        if judged.form:
            from hub.verifying.judging_forms import beside

            return beside(judged, self._of.get(judged.uuid or "") if judged.file == self._form else None)
        form, _, name = judged.file.rpartition(_INSIDE)
        if name and judged.uuid is not None:
            self._note(form, judged, judged.uuid)
        return judged

    def _note(self, form: str, judged: Judged, uuid: str) -> None:
        if form != self._form:
            self._form, self._of = form, {}
        sealed = {each.certificate for each in judged.signatures if each.slot == SEAL and each.passed}
        self._of.update((uuid, holder) for holder in judged.holders if holder.sha256 in sealed)
