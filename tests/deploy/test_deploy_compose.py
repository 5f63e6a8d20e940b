"""The compose file against the Compose Specification's schema, the hub's own settings and the images' documented ones.

`compose-spec.json` is the schema of the Compose Specification (github.com/compose-spec/compose-spec, Apache-2.0, commit
170098b), unchanged.
"""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest
import yaml

from hub.run import ROLES
from hub.settings import FILE_SUFFIX, PREFIX, paths, variable
from routes.signing_settings import SigningSettings

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]

NOT_SETTINGS = {"HOCBA_HEARTBEAT", "HOCBA_SETTINGS", "HOCBA_WORLD"}
"""read by name where they are used; HOCBA_WORLD is the compose file's own"""

KAFKA = {
    "node.id",
    "process.roles",
    "controller.quorum.voters",
    "listeners",
    "advertised.listeners",
    "listener.security.protocol.map",
    "inter.broker.listener.name",
    "controller.listener.names",
    "offsets.topic.replication.factor",
    "transaction.state.log.replication.factor",
    "transaction.state.log.min.isr",
    "share.coordinator.state.topic.replication.factor",
    "share.coordinator.state.topic.min.isr",
    "group.initial.rebalance.delay.ms",
    "auto.create.topics.enable",
    "log.retention.hours",
    "log.dirs",
}
"""properties of the broker; KAFKA_HEAP_OPTS is its start script's"""

POSTGRES = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD_FILE", "POSTGRES_INITDB_ARGS"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8"))
    return found


def services(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose["services"]
    return found


def test_it_is_what_the_specification_says(compose: dict[str, Any]) -> None:
    schema = json.loads((HERE / "compose-spec.json").read_text(encoding="utf-8"))
    errors = [
        error.json_path + ": " + error.message for error in jsonschema.Draft7Validator(schema).iter_errors(compose)
    ]
    assert errors == []


def test_the_schema_refuses_what_it_should(compose: dict[str, Any]) -> None:
    schema = json.loads((HERE / "compose-spec.json").read_text(encoding="utf-8"))
    wrong = {**compose, "services": {**compose["services"], "api": {"imgae": "hocba-hub"}}}
    assert list(jsonschema.Draft7Validator(schema).iter_errors(wrong))


def test_every_variable_of_the_hub_is_a_setting(compose: dict[str, Any]) -> None:
    given = {name for each in services(compose).values() for name in each.get("environment", {})}
    given |= set(re.findall(r"\$\{(HOCBA_\w+)", (REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8")))
    given |= set(re.findall(r"^(HOCBA_\w+)=", (REPOSITORY / "deploy/sandbox.env").read_text(encoding="utf-8"), re.M))
    known = {variable(path) for path in paths()} | NOT_SETTINGS
    assert {name.removesuffix(FILE_SUFFIX) for name in given if name.startswith(PREFIX)} <= known


def test_the_sandbox_names_a_signing_service_that_is_there(compose: dict[str, Any]) -> None:
    text = (REPOSITORY / "deploy/sandbox.env").read_text(encoding="utf-8")
    told = {name: json.loads(value) for name, value in re.findall(r"^(HOCBA_SIGNING__\w+)='(.*)'$", text, re.M)}
    signing = SigningSettings.model_validate(
        {"homes": told["HOCBA_SIGNING__HOMES"], "services": told["HOCBA_SIGNING__SERVICES"]}
    )
    assert {rule.home for rule in signing.homes} == set(signing.services)
    for service in signing.services.values():
        address = urlsplit(service.url)
        assert str(address.port) in services(compose)[address.hostname or ""]["entrypoint"]


def test_the_engines_get_variables_that_their_images_know(compose: dict[str, Any]) -> None:
    kafka = {
        name.removeprefix("KAFKA_").lower().replace("_", ".") for name in services(compose)["kafka"]["environment"]
    }
    assert kafka - {"heap.opts"} <= KAFKA
    assert set(services(compose)["postgres"]["environment"]) <= POSTGRES


def test_the_hub_runs_every_role(compose: dict[str, Any]) -> None:
    commands = [each.get("command") for each in services(compose).values()]
    assert all(["run", role] in commands for role in ROLES)


def test_whoever_is_waited_for_is_there(compose: dict[str, Any]) -> None:
    known = services(compose)
    for name, each in known.items():
        for other, how in each.get("depends_on", {}).items():
            assert other in known, name
            if how["condition"] == "service_healthy":
                assert "healthcheck" in known[other], other
            if "sandbox" in known[other].get("profiles", []) and "sandbox" not in each.get("profiles", []):
                assert how["required"] is False, f"{name} must start without the sandbox"


def test_what_stays_up_is_watched(compose: dict[str, Any]) -> None:
    vendors = {"hoasen", "saokhue", "canhdieu"}
    staying = {name for name, each in services(compose).items() if each.get("restart")}
    assert {name for name in staying if "healthcheck" not in services(compose)[name]} == vendors


def test_nothing_is_open_beyond_this_host(compose: dict[str, Any]) -> None:
    published = [port for each in services(compose).values() for port in each.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_our_containers_can_do_little(compose: dict[str, Any]) -> None:
    for name, each in services(compose).items():
        if each["image"] == "hocba-hub":
            assert each["read_only"] is True, name
            assert each["cap_drop"] == ["ALL"], name
            assert "no-new-privileges:true" in each["security_opt"], name


def test_images_are_pinned_to_a_version(compose: dict[str, Any]) -> None:
    others = {each["image"] for each in services(compose).values()} - {"hocba-hub"}
    assert all(re.search(r":\d", image) for image in others)


def test_secrets_come_from_files_that_are_not_committed(compose: dict[str, Any]) -> None:
    ignored = (REPOSITORY / "deploy/secrets/.gitignore").read_text(encoding="utf-8").split()
    assert ignored == ["*", "!.gitignore"]
    assert all(each["file"].startswith("deploy/secrets/") for each in compose["secrets"].values())
    for name, each in services(compose).items():
        for variable_name, value in each.get("environment", {}).items():
            if "PASSWORD" in variable_name and not variable_name.endswith("EXPOSES_PASSWORDS"):
                assert str(value).startswith("/run/secrets/"), f"{name}: {variable_name}"
