"""The page where staff have a file verified that somebody brought (QĐ 1789/QĐ-SGDĐT Điều 12, 27); it stores nothing."""

import structlog
from fastapi import APIRouter, Request
from starlette.responses import Response

from console.judging import MOST_OCTETS
from console.staff.refusals import StaffRoute
from console.staff.rendering import page
from console.staff.uploads import read_upload
from console.wiring import Wired

log = structlog.get_logger("console")

SECONDS = 60.0
"""a file must have arrived within this time"""

router = APIRouter(prefix="/console/verify", route_class=StaffRoute, include_in_schema=False)


@router.get("")
async def ask(request: Request) -> Response:
    """Which file?"""
    return page(request, "verify.html", told=None, most=MOST_OCTETS // 2**20)


@router.post("")
async def verify(request: Request, wiring: Wired) -> Response:
    """The verdict on the file, in plain words."""
    octets = await read_upload(request, limit=MOST_OCTETS, seconds=SECONDS)
    told = await wiring.judge.judge(octets)
    log.info("file-judged", look=told.look, records=len(told.records), form=told.form is not None)
    return page(request, "verify.html", told=told, most=MOST_OCTETS // 2**20)
