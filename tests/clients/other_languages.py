"""What the tests of the clients in other languages share: the tools and the generation."""

import json
import shutil
from pathlib import Path

from tests.clients.story import ROOT, run

TOOLS = ROOT / "build" / "other-languages" / ".venv"
CLIENTS = ROOT / "build" / "clients"
"""Where the generated clients are put and stay, for you to look at."""


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
