"""Bodies that vendors push, as small as the door allows; and packed ones, honest and lying."""

import base64
import gzip
import json
from itertools import count
from typing import Any
from uuid import uuid4

from tests.console.serving import SCHOOL

_numbers = count(1)


def record(*, uuid: str | None = None, school: str = SCHOOL, pupil: str | None = None, note: str = "") -> str:
    """One HOC_BA of a pupil of its own."""
    return (
        '<HOC_BA><DU_LIEU_HOC_BA Id="data"><THONG_TIN_CHUNG>'
        f"<MA_TRA_CUU_UUID>{uuid or uuid4()}</MA_TRA_CUU_UUID><PHIEN_BAN>1.0</PHIEN_BAN>"
        f"<TEN_NAM_HOC>2025-2026</TEN_NAM_HOC><MA_TRUONG>{school}</MA_TRUONG><MA_CAP_HOC>02</MA_CAP_HOC>"
        f"<MA_KHOI>05</MA_KHOI><TEN_LOP>5A</TEN_LOP><MA_HOC_SINH>{pupil or f'79{next(_numbers):08}'}</MA_HOC_SINH>"
        f"<HO_VA_TEN>Nguyễn Thị Mận{note}</HO_VA_TEN></THONG_TIN_CHUNG></DU_LIEU_HOC_BA></HOC_BA>"
    )


def batch(*records: str) -> bytes:
    """A DANH_SACH_HOC_BA."""
    return f'<DANH_SACH_HOC_BA id="dataDanhSach">{"".join(records)}</DANH_SACH_HOC_BA>'.encode()


def packed(text: bytes, *, announce: int | None = None) -> str:
    """The content field; `announce` is what its length says."""
    length = (len(text) if announce is None else announce).to_bytes(4, "little")
    return base64.b64encode(length + gzip.compress(text)).decode()


def transaction(content: object, **head: Any) -> bytes:
    """The body of transaction 1."""
    about = {
        "token": "tok-secret",
        "user_name": "u",
        "password": "pass-secret",
        "ma_don_vi": SCHOOL,
        "nam_hoc": 2025,
        "messageid": "m-1",
        "type": "HBS",
        "function": "1",
        **head,
    }
    return json.dumps({"authenticationRequest": about, "content": content}).encode()
