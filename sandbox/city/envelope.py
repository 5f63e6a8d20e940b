"""The envelope of `content` and the list inside it: Base64 of a 4-byte length and one gzip member, holding
`DANH_SACH_HOC_BA`. Whatever breaks here refuses the whole package.
"""

import base64
import binascii
import re
import struct
import zlib
from dataclasses import dataclass
from itertools import pairwise
from xml.parsers import expat

from lxml import etree

MAX_TEXT = 64 * 1024 * 1024
MAX_RECORDS = 2000
DSIG = "{http://www.w3.org/2000/09/xmldsig#}"
SIGNATURE = DSIG + "Signature"
ID_NAMES = ("id", "Id", "ID")


class PackageRefused(Exception):
    """The whole package is refused, with one of the portal's codes."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description


@dataclass(frozen=True, slots=True)
class Package:
    """An opened package."""

    text: bytes
    """The unpacked text, UTF-8."""
    root: etree._Element
    """`DANH_SACH_HOC_BA`."""
    records: tuple[etree._Element, ...]
    """Its `HOC_BA` children, in order."""
    cuts: tuple[tuple[int, int], ...]
    """Where each record begins and ends in `text`."""
    signature: etree._Element | None
    """The transaction signature, where there is one."""


def unpack(content: str) -> bytes:
    """The text inside `content`."""
    try:
        raw = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError) as broken:
        raise PackageRefused("E03", "content không phải Base64") from broken
    if len(raw) < 5:
        raise PackageRefused("E03", "content quá ngắn")
    (length,) = struct.unpack("<I", raw[:4])
    if length > MAX_TEXT:
        raise PackageRefused("E03", "nội dung sau giải nén vượt 64 MB")
    inflater = zlib.decompressobj(wbits=31)
    try:
        text = inflater.decompress(raw[4:], length + 1)
    except zlib.error as broken:
        raise PackageRefused("E03", "dữ liệu GZip hỏng") from broken
    if not inflater.eof or inflater.unused_data or inflater.unconsumed_tail:
        raise PackageRefused("E03", "GZip không trọn vẹn hoặc thừa dữ liệu")
    if len(text) != length:
        raise PackageRefused("E03", "độ dài khai báo không đúng")
    return text


def pack(text: bytes) -> str:
    """`content` holding this text."""
    deflater = zlib.compressobj(6, wbits=31)
    return base64.b64encode(struct.pack("<I", len(text)) + deflater.compress(text) + deflater.flush()).decode()


def open_package(content: str) -> Package:
    """Unpacks and parses; refuses whatever is not one list of records."""
    text = unpack(content)
    root = parse(text)
    if root.tag != "DANH_SACH_HOC_BA" or root.get("id") != "dataDanhSach" or len(root.attrib) != 1:
        raise PackageRefused("E04", 'phần tử gốc phải là DANH_SACH_HOC_BA id="dataDanhSach"')
    if root.nsmap:
        raise PackageRefused("E04", "DANH_SACH_HOC_BA không được khai báo không gian tên")
    children = [child for child in root if isinstance(child.tag, str)]
    signature = children.pop() if children and children[-1].tag == SIGNATURE else None
    if not children or any(child.tag != "HOC_BA" for child in children):
        raise PackageRefused("E04", "danh sách trống hoặc có phần tử lạ")
    if len(children) > MAX_RECORDS:
        raise PackageRefused("E04", "quá 2.000 học bạ trong một gói")
    cuts = cut_records(text)
    if len(cuts) != len(children):
        raise PackageRefused("E04", "không tách được từng học bạ")
    return Package(text, root, tuple(children), tuple(cuts), signature)


def parse(text: bytes) -> etree._Element:
    """Parses UTF-8 text without a document type; anything else is E04."""
    if re.search(rb"<!(DOCTYPE|ENTITY)", text):
        raise PackageRefused("E04", "không nhận DTD hoặc thực thể")
    declared = re.match(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]*encoding\s*=\s*["']([^"']+)""", text)
    if declared and declared[1].lower() not in {b"utf-8", b"utf8"}:
        raise PackageRefused("E04", "chỉ nhận UTF-8")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, encoding="utf-8")
    try:
        return etree.fromstring(text, parser)
    except etree.XMLSyntaxError as broken:
        raise PackageRefused("E04", "nội dung không phải XML hợp lệ") from broken


def cut_records(text: bytes) -> list[tuple[int, int]]:
    """Begin and end of every `HOC_BA` directly under the root of a well-formed text."""
    begins = [found.start() for found in re.finditer(rb"<HOC_BA[\s/>]", text)]
    ends = [found.end() for found in re.finditer(rb"</HOC_BA\s*>", text)]
    cuts = list(zip(begins, ends, strict=False))
    # Nothing but a tag looks like one where no comment, instruction or CDATA section can hold its look-alike.
    plain = not re.search(rb"<!|<\?(?!xml )", text) and len(begins) == len(ends)
    if plain and all(end <= begin for (_, end), (begin, _) in pairwise(cuts)):
        return cuts
    return _cut_by_parsing(text)


def _cut_by_parsing(text: bytes) -> list[tuple[int, int]]:
    """By expat's own byte positions."""
    parser = expat.ParserCreate("UTF-8")
    parser.buffer_text = True
    depth, begin = 0, -1
    cuts: list[tuple[int, int]] = []

    def start(name: str, _: object) -> None:
        nonlocal depth, begin
        depth += 1
        if depth == 2 and name == "HOC_BA":
            begin = parser.CurrentByteIndex

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        if depth == 1 and name == "HOC_BA":
            cuts.append((begin, text.index(b">", parser.CurrentByteIndex) + 1))

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        parser.Parse(text, True)
    except expat.ExpatError as broken:
        raise PackageRefused("E04", "nội dung không phải XML hợp lệ") from broken
    return cuts
