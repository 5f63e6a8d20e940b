"""The API described for people at /docs, from its OpenAPI document: no script, nothing fetched from elsewhere."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from console.staff.rendering import environment

PROBLEM = "application/problem+json"

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def docs(request: Request) -> Response:
    """Every operation with its parameters and answers, every shape with its members."""
    schema = request.app.openapi()
    text = (
        environment()
        .get_template("docs.html")
        .render(
            about=schema["info"],
            operations=_operations(schema),
            shapes=[(name, _members(shape), shape.get("description", "")) for name, shape in _shapes(schema).items()],
        )
    )
    return HTMLResponse(text, headers={"Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'"})


def _shapes(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return dict(sorted(schema["components"]["schemas"].items()))


def _operations(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "method": method.upper(),
            "path": path,
            "summary": operation.get("summary", ""),
            "description": operation.get("description", ""),
            "parameters": [_parameter(one) for one in operation.get("parameters", ())],
            "body": _body(operation.get("requestBody")),
            "answers": [_answer(status, one) for status, one in operation["responses"].items()],
        }
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


def _parameter(one: dict[str, Any]) -> dict[str, Any]:
    return {"name": one["name"], "where": one["in"], "about": one.get("description", ""), **_type(one["schema"])}


def _body(body: dict[str, Any] | None) -> dict[str, Any] | None:
    if body is None:
        return None
    kinds = [{"media": media, **_type(content["schema"])} for media, content in body["content"].items()]
    return {"about": body.get("description", ""), "kinds": kinds}


def _answer(status: str, one: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = next(iter(one.get("content", {}).values()), {})
    return {"status": status, "about": one.get("description", ""), **_type(content.get("schema", {}))}


def _members(shape: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"name": name, "about": member.get("description", ""), **_type(member)}
        for name, member in shape.get("properties", {}).items()
    ]


def _type(schema: dict[str, Any]) -> dict[str, Any]:
    """A type in words, and the shape that it refers to."""
    if "$ref" in schema:
        return {"type": "", "shape": schema["$ref"].rpartition("/")[2], "many": False}
    if "items" in schema:
        return {**_type(schema["items"]), "many": True}
    if "anyOf" in schema:
        parts = [_type(part) for part in schema["anyOf"] if part.get("type") != "null"]
        optional = len(parts) < len(schema["anyOf"])
        return {**parts[0], "type": parts[0]["type"] + (" | null" if optional and parts[0]["type"] else "")}
    if "enum" in schema:
        return {"type": " | ".join(map(str, schema["enum"])), "shape": "", "many": False}
    return {"type": schema.get("format") or schema.get("type", ""), "shape": "", "many": False}
