"""Files that drafts are written to: whole or not at all, and never over what is there without being told to."""

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import orjson

from hub.converting.drafts import Draft
from schemas.media.json_bounds import MOST_VALUES_IN_ALL, count
from schemas.media.json_reading import MOST_OCTETS
from schemas.media.workbook import MOST_ROWS
from schemas.octets import BATCH
from schemas.profiles import Medium, Profile

_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_NAME = re.compile("[0-9a-f-]{1,64}")
SUFFIXES = {Medium.XML: ".xml", Medium.JSON: ".json", Medium.WORKBOOK: ".xlsx"}
"""endings of files, by what is in them"""


_FULL = 0.99
"""of what a reader takes at once: the rest is for what stands around the records"""


def write(drafts: Iterable[Draft], target: Profile, place: Path | None, *, one_each: bool) -> tuple[Path, ...]:
    """Write them all; what was written: the file, further ones where one would be more than readers take, the folder.

    Without a place nothing is written.

    Raises:
        OSError: the system does not let us.
    """
    if place is None:
        for _ in drafts:
            pass
        return ()
    if one_each:
        return (place,) if _write_each(drafts, target, place) else ()
    written: list[Path] = []
    for number, portion in enumerate(_portions(drafts, _WEIGHTS[target.medium]), start=1):
        file_of_it = further(place, number)
        with _beside(file_of_it) as file:
            _write_together(portion, target, file)
            _put(file, file_of_it)
        written.append(file_of_it)
    return tuple(written)


def further(place: Path, number: int | str) -> Path:
    """The first file is the one that was named; those after it bear a number."""
    return place if number == 1 else place.with_stem(f"{place.stem}-{number}")


def _portions(drafts: Iterable[Draft], weigh: Callable[[Draft], float]) -> Iterator[Iterator[Draft]]:
    """Drafts that fit into one file, over and over; each portion is to be used up before the next is asked for."""
    left = iter(drafts)
    held = list(islice(left, 1))

    def portion() -> Iterator[Draft]:
        weight = weigh(held[0])
        while held and weight <= _FULL:
            yield held.pop()
            held.extend(islice(left, 1))
            weight += weigh(held[0]) if held else 0

    while held:
        yield portion()


def _weight_of_row(draft: Draft) -> float:
    """Of a JSON file: of its values or of its octets, whichever is nearer to the bound."""
    octets = len(orjson.dumps(draft.content)) + 2
    return max(count(draft.content) / MOST_VALUES_IN_ALL, octets / MOST_OCTETS)


_WEIGHTS: Mapping[Medium, Callable[[Draft], float]] = {
    Medium.XML: lambda _: 0,
    Medium.JSON: _weight_of_row,
    Medium.WORKBOOK: lambda _: 1 / MOST_ROWS,
}
"""what one record takes up of a file, where a reader's bound is 1"""


def _write_together(drafts: Iterator[Draft], target: Profile, file: Any) -> None:
    if target.medium is Medium.WORKBOOK:
        from transformers.workbook import write_members

        write_members((draft.content for draft in drafts), target, file)
    else:
        file.writelines(_batch(drafts) if target.medium is Medium.XML else _array(drafts))


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


def _write_each(drafts: Iterable[Draft], target: Profile, folder: Path) -> bool:
    number = 0
    folder.mkdir(parents=True, exist_ok=True)
    for number, draft in enumerate(drafts, start=1):
        name = draft.uuid if _NAME.fullmatch(draft.uuid) else f"ho-so-{number}"
        content = _DECLARATION + draft.content if target.medium is Medium.XML else orjson.dumps(draft.content)
        place = folder / f"{name}{SUFFIXES[target.medium]}"
        with _beside(place) as file:
            file.write(content + b"\n")
            _put(file, place)
    return number > 0
