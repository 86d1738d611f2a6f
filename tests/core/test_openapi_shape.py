"""Each step that shapes the document, on the smallest document that needs it."""

import json
from typing import Any

import pytest

from app.core import openapi_shape

Json = dict[str, Any]


def fields(document: Json) -> Json:
    return document["components"]["schemas"]["Thing"]["properties"]  # type: ignore[no-any-return]


def with_fields(**properties: Json) -> Json:
    return {"paths": {}, "components": {"schemas": {"Thing": {"type": "object", "properties": properties}}}}


def with_parameter(schema: Json, **more: str) -> Json:
    found = {"name": "n", "in": "query", "schema": schema} | more
    return {"paths": {"/": {"get": {"parameters": [found], "responses": {}}}}, "components": {"schemas": {}}}


def test_shaping_leaves_the_raw_document_as_it_was() -> None:
    raw = with_fields(a={"title": "A", "type": "integer"})
    before = json.dumps(raw)
    openapi_shape.shape(raw)
    assert json.dumps(raw) == before


def test_a_nullable_constant_becomes_an_enum_of_two() -> None:
    raw = with_fields(kind={"anyOf": [{"type": "string", "const": "soap"}, {"type": "null"}]})
    openapi_shape.nullable_as_type_list(raw)
    assert fields(raw)["kind"] == {"type": ["string", "null"], "enum": ["soap", None]}


def test_a_union_of_several_types_is_left_alone() -> None:
    union = {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]}
    raw = with_fields(either=dict(union))
    openapi_shape.nullable_as_type_list(raw)
    assert fields(raw)["either"] == union


@pytest.mark.parametrize("empty", [None, "", []])
def test_a_parameter_default_that_means_absent_goes(empty: object) -> None:
    raw = with_parameter({"type": ["string", "null"], "enum": ["a", None], "default": empty})
    openapi_shape.parameters_never_null(raw)
    assert raw["paths"]["/"]["get"]["parameters"][0]["schema"] == {"type": "string", "enum": ["a"]}


def test_a_parameter_that_may_be_several_things_loses_only_null() -> None:
    options = [{"type": "string"}, {"type": "integer"}]
    raw = with_parameter({"anyOf": [*options, {"type": "null"}], "description": "Either."})
    openapi_shape.parameters_never_null(raw)
    found = raw["paths"]["/"]["get"]["parameters"][0]
    assert found["schema"] == {"anyOf": options}
    assert found["description"] == "Either."


def test_read_only_marks_go() -> None:
    raw = with_fields(age={"type": "integer", "readOnly": True})
    openapi_shape.drop_read_only(raw)
    assert fields(raw)["age"] == {"type": "integer"}


@pytest.mark.parametrize(
    ("stated", "bounded"),
    [
        ({}, {"format": "int32", "minimum": -(2**31), "maximum": 2**31 - 1}),
        ({"minimum": 1}, {"format": "int32", "minimum": 1, "maximum": 2**31 - 1}),
        ({"maximum": 2**40}, {"format": "int64", "minimum": -(2**53) + 1, "maximum": 2**40}),
        (
            {"exclusiveMinimum": 0, "exclusiveMaximum": 9},
            {"format": "int32", "exclusiveMinimum": 0, "exclusiveMaximum": 9},
        ),
        ({"enum": [1, 2]}, {"enum": [1, 2]}),
    ],
)
def test_integers_are_bounded(stated: Json, bounded: Json) -> None:
    raw = with_fields(n={"type": ["integer", "null"], **stated}, text={"type": "string"})
    openapi_shape.bound_integers(raw)
    assert fields(raw) == {"n": {"type": ["integer", "null"], **bounded}, "text": {"type": "string"}}


def test_a_declared_header_we_know_is_named_by_reference_and_others_stay() -> None:
    other = {"schema": {"type": "string"}}
    response: Json = {"description": "Gone well.", "headers": {"Idempotency-Replayed": {}, "X-Other": other}}
    raw = {"paths": {"/": {"post": {"responses": {"200": response}}}}, "components": {"schemas": {}}}
    openapi_shape.add_response_headers(raw)
    assert response["headers"] == {
        "Idempotency-Replayed": {"$ref": "#/components/headers/Idempotency-Replayed"},
        "X-Other": other,
        "X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"},
    }


def test_scopes_of_oauth2_stay() -> None:
    raw: Json = {
        "paths": {"/": {"get": {"security": [{"login": ["notes:read"]}], "responses": {}}}},
        "components": {"securitySchemes": {"login": {"type": "oauth2"}}},
    }
    openapi_shape.scopes_only_on_oauth2(raw)
    assert raw["paths"]["/"]["get"]["security"] == [{"login": ["notes:read"]}]


def test_values_that_are_no_words_have_names() -> None:
    raw = with_fields(scope={"enum": ["notes:read_facts", "notes:sign", None]}, mode={"enum": ["pretend", "as_if"]})
    openapi_shape.name_enum_values(raw)
    assert fields(raw)["scope"]["x-enum-varnames"] == ["NOTES_READ_FACTS", "NOTES_SIGN"]
    assert "x-enum-varnames" not in fields(raw)["mode"]


def test_a_file_is_a_binary_string() -> None:
    raw = with_fields(file={"type": "string", "contentMediaType": "application/octet-stream"})
    openapi_shape.binary_as_format(raw)
    assert fields(raw)["file"] == {"type": "string", "format": "binary"}


def test_empty_sections_of_components_are_left_out() -> None:
    raw: Json = {"components": {"schemas": {"B": {}, "A": {}}, "headers": {}}}
    openapi_shape.sort_components(raw)
    assert list(raw["components"]) == ["schemas"]
    assert list(raw["components"]["schemas"]) == ["A", "B"]


@pytest.mark.parametrize(
    ("media_type", "said"),
    [("text/event-stream", {"type": "string"}), ("application/x-ndjson", {"type": "string", "format": "binary"})],
)
def test_a_stream_is_text_with_the_schema_of_its_items_beside_it(media_type: str, said: Json) -> None:
    item = {"$ref": "#/components/schemas/Event"}
    for media in ({"schema": item}, {"itemSchema": item}):
        response = {"description": "Events.", "content": {media_type: dict(media)}}
        raw: Json = {"paths": {"/": {"get": {"responses": {"200": response}}}}}
        openapi_shape.streams_as_text(raw)
        schema = said | {"contentSchema": item}  # which is where Redocly looks for what is used
        assert response["content"] == {media_type: {"schema": schema, "x-itemSchema": item}}
