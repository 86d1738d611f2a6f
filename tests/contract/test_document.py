"""The OpenAPI document: committed, described, valid, and pleasant to generate from."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
import yaml
from openapi_spec_validator import validate

from app.core.openapi import undescribed
from app.core.openapi_examples import without_example
from app.core.openapi_renditions import RENDITIONS
from app.examples import EXAMPLES
from app.main import create_app
from app.settings import Settings

COMMITTED = Path(__file__).parents[2] / "openapi"
METHOD_NAME = re.compile(
    r"^(list|get|create|update|replace|upsert|discharge|search|add|sign|cosign|return|mark|open|start|complete|end|hold"
    r"|save|delete|show|hide|review|cancel|revoke|draw|rate|set|plan|stream|refresh|extend"
    r"|fulfil|deny|withdraw|confirm|remove|reset|change|place|lift|request|approve|refuse)[A-Z][A-Za-z0-9]*$|^signIn$|^signOut(Everywhere)?$|^stepUp$"
)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return create_app(Settings()).openapi()


@pytest.fixture(scope="module")
def served() -> httpx.AsyncClient:
    """The service without its database: the contract needs none."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(create_app(Settings())), base_url="http://localhost")


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, operation) for path, item in document["paths"].items() for method, operation in item.items()]


def test_the_committed_document_is_what_the_code_says(document: dict[str, Any]) -> None:
    for name, write in RENDITIONS.items():
        assert (COMMITTED / name).read_text() == write(document), (
            f"{name}: run `make openapi` and review the difference"
        )


@pytest.mark.parametrize("name", ["openapi.json", "openapi-3.0.json", "openapi-3.2.json"])
def test_every_rendition_is_valid(document: dict[str, Any], name: str) -> None:
    validate(json.loads(RENDITIONS[name](document)))


def test_the_yaml_says_the_same(document: dict[str, Any]) -> None:
    assert yaml.load(RENDITIONS["openapi.yaml"](document), yaml.CSafeLoader) == document


def test_every_body_shows_an_example(document: dict[str, Any]) -> None:
    assert without_example(document) == [], "add it to app/examples, by schema name"


def test_every_example_is_of_a_schema(document: dict[str, Any]) -> None:
    assert EXAMPLES.keys() - document["components"]["schemas"].keys() == set()


def test_every_example_of_a_body_is_valid(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        for body in (operation.get("requestBody", {}), *operation["responses"].values()):
            for media_type, media in body.get("content", {}).items():
                root = {**media.get("x-itemSchema", media["schema"]), "components": document["components"]}
                validator = jsonschema_rs.Draft202012Validator(root, validate_formats=True)
                shown = [media["example"]] if "example" in media else [e["value"] for e in media["examples"].values()]
                for example in shown:
                    value = json.loads(_line_of(example)) if "x-itemSchema" in media else example
                    errors = [error.message for error in validator.iter_errors(value)]
                    assert not errors, f"{method} {path} {media_type}: {errors}"


def _line_of(example: str) -> str:
    """Return what a stream tells, without the marks of a server-sent event."""
    return example.partition("data: ")[2].partition("\n")[0] if example.startswith("data: ") else example


def test_tags_have_a_paragraph_and_are_all_used(document: dict[str, Any]) -> None:
    used = {tag for _, _, operation in operations(document) for tag in operation["tags"]}
    assert [tag["name"] for tag in document["tags"] if tag["name"] not in used] == []


@pytest.mark.parametrize("name", ["openapi.json", "openapi.yaml", "openapi-3.0.json"])
async def test_the_document_is_served_to_everyone(served: httpx.AsyncClient, name: str) -> None:
    answer = await served.get(f"/{name}")
    assert (answer.status_code, answer.text) == (200, (COMMITTED / name).read_text())
    assert answer.headers["content-type"].partition(";")[0].endswith(name.rpartition(".")[2])
    again = await served.get(f"/{name}", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", answer.headers["etag"])


def test_everything_is_described(document: dict[str, Any]) -> None:
    assert undescribed(document) == []


def test_operations_are_named_like_methods(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert [name for name in names if not METHOD_NAME.match(name) or len(name) > 40] == []
    assert len(names) == len(set(names))


def test_schema_names_are_those_a_person_would_choose(document: dict[str, Any]) -> None:
    for name in document["components"]["schemas"]:
        assert re.fullmatch(r"[A-Z][A-Za-z0-9]*", name), name
        assert not re.search(r"(^Body|Input$|Output$|^HTTPValidationError$)", name), name


def test_every_change_of_a_resource_takes_if_match(document: dict[str, Any]) -> None:
    exempt = {"upsertClient", "revokeApiKey", "removeSecondFactor", "resetSecondFactor"}
    for path, method, operation in operations(document):
        if method in {"patch", "put", "delete"} and operation["operationId"] not in exempt:
            names = {parameter.get("name") for parameter in operation.get("parameters", [])}
            assert "If-Match" in names, f"{method} {path}"


def test_every_creating_post_takes_an_idempotency_key(document: dict[str, Any]) -> None:
    exempt = {
        "createApiKey",
        "createProcessNote",
        "openEmergencyAccess",
    }  # the stored answer would be a copy of what only one may know
    for path, method, operation in operations(document):
        if method == "post" and "201" in operation["responses"] and operation["operationId"] not in exempt:
            names = {parameter.get("name") for parameter in operation.get("parameters", [])}
            assert "Idempotency-Key" in names, path


def test_every_example_is_valid(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        root = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        validator = jsonschema_rs.Draft202012Validator(root, validate_formats=True)
        for example in schema.get("examples", []):
            errors = [error.message for error in validator.iter_errors(example)]
            assert not errors, f"{name}: {errors}"


def test_every_refusal_is_a_problem_document(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        for status, response in operation["responses"].items():
            if status >= "400" and (operation["operationId"], status) != ("createToken", "400"):  # RFC 6749
                shared = response.get("$ref", "").rsplit("/", 1)[-1]
                stated = document["components"]["responses"][shared] if shared else response
                assert list(stated["content"]) == ["application/problem+json"], f"{method} {path} {status}"
