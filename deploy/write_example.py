"""Write `hocba.example.toml`: every setting with its meaning and default, from where they are declared.

`python -m deploy.write_example`, after a setting was added; a test says when it was forgotten.
"""

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from hub.settings import Settings

FILE = Path(__file__).parent / "hocba.example.toml"

HEAD = """\
# Mọi cài đặt của hub, với giá trị mặc định. Chép thành hocba.toml ở thư mục chạy hub (hoặc chỉ bằng HOCBA_SETTINGS) và
# bỏ dấu # ở dòng cần đổi. Biến môi trường thắng tệp này; HOCBA_…_FILE đọc giá trị từ tệp bí mật.
#
# Every setting of the hub with its default. Copy it to hocba.toml where the hub runs (or name it in HOCBA_SETTINGS) and
# uncomment what is to differ. The environment overrides this file; HOCBA_…_FILE reads a value from a secret file.
# Passwords, and URLs that hold them, belong in secret files, not here.
"""


def example() -> str:
    """The text of the file."""
    return HEAD + "".join(_section((), Settings))


def _section(path: tuple[str, ...], model: type[BaseModel]) -> Iterator[str]:
    deeper = []
    if path:
        yield f"\n# {model.__doc__ or ''}\n[{'.'.join(path)}]\n"
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            deeper.append((name, field.annotation))
        else:
            yield _line(name, field)
    for name, inner in deeper:
        yield from _section((*path, name), inner)


def _line(name: str, field: FieldInfo) -> str:
    meaning = textwrap.fill(field.description or "", 118, initial_indent="# ", subsequent_indent="# ")
    return f"\n{meaning}\n# {name} = {_value(field.default)}\n"


def _value(value: Any) -> str:
    if value is None or value is PydanticUndefined:
        return '""'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, frozenset):
        return _value(tuple(sorted(value)))
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    return '"' + str(value) + '"'


if __name__ == "__main__":
    FILE.write_text(example(), encoding="utf-8")
