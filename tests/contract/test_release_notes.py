"""The CHANGELOG section is made from the report of the diff."""

from typing import Any

from app.cli.contract import notes_of

DOCUMENT: dict[str, Any] = {
    "paths": {
        "/v1/notices": {"get": {"summary": "List notices"}, "parameters": []},
        "/v1/clinic": {"get": {"summary": "Read the clinic"}, "patch": {"summary": "Change the clinic"}},
    }
}


def change(impact: str, kind: str, what: str, path: str, **more: Any) -> dict[str, Any]:
    return {"impact": impact, "kind": kind, "typeName": what, "path": path, "verdicts": [], **more}


def notes(*changes: dict[str, Any]) -> str:
    return notes_of({"changes": list(changes)}, DOCUMENT, "0.2.0")


def test_what_breaks_comes_first_in_the_words_of_the_verdict() -> None:
    verdicts = [{"message": "Gone."}]
    said = notes(change("major", "removed", "Schema", "#/paths/~1v1~1clinic/get/responses/200", verdicts=verdicts))
    assert said == "## [0.2.0] - unreleased\n\n### Breaking\n\n- `GET /v1/clinic`: Gone."


def test_what_breaks_outside_an_operation_names_its_place() -> None:
    gone = [{"message": "Gone."}]
    assert "- `security`: Gone." in notes(
        change("major", "removed", "SecurityRequirement", "#/security", verdicts=gone)
    )


def test_new_paths_and_operations_are_added_with_their_summaries() -> None:
    said = notes(
        change("minor", "added", "PathItem", "#/paths/~1v1~1notices"),
        change("minor", "added", "Operation", "#/paths/~1v1~1clinic/patch"),
    )
    assert "- `GET /v1/notices`: List notices.\n- `PATCH /v1/clinic`: Change the clinic." in said


def test_new_fields_and_parameters_are_changes_said_once() -> None:
    place = "#/paths/~1v1~1clinic/patch/requestBody/content/application~1json/schema/properties/motto"
    status = {"value": {"name": "status", "in": "query"}}
    said = notes(
        change("minor", "added", "Schema", place),
        change("minor", "added", "Schema", place),
        change("minor", "added", "Schema", place.replace("requestBody", "responses/200")),
        change("minor", "added", "Parameter", "#/paths/~1v1~1notices/get/parameters/0", revision=status),
    )
    assert said.count("added `motto` of the request.") == 1
    assert "- `PATCH /v1/clinic`: added `motto` of the answer." in said
    assert "- `GET /v1/notices`: added query parameter `status`." in said


def test_small_changes_are_only_counted() -> None:
    said = notes(
        change("patch", "modified", "Operation", "#/paths/~1v1~1clinic/get"),
        change("minor", "added", "Header", "#/paths/~1v1~1clinic/get/responses/200/headers/ETag"),
    )
    assert said.endswith("And 2 smaller changes (descriptions, headers, refusals): `make openapi-diff` lists them.")
    assert "###" not in said
