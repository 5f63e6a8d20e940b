"""The trust folder's files: `roots/`, `intermediates/`, `crls/` and `ocsp/`, each holding PEM or DER files."""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from signing.trust.evidence import Evidence, read_list, read_response

ROOTS, INTERMEDIATES, LISTS, RESPONSES = "roots", "intermediates", "crls", "ocsp"

KINDS: Mapping[str, Callable[[bytes], Evidence]] = {LISTS: read_list, RESPONSES: read_response}
"""How the files of a folder of revocation data are read."""

Seen = tuple[str, int, int]
"""Path, time and size of a file."""


def octets_of(folder: Path) -> list[bytes]:
    """The files of a folder, in order of their names."""
    return [Path(path).read_bytes() for path, _, _ in seen_in(folder)]


def seen_in(folder: Path) -> list[Seen]:
    """The files of a folder as they stand; hidden ones are being written, or are no trust."""
    return sorted(_look(folder))


def _look(folder: Path) -> Iterator[Seen]:
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if entry.name.startswith(".") or not entry.is_file():
            continue
        told = entry.stat()
        yield entry.path, told.st_mtime_ns, told.st_size
