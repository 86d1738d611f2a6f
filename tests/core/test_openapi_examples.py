"""Examples are put together from the parts of a schema, and never made up."""

from typing import Any

import pytest

from app.core.openapi_examples import NoExample, example_of, show_examples
from app.core.problem_examples import PROBLEM_EXAMPLES
from app.core.problem_schemas import REFUSALS
from app.core.problems import Problem
from tests.contract.test_errors_page import kinds

Json = dict[str, Any]
THING: Json = {"type": "object", "properties": {"name": {"type": "string"}}, "examples": [{"name": "A thing"}]}
DOCUMENT: Json = {"components": {"schemas": {"Thing": THING}}}
TO_THING: Json = {"$ref": "#/components/schemas/Thing"}


@pytest.mark.parametrize(
    ("schema", "shown"),
    [
        (TO_THING, {"name": "A thing"}),
        ({"type": "array", "items": TO_THING}, [{"name": "A thing"}]),
        ({"type": "array", "items": TO_THING, "minItems": 2}, [{"name": "A thing"}] * 2),
        ({"type": "string", "enum": ["a", "b"]}, "a"),
        ({"type": ["string", "null"]}, None),
        ({"anyOf": [TO_THING, {"type": "null"}]}, None),
        ({"type": "boolean"}, False),
        (
            {"type": "object", "properties": {"more": {"type": "boolean"}, "of": TO_THING}},
            {"more": False, "of": {"name": "A thing"}},
        ),
    ],
)
def test_an_example_is_put_together_from_its_parts(schema: Json, shown: object) -> None:
    assert example_of(DOCUMENT, schema) == shown


@pytest.mark.parametrize(
    "schema", [{"type": "string"}, {"type": "integer"}, {"properties": {"a": {"type": "string"}}}, {}]
)
def test_words_and_numbers_are_not_made_up(schema: Json) -> None:
    with pytest.raises(NoExample):
        example_of(DOCUMENT, schema)


def test_the_example_of_a_stream_is_one_line_of_it() -> None:
    media: Json = {"schema": {"type": "string"}, "x-itemSchema": TO_THING}
    answer = {"responses": {"200": {"content": {"application/x-ndjson": media}}}}
    show_examples({**DOCUMENT, "paths": {"/": {"get": answer}}})
    assert media["example"] == '{"name": "A thing"}\n'


def test_an_example_of_a_body_itself_is_left_alone() -> None:
    media: Json = {"schema": TO_THING, "example": {"name": "Mine"}}
    show_examples(
        {
            **DOCUMENT,
            "paths": {"/": {"post": {"requestBody": {"content": {"application/json": media}}, "responses": {}}}},
        }
    )
    assert media["example"] == {"name": "Mine"}


def test_every_status_of_the_document_has_a_problem_that_exists() -> None:
    assert REFUSALS.keys() <= PROBLEM_EXAMPLES.keys()
    real = {(kind.status, kind.code, kind.title) for kind in kinds(Problem)}
    assert {(problem["status"], problem["code"], problem["title"]) for problem in PROBLEM_EXAMPLES.values()} <= real
