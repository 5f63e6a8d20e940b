"""Profile `hbs-1.0`: the primary record of CV 2088/BGDĐT-GDTH (8/5/2024), Phụ lục 1, to the letter.

What the paper leaves to figures and annexes that were not published follows the project's assumed contract.
"""

from datetime import date
from pathlib import Path
from types import MappingProxyType

from schemas.codelists import subjects
from schemas.profiles import Profile, Slot
from schemas.profiles.hbs_1_0 import codes, layout
from schemas.signers import SIGNERS

_FOLDER = Path(__file__).parent

_PROFILE = Profile(
    name="hbs-1.0",
    versions=frozenset({"1.0"}),
    schema=_FOLDER / "record.xsd",
    batch_schema=_FOLDER / "batch.xsd",
    transactions=MappingProxyType({"3": _FOLDER / "certificate.xsd", "5": _FOLDER / "recall.xsd"}),
    slots=(
        Slot("GVCN", "DANH_SACH_THONG_TIN_KY/GVCN", "DU_LIEU_HOC_BA", "data", "person"),
        Slot("CBQL", "DANH_SACH_THONG_TIN_KY/CBQL", "DU_LIEU_HOC_BA", "data", "person"),
        Slot("KY_PHAT_HANH", "DANH_SACH_THONG_TIN_KY/KY_PHAT_HANH", "DU_LIEU_HOC_BA", "data", "institution"),
    ),
    signed=MappingProxyType(
        {
            "GVCN": "teacher.personal_id",
            "CBQL": "principal.personal_id",
        }
    ),
    rules=(
        *("B01", "B05", "B07", "B08", "B09", "B10", "B11", "B12", "B13", "B15", "B16", "B17", "B18", "B19", "B20"),
        *("B21", "B22", "B23", "B24", "B25", "B27", "B29", "B30", "S01", "S06", "S08", "S09"),
        *("B04", "B06", "B26", "S07"),
    ),
    title="Học bạ số cấp tiểu học, phiên bản 1.0 (CV 2088/BGDĐT-GDTH, Phụ lục 1)",
    codes=MappingProxyType(
        {
            "GIOI_TINH": MappingProxyType({text: text for text in codes.SEXES.values()}),
            "MUC_DAT_DUOC": MappingProxyType(
                {"T": "Hoàn thành tốt", "H": "Hoàn thành", "C": "Chưa hoàn thành", "M": "Miễn"}
            ),
            "MUC_NANG_LUC_PHAM_CHAT": MappingProxyType({"T": "Tốt", "Đ": "Đạt", "C": "Cần cố gắng"}),
            "KET_QUA_XEP_LOAI": MappingProxyType({text: text for text in codes.RESULTS.values()}),
            "MA_CAP_HOC": codes.LEVELS,
            "MA_KHOI": codes.GRADES,
            "MA_MON_HOC": MappingProxyType({code: subject.name for code, subject in subjects.PRIMARY.items()}),
        }
    ),
    subjects=subjects.PRIMARY,
    layout=layout.DATA,
    districts_ended=date(2025, 7, 1),  # QĐ 19/2025/QĐ-TTg
    signers=SIGNERS,
    examples=_FOLDER / "examples",
)

PROFILES = (_PROFILE,)
