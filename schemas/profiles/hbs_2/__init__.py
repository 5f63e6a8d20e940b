"""Profiles `hbs-2/primary` and `hbs-2/secondary`: what public artefacts show of the structure that CV 119 brought.

CV 119/BGDĐT-GDTH (10/01/2025) replaced the structure of CV 2088; its annex with the new one was never found. Everything
here is *observed* or assumed, and every output that names the profiles says so. When the annex comes, this folder changes
and nothing else does.

Observed, in a public signing tool of 2026 (VIMES): the roots `DU_LIEU_HOC_BA[@Id='data']` and `PHAT_HANH_HOC_BA`; the
region `thongtinhocba`; `DIEM_TONG_KET[@Id]` around a subject's results with `GVBM[@Id]` in it; the slots
`DANH_SACH_THONG_TIN_KY/DANH_SACH_GVBM/GVBM[@Id]` and `…/GVCN`; which slot signs which region; `Id` with a capital.
Observed, in the National Data Centre's tables of 2026: which facts there are, which must be there, secondary school.

Assumed, for want of a text:
- PHIEN_BAN is «2.0»: no artefact shows its value.
- Names are CV 2088's, its misspellings too; new facts have names in the same manner (MA_XA_NOI_SINH, HOC_KY_1).
- `THONG_TIN_HOC_BA` is the element of the region `thongtinhocba`, with THONG_TIN_CHUNG, QUA_TRINH_HOC_TAP and TONG_KET
  in it: the tool shows the identifier only.
- The teachers' slots stand inside `#data`, beside that region: so the principal's signature covers the teachers', and a
  teacher who signs after the principal breaks it. The tool shows their names, not what is around them.
- `GVBM[@Id]` names a teacher of one subject, so a teacher of two has two: the product observed (MSCHOOL) signs once per
  teacher and subject, and a slot that meant two regions would leave one of them unsigned.
- GIOI_TINH, NGAY_SINH and moments are written as in version 1.0; NGAY_SINH must be there in one of its forms.
- Lengths are remarked on (B22), not refused.
"""

from pathlib import Path
from types import MappingProxyType

from schemas.codelists import subjects
from schemas.profiles import Profile, Slot, Tie
from schemas.profiles.hbs_2 import codes, primary, secondary
from schemas.signers import SIGNERS

_FOLDER = Path(__file__).parent
_DATA = "DU_LIEU_HOC_BA"
_TEACHERS = f"{_DATA}/DANH_SACH_THONG_TIN_KY"
_RECORD = f"{_DATA}/THONG_TIN_HOC_BA"
_MARK = f"{_RECORD}/TONG_KET/BANG_DIEM/DIEM_TONG_KET"
_VERSIONS = frozenset({"2.0"})

_SLOTS = (
    Slot("GVBM", f"{_TEACHERS}/DANH_SACH_GVBM/GVBM", _MARK, "", "person", tie=Tie("Id", "GVBM")),
    Slot("GVCN", f"{_TEACHERS}/GVCN", _RECORD, "thongtinhocba", "person"),
    Slot("CBQL", "PHAT_HANH_HOC_BA/CBQL", _DATA, "data", "person"),
    Slot("KY_PHAT_HANH", "PHAT_HANH_HOC_BA/KY_PHAT_HANH", _DATA, "data", "institution"),
)
_SIGNED = MappingProxyType(
    {
        "GVBM": "results.subjects.teacher.personal_id",
        "GVCN": "teacher.personal_id",
        "CBQL": "principal.personal_id",
    }
)
_PRIMARY = Profile(
    name="hbs-2/primary",
    versions=_VERSIONS,
    schema=_FOLDER / "primary.xsd",
    batch_schema=_FOLDER / "primary-batch.xsd",
    slots=_SLOTS,
    signed=_SIGNED,
    rules=(
        *("B01", "B05", "B07", "B08", "B09", "B10", "B11", "B12", "B13", "B14", "B15", "B16", "B17", "B18", "B20"),
        *("B22", "B23", "B24", "B25", "B27", "B28", "B29", "B30", "S01", "S06", "S08", "S09"),
        *("B04", "B06", "B26", "S07"),
    ),
    title="Học bạ số cấp tiểu học, phiên bản 2 (quan sát được · observed: CV 119/BGDĐT-GDTH)",
    levels=frozenset({"02"}),
    observed=True,
    codes=codes.PRIMARY,
    subjects=subjects.PRIMARY,
    layout=primary.DATA,
    signers=SIGNERS,
    examples=_FOLDER / "examples" / "primary",
)

_SECONDARY = Profile(
    name="hbs-2/secondary",
    versions=_VERSIONS,
    schema=_FOLDER / "secondary.xsd",
    batch_schema=_FOLDER / "secondary-batch.xsd",
    slots=_SLOTS,
    signed=_SIGNED,
    rules=(
        *("B01", "B05", "B14", "B16", "B17", "B18", "B20", "B22", "B23", "B24", "C01", "C02", "C03", "C04", "C05"),
        *("C06", "C07", "C08", "C09", "C10", "C11", "C12", "C13", "C14", "S01", "S06", "S08", "S09"),
        *("B27", "B28", "B29", "B30", "B04", "B06", "B26", "S07"),
    ),
    title="Học bạ số cấp THCS, THPT, phiên bản 2 (quan sát được · observed: Trung tâm Dữ liệu quốc gia)",
    levels=frozenset({"03", "04"}),
    observed=True,
    codes=codes.SECONDARY,
    subjects=subjects.SECONDARY,
    layout=secondary.DATA,
    signers=SIGNERS,
    examples=_FOLDER / "examples" / "secondary",
)

PROFILES = (_PRIMARY, _SECONDARY)
