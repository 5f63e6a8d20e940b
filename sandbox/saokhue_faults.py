"""Faults by name of a record in the vendor JSON `saokhue/1`: each makes one thing wrong, and says who must refuse it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.faults import Place

SpoilJson = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class JsonFault:
    """One way for a record in vendor JSON to be wrong."""

    name: str
    """Its name, stable."""
    place: Place
    """Who must refuse it."""
    spoil: SpoilJson
    """Changes the entry of `hoc_ba`."""
    grades: tuple[int, ...] = (1, 2, 3, 4, 5)
    """Grades in which it can be made."""


def _set(path: str, value: object) -> SpoilJson:
    def spoil(entry: dict[str, Any]) -> None:
        *parents, last = path.split(".")
        place = entry
        for parent in parents:
            place = place[parent]
        place[last] = value

    return spoil


def _without_key(path: str) -> SpoilJson:
    def spoil(entry: dict[str, Any]) -> None:
        *parents, last = path.split(".")
        place = entry
        for parent in parents:
            place = place[parent]
        del place[last]

    return spoil


def _json_result(entry: dict[str, Any]) -> None:
    outcome = entry["ket_qua"]
    outcome["xep_loai"] = "HT" if outcome["xep_loai"] in {"HTXS", "HTT"} else "HTXS"
    outcome["khen_thuong"] = None
    outcome["len_lop"] = outcome["hoan_thanh_lop"] = True
    if outcome["hoan_thanh_tieu_hoc"] is not None:
        outcome["hoan_thanh_tieu_hoc"] = True


def _json_unknown_pupil(entry: dict[str, Any]) -> None:
    entry["hoc_sinh"]["ma"] = "7999" + entry["hoc_sinh"]["ma"][4:]


def _json_foreign_subject(entry: dict[str, Any]) -> None:
    older = int(entry["khoi"]) >= 4
    entry["mon"]["TNX" if older else "LSD"] = {"muc": "T"} if older else {"muc": "T", "diem": 9}


SAOKHUE: Mapping[str, JsonFault] = {
    fault.name: fault
    for fault in (
        JsonFault("missing-field", "check", _without_key("hoc_sinh.ho_ten")),
        JsonFault("missing-block", "check", _without_key("ket_qua")),
        JsonFault("wrong-type", "check", _set("nghi_co_phep", "hai buổi")),
        JsonFault("unknown-level", "check", _set("mon.HTN", {"muc": "X"})),
        JsonFault("unknown-quality-level", "check", _set("pham_chat.nhan_ai", "H")),
        JsonFault("unknown-result", "check", _set("ket_qua.xep_loai", "GIOI")),
        JsonFault("unknown-subject", "check", _set("mon.ABC", {"muc": "T"})),
        JsonFault("bad-cccd", "check", _set("hoc_sinh.cccd", "07931500421")),
        JsonFault("bad-date", "check", _set("hoc_sinh.ngay_sinh", "2015-02-31")),
        JsonFault("subject-missing", "check", _without_key("mon.HTN")),
        JsonFault("subject-of-another-grade", "check", _json_foreign_subject),
        JsonFault("score-missing", "check", _set("mon.TV", {"muc": "T"})),
        JsonFault("score-out-of-range", "check", _set("mon.TV", {"muc": "T", "diem": 11})),
        JsonFault("score-decimal", "check", _set("mon.TV", {"muc": "T", "diem": "8,5"})),
        JsonFault("result-inconsistent", "check", _json_result),
        JsonFault("primary-completion-too-early", "check", _set("ket_qua.hoan_thanh_tieu_hoc", True), (1, 2, 3, 4)),
        JsonFault("teacher-without-key", "sign", _set("gvcn.cccd", "079180999999")),
        JsonFault("pupil-unknown-to-city", "city", _json_unknown_pupil),
    )
}
"""`place` here names the first stage that can know; a format's own reader may refuse earlier."""
