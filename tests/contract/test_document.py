"""The OpenAPI document: committed, described, valid, and pleasant to generate from."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from openapi_spec_validator import validate

from app.core.openapi import undescribed
from app.main import create_app
from app.settings import Settings

COMMITTED = Path(__file__).parents[2] / "openapi" / "openapi.json"
METHOD_NAME = re.compile(
    r"^(list|get|create|update|replace|upsert|discharge|search|add|sign|cosign|return|mark|open|start|complete|end|hold"
    r"|cancel|revoke|draw|rate|set|plan)[A-Z][A-Za-z0-9]*$|^signIn$|^signOut$"
)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return create_app(Settings()).openapi()


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, operation) for path, item in document["paths"].items() for method, operation in item.items()]


def test_the_committed_document_is_what_the_code_says(document: dict[str, Any]) -> None:
    assert json.loads(COMMITTED.read_text()) == document, "run `make openapi` and review the difference"


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    validate(document)


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
    exempt = {"upsertClient", "revokeApiKey"}
    for path, method, operation in operations(document):
        if method in {"patch", "put", "delete"} and operation["operationId"] not in exempt:
            names = {parameter.get("name") for parameter in operation.get("parameters", [])}
            assert "If-Match" in names, f"{method} {path}"


def test_every_creating_post_takes_an_idempotency_key(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        if method == "post" and "201" in operation["responses"] and operation["operationId"] != "createApiKey":
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
            if status >= "400":
                shared = response.get("$ref", "").rsplit("/", 1)[-1]
                stated = document["components"]["responses"][shared] if shared else response
                assert list(stated["content"]) == ["application/problem+json"], f"{method} {path} {status}"
