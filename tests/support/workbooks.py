"""Workbooks for tests: good ones by the profiles' own tables, and every way in which one can be wrong or hostile."""

import re
import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO

from openpyxl import Workbook, load_workbook

from schemas.layout import Sheet
from schemas.profiles import profiles

RESULTS = "sector-workbook/results"
PUPILS = "sector-workbook/pupils"

RESULT: Mapping[str, str] = {
    "STT": "1",
    "Mã lớp": "2A1",
    "Mã học sinh": "7900123456",
    "Họ tên": "Nguyễn Thị Mẫu",
    "Ngày sinh": "17/05/2018",
    "Toán / Mức đạt được": "T",
    "Toán / Điểm KTĐK": "9",
    "Tiếng Việt / Mức đạt được": "T",
    "Tiếng Việt / Điểm KTĐK": "10",
    **dict.fromkeys(("Đạo đức", "Tự nhiên và Xã hội", "Âm nhạc", "Mĩ thuật"), "T"),
    **dict.fromkeys(("Hoạt động trải nghiệm", "Giáo dục thể chất"), "T"),
    **dict.fromkeys(("Yêu nước", "Nhân ái", "Chăm chỉ", "Trung thực", "Trách nhiệm"), "T"),
    "Năng lực chung / Tự chủ và tự học": "T",
    "Năng lực chung / Giao tiếp và hợp tác": "T",
    "Năng lực chung / Giải quyết vấn đề và sáng tạo": "T",
    "Năng lực đặc thù / Ngôn ngữ": "T",
    "Năng lực đặc thù / Tính toán": "T",
    "Năng lực đặc thù / Khoa học": "T",
    "Năng lực đặc thù / Thẩm mĩ": "T",
    "Năng lực đặc thù / Thể chất": "T",
    "Hoàn thành CT lớp": "x",
    "Lên lớp": "x",
    "Xếp loại": "Hoàn thành xuất sắc",
}
"""a pupil whose row is right"""

PUPIL: Mapping[str, str] = {
    "STT": "1",
    "Mã lớp": "2A1",
    "Mã học sinh": "7900123456",
    "Họ tên": "Nguyễn Thị Mẫu",
    "Ngày sinh": "17/05/2018",
    "Giới tính": "Nữ",
    "Trạng thái HS": "Đang học",
    "Ngày nhập trạng thái": "05/09/2025",
    "Dân tộc": "Kinh",
    "Số định danh cá nhân": "079318004217",
}
"""likewise, of the pupil export"""


def sheet_of(profile_name: str) -> Sheet:
    """A profile's sheet."""
    sheet = profiles()[profile_name].sheet
    assert sheet is not None
    return sheet


def filled(profile_name: str, *told: Mapping[str, object], title: str = "TH_L2") -> Workbook:
    """A workbook with these rows below the profile's header, groups repeated over each of their columns."""
    sheet = sheet_of(profile_name)
    book = Workbook()
    page = book.active
    page.title = title
    for line in range(sheet.depth):
        page.append([column.header[line] if line < len(column.header) else None for column in sheet.columns])
    for row in told:
        page.append([row.get(column.name) or None for column in sheet.columns])
    return book


def saved(book: Workbook) -> bytes:
    """Its octets."""
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def workbook(profile_name: str, *told: Mapping[str, object]) -> bytes:
    """The octets of a workbook with these rows."""
    return saved(filled(profile_name, *told))


def edited(content: bytes, part: str, change: Callable[[bytes], bytes], **added: bytes) -> bytes:
    """The same workbook with one part changed and others added."""
    stream = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
        for name, octets in added.items():
            new.writestr(name, octets)
    return stream.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def with_sheet_xml(content: bytes, pattern: bytes, replacement: bytes) -> bytes:
    """The same workbook with a piece of its first sheet's XML replaced."""
    return edited(content, SHEET, lambda xml: re.sub(pattern, lambda _: replacement, xml, count=1))


_INLINE = re.compile(rb't="inlineStr"><is>(.*?)</is>', re.DOTALL)
_RELATION = (
    b'<Relationship Id="rId99" Target="sharedStrings.xml" Type="http://schemas.openxmlformats.org/officeDocument/2006'
    b'/relationships/sharedStrings"/></Relationships>'
)


def with_shared_strings(content: bytes) -> bytes:
    """The same workbook with its texts where Excel itself puts them: once each, referred to by number."""
    texts: dict[bytes, int] = {}

    def refer(found: re.Match[bytes]) -> bytes:
        return b't="s"><v>%d</v>' % texts.setdefault(found[1], len(texts))

    content = edited(content, SHEET, lambda xml: _INLINE.sub(refer, xml))
    strings = b"<sst>" + b"".join(b"<si>" + text + b"</si>" for text in texts) + b"</sst>"
    relations = "xl/_rels/workbook.xml.rels"
    change = lambda xml: xml.replace(b"</Relationships>", _RELATION)  # noqa: E731
    return edited(content, relations, change, **{"xl/sharedStrings.xml": strings})


def reopened(content: bytes) -> Workbook:
    """To change it as Excel would."""
    return load_workbook(BytesIO(content))
