"""The Python client: generated from the contract alone, complete, typed, and able to get a therapist's work done."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.clients.story import ROOT, STEPS, run

pytestmark = pytest.mark.generated_clients
OPENAPI = ROOT / "openapi"
TOOLS = OPENAPI / "tools" / ".venv" / "bin"
STORY = Path(__file__).parent / "python" / "story.py"
NEWER_ANSWERS = "read an answer newer than the client"
"""A step of the story in other languages, which a test of its own takes here."""
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


def run_tool(*command: str | Path, folder: Path, environment: Mapping[str, str] | None = None) -> str:
    """Run a tool from its own environment, where it finds the others."""
    told = {**(environment or {}), "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}"}
    return run(*command, folder=folder, environment=told)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generate the client, and return the folder in which `stance_client` is."""
    assert (TOOLS / "openapi-python-client").exists(), "The generator is not installed: run `make clients`."
    package = tmp_path_factory.mktemp("python") / "stance-client"
    run_tool(
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
    found: dict[str, list[str]] = json.loads(run_tool(TOOLS / "python", "-c", EVERYTHING, folder=client))
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
    said = run_tool(TOOLS / "python", "-c", NEWER, folder=client)
    assert said.split() == ["True", "not_thought_of_yet", "not_thought_of_yet", "False", "True"]


def test_client_and_story_pass_mypy(client: Path):
    cache = client / "mypy"
    said = run_tool(TOOLS / "mypy", "--strict", "--cache-dir", cache, "stance_client", STORY, folder=client)
    assert said.startswith("Success")


def test_a_therapist_gets_her_work_done(client: Path, environment: dict[str, str]):
    story = run_tool(TOOLS / "python", STORY, folder=client, environment={**environment, "PYTHONPATH": str(client)})
    assert story.splitlines() == [step for step in STEPS if step != NEWER_ANSWERS]
