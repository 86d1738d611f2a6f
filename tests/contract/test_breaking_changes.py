"""The gate between releases: what would break a client makes `make openapi-diff` fail, what would not lets it pass."""

import copy
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.needs_node
ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "openapi" / "openapi.json"
Json = dict[str, Any]
Mutation = Callable[[Json], object]


def fields(document: Json, schema: str) -> Json:
    return document["components"]["schemas"][schema]["properties"]  # type: ignore[no-any-return]


def operation(document: Json, method: str, path: str) -> Json:
    return document["paths"][path][method]  # type: ignore[no-any-return]


def parameters(document: Json, method: str, path: str) -> list[Json]:
    return operation(document, method, path)["parameters"]  # type: ignore[no-any-return]


BREAKING: dict[str, tuple[str, Mutation]] = {
    "a path is removed": ("/v1/vocabularies", lambda d: d["paths"].pop("/v1/vocabularies")),
    "a method is removed": ("/v1/goals/{goal_id}", lambda d: d["paths"]["/v1/goals/{goal_id}"].pop("patch")),
    "an enum of a request is narrowed": (
        "#/components/schemas/CancelledBy/enum",
        lambda d: d["components"]["schemas"]["CancelledBy"]["enum"].remove("clinic"),
    ),
    "a new field is required": (
        "/v1/sessions/{session_id}/hold",
        lambda d: (
            fields(d, "SessionHold").update(reason={"type": "string"}),
            d["components"]["schemas"]["SessionHold"]["required"].append("reason"),
        ),
    ),
    "a field of an answer is removed": (
        "/v1/clinic",
        lambda d: (
            fields(d, "Clinic").pop("time_zone"),
            d["components"]["schemas"]["Clinic"]["required"].remove("time_zone"),
        ),
    ),
    "a field of an answer changes its type": (
        "/v1/me",
        lambda d: fields(d, "Me")["sees_all_clients"].update(type="string"),
    ),
    "a field of an answer may be null": (
        "/v1/auth/sign-in",
        lambda d: fields(d, "AccessToken")["access_token"].update(type=["string", "null"]),
    ),
    "a text may be less long": (
        "/v1/clients/{client_id}/discharge",
        lambda d: fields(d, "ClientDischarge")["reason"].update(maxLength=10),
    ),
    "a parameter is required": (
        "/v1/practitioners",
        lambda d: parameters(d, "get", "/v1/practitioners")[0].update(required=True),
    ),
    "a parameter is removed": ("/v1/sessions", lambda d: parameters(d, "get", "/v1/sessions").pop(0)),
    "an answer is removed": (
        "/v1/treatments/{treatment_id}/goals",
        lambda d: operation(d, "get", "/v1/treatments/{treatment_id}/goals")["responses"].pop("200"),
    ),
    "the media type of an answer changes": (
        "/v1/treatments/{treatment_id}/timeline.svg",
        lambda d: operation(d, "get", "/v1/treatments/{treatment_id}/timeline.svg")["responses"]["200"].update(
            content={"image/png": {"schema": {"type": "string"}}}
        ),
    ),
}
HARMLESS: dict[str, Mutation] = {
    "an operation is added": lambda d: d["paths"].update({"/v1/new": {"get": d["paths"]["/healthz"]["get"]}}),
    "a field of a request is added": lambda d: fields(d, "SessionHold").update(remark={"type": "string"}),
    "a field of an answer is added": lambda d: fields(d, "Clinic").update(motto={"type": "string"}),
    "an enum gains a value": lambda d: d["components"]["schemas"]["Permission"]["enum"].append("new:read"),
    "a text may be longer": lambda d: fields(d, "ClientDischarge")["reason"].update(maxLength=9_000),
    "words change": lambda d: operation(d, "get", "/v1/clinic").update(description="Other words."),
    "an optional parameter is added": lambda d: parameters(d, "get", "/v1/sessions").append(
        {"name": "new", "in": "query", "schema": {"type": "string"}}
    ),
}


def gate(tmp_path: Path, *mutations: Mutation) -> tuple[int, list[Json]]:
    """Run the gate of the Makefile over the committed document and a changed copy; say its exit code and findings."""
    changed = json.loads(DOCUMENT.read_text())
    for mutate in mutations:
        mutate(changed)
    revision = tmp_path / "changed.json"
    revision.write_text(json.dumps(changed))
    command = ["make", "--silent", "openapi-diff", f"BASE={DOCUMENT}", f"REVISION={revision}", "FORMAT=json"]
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True, check=False)
    start = done.stdout.find("{")
    assert start >= 0, done.stdout + done.stderr
    report = json.JSONDecoder().raw_decode(done.stdout[start:])[0]
    return done.returncode, report["changes"]


def breaking(changes: list[Json]) -> str:
    """Return all that was found to break, as one text in which to look for places."""
    return json.dumps([change for change in changes if change["impact"] == "major"]).replace("~1", "/")


def test_every_breaking_change_is_found(tmp_path: Path) -> None:
    code, changes = gate(tmp_path, *(mutate for _, mutate in BREAKING.values()))
    found = breaking(changes)
    assert [name for name, (place, _) in BREAKING.items() if place not in found] == []
    assert code != 0


def test_one_breaking_change_is_enough(tmp_path: Path) -> None:
    code, changes = gate(tmp_path, BREAKING["a field of an answer is removed"][1])
    assert code != 0
    assert "#/paths//v1/clinic/get/responses/200" in breaking(changes)


def test_harmless_changes_pass(tmp_path: Path) -> None:
    code, changes = gate(tmp_path, *HARMLESS.values())
    assert breaking(changes) == "[]"
    assert changes, "they are seen, and allowed"
    assert code == 0


def test_every_mutation_really_changes_the_document() -> None:
    document = json.loads(DOCUMENT.read_text())
    for name, mutate in {**{name: mutate for name, (_, mutate) in BREAKING.items()}, **HARMLESS}.items():
        changed = copy.deepcopy(document)
        mutate(changed)
        assert changed != document, name
