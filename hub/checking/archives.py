"""What lies in a ZIP, one file after the other, within bounds that the archive's own directory must keep."""

import re
import struct
import tempfile
import zlib
from collections.abc import Callable, Iterator
from lzma import LZMAError
from pathlib import PurePosixPath
from shutil import copyfileobj
from typing import BinaryIO, cast
from zipfile import BadZipFile, ZipFile, ZipInfo

from hub.checking.items import Blob, FileFault, Found
from schemas.findings import Finding
from schemas.rules.files import ARCHIVE_BROKEN, ARCHIVE_TOO_DEEP, ARCHIVE_TOO_MUCH

MIB = 1024 * 1024
MOST_ENTRIES = 10_000
"""files of an archive, at most"""
MOST_UNPACKED = 4096 * MIB
"""octets that an archive says it unpacks to, at most"""
MOST_RATIO = 300
"""octets unpacked for one octet packed, at most: XML of many like records comes to some 60"""
_RATIO_FROM = 16 * MIB
"""size from which the ratio is looked at"""
_LARGEST_DIRECTORY = 4 * MIB
_TAIL = 70_000
"""octets at the end of an archive in which its end record lies"""
_LONGEST_NAME = 200
_ENCRYPTED = 1
_SIGNATURE = (b"PK\x03\x04", b"PK\x05\x06")
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

Broken = (BadZipFile, NotImplementedError, zlib.error, LZMAError, EOFError, OSError)
"""What the library may raise about an archive that is not what it should be."""

Read = Callable[[Blob], Iterator[Found]]
"""Reads one file that is no archive."""


def is_archive(head: bytes) -> bool:
    """The octets start as a ZIP does."""
    return head.startswith(_SIGNATURE)


def is_workbook(blob: Blob) -> bool:
    """A ZIP that says of itself that it is a workbook."""
    try:
        with blob.open() as stream, _opened(stream) as archive:
            names = set(archive.namelist()[:MOST_ENTRIES])
    except Broken:
        return False
    return "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names)


def archive_items(blob: Blob, read: Read, *, depth: int = 0) -> Iterator[Found]:
    """Everything in an archive; an archive in it is opened too, once."""
    try:
        with blob.open() as stream:
            if _directory_size(stream, blob.size) > _LARGEST_DIRECTORY:
                yield FileFault(blob.name, (_too_many(),))
                return
        with blob.open() as stream, _opened(stream) as archive:
            wrong = _beyond_bounds(archive, blob.size)
            if wrong is not None:
                yield FileFault(blob.name, (wrong,))
                return
            for entry in sorted(archive.infolist(), key=lambda each: each.filename):
                if not _is_hidden(entry):
                    yield from _entry_items(archive, entry, blob.name, read, depth)
    except Broken:
        yield FileFault(blob.name, (_broken("tệp hỏng hoặc bị cắt cụt", "it is damaged or cut short"),))


def _entry_items(archive: ZipFile, entry: ZipInfo, parent: str, read: Read, depth: int) -> Iterator[Found]:
    name = f"{parent}!/{safe_name(entry.filename)}"
    if entry.flag_bits & _ENCRYPTED:
        yield FileFault(name, (_broken("tệp có mật khẩu", "it has a password"),))
        return
    blob = Blob(name, entry.file_size, lambda: cast("BinaryIO", archive.open(entry)))
    try:
        with blob.open() as stream:
            head = stream.read(4)
        if not is_archive(head):
            yield from read(blob)
            return
        # A directory stands at the end: what is to be read as an archive must lie somewhere it can be sought in.
        with tempfile.TemporaryFile() as whole:
            with blob.open() as stream:
                copyfileobj(stream, whole, MIB)
            whole.flush()
            yield from _inner_items(Blob(name, entry.file_size, lambda: _again(whole)), read, depth)
    except Broken:
        yield FileFault(name, (_broken("tệp hỏng hoặc bị cắt cụt", "it is damaged or cut short"),))


def _inner_items(blob: Blob, read: Read, depth: int) -> Iterator[Found]:
    if is_workbook(blob):
        yield from read(blob)
    elif depth:
        yield FileFault(blob.name, (ARCHIVE_TOO_DEEP.finding(),))
    else:
        yield from archive_items(blob, read, depth=depth + 1)


def _opened(stream: BinaryIO) -> ZipFile:
    try:
        return ZipFile(stream)
    except (ValueError, RuntimeError, struct.error) as error:
        raise BadZipFile from error


def _directory_size(stream: BinaryIO, size: int) -> int:
    """Octets of the directory, which the library reads whole, by the archive's own word in either of its two forms."""
    stream.seek(max(0, size - _TAIL))
    tail = stream.read(_TAIL)
    told = [0]
    for mark, at, form in ((b"PK\x05\x06", 12, "<I"), (b"PK\x06\x06", 40, "<Q")):
        start = tail.rfind(mark) + at
        if start >= at and start + struct.calcsize(form) <= len(tail):
            told += struct.unpack_from(form, tail, start)
    return max(size if each > size else each for each in told)


def _again(whole: BinaryIO) -> BinaryIO:
    """A reader of its own on the same file: closing it leaves the file."""
    stream = open(whole.fileno(), "rb", closefd=False)  # noqa: SIM115 - a descriptor has no path
    stream.seek(0)
    return stream


def _beyond_bounds(archive: ZipFile, size: int) -> Finding | None:
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        return _too_many()
    if sum(entry.compress_size for entry in entries) > size:
        return _too_much("các tệp bên trong chồng lên nhau", "files in it overlap")
    if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        most = MOST_UNPACKED // MIB
        return _too_much(f"giải nén ra hơn {most} MB", f"it unpacks to more than {most} MB")
    if any(entry.file_size > max(_RATIO_FROM, MOST_RATIO * entry.compress_size) for entry in entries):
        return _too_much("tỷ lệ nén bất thường", "it is packed more tightly than records can be")
    return None


def _is_hidden(entry: ZipInfo) -> bool:
    parts = PurePosixPath(entry.filename.replace("\\", "/")).parts
    return entry.is_dir() or any((part.startswith(".") and part.strip(".")) or part == "__MACOSX" for part in parts)


def safe_name(name: str) -> str:
    """A name for people, and for nothing else: nothing is ever written under it."""
    parts = [part for part in _UNSAFE.sub("�", name).replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return "/".join(parts)[-_LONGEST_NAME:] or "?"


def _too_many() -> Finding:
    return _too_much(f"hơn {MOST_ENTRIES} tệp", f"more than {MOST_ENTRIES} files")


def _too_much(vi: str, en: str) -> Finding:
    return ARCHIVE_TOO_MUCH.finding(values={"what_vi": vi, "what_en": en})


def _broken(vi: str, en: str) -> Finding:
    return ARCHIVE_BROKEN.finding(values={"what_vi": vi, "what_en": en})
