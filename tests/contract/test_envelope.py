"""One envelope for all lists: pages with a cursor, or small lists that say they are whole."""

from collections.abc import Iterator
from typing import Any

from app.core.openapi_shape import SCHEMA_REF
from app.main import create_app
from app.settings import Settings

DOCUMENT: dict[str, Any] = create_app(Settings()).openapi()
PAGE = {"data", "next_cursor", "has_more"}
LARGEST_WHOLE = 200
"""Entries in a list that comes in one answer."""


def answers() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Walk what operations answer in JSON, resolved."""
    for item in DOCUMENT["paths"].values():
        for operation in item.values():
            for status, response in operation["responses"].items():
                if status.startswith("2") and "application/json" in response.get("content", {}):
                    schema = response["content"]["application/json"]["schema"]
                    name = schema.get("$ref", "").removeprefix(SCHEMA_REF)
                    yield operation["operationId"], operation, DOCUMENT["components"]["schemas"].get(name, schema)


def is_list(operation_id: str, schema: dict[str, Any]) -> bool:
    return operation_id.startswith(("list", "search")) or "data" in schema.get("properties", {})


def test_every_list_is_a_page_or_says_that_it_is_whole() -> None:
    lists = [answer for answer in answers() if is_list(answer[0], answer[2])]
    assert len(lists) > 20
    for name, _, schema in lists:
        if schema["properties"].keys() == PAGE:
            assert set(schema["required"]) == PAGE, name
        else:
            assert schema["properties"].keys() == {"data"}, name
            assert schema["properties"]["data"]["maxItems"] <= LARGEST_WHOLE, name
            assert schema["description"].startswith(("All ", "The whole ", "The two ")), name


def test_a_list_takes_a_cursor_exactly_when_it_gives_one() -> None:
    for name, operation, schema in answers():
        if is_list(name, schema):
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            sent = DOCUMENT["components"]["schemas"].get(body.get("$ref", "").removeprefix(SCHEMA_REF), {})
            takes = {parameter.get("name") for parameter in operation.get("parameters", [])} | set(
                sent.get("properties", ())
            )
            assert ({"after", "limit"} <= takes) == ("has_more" in schema["properties"]), name


def test_no_answer_is_a_bare_array() -> None:
    assert [name for name, _, schema in answers() if schema.get("type") != "object"] == []
