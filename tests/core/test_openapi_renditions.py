"""The other forms of the document, each on the smallest document that needs it."""

from typing import Any

import pytest
import yaml
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV32SpecValidator

from app.core.openapi_renditions import Unsayable, as_30, as_32, as_yaml

Json = dict[str, Any]


def with_schemas(**schemas: Json) -> Json:
    """A document whose schemas are all used by one path."""
    media = {"application/json": {"schema": {"anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in schemas]}}}
    answer = {"description": "Gone well.", "content": media}
    return {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1", "summary": "S", "license": {"name": "L", "identifier": "L"}},
        "paths": {"/": {"get": {"responses": {"200": answer}}}},
        "components": {"schemas": schemas},
    }


def older(schema: Json) -> Json:
    document = as_30(with_schemas(Thing=schema, Other={"type": "string"}))
    OpenAPIV30SpecValidator(document).validate()
    return document["components"]["schemas"]["Thing"]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("newer", "said"),
    [
        ({"type": ["string", "null"], "maxLength": 3}, {"type": "string", "maxLength": 3, "nullable": True}),
        ({"type": ["string"]}, {"type": "string"}),
        (
            {"anyOf": [{"$ref": "#/components/schemas/Other"}, {"type": "null"}]},
            {"nullable": True, "allOf": [{"$ref": "#/components/schemas/Other"}], "type": "string"},
        ),
        (
            {"oneOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]},
            {"nullable": True, "oneOf": [{"type": "string"}, {"type": "integer"}]},
        ),
        ({"type": "boolean", "const": True}, {"type": "boolean", "enum": [True]}),
        ({"type": "string", "examples": ["a", "b"]}, {"type": "string", "example": "a"}),
        ({"type": "integer", "exclusiveMinimum": 0}, {"type": "integer", "minimum": 0, "exclusiveMinimum": True}),
        ({"type": "integer", "exclusiveMaximum": 9}, {"type": "integer", "maximum": 9, "exclusiveMaximum": True}),
        (
            {"$ref": "#/components/schemas/Other", "description": "More."},
            {"allOf": [{"$ref": "#/components/schemas/Other"}], "description": "More."},
        ),
    ],
)
def test_a_schema_is_said_in_the_words_of_3_0(newer: Json, said: Json) -> None:
    assert older(newer) == said


def test_fields_named_like_keywords_stay_fields() -> None:
    fields = {name: {"type": "string"} for name in ("const", "examples", "if", "example", "default", "type")}
    assert older({"type": "object", "properties": fields}) == {"type": "object", "properties": fields}


def test_examples_are_values_and_stay_as_they_are() -> None:
    value = {"const": 1, "type": ["a", "null"], "$ref": "x", "examples": [1]}
    assert older({"type": "object", "example": value})["example"] == value
    assert older({"type": "object", "examples": [value]})["example"] == value
    document = with_schemas(Thing={"type": "object"})
    media = document["paths"]["/"]["get"]["responses"]["200"]["content"]["application/json"]
    media["examples"] = {"one": {"summary": "One", "value": value}}
    said = as_30(document)["paths"]["/"]["get"]["responses"]["200"]["content"]["application/json"]
    assert said["examples"] == media["examples"]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": ["string", "integer"]},
        {"prefixItems": [{"type": "string"}]},
        {"type": "object", "patternProperties": {"^a": {"type": "string"}}},
        {"type": "object", "propertyNames": {"maxLength": 3}},
        {"if": {"type": "string"}},
    ],
)
def test_what_3_0_cannot_say_is_refused(schema: Json) -> None:
    with pytest.raises(Unsayable):
        as_30(with_schemas(Thing=schema))


def test_3_0_has_no_webhooks_and_no_schema_that_only_they_used() -> None:
    document = with_schemas(Thing={"type": "object"})
    document["components"]["schemas"] |= {"Happening": {"properties": {"of": {"$ref": "#/components/schemas/Of"}}}}
    document["components"]["schemas"] |= {"Of": {"type": "object"}}
    document["webhooks"] = {"happened": {"post": {"x": {"$ref": "#/components/schemas/Happening"}}}}
    said = as_30(document)
    assert "webhooks" not in said
    assert list(said["components"]["schemas"]) == ["Thing"]
    assert said["info"] == {"title": "T", "version": "1", "license": {"name": "L"}}


def test_a_schema_that_is_only_a_choice_of_a_discriminator_stays() -> None:
    choice = {"propertyName": "kind", "mapping": {"a": "#/components/schemas/Choice"}}
    document = with_schemas(Thing={"type": "object", "discriminator": choice})
    document["components"]["schemas"]["Choice"] = {"type": "object"}
    assert "Choice" in as_30(document)["components"]["schemas"]


def test_3_0_leaves_room_for_new_fields_in_what_is_answered_and_none_in_what_is_sent() -> None:
    closed = {"type": "object", "additionalProperties": False}
    inner = closed | {"properties": {"within": {"$ref": "#/components/schemas/Within"}}}
    document = with_schemas(Answered=inner)
    document["components"]["schemas"] |= {"Within": closed, "Sent": closed, "Refused": closed}
    operation = document["paths"]["/"]["get"]
    operation["requestBody"] = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Sent"}}}}
    operation["responses"]["400"] = {"$ref": "#/components/responses/Refusal"}
    refusal = {"application/json": {"schema": {"$ref": "#/components/schemas/Refused"}}}
    document["components"]["responses"] = {"Refusal": {"description": "No.", "content": refusal}}
    schemas = as_30(document)["components"]["schemas"]
    assert {name for name, schema in schemas.items() if "additionalProperties" in schema} == {"Sent"}
    assert closed["additionalProperties"] is False, "the document itself stays as it was"


@pytest.mark.parametrize(
    ("media_type", "said"),
    [("image/svg+xml", "binary"), ("text/event-stream", None), ("application/json", None), ("text/plain", None)],
)
def test_3_0_calls_a_picture_a_file(media_type: str, said: str | None) -> None:
    document = with_schemas(Thing={"type": "object"})
    document["paths"]["/"]["get"]["responses"]["200"]["content"] = {media_type: {"schema": {"type": "string"}}}
    content = as_30(document)["paths"]["/"]["get"]["responses"]["200"]["content"]
    assert content[media_type]["schema"].get("format") == said


def test_3_2_names_the_schema_of_the_items_of_a_stream() -> None:
    document = with_schemas(Thing={"type": "object"})
    answer = document["paths"]["/"]["get"]["responses"]["200"]
    item = {"$ref": "#/components/schemas/Thing"}
    answer["content"] = {"text/event-stream": {"schema": {"type": "string"}, "x-itemSchema": item}}
    newer = as_32(document)
    OpenAPIV32SpecValidator(newer).validate()
    assert newer["openapi"] == "3.2.0"
    stream = newer["paths"]["/"]["get"]["responses"]["200"]["content"]["text/event-stream"]
    assert stream.keys() == {"itemSchema"}
    assert stream["itemSchema"]["properties"]["data"]["contentSchema"] == item
    assert "schema" not in stream["itemSchema"]
    assert "x-itemSchema" in answer["content"]["text/event-stream"], "the document itself stays as it was"


@pytest.mark.parametrize(
    "value",
    [
        *(
            "",
            "plain words",
            "true",
            "No",
            "null",
            "7",
            "1.0",
            "2026-03-02",
            "- a",
            "a: b",
            "a #b",
            "#",
            "'",
            '"',
            "é …",
        ),
        *(
            "first\nsecond",
            "first\n\n  indented",
            "\nleading",
            "trailing\n",
            "odd \nend",
            "tab\tinside",
            "a\n\tb",
            "\u2028",
        ),
        *(
            None,
            True,
            0,
            -1,
            1.5,
            [],
            {},
            [[]],
            [[1, [2]]],
            [{"a": 1, "b": {"c": [{}]}}],
            {"on": 1, "200": {"$ref": "#/"}},
        ),
    ],
)
def test_yaml_reads_back_as_the_same_document(value: object) -> None:
    document = {"x": value, "list": [value, value], "last": {"y": value}}
    assert yaml.safe_load(as_yaml(document)) == document
