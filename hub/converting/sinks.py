"""Files that drafts are written to: whole or not at all, and never over what is there without being told to."""

import contextlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import orjson

from hub.converting.drafts import Draft
from schemas.octets import BATCH
from schemas.profiles import Medium, Profile

_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_NAME = re.compile("[0-9a-f-]{1,64}")
SUFFIXES = {Medium.XML: ".xml", Medium.JSON: ".json", Medium.WORKBOOK: ".xlsx"}
"""endings of files, by what is in them"""


def write(drafts: Iterable[Draft], target: Profile, place: Path | None, *, one_each: bool) -> int:
    """Write them all; how many there were. Without a place nothing is written.

    Raises:
        OSError: the system does not let us.
    """
    if place is None:
        return sum(1 for _ in drafts)
    if one_each:
        return _write_each(drafts, target, place)
    counted = _Counted(drafts)
    with _beside(place) as file:
        if target.medium is Medium.WORKBOOK:
            from transformers.workbook import write_members

            write_members((draft.content for draft in counted), target, file)
        else:
            file.writelines(_batch(counted) if target.medium is Medium.XML else _array(counted))
        if counted.count:
            _put(file, place)
    return counted.count


class _Counted:
    """Drafts that are counted as they go."""

    def __init__(self, drafts: Iterable[Draft]) -> None:
        self._drafts = drafts
        self.count = 0

    def __iter__(self) -> Iterator[Draft]:
        for draft in self._drafts:
            self.count += 1
            yield draft


@contextlib.contextmanager
def _beside(place: Path) -> Iterator[Any]:
    """A file in the same folder, that only its owner may read; gone at the end unless it was put in its place."""
    with NamedTemporaryFile(dir=place.parent, prefix=f".{place.name}.", delete=False) as file:
        try:
            yield file
        finally:
            Path(file.name).unlink(missing_ok=True)


def _put(file: Any, place: Path) -> None:
    file.close()
    Path(file.name).replace(place)


def _batch(drafts: Iterable[Draft]) -> Iterator[bytes]:
    yield _DECLARATION + f"<{BATCH}>\n".encode()
    for draft in drafts:
        yield draft.content + b"\n"
    yield f"</{BATCH}>\n".encode()


def _array(drafts: Iterable[Draft]) -> Iterator[bytes]:
    before = b"[\n"
    for draft in drafts:
        yield before + orjson.dumps(draft.content)
        before = b",\n"
    yield b"\n]\n"


def _write_each(drafts: Iterable[Draft], target: Profile, folder: Path) -> int:
    count = 0
    folder.mkdir(parents=True, exist_ok=True)
    for count, draft in enumerate(drafts, start=1):
        name = draft.uuid if _NAME.fullmatch(draft.uuid) else f"ho-so-{count}"
        content = _DECLARATION + draft.content if target.medium is Medium.XML else orjson.dumps(draft.content)
        place = folder / f"{name}{SUFFIXES[target.medium]}"
        with _beside(place) as file:
            file.write(content + b"\n")
            _put(file, place)
    return count
