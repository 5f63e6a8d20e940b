"""Profiles `ndc-json/…`: rows of the National Data Centre's tables for digital school records, as JSON.

The tables are `thongtinsohocbasotieuhoc` and `thongtinsohocbasothcsthpt` with their child tables (public workbook of the
centre's data catalogue, rows 674 to 894), column by column in `primary.tsv` and `secondary.tsv`. How the centre wants a
row written in JSON was not published; what is assumed: a document is one object, named by the columns; child tables are
arrays in it; texts and codes are strings, decimals numbers, yes and no `true` and `false` or 1 and 0.
"""

from datetime import date
from pathlib import Path
from types import MappingProxyType

from schemas.codelists import subjects
from schemas.profiles import Medium, Profile, Signers
from schemas.profiles.ndc_json import codes, tables

_FOLDER = Path(__file__).parent
_COMMON = ("B05", "B14", "B16", "B18", "B23", "B24", "B27", "B28", "B29", "B30", "B04", "B06", "B26", "S07")
_ENVELOPE = ("J12", "J13", "J14", "J16")

_NOBODY = (
    Signers(
        "national",
        frozenset(),
        date(2024, 5, 8),
        "Bảng dữ liệu Trung tâm Dữ liệu quốc gia: hàng dữ liệu không có chữ ký",
    ),
)
"""rows carry no signatures: the signed record travels beside them"""

PRIMARY = Profile(
    name="ndc-json/primary",
    title="Bảng dữ liệu học bạ số tiểu học của Trung tâm Dữ liệu quốc gia (thongtinsohocbasotieuhoc, quan sát)",
    medium=Medium.JSON,
    observed=True,
    versions=frozenset(),
    levels=frozenset({"02"}),
    schema=_FOLDER / "primary.schema.json",
    slots=(),
    signers=_NOBODY,
    rules=(*_COMMON, *_ENVELOPE, "B07", "B08", "B09", "B10", "B11", "B12", "B13", "B15", "B25"),
    subjects=subjects.PRIMARY,
    codes=MappingProxyType(
        {**codes.LABELS, "mamonhoc": MappingProxyType({code: each.name for code, each in subjects.PRIMARY.items()})}
    ),
    layout=tables.read("primary"),
    examples=_FOLDER / "examples" / "primary",
)
SECONDARY = Profile(
    name="ndc-json/secondary",
    title="Bảng dữ liệu học bạ số THCS, THPT của Trung tâm Dữ liệu quốc gia (thongtinsohocbasothcsthpt, quan sát)",
    medium=Medium.JSON,
    observed=True,
    versions=frozenset(),
    levels=frozenset({"03", "04"}),
    schema=_FOLDER / "secondary.schema.json",
    slots=(),
    signers=_NOBODY,
    rules=(*_COMMON, *_ENVELOPE, *(f"C{number:02d}" for number in range(1, 15))),
    subjects=subjects.SECONDARY,
    codes=MappingProxyType(
        {**codes.LABELS, "mamonhoc": MappingProxyType({code: each.name for code, each in subjects.SECONDARY.items()})}
    ),
    layout=tables.read("secondary"),
    examples=_FOLDER / "examples" / "secondary",
)

PROFILES = (PRIMARY, SECONDARY)
