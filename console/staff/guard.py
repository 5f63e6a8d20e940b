"""Who may open the pages, and who may send their forms, until there is a login.

Three doors: the client's address (this machine only, by default), the name in the address bar (another name would be DNS
rebinding), and for every form that changes something the browser's own word on where it comes from, with a token that
no other site can read.
"""

import secrets
from ipaddress import IPv6Address, ip_address
from urllib.parse import parse_qsl, urlsplit

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.bodies import read_body
from console.problems import Problem
from console.settings import WebSettings
from console.staff.rendering import COOKIE, page
from schemas.findings import Words

FORM_OCTETS = 16 * 1024
FORM_SECONDS = 10.0

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

_ELSEWHERE = Words(
    vi="Trang quản trị chưa có đăng nhập nên chỉ mở được trên chính máy chủ của hub, qua địa chỉ 127.0.0.1 hoặc localhost.",
    en="The console has no login yet: it opens on the hub's own machine only, as 127.0.0.1 or localhost.",
)
_REMEDY = Words(
    vi="Ngồi tại máy chủ, hoặc mở đường hầm SSH (ssh -L 8000:127.0.0.1:8000 …) rồi mở http://127.0.0.1:8000/console.",
    en="Sit at that machine, or open an SSH tunnel (ssh -L 8000:127.0.0.1:8000 …) and use http://127.0.0.1:8000/console.",
)
_FOREIGN_FORM = Words(
    vi="Biểu mẫu không đến từ trang quản trị này, hoặc đã cũ. Mở lại trang rồi thử lại; chưa có gì thay đổi.",
    en="The form does not come from this console, or is too old. Open the page again; nothing was changed.",
)


PUBLIC = "/console/static/"
"""style sheet and scripts: the description of the API uses them too"""


class Doorkeeper:
    """Answers for /console only to hosts and under names that the operator has allowed."""

    def __init__(self, app: ASGIApp, settings: WebSettings) -> None:
        self.app = app
        self._networks = settings.console_networks
        self._names = {name.lower() for name in settings.console_names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope.get("path", "")
        if scope["type"] != "http" or not (path == "/console" or path.startswith("/console/")):
            await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                if not path.startswith(PUBLIC):
                    headers["Cache-Control"] = "no-store"
            await send(message)

        if path.startswith(PUBLIC) or self._welcome(scope):
            await self.app(scope, receive, guarded)
        else:
            refusal = page(Request(scope), "message.html", status=403, words=_ELSEWHERE, remedy=_REMEDY)
            await refusal(scope, receive, guarded)

    def _welcome(self, scope: Scope) -> bool:
        name = urlsplit(f"//{Headers(scope=scope).get('host', '')}").hostname
        return name in self._names and self._near(scope.get("client"))

    def _near(self, client: tuple[str, int] | None) -> bool:
        try:
            address = ip_address(client[0] if client else "")
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            return any(address.ipv4_mapped in network for network in self._networks)
        return any(address in network for network in self._networks)


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form that one of these pages has sent.

    Raises:
        Problem: it comes from elsewhere, or is not a form.
    """
    refuse_strangers(request)
    body = await read_body(request, limit=FORM_OCTETS, seconds=FORM_SECONDS)
    fields = dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=20))
    confirm(request, fields.pop("token", ""))
    return fields


def refuse_strangers(request: Request) -> None:
    """Before a byte is read.

    Raises:
        Problem: the browser says that the form comes from elsewhere.
    """
    if not _same_origin(request):
        raise Problem("forbidden", _FOREIGN_FORM)


def confirm(request: Request, told: str) -> None:
    """That a form bears the token which only this console's pages know.

    Raises:
        Problem: it does not.
    """
    token = request.cookies.get(COOKIE, "")
    if not token or not secrets.compare_digest(token.encode(), told.encode()):
        raise Problem("forbidden", _FOREIGN_FORM)


def _same_origin(request: Request) -> bool:
    said = request.headers.get("sec-fetch-site")
    if said is not None:
        return said == "same-origin"
    return urlsplit(request.headers.get("origin", "")).netloc == request.headers.get("host", "-")
