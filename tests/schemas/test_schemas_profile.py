"""A profile's parts say the same: its schema, its tables and its code lists."""

from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from schemas.layout import Block, Rows
from schemas.profiles import Profile

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "spec" / "samples"
XS = "{http://www.w3.org/2001/XMLSchema}"


@pytest.fixture(scope="module")
def schema(profile: Profile) -> Any:
    return etree.parse(str(profile.schema)).getroot()


def children(schema: Any, type_name: str) -> list[tuple[str, str]]:
    sequence = schema.find(f"{XS}complexType[@name='{type_name}']/{XS}sequence")
    return [(element.get("name"), element.get("type")) for element in sequence.iterfind(f"{XS}element")]


def assert_same(schema: Any, part: Block | Rows, type_name: str) -> None:
    found = children(schema, type_name)
    if isinstance(part, Rows):
        ((row, row_type),) = found
        assert row == part.row
        assert [name for name, _ in children(schema, row_type)] == [field.element for field in part.fields]
        return
    assert [name for name, _ in found] == [child.element for child in part.children]
    for child, (_, child_type) in zip(part.children, found, strict=True):
        if isinstance(child, Block | Rows):
            assert_same(schema, child, child_type)


def test_the_tables_follow_the_schemas_order(schema: Any, profile: Profile) -> None:
    assert profile.layout is not None
    assert_same(schema, profile.layout, "DuLieuHocBa")


@pytest.mark.parametrize(
    ("codes", "type_name"),
    [
        ("GIOI_TINH", "GioiTinh"),
        ("MUC_DAT_DUOC", "MucDatDuoc"),
        ("MUC_NANG_LUC_PHAM_CHAT", "MucNangLucPhamChat"),
        ("KET_QUA_XEP_LOAI", "KetQuaXepLoai"),
        ("MA_CAP_HOC", "MaCapHoc"),
    ],
)
def test_code_lists_are_the_schemas(schema: Any, profile: Profile, codes: str, type_name: str) -> None:
    listed = schema.iterfind(f"{XS}simpleType[@name='{type_name}']//{XS}enumeration")
    assert [value.get("value") for value in listed] == list(profile.codes[codes])


def test_every_type_of_value_has_its_words(schema: Any) -> None:
    for each in schema.iterfind(f"{XS}simpleType"):
        words = {part.get("{http://www.w3.org/XML/1998/namespace}lang") for part in each.iter(f"{XS}documentation")}
        assert words == {"vi", "en"}, each.get("name")


def test_versions_are_those_of_the_schema(schema: Any, profile: Profile) -> None:
    listed = schema.iterfind(f"{XS}simpleType[@name='PhienBan']//{XS}enumeration")
    assert {value.get("value") for value in listed} == profile.versions


def test_the_samples_are_valid_batches(profile: Profile) -> None:
    files: list[Path] = sorted((SAMPLES / "signed").glob("*.xml"))
    if not files:
        pytest.skip("no samples: put the specification's samples into ../shared/spec/samples")
    gate = etree.XMLSchema(etree.parse(str(profile.batch_schema)))
    assert [gate.validate(etree.parse(str(file))) for file in files] == [True] * len(files)
