"""Reads the profile's tables, `primary.tsv` and `secondary.tsv`, one line per column of the National Data Centre.

Columns of a table: `table` (empty for the record's own), `column`, `member` (of the canonical record, or of the row;
`envelope.…` for the envelope, `key` for the centre's technical keys, which are taken and not kept), `form`, `list` (code
list), `pattern`, `required` (x, or «unless» a member that lifts it), `length`, `least`, `most`, `meaning` (the source's).
"""

import csv
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from schemas.layout import Block, Field, Form, Pattern, Rows
from schemas.profiles.ndc_json.codes import LISTS

_FOLDER = Path(__file__).parent
KEY = "key"
"""member of the centre's technical keys"""

PATTERNS: Mapping[str, Pattern] = MappingProxyType(
    {
        "personal-number": Pattern("[0-9]{12}", "12 chữ số, ví dụ 079315004213", "12 digits, say 079315004213"),
        "school-year": Pattern("[0-9]{4}-[0-9]{4}", "năm học, ví dụ 2025-2026", "a school year, say 2025-2026"),
        "uuid": Pattern(
            "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}",
            "UUID v4, ví dụ 123e4567-e89b-42d3-a456-556642440000",
            "a UUID v4, say 123e4567-e89b-42d3-a456-556642440000",
        ),
        "ward": Pattern("[0-9]{5}", "mã xã 5 chữ số, ví dụ 26734", "a ward's code of 5 digits, say 26734"),
        "province": Pattern("[0-9]{2}", "mã tỉnh 2 chữ số, ví dụ 79", "a province's code of 2 digits, say 79"),
    }
)
"""by the name in the tables: CV 2088/BGDĐT-GDTH mục 1.4 (UUID), NĐ 137/2015, QĐ 19/2025/QĐ-TTg"""

_LISTS = MappingProxyType(
    {
        "quatrinhhoctap": ("history", True),
        "dsbangdiem": ("results.subjects", True),
        "bangdiem": ("results.subjects", True),
        "chungchi": ("results.certificates", False),
    }
)
"""child table → list member, and whether it must hold a row. The tables are relational; that a document holds its child
tables as arrays by their last name is an assumption."""


def read(name: str) -> Block:
    """The layout that a table describes."""
    with (_FOLDER / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    tables: dict[str, list[Field]] = {}
    for line in lines:
        tables.setdefault(line["table"], []).append(_field(line))
    own, own_beside = _apart(tables.pop(""))
    rows = [_rows(table, fields) for table, fields in tables.items()]
    return Block("", (*own, *rows), beside=own_beside)


def _rows(table: str, fields: list[Field]) -> Rows:
    member, required = _LISTS[table]
    of_record, beside = _apart(fields)
    return Rows(table, "", member, of_record, required, beside)


def _apart(fields: list[Field]) -> tuple[tuple[Field, ...], tuple[Field, ...]]:
    """Columns of the record, and those beside it."""
    beside = tuple(field for field in fields if field.member == KEY or field.member.startswith("envelope."))
    return tuple(field for field in fields if field not in beside), beside


def _field(line: Mapping[str, str]) -> Field:
    _, _, unless = line["required"].partition("unless ")
    return Field(
        line["column"],
        line["member"],
        Form(line["form"]),
        LISTS[line["list"]] if line["list"] else None,
        required=line["required"] == "x",
        length=int(line["length"]) if line["length"] else None,
        least=float(line["least"]) if line["least"] else None,
        most=float(line["most"]) if line["most"] else None,
        note=line["meaning"],
        pattern=PATTERNS[line["pattern"]] if line["pattern"] else None,
        unless=unless,
    )
