"""Paths as a stream of records: files, folders with all below them, archives. What a file is, its octets tell.

In a folder or an archive whatever is none of ours is passed by and named, unless it is called as ours are: then it is a
fault, so that a broken export is never taken for a picture.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from connectors.arrivals import Limits
from hub.checking.archives import Read, archive_items, is_archive, is_workbook, safe_name
from hub.checking.batches import xml_items
from hub.checking.items import Blob, FileFault, Found, Kind, Opened, Skipped, Unread
from schemas.rules.files import UNKNOWN_KIND

LIMITS = Limits()
"""The door's own bounds: what is too large here is too large there."""
OURS = frozenset({".xml", ".json", ".xlsx", ".xls", ".zip"})
"""Endings of files that must be something to check."""
_HEAD = 4096
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")
_MARK = b"\xef\xbb\xbf"


def found_in(paths: Sequence[Path], read: Read | None = None) -> Iterator[Found]:
    """Everything below the paths, in their order, each folder sorted by name; `read` reads one file."""
    read = read or read_blob
    for path in paths:
        if path.is_dir():
            yield from _folder(path, read)
        else:
            yield from _file(path, read, named=True)


def size_of(paths: Sequence[Path]) -> int:
    """Octets to read, about: what is packed counts tenfold."""
    files = (file for path in paths for file in (_walk(path) if path.is_dir() else [path]))
    return sum(_size(file) for file in files)


def _size(file: Path) -> int:
    try:
        size = file.stat().st_size
    except OSError:
        return 0
    return size * 10 if file.suffix.lower() in (".zip", ".xlsx") else size


def _folder(path: Path, read: Read) -> Iterator[Found]:
    files = 0
    for file in _walk(path):
        files += 1
        yield from _file(file, read, named=False)
    if not files:
        yield Unread(safe_name(str(path)), "thư mục không có tệp nào", "the folder has no files")


def _walk(path: Path) -> Iterator[Path]:
    """Regular files; links to folders are not followed, so a loop of them ends nowhere."""
    for parent, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(parent, name)
            if not name.startswith(".") and (file.is_file() or not file.exists()):
                yield file


def _file(path: Path, read: Read, *, named: bool) -> Iterator[Found]:
    name = _shown(path)
    try:
        told = path.stat()
        if not stat.S_ISREG(told.st_mode):
            yield Unread(name, "không phải tệp thường", "it is not a regular file")
            return
        yield from read(Blob(name, told.st_size, lambda: path.open("rb"), named))
    except OSError as error:
        yield Unread(name, *_reason(error))


def _shown(path: Path) -> str:
    text = str(path)
    return ("/" if path.is_absolute() else "") + safe_name(text)


def _reason(error: OSError) -> tuple[str, str]:
    if isinstance(error, FileNotFoundError):
        return "không có tệp này", "there is no such file"
    if isinstance(error, PermissionError):
        return "không có quyền đọc", "permission denied"
    return "máy không đọc được", "the system cannot read it"


def read_blob(blob: Blob, inside: Read | None = None) -> Iterator[Found]:
    """One file, by what it is; `inside` reads what lies in an archive."""
    with blob.open() as stream:
        kind = _kind(_head(stream))
    if kind is Kind.ARCHIVE and is_workbook(blob):
        kind = Kind.WORKBOOK
    if kind is None:
        yield from _unknown(blob)
    elif kind is Kind.ARCHIVE:
        yield from archive_items(blob, inside or read_blob)
    else:
        yield Opened(blob.name, kind)
        yield from _records(blob, kind)


def _records(blob: Blob, kind: Kind) -> Iterator[Found]:
    if kind is Kind.XML:
        yield from xml_items(blob, LIMITS)
        return
    from hub.checking import documents

    yield from documents.json_items(blob, LIMITS) if kind is Kind.JSON else documents.workbook_items(blob)


def _head(stream: BinaryIO) -> bytes:
    return stream.read(_HEAD)


def _kind(head: bytes) -> Kind | None:
    """By the first octets; an empty file is an empty XML file, for whose reader it is cut short."""
    if is_archive(head):
        return Kind.ARCHIVE
    start = head.removeprefix(_MARK).lstrip()
    if not start or start.startswith(b"<") or head.startswith(_WIDE):
        return Kind.XML
    return Kind.JSON if start.startswith((b"{", b"[")) else None


def _unknown(blob: Blob) -> Iterator[Found]:
    if blob.named or PurePosixPath(blob.name).suffix.lower() in OURS:
        yield FileFault(blob.name, (UNKNOWN_KIND.finding(),))
    else:
        yield Skipped(blob.name)
