"""A file that staff choose on a page: read within bounds, kept in memory alone, and gone with the answer."""

from collections.abc import AsyncGenerator

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from console.bodies import read_body
from console.problems import Problem
from console.staff.guard import confirm, refuse_strangers
from schemas.findings import Words

_AROUND = 64 * 1024
"""octets that a form has beside its file, at most"""

_NO_FILE = Words(
    vi="Chưa chọn tệp nào, hoặc biểu mẫu bị hỏng trên đường đi.",
    en="No file was chosen, or the form was damaged on its way.",
)


class _InMemory(MultiPartParser):
    """Never writes what it reads to a disk."""

    def __init__(self, request: Request, body: bytes, *, limit: int) -> None:
        async def whole() -> AsyncGenerator[bytes, None]:
            yield body

        super().__init__(request.headers, whole(), max_files=1, max_fields=4)
        self.spool_max_size = limit + _AROUND


async def read_upload(request: Request, *, limit: int, seconds: float) -> bytes:
    """The octets of the field «file» of a form that one of these pages has sent.

    Raises:
        Problem: it comes from elsewhere, is too large, too slow, or has no file.
    """
    refuse_strangers(request)
    body = await read_body(request, limit=limit + _AROUND, seconds=seconds)
    try:
        form = await _InMemory(request, body, limit=limit).parse()
    except (MultiPartException, KeyError) as error:
        raise Problem("unreadable", _NO_FILE) from error
    try:
        confirm(request, str(form.get("token", "")))
        file = form.get("file")
        octets = await file.read() if isinstance(file, UploadFile) else b""
    finally:
        await form.close()
    if not octets:
        raise Problem("unreadable", _NO_FILE)
    return octets
