"""Sao Khuê: a vendor that pushes its own JSON, `saokhue/1`, unsigned: a header with the school and the year, and one entry
per record. What is kept of a push is one small JSON document per record with the header folded in, its members sorted, so
that the same record pushed again is the same octets.
"""

from typing import Any

import orjson

from connectors.arrivals import Arrival, ArrivalItem, Limits
from connectors.bodies import check_count, identity_findings, read_json_object, refuse_doubles, size_findings
from connectors.vendors import Converted
from connectors.vendors.changes import changes
from connectors.vendors.faults import fault_of, text_of, validate
from connectors.vendors.saokhue.codes import GRADES
from connectors.vendors.saokhue.mapping import to_record
from connectors.vendors.saokhue.model import Batch, Entry
from schemas.findings import FindingError
from schemas.identity import RecordIdentity


class SaoKhue:
    """The format `saokhue/1`."""

    title = "Sao Khuê JSON (saokhue/1)"

    def read(self, body: bytes, limits: Limits) -> Arrival:
        """Cut a batch into records."""
        batch = validate(Batch, read_json_object(body, limits))
        check_count(len(batch.hoc_ba), limits)
        items = [_item(batch, entry, number, limits) for number, entry in enumerate(batch.hoc_ba)]
        return Arrival("saokhue", refuse_doubles(items, path="uuid"), gaps=(b"",) * (len(items) + 1))

    def to_canonical(self, octets: bytes, *, uuid: str) -> Converted:
        """One record in the shared dictionary, under its UUID."""
        raw = orjson.loads(octets)
        entry = validate(Entry, raw, uuid=uuid)
        own = entry.hoc_ba.uuid
        if own is not None and own.lower() != uuid:
            raise FindingError([fault_of("uuid", "hoc_ba.uuid", own, uuid=uuid, wanted=uuid)])
        return Converted(to_record(entry, uuid=uuid), tuple(changes(raw, entry, uuid=uuid)))


def _item(batch: Batch, entry: object, number: int, limits: Limits) -> ArrivalItem:
    kept = {"truong": batch.truong.model_dump(), "nam_hoc": batch.nam_hoc, "hoc_ba": entry}
    octets = orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)
    if not isinstance(entry, dict):
        wrong = fault_of("type", f"hoc_ba[{number}]", entry, wanted="{…}")
        return ArrivalItem(octets, None, signed=False, findings=(wrong,))
    identity = _identity(batch, entry)
    findings = (*size_findings(octets, limits), *identity_findings(identity))
    return ArrivalItem(octets, identity, signed=False, findings=findings)


def _identity(batch: Batch, entry: dict[str, Any]) -> RecordIdentity:
    pupil = entry.get("hoc_sinh")
    told: dict[str, Any] = pupil if isinstance(pupil, dict) else {}
    grade = str(entry.get("khoi")).strip()
    return RecordIdentity(
        uuid=text_of(entry.get("uuid")).lower(),
        version="",
        school_year=batch.nam_hoc,
        school_code=batch.truong.ma,
        level="02",
        grade=f"{GRADES[grade]:02d}" if grade in GRADES else "",
        class_name=text_of(entry.get("lop")),
        pupil_code=text_of(told.get("ma")),
        personal_id=text_of(told.get("cccd")),
    )


FORMAT = SaoKhue()
