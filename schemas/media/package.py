"""The container of a workbook: a zip whose parts are opened only after its directory has been looked at.

Nothing is unpacked on the word of the file alone: sizes, ratios and the number of parts are bounded first, and every part
is read as a stream by a parser that refuses document types.
"""

import posixpath
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from schemas.findings import FindingError
from schemas.rules import workbook as faults

MOST_OCTETS = 32 * 1024 * 1024
"""of the file"""
MOST_UNPACKED = 192 * 1024 * 1024
"""of all parts together"""
HARMLESS = 10 * 1024 * 1024
"""a part up to this size may shrink as well as it can"""
MOST_RATIO = 60
"""unpacked to packed, of a larger part"""
MOST_PARTS = 2000
MOST_DIRECTORY = 1024 * 1024
"""octets of the zip's directory"""
MOST_OF_A_PART = 8 * 1024 * 1024
"""of a part that is read whole: relations, styles, the list of sheets"""
CHUNK = 64 * 1024
LONGEST_TOKEN = 2 * 1024 * 1024
"""octets of one tag"""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END = b"PK\x05\x06"

Attributes = dict[str, str]


class Handler:
    """What a part's parser tells of. Names come without their prefix."""

    done = False
    """nothing more is wanted of the part"""

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, data: str) -> None:
        """Characters between."""


def broken(vi: str, en: str) -> FindingError:
    """The refusal of a file that cannot be read."""
    return FindingError([faults.NOT_A_WORKBOOK.finding(values={"reason_vi": vi, "reason_en": en})])


def too_large(vi: str, en: str) -> FindingError:
    """The refusal of a file that would unpack to too much."""
    return FindingError([faults.TOO_LARGE.finding(values={"reason_vi": vi, "reason_en": en})])


@dataclass(frozen=True, slots=True)
class Package:
    """An open workbook whose directory is sound."""

    archive: zipfile.ZipFile
    """its parts"""

    def chunks(self, part: str) -> Iterator[bytes]:
        """A part's octets."""
        if part not in self.archive.NameToInfo:
            raise broken(f"thiếu phần {_shown(part)}", f"the part {_shown(part)} is missing")
        with self.archive.open(part) as stream:
            while chunk := stream.read(CHUNK):
                yield chunk

    def parse(self, part: str, handler: Handler) -> None:
        """A small part, read whole."""
        for _ in self.steps(part, handler, most=MOST_OF_A_PART):
            pass

    def steps(self, part: str, handler: Handler, *, most: int = MOST_UNPACKED) -> Iterator[None]:
        """A part fed to its handler, chunk by chunk."""
        parser = _parser(handler)
        seen, last, told = 0, 0, 0
        for chunk in self.chunks(part):
            seen += len(chunk)
            if seen > most:
                raise too_large(f"phần {_shown(part)} quá dài", f"the part {_shown(part)} is too long")
            parser.Parse(chunk, False)
            if parser.CurrentByteIndex > last:
                last, told = parser.CurrentByteIndex, seen
            elif seen - told > LONGEST_TOKEN:
                raise too_large("một thẻ quá dài", "one tag is too long")
            yield
            if handler.done:
                return
        parser.Parse(b"", True)
        yield

    def has(self, part: str) -> bool:
        """It is there."""
        return part in self.archive.NameToInfo

    def relations(self, part: str) -> Mapping[str, tuple[str, str]]:
        """What a part refers to inside the file: id → kind and part."""
        folder, name = posixpath.split(part)
        around = posixpath.join(folder, "_rels", f"{name}.rels")
        found = _Relations(folder)
        if self.has(around):
            self.parse(around, found)
        return found.found


class _Relations(Handler):
    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.found: dict[str, tuple[str, str]] = {}

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", self.folder, attributes.get("Target", ""))).lstrip("/")
            self.found[attributes.get("Id", "")] = (attributes.get("Type", "").rpartition("/")[2], target)


class _ContentTypes(Handler):
    macros = False

    def start(self, name: str, attributes: Attributes) -> None:
        if "macroenabled" in attributes.get("ContentType", "").lower():
            self.macros = True


@contextmanager
def opened(source: bytes | Path) -> Iterator[Package]:
    """The workbook, its directory checked.

    Raises:
        FindingError: it is none, or is not safe to unpack.
    """
    with _stream(source) as stream, reading():
        _check_head(stream)
        with zipfile.ZipFile(stream) as archive:
            _check_directory(archive)
            package = Package(archive)
            _check_contents(package)
            yield package


@contextmanager
def reading() -> Iterator[None]:
    """What goes wrong while octets are read is a refusal in words."""
    try:
        yield
    except expat.ExpatError as error:
        raise broken("bên trong tệp có XML sai cú pháp", "a part of the file is not well-formed XML") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, OSError) as error:
        raise broken("tệp hỏng hoặc bị cắt cụt", "the file is damaged or cut short") from error
    except (NotImplementedError, RuntimeError, LookupError, ValueError) as error:
        raise broken("tệp nén theo kiểu lạ hoặc sai cấu trúc", "it is packed or laid out in a way not known") from error


def _stream(source: bytes | Path) -> BinaryIO:
    return BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _check_head(stream: BinaryIO) -> None:
    """Magic numbers and the end of the directory, before the library reads an entry."""
    size = stream.seek(0, 2)
    if size > MOST_OCTETS:
        raise too_large(f"hơn {MOST_OCTETS // 2**20} MB", f"more than {MOST_OCTETS // 2**20} MB")
    stream.seek(0)
    head = stream.read(8)
    if head == _OLE:
        raise FindingError([faults.OLD_OR_LOCKED.finding()])
    if head[:4] != b"PK\x03\x04":
        raise broken("đây không phải tệp .xlsx", "this is no .xlsx file")
    stream.seek(max(0, size - 65_557))
    tail = stream.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        raise broken("tệp bị cắt cụt", "the file is cut short")
    parts, octets = struct.unpack_from("<HI", tail, at + 10)
    if parts > MOST_PARTS or octets > MOST_DIRECTORY or b"PK\x06\x07" in tail[max(0, at - 20) : at]:
        raise too_large("quá nhiều phần", "too many parts")
    stream.seek(0)


def _check_directory(archive: zipfile.ZipFile) -> None:
    """Sizes by the directory; no part gives more than it says there."""
    infos = archive.infolist()
    if len(infos) > MOST_PARTS:
        raise too_large("quá nhiều phần", "too many parts")
    if len({info.filename for info in infos}) < len(infos):
        raise broken("có hai phần cùng tên", "two parts have one name")
    if any(info.flag_bits & 1 for info in infos):
        raise FindingError([faults.OLD_OR_LOCKED.finding()])
    bomb = any(info.file_size > max(HARMLESS, MOST_RATIO * info.compress_size) for info in infos)
    if bomb or sum(info.file_size for info in infos) > MOST_UNPACKED:
        raise too_large("giải nén ra quá lớn so với dung lượng tệp", "it unpacks to far more than its size")


def _check_contents(package: Package) -> None:
    names = [name.lower() for name in package.archive.namelist()]
    types = _ContentTypes()
    package.parse("[Content_Types].xml", types)
    if types.macros or any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in names):
        raise FindingError([faults.MACROS.finding()])
    if any("/externallinks/" in name or name.endswith("/connections.xml") for name in names):
        raise FindingError([faults.EXTERNAL.finding()])


def _parser(handler: Handler) -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = _local_start(handler.start)
    parser.EndElementHandler = _local_end(handler.end)
    parser.CharacterDataHandler = handler.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _local_start(start: Callable[[str, Attributes], None]) -> Callable[[str, Attributes], None]:
    return lambda name, attributes: start(name[name.rfind(":") + 1 :], attributes)


def _local_end(end: Callable[[str], None]) -> Callable[[str], None]:
    return lambda name: end(name[name.rfind(":") + 1 :])


def _refuse_doctype(*_: object) -> None:
    raise FindingError([faults.DOCTYPE.finding()])


def _shown(part: str) -> str:
    return "".join(each for each in part[:60] if each.isprintable())
