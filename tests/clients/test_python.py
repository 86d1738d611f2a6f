"""The Python client: generated from the contract alone, complete, typed, and able to get a therapist's work done."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.generated_clients
ROOT = Path(__file__).parents[2]
OPENAPI = ROOT / "openapi"
TOOLS = OPENAPI / "tools" / ".venv" / "bin"
STORY = Path(__file__).parent / "python" / "story.py"
STEPS = [
    "without a valid token: 401 unauthorized",
    "signed in",
    "created a client",
    "the same Idempotency-Key again: the same client",
    "bad input: 422 validation_failed at /given_name",
    "null cleared a field, an absent one stayed",
    "opened a treatment",
    "created and held a session",
    "wrote a note",
    "autosaved it",
    "a stale save: 412 precondition_failed",
    "tagged a mentalizing failure",
    "signed it",
    "read it again with its ETag: 304",
    "added an addendum",
    "read the timeline",
    "drew it as a picture",
    "created and held a session",
    "wrote a note",
    "paged through 2 notes, one a page",
    "the EHR sent a client twice: created, then updated",
    "the EHR read the client",
]
EVERYTHING = """
import importlib, json, pkgutil
import stance_client
found = [module.name for module in pkgutil.walk_packages(stance_client.__path__, "stance_client.")]
functions = {name: [word for word in vars(importlib.import_module(name)) if word[0] != "_"] for name in found}
print(json.dumps(functions))
"""
NEWER = """
from stance_client.models import NoteStatus
newer = NoteStatus("not_thought_of_yet")
print(newer == "not_thought_of_yet", f"{newer}", newer.value, newer in list(NoteStatus))
print(NoteStatus("draft") is NoteStatus.DRAFT)
"""


def run(*command: str | Path, folder: Path, environment: dict[str, str] | None = None) -> str:
    """Run a tool from its own environment, and show what it said when it fails."""
    told = {**os.environ, **(environment or {})}
    path = f"{TOOLS}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command, cwd=folder, env={**told, "PATH": path}, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generate the client, and return the folder in which `stance_client` is."""
    assert (TOOLS / "openapi-python-client").exists(), "The generator is not installed: run `make clients`."
    package = tmp_path_factory.mktemp("python") / "stance-client"
    run(
        *(TOOLS / "openapi-python-client", "generate", "--fail-on-warning", "--meta", "uv"),
        *("--path", OPENAPI / "openapi.json", "--output-path", package),
        *("--config", OPENAPI / "clients" / "python.yaml", "--custom-template-path", OPENAPI / "clients" / "python"),
        folder=package.parent,
    )
    assert (package / "stance_client" / "py.typed").exists()
    return package


@pytest.fixture(scope="module")
def modules(client: Path) -> dict[str, list[str]]:
    """Import every module there is, and return the names in each."""
    found: dict[str, list[str]] = json.loads(run(TOOLS / "python", "-c", EVERYTHING, folder=client))
    return found


def test_every_operation_is_a_module_named_by_its_id(modules: dict[str, list[str]]):
    paths = json.loads((OPENAPI / "openapi.json").read_text())["paths"].values()
    operations = [operation for path in paths for operation in path.values() if isinstance(operation, dict)]
    wanted = {
        f"stance_client.api.{operation['tags'][0].replace(' ', '_')}."
        + re.sub("(?=[A-Z])", "_", operation["operationId"]).lower()
        for operation in operations
    }
    assert {name for name in modules if re.fullmatch(r"stance_client\.api\.\w+\.\w+", name)} == wanted
    assert all({"sync_detailed", "asyncio_detailed"} <= set(modules[name]) for name in wanted)


def test_every_schema_is_a_model_or_an_enum(modules: dict[str, list[str]]):
    schemas = json.loads((OPENAPI / "openapi.json").read_text())["components"]["schemas"]
    assert schemas.keys() - set(modules["stance_client.models"]) == set()


def test_a_value_newer_than_the_client_can_be_read(client: Path):
    said = run(TOOLS / "python", "-c", NEWER, folder=client)
    assert said.split() == ["True", "not_thought_of_yet", "not_thought_of_yet", "False", "True"]


def test_client_and_story_pass_mypy(client: Path):
    cache = client / "mypy"
    said = run(TOOLS / "mypy", "--strict", "--cache-dir", cache, "stance_client", STORY, folder=client)
    assert said.startswith("Success")


def test_a_therapist_gets_her_work_done(client: Path, environment: dict[str, str]):
    story = run(TOOLS / "python", STORY, folder=client, environment={**environment, "PYTHONPATH": str(client)})
    assert story.splitlines() == STEPS
