"""The list of rules as a page for people, made from the rules themselves: `python -m schemas.catalogue FILE`."""

import sys
from pathlib import Path

from schemas.findings import Severity
from schemas.rules import rules
from schemas.rules.rule import Rule

_HEAD = """# Danh mục quy tắc · Rules

Sinh từ mã nguồn bằng `python -m schemas.catalogue docs/rules/README.md`; không sửa tay.
Made from the code by that command; not edited by hand.

P: tệp và gói · files and packages. X: cấu trúc · structure. B: nội dung · content. S: chữ ký · signatures (S02 – S05 ở
`signing/verify`). A: tiếp nhận vào sổ cái · taking on. D: cửa tiếp nhận · the door (`connectors/refusals.py`). V: định dạng riêng của nhà cung cấp · a
vendor's own format (`connectors/vendors/faults.py`). W: tệp Excel · workbooks. N: điều đã chuẩn hóa khi tiếp nhận · what was made regular on
the way in. C: trung học · secondary school (TT 22/2021). G: cả lô · a whole batch. T: giao dịch · transactions.
Ví dụ đúng và sai của từng mã · examples, right and wrong, by id: `schemas/profiles/hbs_1_0/examples/`.

| mã · id | mức · weight | điều phải đúng · what must hold | căn cứ · basis |
|---|---|---|---|
"""
_WEIGHTS = {Severity.ERROR: "lỗi · error", Severity.WARNING: "nhắc · warning"}


def page() -> str:
    """The whole page."""
    return _HEAD + "".join(_row(rule) for rule in rules().values())


def _row(rule: Rule) -> str:
    return f"| {rule.id} | {_WEIGHTS[rule.severity]} | {rule.title.vi}<br>{rule.title.en} | {rule.basis} |\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
