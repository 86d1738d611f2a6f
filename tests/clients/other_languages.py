"""What the tests of the clients in other languages share: the tools, the generation, and the steps of the story."""

import json
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / "build" / "other-languages" / ".venv"
CLIENTS = ROOT / "build" / "clients"
"""Where the generated clients are put and stay, for you to look at."""
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
    "read an answer newer than the client",
    "read the timeline",
    "drew it as a picture",
    "created and held a session",
    "wrote a note",
    "paged through 2 notes, one a page",
    "the EHR sent a client twice: created, then updated",
    "the EHR read the client",
]


def run(*command: str | Path, folder: Path = ROOT, environment: dict[str, str] | None = None) -> str:
    """Run a tool, and show what it said when it fails."""
    told = {**os.environ, **(environment or {})}
    done = subprocess.run(command, cwd=folder, env=told, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def generated(language: str) -> Path:
    """Generate the client of a language from the contract alone, and return its folder."""
    assert (TOOLS / "bin" / "openapi-generator-cli").exists(), "The generators are not installed: run `make clients`."
    assert shutil.which("javac"), "The generators need a JDK, 17 or newer: put its `java` and `javac` on the PATH."
    shutil.rmtree(CLIENTS / language, ignore_errors=True)
    config = ROOT / "openapi" / "clients" / "openapi-generator" / f"{language}.yaml"
    run(TOOLS / "bin" / "openapi-generator-cli", "generate", "--config", config)
    return CLIENTS / language


def operations() -> list[tuple[str, str]]:
    """Return the tag and id of every operation in the document that the clients are generated from."""
    paths = json.loads((ROOT / "openapi" / "openapi-3.0.json").read_text())["paths"].values()
    found = [operation for path in paths for operation in path.values() if "operationId" in operation]
    return [(operation["tags"][0], operation["operationId"]) for operation in found]
