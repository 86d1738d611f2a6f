"""The published document, made from a small app that has every trap in it."""

import json
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from fastapi import APIRouter, Body, FastAPI, Header, Query, Security
from fastapi.routing import APIRoute
from fastapi.security import APIKeyHeader, HTTPBearer
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import MISSING, Field

from app.core import openapi, openapi_examples, openapi_shape
from app.core.problem_schemas import PROBLEM_JSON, REFUSALS
from app.core.problems import Problem
from app.core.schemas import ApiModel, Line, Out, Page, PageQuery, Resource

Json = dict[str, Any]
USUAL = {"X-Request-Id", "Emergency-Access", "RateLimit", "RateLimit-Policy"}
NOTE_EXAMPLE: Json = {"title": "A title", "default": {"title": "inner", "summary": None}, "summary": None}


class Mood(StrEnum):
    """How it went."""

    CALM = "calm"
    STORMY = "stormy"


class Diary(Resource):
    """A diary."""

    title: Line
    """A field that is really called title."""
    default: Annotated[int | None, Field(ge=0, le=10)]
    """A field that is really called default."""
    summary: Line | None
    """A few words."""
    mood: Mood | None
    """The mood."""
    place: Literal["home", "clinic"] | None
    """Where."""
    pages: int = 3
    """How many pages."""


class DiaryPage(Page[Diary]):
    """A page of diaries."""


class DiaryCreate(ApiModel):
    """A new diary."""

    title: Line
    """Its title."""
    pages: int = 3
    """How many pages."""
    mood: Mood = Mood.CALM
    """The mood."""
    place: str = ""
    """Where it is kept."""


class DiaryUpdate(ApiModel):
    """Changes to a diary."""

    title: Line | MISSING = MISSING
    """A new title."""
    summary: Line | MISSING | None = MISSING
    """A new summary; null clears it."""
    mood: Mood | MISSING = MISSING
    """A new mood."""


class Count(Out):
    """A count."""

    wordless: int


SHOWN: dict[str, Json] = {"Diary": NOTE_EXAMPLE, "Count": {"wordless": 7}, "Unknown": {}}
PATCH_EXAMPLES: Any = {"clear": {"summary": "Clear the summary", "value": {"summary": None}}}
bearer = HTTPBearer(scheme_name="bearerAuth", auto_error=False)
api_key = APIKeyHeader(name="X-Api-Key", scheme_name="apiKey", auto_error=False)


def sample_app() -> FastAPI:
    app = FastAPI(title="Sample", version="1.0.0", generate_unique_id_function=openapi.operation_id)
    router = APIRouter(prefix="/v1/diaries", tags=["Diaries"], responses=openapi.problems())

    @router.get("")
    async def list_diaries(
        page: Annotated[PageQuery, Query()],
        mood: Annotated[Mood | None, Query(description="Only these.")] = None,
        words: Annotated[str, Query(description="Words.", max_length=50)] = "",
    ) -> DiaryPage:
        """List diaries."""
        raise NotImplementedError

    @router.post("", status_code=201, responses=openapi.problems(409))
    async def create_diary(
        diary: DiaryCreate, key: Annotated[str | None, Header(alias="Idempotency-Key")] = None
    ) -> Diary:
        """Create a diary."""
        raise NotImplementedError

    @router.get("/{diary_id}", responses=openapi.problems(404))
    async def get_diary(diary_id: UUID, *, accept_language: Annotated[str, Header()] = "en") -> Diary:
        """Read a diary."""
        raise NotImplementedError

    @router.patch("/{diary_id}", responses=openapi.problems(404, 412, 428))
    async def update_diary(
        diary_id: UUID,
        changes: Annotated[DiaryUpdate, Body(openapi_examples=PATCH_EXAMPLES)],
        expected: Annotated[str, Header(alias="If-Match", description="The ETag.")],
        bearer: Annotated[object, Security(bearer, scopes=["diaries:write"])],
        key: Annotated[object, Security(api_key, scopes=["diaries:write"])],
    ) -> Diary:
        """Change a diary."""
        raise NotImplementedError

    @router.delete("/{diary_id}", status_code=204)
    async def delete_diary(diary_id: UUID) -> None:
        """Delete a diary."""

    @router.get("/{diary_id}/words", responses={404: {"description": "No words."}})
    async def count_words(diary_id: UUID) -> Count:
        raise NotImplementedError

    app.include_router(router)

    @app.get("/plain/{number}")
    async def plain(number: int) -> None:
        """Declare no problems at all."""

    openapi.install(app, tags=[{"name": "Diaries", "description": "Diaries."}], examples=SHOWN)
    return app


@pytest.fixture(scope="module")
def document() -> Json:
    return sample_app().openapi()


def operation(document: Json, name: str) -> Json:
    return next(op for op in openapi_shape.operations(document) if op["operationId"] == name)


def parameter(document: Json, name: str, parameter_name: str) -> Json:
    found = operation(document, name)["parameters"]
    return next(p for p in found if p["name"] == parameter_name)


def fields(document: Json, name: str) -> Json:
    return document["components"]["schemas"][name]["properties"]  # type: ignore[no-any-return]


def test_the_document_is_valid_openapi_3_1(document: Json) -> None:
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def test_two_runs_give_the_same_bytes(document: Json) -> None:
    assert json.dumps(sample_app().openapi()) == json.dumps(document)


def test_the_document_is_made_once() -> None:
    app = sample_app()
    assert app.openapi() is app.openapi()


@pytest.mark.parametrize(
    ("handler", "expected"), [("sign_note", "signNote"), ("me", "me"), ("list_care_team", "listCareTeam")]
)
def test_operation_ids_are_the_handler_names_in_camel_case(handler: str, expected: str) -> None:
    def endpoint() -> None: ...

    assert openapi.operation_id(APIRoute("/", endpoint, name=handler)) == expected


def test_problems_always_hold_the_refusals_any_operation_may_give() -> None:
    usual = [400, 401, 403, 406, 422, 429, 500, 503]
    assert list(openapi.problems()) == usual
    assert list(openapi.problems(428, 404)) == sorted([*usual, 404, 428])


def test_every_problem_status_of_the_core_has_a_documented_response() -> None:
    before_any_operation = {408, 414, 431}
    assert {kind.status for kind in Problem.__subclasses__() if kind.__module__ == Problem.__module__} <= (
        REFUSALS.keys() | before_any_operation
    )


def test_the_problem_schema_is_rfc_9457_and_open_to_more_members(document: Json) -> None:
    problem = document["components"]["schemas"]["Problem"]
    assert problem.get("additionalProperties") is not False
    assert set(problem["required"]) == {"type", "code", "title", "status", "detail", "instance", "errors"}
    assert problem["properties"]["detail"]["type"] == ["string", "null"]
    assert problem["properties"]["errors"]["items"] == {"$ref": "#/components/schemas/FieldError"}
    assert "type" in problem["examples"][0]


def test_titles_go_but_fields_called_title_stay(document: Json) -> None:
    assert all("title" not in schema for schema in document["components"]["schemas"].values())
    assert fields(document, "Diary")["title"]["description"] == "A field that is really called title."
    assert "title" not in fields(document, "Diary")["title"]


def test_examples_keep_their_nulls_titles_and_defaults(document: Json) -> None:
    assert document["components"]["schemas"]["Diary"]["examples"] == [NOTE_EXAMPLE]
    body = operation(document, "updateDiary")["requestBody"]["content"]["application/json"]
    assert body["examples"] == PATCH_EXAMPLES


def test_nullable_fields_are_written_as_type_lists(document: Json) -> None:
    diary = fields(document, "Diary")
    assert diary["summary"] == {
        "type": ["string", "null"],
        "minLength": 1,
        "maxLength": 200,
        "description": "A few words.",
    }
    assert diary["default"]["type"] == ["integer", "null"]
    assert fields(document, "DiaryPage")["next_cursor"]["type"] == ["string", "null"]


def test_a_nullable_reference_keeps_its_any_of(document: Json) -> None:
    assert fields(document, "Diary")["mood"]["anyOf"] == [
        {"$ref": "#/components/schemas/Mood"},
        {"type": "null"},
    ]


def test_a_nullable_inline_enum_names_null_among_its_values(document: Json) -> None:
    assert fields(document, "Diary")["place"] == {
        "type": ["string", "null"],
        "enum": ["home", "clinic", None],
        "description": "Where.",
    }


def test_a_patch_model_tells_null_from_absent(document: Json) -> None:
    changes = document["components"]["schemas"]["DiaryUpdate"]
    assert "required" not in changes
    assert changes["properties"]["title"]["type"] == "string"
    assert changes["properties"]["summary"]["type"] == ["string", "null"]
    assert changes["properties"]["mood"] == {
        "$ref": "#/components/schemas/Mood",
        "description": "A new mood.",
    }


def test_parameters_are_never_null(document: Json) -> None:
    assert parameter(document, "listDiaries", "after") == {
        "name": "after",
        "in": "query",
        "required": False,
        "description": "The `next_cursor` of the page before.",
        "schema": {"type": "string", "maxLength": 400},
    }
    assert parameter(document, "listDiaries", "mood")["schema"] == {"$ref": "#/components/schemas/Mood"}


def test_a_parameter_keeps_a_default_that_says_something(document: Json) -> None:
    assert parameter(document, "listDiaries", "limit")["schema"]["default"] == 25
    assert "default" not in parameter(document, "listDiaries", "words")["schema"]


def test_header_parameters_are_written_as_people_write_them(document: Json) -> None:
    assert parameter(document, "updateDiary", "If-Match")["required"] is True
    assert parameter(document, "createDiary", "Idempotency-Key")["required"] is False
    assert parameter(document, "getDiary", "Accept-Language")["schema"]["default"] == "en"


def test_body_defaults_are_said_in_words(document: Json) -> None:
    create = fields(document, "DiaryCreate")
    assert all("default" not in field for field in create.values())
    assert create["pages"]["description"] == "How many pages. Default: `3`."
    assert create["mood"]["description"] == 'The mood. Default: `"calm"`.'
    assert create["place"]["description"] == "Where it is kept."
    assert fields(document, "Diary")["pages"]["description"] == "How many pages."


def test_refusals_are_shared_by_reference(document: Json) -> None:
    assert operation(document, "updateDiary")["responses"]["412"] == {
        "$ref": "#/components/responses/PreconditionFailed"
    }
    shared = document["components"]["responses"]
    assert shared["NotFound"]["content"][PROBLEM_JSON]["schema"] == {"$ref": "#/components/schemas/Problem"}
    assert shared["NotFound"]["content"][PROBLEM_JSON]["example"]["code"] == "not_found"
    quotas = {"RateLimit", "RateLimit-Policy"}
    assert set(shared["Unauthorized"]["headers"]) == {"X-Request-Id", "WWW-Authenticate", *quotas}
    assert set(shared["TooManyRequests"]["headers"]) == {"X-Request-Id", "Retry-After", *quotas}
    assert set(shared["ServiceUnavailable"]["headers"]) == {"X-Request-Id", "Retry-After"}


def test_a_refusal_with_its_own_words_is_not_shared(document: Json) -> None:
    assert operation(document, "countWords")["responses"]["404"]["description"] == "No words."


def test_the_validation_error_of_the_framework_is_replaced_by_ours(document: Json) -> None:
    assert operation(document, "plain")["responses"]["422"] == {"$ref": "#/components/responses/ValidationFailed"}
    assert not {"HTTPValidationError", "ValidationError"} & document["components"]["schemas"].keys()


@pytest.mark.parametrize(
    ("name", "status", "headers"),
    [
        ("listDiaries", "200", {*USUAL, "Link"}),
        ("createDiary", "201", {*USUAL, "ETag", "Location", "Idempotency-Replayed"}),
        ("getDiary", "200", {*USUAL, "ETag"}),
        ("deleteDiary", "204", USUAL),
        ("countWords", "200", USUAL),
    ],
)
def test_responses_name_their_headers(document: Json, name: str, status: str, headers: set[str]) -> None:
    found = operation(document, name)["responses"][status]["headers"]
    assert found == {header: {"$ref": f"#/components/headers/{header}"} for header in headers}


def test_a_read_with_an_etag_can_be_conditional(document: Json) -> None:
    assert parameter(document, "getDiary", "If-None-Match")["required"] is False
    assert operation(document, "getDiary")["responses"]["304"] == {"$ref": "#/components/responses/NotModified"}
    assert set(document["components"]["responses"]["NotModified"]["headers"]) == {"ETag", "X-Request-Id"}
    assert "304" not in operation(document, "listDiaries")["responses"]


def test_answers_are_described_by_what_is_in_them(document: Json) -> None:
    assert operation(document, "getDiary")["responses"]["200"]["description"] == "A diary."
    assert operation(document, "deleteDiary")["responses"]["204"]["description"] == "Done; the answer has no body."
    assert operation(document, "plain")["responses"]["200"]["description"] == "Done."


def test_bodies_show_the_examples_of_their_schemas(document: Json) -> None:
    def shown(name: str, status: str) -> Json:
        content = operation(document, name)["responses"][status]["content"]["application/json"]
        return content["example"]  # type: ignore[no-any-return]

    assert shown("getDiary", "200") == NOTE_EXAMPLE
    assert shown("listDiaries", "200") == {"data": [NOTE_EXAMPLE], "next_cursor": None, "has_more": False}
    assert shown("countWords", "200") == {"wordless": 7}, "from the examples given to `install`"
    assert "DiaryCreate" in openapi_examples.without_example(document)


def test_scopes_of_tokens_and_keys_are_empty(document: Json) -> None:
    assert operation(document, "updateDiary")["security"] == [{"bearerAuth": []}, {"apiKey": []}]


def test_responses_are_sorted_by_status(document: Json) -> None:
    for found in openapi_shape.operations(document):
        assert list(found["responses"]) == sorted(found["responses"])


def test_components_are_sorted(document: Json) -> None:
    components = document["components"]
    assert list(components) == sorted(components)
    assert all(list(section) == sorted(section) for section in components.values())


def test_ids_in_paths_are_described(document: Json) -> None:
    parameters = operation(document, "getDiary")["parameters"]
    assert [p["description"] for p in parameters if p["in"] == "path"] == ["The id of the diary."]


def test_undescribed_names_every_silent_place(document: Json) -> None:
    assert openapi.undescribed(document) == [
        "Count.wordless",
        "countWords: description",
        "createDiary: parameter Idempotency-Key",
        "getDiary: parameter Accept-Language",
        "plain: parameter number",
        "plain: tag",
    ]
