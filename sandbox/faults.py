"""Faults by name of a signed official record: each makes exactly one thing wrong in an otherwise good one, and says who
must refuse it. Those of the vendor JSON are in `sandbox.saokhue_faults`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from sandbox.records import Draft
from sandbox.results import RESULTS, Mark
from sandbox.signer import Credential, Style

Place = Literal["door", "check", "sign", "verify", "city"]


@dataclass(frozen=True, slots=True)
class Slot:
    """How one slot of a record is to be signed."""

    name: str
    """GVCN, CBQL or KY_PHAT_HANH."""
    cccd: str | None
    """`SO_CCCD` as written in the slot."""
    by: Credential
    """Whose key signs."""
    at: str
    """SigningTime."""
    ngay_ky: str
    """`NGAY_KY` as written in the slot."""
    style: Style = field(default_factory=Style)
    """How the signature is written."""
    signed: bool = True
    """Whether there is a signature at all."""
    broken: bool = False
    """Sign the digest of something else."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that a fault may borrow."""

    own: Mapping[str, Credential]
    """Own certificates that must not be used: CBQL-expired, CBQL-revoked, CBQL-foreign, KY_PHAT_HANH-unapproved."""
    other_seal: Credential
    """The seal of another school."""
    other_teacher: Credential
    """Another teacher of the same school."""
    other_teacher_cccd: str
    """That teacher's number."""


SpoilDraft = Callable[[Draft], None]
SpoilSlots = Callable[[list[Slot], Keys], list[Slot]]
SpoilText = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Fault:
    """One way for a signed official record to be wrong."""

    name: str
    """Its name, stable: tests, demo and reports use it."""
    place: Place
    """Who must refuse it: the door, check, sign, verify, or the city."""
    draft: SpoilDraft | None = None
    """Changes the data before it is signed."""
    slots: SpoilSlots | None = None
    """Changes who signs, when and how."""
    text: SpoilText | None = None
    """Changes the finished record."""
    pair: Literal["", "same-uuid", "same-pupil"] = ""
    """The fault needs a second record: with the same UUID, or of the same pupil."""
    grades: tuple[int, ...] = (1, 2, 3, 4, 5)
    """Grades in which it can be made."""


def _drop(tag: str) -> SpoilDraft:
    def spoil(record: Draft) -> None:
        del record.general[tag]

    return spoil


def _write(tag: str, text: str) -> SpoilDraft:
    def spoil(record: Draft) -> None:
        record.general[tag] = text

    return spoil


def _wrong_order(record: Draft) -> None:
    tags = list(record.general)
    place = tags.index("GIOI_TINH")
    tags[place], tags[place + 1] = tags[place + 1], tags[place]
    record.general = {tag: record.general[tag] for tag in tags}


def _unknown_level(record: Draft) -> None:
    record.marks[-1].level = "X"


def _unknown_quality(record: Draft) -> None:
    record.assessments["PHAM_CHAT_NHAN_AI"] = "H"


def _subject_missing(record: Draft) -> None:
    record.marks = [mark for mark in record.marks if mark.code != "HTN"]


def _foreign_subject(record: Draft) -> None:
    code, name = ("TNX", "Tự nhiên và Xã hội") if record.room.grade >= 4 else ("LSD", "Lịch sử và Địa lí")
    record.marks.append(Mark(code, name, "T", None if code == "TNX" else "9"))


def _first_score(score: str | None) -> SpoilDraft:
    def spoil(record: Draft) -> None:
        record.marks[0].score = score

    return spoil


def _result_inconsistent(record: Draft) -> None:
    wrong = "HT" if record.result in {"HTXS", "HTT"} else "HTXS"
    record.summary["KET_QUA_XEP_LOAI"] = RESULTS[wrong]
    record.summary.pop("NOI_DUNG_KHEN_THUONG", None)
    if record.result == "CHT":
        record.summary["DUOC_LEN_LOP"] = record.summary["DA_HOAN_THANH_CHUONG_TRINH_LOP_HOC"] = "1"
        if record.room.grade == 5:
            record.summary["DA_HOAN_THANH_CHUONG_TRINH_TIEU_HOC"] = "1"


def _completion_inconsistent(record: Draft) -> None:
    done = record.summary["DA_HOAN_THANH_CHUONG_TRINH_LOP_HOC"]
    record.summary["DA_HOAN_THANH_CHUONG_TRINH_LOP_HOC"] = "0" if done == "1" else "1"
    record.summary["DUOC_LEN_LOP"] = "0" if done == "1" else "1"


def _primary_completion_early(record: Draft) -> None:
    before = {"NOI_DUNG_KHEN_THUONG", "NOI_DUNG_KHEN_THUONG_DOT_XUAT", "NHAN_XET_GVCN"}
    tail = {tag: record.summary.pop(tag) for tag in list(record.summary) if tag in before}
    record.summary = {**record.summary, "DA_HOAN_THANH_CHUONG_TRINH_TIEU_HOC": "1", **tail}


def _bad_uuid(record: Draft) -> None:
    record.uuid = record.general["MA_TRA_CUU_UUID"] = record.uuid[:14] + "1" + record.uuid[15:]


def _unknown_pupil(record: Draft) -> None:
    record.general["MA_HOC_SINH"] = "7999" + record.general["MA_HOC_SINH"][4:]


def _change(name: str, **changes: object) -> SpoilSlots:
    def spoil(slots: list[Slot], _: Keys) -> list[Slot]:
        return [replace(slot, **changes) if slot.name == name else slot for slot in slots]  # type: ignore[arg-type]

    return spoil


def _without(name: str) -> SpoilSlots:
    return lambda slots, _: [slot for slot in slots if slot.name != name]


def _signed_by(name: str, certificate: str) -> SpoilSlots:
    return lambda slots, keys: [
        replace(slot, by=keys.own[certificate]) if slot.name == name else slot for slot in slots
    ]


def _other_school(slots: list[Slot], keys: Keys) -> list[Slot]:
    return [replace(slot, by=keys.other_seal) if slot.name == "KY_PHAT_HANH" else slot for slot in slots]


def _other_signer(slots: list[Slot], keys: Keys) -> list[Slot]:
    return [replace(slot, by=keys.other_teacher) if slot.name == "GVCN" else slot for slot in slots]


def _other_teacher(slots: list[Slot], keys: Keys) -> list[Slot]:
    other = {"by": keys.other_teacher, "cccd": keys.other_teacher_cccd}
    return [replace(slot, **other) if slot.name == "GVCN" else slot for slot in slots]  # type: ignore[arg-type]


def _times_out_of_order(slots: list[Slot], _: Keys) -> list[Slot]:
    """The principal signs before the teacher."""
    first = next(slot.at for slot in slots if slot.name == "GVCN")
    early = first.replace("2026-05-", "2026-04-")
    return [replace(slot, at=early, ngay_ky=early) if slot.name == "CBQL" else slot for slot in slots]


def _tampered(text: str) -> str:
    return text.replace("<DAN_TOC>", "<DAN_TOC>Kinh ", 1)


def _inside(markup: str) -> SpoilText:
    return lambda text: text.replace("<QUOC_TICH>", f"{markup}<QUOC_TICH>", 1)


OFFICIAL: Mapping[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault("missing-field", "check", draft=_drop("QUE_QUAN")),
        Fault("unexpected-field", "check", draft=_write("GHI_CHU", "chuyển từ lớp khác")),
        Fault("wrong-order", "check", draft=_wrong_order),
        Fault("wrong-type", "check", draft=_write("TONG_SO_BUOI_NGHI_CO_PHEP", "hai buổi")),
        Fault("unknown-level", "check", draft=_unknown_level),
        Fault("unknown-quality-level", "check", draft=_unknown_quality),
        Fault("unknown-version", "check", draft=_write("PHIEN_BAN", "9.9")),
        Fault("bad-uuid", "check", draft=_bad_uuid),
        Fault("bad-cccd", "check", draft=_write("SO_CCCD", "07931500421")),
        Fault("bad-date", "check", draft=_write("NGAY_SINH", "31/02/2015")),
        Fault("subject-missing", "check", draft=_subject_missing),
        Fault("subject-of-another-grade", "check", draft=_foreign_subject),
        Fault("score-missing", "check", draft=_first_score(None)),
        Fault("score-out-of-range", "check", draft=_first_score("11")),
        Fault("score-decimal", "check", draft=_first_score("8.5")),
        Fault("result-inconsistent", "check", draft=_result_inconsistent),
        Fault("completion-inconsistent", "check", draft=_completion_inconsistent, grades=(1, 2, 3, 4)),
        Fault("primary-completion-too-early", "check", draft=_primary_completion_early, grades=(1, 2, 3, 4)),
        Fault("missing-slot", "check", slots=_without("CBQL")),
        Fault("cccd-differs-from-data", "check", slots=_other_teacher),
        Fault("unsigned-slot", "verify", slots=_change("CBQL", signed=False)),
        Fault("one-bad-slot", "verify", slots=_change("CBQL", broken=True)),
        Fault("tampered-after-signing", "verify", text=_tampered),
        Fault("expired-certificate", "verify", slots=_signed_by("CBQL", "CBQL-expired")),
        Fault("revoked-certificate", "verify", slots=_signed_by("CBQL", "CBQL-revoked")),
        Fault("foreign-certificate", "verify", slots=_signed_by("CBQL", "CBQL-foreign")),
        Fault("wrong-school-certificate", "verify", slots=_other_school),
        Fault("unapproved-certificate", "verify", slots=_signed_by("KY_PHAT_HANH", "KY_PHAT_HANH-unapproved")),
        Fault("cccd-differs-from-certificate", "verify", slots=_other_signer),
        Fault("times-out-of-order", "verify", slots=_times_out_of_order),
        Fault("signing-date-differs", "verify", slots=_change("CBQL", ngay_ky="2026-05-01T09:00:00+07:00")),
        Fault("weak-algorithm", "verify", slots=_change("CBQL", style=Style(weak=True))),
        Fault("missing-subject-name", "verify", slots=_change("CBQL", style=Style(subject_name=False))),
        Fault("comment-inside", "door", text=_inside("<!-- ghi chú -->")),
        Fault("instruction-inside", "door", text=_inside("<?in ra?>")),
        Fault("duplicate-uuid-in-batch", "door", pair="same-uuid"),
        Fault("pupil-unknown-to-city", "city", draft=_unknown_pupil),
        Fault("second-unit-of-pupil", "check", pair="same-pupil"),
    )
}
