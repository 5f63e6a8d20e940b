"""What must hold of a whole file or batch, which no record can see by itself; found offline, before anything is sent.

Flat memory per record: a few short texts are kept of each, never the record.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from schemas.findings import Finding, Severity
from schemas.rules.acceptance import UUID_UNIQUE
from schemas.rules.rule import declared
from schemas.rules.transactions import IN_FORCE, PACKED_SIZE

MIB = 1024 * 1024
MOST_PACKED = 10 * MIB
"""Octets of one transaction's body (CV 2088 Phụ lục 1.2)."""
MOST_RECORDS = 2000
"""Records of one transaction (assumed contract §3)."""
MOST_UNPACKED = 64 * MIB
"""Octets of one transaction before packing (assumed contract §3)."""
_ENVELOPE = 4096
"""Room for the authentication request around the content."""

SCHOOLS = declared(
    "G01",
    severity=Severity.WARNING,
    basis="CV 2088/BGDĐT-GDTH, Phụ lục 1 mục II.2.1 (ma_don_vi)",
    title=("Một lô là của một trường", "A batch is one school's"),
    message=(
        "Lô có hồ sơ của trường «{school}» lẫn với trường «{first}».",
        "The batch has records of school «{school}» beside those of «{first}».",
    ),
    remedy=(
        "Tách mỗi trường một tệp; hub tự đóng gói lại theo trường, nhưng chữ ký giao dịch của lô sẽ không dùng được.",
        "Make one file per school; the hub packs by school anew, but the batch's own transaction signature is lost.",
    ),
)
YEARS = declared(
    "G02",
    severity=Severity.WARNING,
    basis="CV 2088/BGDĐT-GDTH, Phụ lục 1 mục II.2.1 (nam_hoc)",
    title=("Một lô là của một năm học", "A batch is one school year's"),
    message=(
        "Lô có hồ sơ năm học {year} lẫn với năm học {first}.",
        "The batch has records of {year} beside those of {first}.",
    ),
    remedy=(
        "Tách mỗi năm học một tệp; kiểm tra TEN_NAM_HOC nếu là nhập nhầm.",
        "Make one file per school year; check TEN_NAM_HOC if it is a slip.",
    ),
)
COUNT = declared(
    "G03",
    severity=Severity.WARNING,
    basis="Hợp đồng kết nối mục 3",
    title=(
        "Một giao dịch không quá 2.000 hồ sơ và 64 MB trước khi nén",
        "A transaction has 2,000 records and 64 MB before packing, at most",
    ),
    message=(
        "Lô có hơn {most_vi} nên không thể đi trong một giao dịch.",
        "The batch has more than {most_en} and cannot go in one transaction.",
    ),
    remedy=(
        "Chia lô theo lớp; hub tự chia khi đóng gói, nhưng chữ ký giao dịch của lô sẽ không dùng được.",
        "Split the batch by class; the hub splits it when it packs, but the batch's own transaction signature is lost.",
    ),
)
TWICE = declared(
    "G04",
    severity=Severity.WARNING,
    basis="CV 2088/BGDĐT-GDTH, Phụ lục 1 mục II.1.4; quy tắc D04 của cửa tiếp nhận",
    title=("Mỗi học bạ có một lần", "A record is there once"),
    message=(
        "Chính học bạ này đã có ở hồ sơ thứ {number}.",
        "This very record is there already, as record {number}.",
    ),
    remedy=(
        "Bỏ bản thừa trước khi gửi: trong một lần gửi, hub không nhận bản nào của học bạ có hai lần (D04).",
        "Take the spare one out before sending: of a record that one push has twice the hub takes neither (D04).",
    ),
)
BATCH_RULES = (UUID_UNIQUE, IN_FORCE, PACKED_SIZE, SCHOOLS, YEARS, COUNT, TWICE)
"""Every rule that is looked at over a batch."""


@dataclass(frozen=True, slots=True)
class BatchEntry:
    """What is kept of one record of a batch; empty texts where it does not say."""

    number: int
    """place in the batch, as the caller counts"""
    uuid: str
    """MA_TRA_CUU_UUID"""
    pupil_code: str
    """MA_HOC_SINH"""
    personal_id: str
    """SO_CCCD"""
    school_code: str
    """MA_TRUONG"""
    school_year: str
    """TEN_NAM_HOC"""
    level: str
    """MA_CAP_HOC"""
    occasion: str
    """year or transfer"""
    octets: int
    """size of the record"""
    digest: bytes = b""
    """hash of its octets: the very same record twice is remarked on; empty where it is not known"""
    series: bytes = b""
    """what versions of one document share: they are no doubles; empty for what has no versions"""


def look_batch(entries: Iterable[BatchEntry], *, packed: int | None = None) -> Iterator[tuple[int, Finding]]:
    """Faults between records: the number of the record concerned, and what is wrong.

    Args:
        entries: the records, in order; read once.
        packed: octets of the batch as packed for a transaction; None where it is not packed.
    """
    seen = BatchSoFar()
    for entry in entries:
        for finding in seen.look(entry):
            yield entry.number, finding
    if packed is not None and packed + _ENVELOPE > MOST_PACKED:
        values = {"size": f"{packed / MIB:.1f}", "most": MOST_PACKED // MIB}
        yield seen.first, PACKED_SIZE.finding(seen=str(packed), expected=f"≤ {MOST_PACKED}", values=values)


@dataclass(slots=True)
class BatchSoFar:
    """A batch record by record, for who does not have them all at once."""

    first: int = 0
    count: int = 0
    octets: int = 0
    schools: dict[str, None] = field(default_factory=dict)
    years: dict[str, None] = field(default_factory=dict)
    uuids: dict[str, BatchEntry] = field(default_factory=dict)
    pupils: dict[tuple[str, ...], int] = field(default_factory=dict)

    def look(self, entry: BatchEntry) -> Iterator[Finding]:
        """What is wrong with one more record beside those before it."""
        if not self.count:
            self.first = entry.number
        self.count += 1
        yield from self._too_many(entry)
        yield from self._mixed(entry)
        uuid = entry.uuid.strip().lower()
        known = self.uuids.setdefault(uuid, entry) if uuid else entry
        if known.number != entry.number:
            yield from _double(known, entry, uuid)
            return
        yield from self._pupil(entry, uuid)

    def _too_many(self, entry: BatchEntry) -> Iterator[Finding]:
        """Once, at the record with which the batch no longer fits."""
        self.octets += entry.octets
        if self.count == MOST_RECORDS + 1:
            values = {"most_vi": f"{MOST_RECORDS} hồ sơ", "most_en": f"{MOST_RECORDS} records"}
            yield COUNT.finding(expected=f"≤ {MOST_RECORDS}", values=values)
        if self.octets > MOST_UNPACKED >= self.octets - entry.octets:
            most = f"{MOST_UNPACKED // MIB} MB"
            yield COUNT.finding(expected=f"≤ {MOST_UNPACKED}", values={"most_vi": most, "most_en": most})

    def _mixed(self, entry: BatchEntry) -> Iterator[Finding]:
        """Once for each school and year beyond the first."""
        school, year = entry.school_code[:20], entry.school_year[:20]
        if school and school not in self.schools:
            self.schools[school] = None
            if len(self.schools) > 1:
                first = next(iter(self.schools))
                values = {"school": school, "first": first}
                yield SCHOOLS.finding(seen=school, expected=first, uuid=entry.uuid or None, values=values)
        if year and year not in self.years:
            self.years[year] = None
            if len(self.years) > 1:
                first = next(iter(self.years))
                values = {"year": year, "first": first}
                yield YEARS.finding(seen=year, expected=first, uuid=entry.uuid or None, values=values)

    def _pupil(self, entry: BatchEntry, uuid: str) -> Iterator[Finding]:
        """A pupil is known by the Ministry's code or by the personal number, either of them."""
        unit = (entry.school_year, entry.level, entry.occasion)
        keys = [(kind, value, *unit) for kind, value in _names(entry)]
        known = [self.pupils[key] for key in keys if key in self.pupils]
        for key in keys:
            self.pupils.setdefault(key, entry.number)
        if known:
            values = {"other_vi": f"hồ sơ thứ {known[0]} trong lô", "other_en": f"record {known[0]} of the batch"}
            yield IN_FORCE.finding(uuid=uuid or None, values=values)


def _double(known: BatchEntry, entry: BatchEntry, uuid: str) -> Iterator[Finding]:
    """One UUID twice: versions of one document, the very same record again, or another record."""
    if known.series and known.series == entry.series:
        return
    if known.digest and known.digest == entry.digest:
        yield TWICE.finding(seen=uuid, uuid=uuid, values={"number": known.number})
    else:
        yield UUID_UNIQUE.finding(seen=uuid, uuid=uuid)


def _names(entry: BatchEntry) -> Iterator[tuple[str, str]]:
    if entry.pupil_code and not entry.pupil_code.upper().startswith("TAM-"):
        yield "code", entry.pupil_code
    if entry.personal_id:
        yield "personal", entry.personal_id
