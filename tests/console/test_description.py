"""The API describes itself: OpenAPI for machines, a page for people, both without a byte from elsewhere."""

import re

import jsonschema

from tests.console.serving import Site

FEEDS = {"/v1/submissions", "/v1/submissions/{receipt}", "/v1/records/{uuid}", "/v1/outcomes", "/v1/inbox"}


def test_every_operation_is_described_with_its_refusals(site: Site) -> None:
    with site.client() as client:
        schema = client.get("/openapi.json").json()
    assert set(schema["paths"]) >= {*FEEDS, "/v1/inbox/{bundle}/confirm", "/healthz"}
    assert not any(path.startswith("/console") for path in schema["paths"])
    for path, methods in schema["paths"].items():
        for operation in methods.values():
            assert operation["summary"]
            assert path == "/healthz" or {"401", "422", "503"} <= set(operation["responses"])
    push = schema["paths"]["/v1/submissions"]["post"]
    assert {"202", "408", "409", "413", "415"} <= set(push["responses"])
    assert set(push["requestBody"]["content"]) == {"application/xml", "text/xml", "application/json"}


def test_every_reference_leads_somewhere(site: Site) -> None:
    with site.client() as client:
        text = client.get("/openapi.json").text
        schemas = client.get("/openapi.json").json()["components"]["schemas"]
    assert set(re.findall(r'"#/components/schemas/(\w+)"', text)) <= set(schemas)
    for shape in schemas.values():
        jsonschema.Draft202012Validator.check_schema(shape)


def test_the_page_for_people_names_every_operation_and_fetches_nothing(site: Site) -> None:
    with site.client() as client:
        page = client.get("/docs", headers={"Host": "hub.example.vn"})
        style = client.get("/console/static/console.css", headers={"Host": "hub.example.vn"})
    assert page.status_code == style.status_code == 200
    assert all(path in page.text for path in FEEDS)
    assert re.findall(r'(?:src|href)="(?:https?:)?//', page.text) == []


def test_health_tells_durability_and_the_oldest_work(site: Site) -> None:
    with site.client() as client:
        answer = client.get("/healthz")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["status"], told["database"], told["durability"]["fsync"]) == ("ok", "ok", "on")
    assert set(told) == {
        "status",
        "database",
        "durability",
        "unfinished",
        "held",
        "awaiting_signature",
        "oldest_seconds",
    }
