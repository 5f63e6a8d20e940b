"""What flows from the files to the report: records to look at, words about files, and what was found of each record."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, BinaryIO, Generic, Protocol, TypeVar

from schemas.findings import Finding
from schemas.rules.batch import BatchEntry


class Kind(StrEnum):
    """What a file is, by its octets."""

    XML = "xml"
    """official record or batch"""
    JSON = "json"
    """packed body of transaction 1, or rows of the National Data Centre"""
    WORKBOOK = "xlsx"
    """workbook of the sector database"""
    ARCHIVE = "zip"
    """files in a file"""
    PDF = "pdf"
    """printed form, signed or not"""


@dataclass(frozen=True, slots=True)
class Blob:
    """Octets that can be read more than once."""

    name: str
    """for people: path as given, «archive.zip!/inside.xml» for what lies in an archive"""
    size: int
    """octets"""
    open: Callable[[], BinaryIO]
    """a new reader at the start"""
    named: bool = False
    """the user named this very file: it must be something to check"""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file is about to be read."""

    file: str
    """its name"""
    kind: Kind
    """what it is"""


@dataclass(frozen=True, slots=True)
class Item:
    """One record to be looked at."""

    file: str
    """where it is from"""
    number: int
    """1-based place in the file"""
    kind: Kind
    """what `content` is"""
    content: Any
    """octets of an XML record, a JSON document, a sheet's row"""
    offset: int | None = None
    """0-based octet of the file where it starts"""
    line: int | None = None
    """1-based line of the file where it starts"""
    size: int = 0
    """octets"""


@dataclass(frozen=True, slots=True)
class FileFault:
    """Something that is wrong with a file, or with a place in it that is no record."""

    file: str
    """its name"""
    findings: tuple[Finding, ...]
    """what is wrong"""
    record: int | None = None
    """1-based place of the record that is concerned beside others; None: the file itself"""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file of a folder or archive that is nothing to check."""

    file: str
    """its name"""


@dataclass(frozen=True, slots=True)
class Unread:
    """A file or folder that the system does not let us read, or that has nothing to check: a fault of the call."""

    file: str
    """its name"""
    vi: str
    """why, in Vietnamese"""
    en: str
    """why, in English"""


Found = Opened | Item | FileFault | Skipped | Unread
"""What the sources tell, in the order of the input."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One record, looked at."""

    file: str
    """where it is from"""
    number: int
    """1-based place in the file"""
    uuid: str | None
    """MA_TRA_CUU_UUID"""
    profile: str | None
    """what it was held against; None where that could not be told"""
    findings: tuple[Finding, ...]
    """faults and warnings, placed in the file"""
    not_checked: tuple[str, ...] = ()
    """rules that could not be looked at"""
    beyond: int = 0
    """findings that are counted but not told"""
    entry: BatchEntry | None = None
    """what the rules of a whole batch need of it"""
    offset: int | None = None
    """0-based octet of the file where it starts"""
    line: int | None = None
    """1-based line of the file where it starts"""


Around = Opened | FileFault | Skipped | Unread
"""What is told beside the records."""
Told = Around | Outcome
"""What goes to the report, in the order of the input."""

Done = TypeVar("Done", covariant=True)
"""what a desk makes of an item"""


class Desk(Protocol[Done]):
    """Looks at one item after the other."""

    def look(self, item: Item) -> Done:
        """All that is to be said of it."""


@dataclass(frozen=True, slots=True)
class Bench(Generic[Done]):
    """How items are looked at, here or in a child process: one desk in each."""

    make: Callable[[Any], Desk[Done]]
    """makes a desk of its terms; a class or function that another process can import"""
    terms: Any
    """what the desk is made of"""
    broken: Callable[[Item, str], Done]
    """what is told of an item that could not be looked at to the end"""
