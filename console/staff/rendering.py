"""Templates, and what every page has at hand."""

import secrets
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from console.staff import moments, words
from routes.fates import cause_of

FOLDER = Path(__file__).parent.parent
COOKIE = "hocba_form"
"""holds the token that every form repeats"""


@cache
def environment() -> Environment:
    """The templates; whatever is printed is escaped, whatever is not there is an error."""
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "exact": moments.exact,
        "day": moments.day,
        "calendar": moments.calendar,
        "clock": moments.clock,
        "relative": moments.relative,
        "number": moments.number,
        "span": moments.span,
        "common_name": words.common_name,
    }
    made.globals |= {
        "words_of": words.words_of,
        "cause_of": cause_of,
        **{name: value for name, value in vars(words).items() if name.isupper()},
    }
    return made


def page(request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
    """A page, with the token that its forms need."""
    known = request.cookies.get(COOKIE, "")
    token = known or secrets.token_urlsafe(24)
    text = environment().get_template(template).render(token=token, path=request.url.path, **context)
    response = HTMLResponse(text, status)
    if not known:
        response.set_cookie(COOKIE, token, path="/console", httponly=True, samesite="strict")
    return response


def fragment(template: str, **context: object) -> Response:
    """A part of a page, for HTMX to put in its place."""
    return HTMLResponse(environment().get_template(template).render(**context))
