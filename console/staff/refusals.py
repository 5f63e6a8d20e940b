"""What goes wrong on the staff's pages, said on a page: what happened, and what to do."""

from collections.abc import Callable, Coroutine
from typing import Any

import psycopg
import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.responses import Response

from console.problems import KINDS, Problem
from console.staff.rendering import page
from schemas.findings import Words

log = structlog.get_logger("console")

NO_DATABASE = Words(
    vi="Không đọc được cơ sở dữ liệu. Hồ sơ đã nhận vẫn nằm an toàn trong đó.",
    en="The database does not answer. What was accepted is safe in it.",
)
_CHECK_DATABASE = Words(
    vi="Chạy «hocba doctor» trên máy chủ để biết phải làm gì; trang này mở lại được ngay khi cơ sở dữ liệu trả lời.",
    en="Run «hocba doctor» on the server to learn what to do; this page works again once the database answers.",
)
NO_PAGE = Words(vi="Không có trang này.", en="There is no such page.")
_GO_HOME = Words(vi="Dùng thanh trên cùng để đi tiếp.", en="Use the bar at the top to go on.")
AWAY = (psycopg.OperationalError, psycopg.errors.UndefinedTable)
"""the database is not there, or has no tables yet"""


class StaffRoute(APIRoute):
    """Answers with a page, also when something is wrong."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, with refusals turned into pages."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except Problem as problem:
                return _of_problem(request, problem)
            except RequestValidationError:
                return page(request, "message.html", status=404, words=NO_PAGE, remedy=_GO_HOME)
            except AWAY as error:
                log.warning("ledger-unavailable", error=type(error).__name__, sqlstate=getattr(error, "sqlstate", None))
                return page(request, "message.html", status=503, words=NO_DATABASE, remedy=_CHECK_DATABASE)

        return handled


def _of_problem(request: Request, problem: Problem) -> Response:
    kind = KINDS[problem.kind]
    words = problem.detail or kind.title
    return page(request, "message.html", status=kind.status, words=words, remedy=_GO_HOME)
