"""Samples stand beside every operation, and tell the story of the document's examples."""

import json
from typing import Any

import pytest

from app.core.openapi_renditions import RENDITIONS
from app.core.openapi_samples import WORD, call_of, example_path
from app.main import create_app
from app.settings import Settings


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return create_app(Settings()).openapi()


def test_every_operation_has_a_sample_in_each_language(document: dict[str, Any]) -> None:
    for item in document["paths"].values():
        for operation in item.values():
            assert [sample["label"] for sample in operation[WORD]] == ["curl", "Python", "TypeScript"]


def test_a_path_is_filled_with_the_ids_of_the_story(document: dict[str, Any]) -> None:
    shown = document["paths"]["/v1/notes/{note_id}"]["get"]["responses"]["200"]["content"]["application/json"][
        "example"
    ]
    path = example_path(document, "/v1/notes/{note_id}/versions/{number}")
    assert path == f"/v1/notes/{shown['id']}/versions/2"
    assert call_of(document, "/v1/notes/{note_id}/sign", "post").version == shown["version"]


def test_a_query_an_operation_cannot_do_without_is_there(document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            needed = [
                one["name"] for one in operation.get("parameters", []) if one["in"] == "query" and one["required"]
            ]
            assert all(f"{name}=" in call_of(document, path, method).url for name in needed), path


def test_what_a_put_creates_has_no_version_yet(document: dict[str, Any]) -> None:
    assert call_of(document, "/v1/sessions/{session_id}/reflection", "put").version is None
    assert call_of(document, "/v1/treatments/{treatment_id}/phases", "put").version is not None


def test_only_the_rendition_people_read_carries_samples(document: dict[str, Any]) -> None:
    carrying = {name for name, write in RENDITIONS.items() if WORD in write(document)}
    assert carrying == {"openapi.json", "openapi.yaml"}
    assert WORD in json.dumps(document), "and the document itself is left as it is"
