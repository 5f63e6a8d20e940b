"""What a PDF holds, found without a PDF library: its streams are unpacked, its objects searched."""

import re
import zlib


def streams(pdf: bytes) -> list[bytes]:
    """Every stream, unpacked where it is packed."""
    found = []
    for match in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            # A packed stream whose last octet is a line's end is one octet short here: no more than its checksum.
            found.append(zlib.decompressobj().decompress(match.group(1)))
        except zlib.error:
            found.append(match.group(1))
    return found


def objects(pdf: bytes) -> bytes:
    """Everything that says something about the document, packed objects among it."""
    return b"\n".join([pdf, *streams(pdf)])


def pages(pdf: bytes) -> int:
    """How many."""
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", objects(pdf)))


def file_names(pdf: bytes) -> set[str]:
    """Names of the attached files."""
    return {name.decode() for name in re.findall(rb"/UF\s*\(([^)]*)\)", objects(pdf))}
