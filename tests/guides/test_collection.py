"""The Bruno collection of `make collection`: complete, without secrets, and its requests really follow each other."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.live import LiveClinic

pytestmark = pytest.mark.needs_node
ROOT = Path(__file__).parents[2]
TOOLS = ROOT / "openapi" / "tools"
BRU = TOOLS / "node_modules" / ".bin" / "bru"
DOCUMENT: dict[str, Any] = json.loads((ROOT / "openapi" / "openapi.json").read_text())
Json = dict[str, Any]

STORY = {
    "auth/Sign in": 200,
    "auth/Who am I": 200,
    "vocabularies/List the vocabularies": 200,
    "clients/Create a client": 201,
    "clients/List clients": 200,
    "clients/Read a client": 200,
    "treatments/Open a treatment": 201,
    "sessions/Create a session": 201,
    "notes/Create a note": 201,
    "notes/Save a draft": 200,
    "timeline/Read the timeline of a treatment": 200,
    "auth/Sign out": 204,
}
"""Requests as somebody sends them one after the other without typing anything in, and what each answers."""


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("collection") / "bruno"
    subprocess.run(["node", TOOLS / "collection.mjs", folder], check=True)
    return folder


def requests_of(collection: Path) -> dict[tuple[str, str, str], str]:
    """Return the text of each request by its folder, method and path."""
    found = {}
    for file in collection.glob("*/*.bru"):
        text = file.read_text()
        sent = re.search(r"^(get|post|put|patch|delete) \{\n  url: \{\{baseUrl\}\}([^?\n]+)", text, re.MULTILINE)
        if sent is not None:
            path = re.sub(r":(\w+)", r"{\1}", sent[2])
            found[file.parent.name.replace("_", " "), sent[1], path] = text
    return found


def test_every_operation_is_in_the_folder_of_its_tag(collection: Path):
    operations = {
        (operation["tags"][0], method, path): operation
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
    }
    assert requests_of(collection).keys() == operations.keys()


def test_requests_authenticate_with_one_token_and_the_collection_holds_no_secret(collection: Path):
    assert "auth:bearer {\n  token: {{token}}\n}" in (collection / "collection.bru").read_text()
    for (_, method, path), text in requests_of(collection).items():
        assert "  auth: inherit\n" in text, f"{method} {path}"
    [environment] = (collection / "environments").iterdir()
    assert environment.name == "local.bru"
    assert "vars:secret [\n  password,\n  token\n]" in environment.read_text()
    sign_in = (collection / "auth" / "Sign in.bru").read_text()
    assert '"password": "{{password}}"' in sign_in
    assert "a sentence nobody guesses" not in sign_in


def test_a_change_names_the_version_it_is_based_on(collection: Path):
    changes = [text for (_, method, _), text in requests_of(collection).items() if method == "patch"]
    assert changes
    assert all("\n  If-Match: {{etag}}\n" in text for text in changes)


def test_requests_sent_one_after_the_other_tell_a_story(
    collection: Path, clinic_on_a_server: LiveClinic, tmp_path: Path
):
    report = tmp_path / "report.json"
    variables = {"baseUrl": clinic_on_a_server.url, "login": "therapist", "password": clinic_on_a_server.password}
    given = [part for name, value in variables.items() for part in ("--env-var", f"{name}={value}")]
    requests = [f"{name}.bru" for name in STORY]
    command: list[str | Path] = [BRU, "run", *requests, "--env", "local", *given, "--noproxy"]
    done = subprocess.run(
        [*command, "--reporter-json", report], cwd=collection, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [run] = json.loads(report.read_text())
    answered = {one["test"]["filename"].removesuffix(".bru"): one["response"]["status"] for one in run["results"]}
    assert answered == STORY
