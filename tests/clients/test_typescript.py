"""Both TypeScript clients, generated and compiled as in a frontend, tell their story to a real service."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

pytestmark = pytest.mark.needs_node
ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "openapi" / "openapi.json"
CONFIG = ROOT / "openapi" / "clients" / "hey-api.config.ts"
TOOLS = ROOT / "openapi" / "tools" / "node_modules"
METHODS = "get", "put", "post", "patch", "delete"

BEGINNING = [
    "without a token the answer is a typed 401",
    "signs in, and learns what she may do",
    "creates a client, and creates it once when asked twice",
    "clears a field with null and keeps what is absent",
    "opens a treatment",
    "creates and holds a session",
    "is shown the wrong place by a typed 422",
    "writes a note",
]
AUTOSAVE_OF_A_FRONTEND = [
    "autosaves once when the typing pauses",
    "sends one save at a time, and the last text wins",
    "keeps the text while the service cannot be reached, and sends it when it can",
    "knows its own save again when the answer to it was lost",
    "hands over what another window saved, and overwrites nothing",
    "keeps a refused text until it is corrected",
]
MIDDLE = [
    "is refused a stale save by a typed 412",
    "tags a mentalizing failure",
    "signs the note, which nothing changes any more",
    "adds an addendum",
    "reads the timeline",
]
LIVE_UPDATES = ["hears of a change at once, as a second window does"]
END = [
    "pages through the notes",
    "as the EHR: upserts a client by its number and reads the signed note",
]


class Project:
    """A folder as a frontend's developer has it: sources, a tsconfig, node_modules, and the document."""

    def __init__(self, folder: Path, story: str) -> None:
        self.folder = folder
        for source in (ROOT / "tests" / "clients" / "answers.ts", *(ROOT / "tests" / "clients" / story).iterdir()):
            shutil.copy(source, folder)
        shutil.copy(DOCUMENT, folder)
        (folder / "node_modules").symlink_to(TOOLS)
        (folder / "package.json").write_text('{"type": "module"}')

    def write(self, name: str, lines: list[str]) -> None:
        (self.folder / name).write_text("\n".join(lines))

    def use(self, tool: str, *arguments: str) -> None:
        self._run([f"node_modules/.bin/{tool}", *arguments])

    def tell(self, program: str, environment: Mapping[str, str] | None = None) -> list[str]:
        """Run a compiled program and return the lines it says."""
        return self._run(["node", f"out/{program}"], environment).splitlines()

    def _run(self, command: list[str], environment: Mapping[str, str] | None = None) -> str:
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture(autouse=True, scope="module")
def tools() -> None:
    if not (TOOLS / ".bin" / "tsc").exists() or shutil.which("node") is None:
        pytest.fail("The TypeScript clients need Node.js 20 or newer and its tools in openapi/tools: `make clients`.")


def operations() -> Iterator[tuple[str, str, str]]:
    """Yield path, method and name of every operation of the document."""
    for path, methods in json.loads(DOCUMENT.read_text())["paths"].items():
        for method in METHODS:
            if method in methods:
                yield path, method, methods[method]["operationId"]


def test_the_types_with_openapi_fetch_tell_their_story(tmp_path: Path, environment: dict[str, str]) -> None:
    project = Project(tmp_path, "typescript_light")
    # Into a .ts file, since tsc takes a .d.ts on trust.
    project.use(
        "openapi-typescript", "openapi.json", "-o", "schema.ts", "--root-types", "--root-types-no-schema-prefix"
    )
    every_operation = [
        f'export const {name} = (it: operations["{name}"]): paths["{path}"]["{method}"] => it;'
        for path, method, name in operations()
    ]
    project.write("every_operation.ts", ['import type { operations, paths } from "./schema.js";', *every_operation])
    project.use("tsc")
    assert project.tell("story.js", environment) == [*BEGINNING, *AUTOSAVE_OF_A_FRONTEND, *MIDDLE, *END]


def test_the_sdk_tells_its_story(tmp_path: Path, environment: dict[str, str]) -> None:
    project = Project(tmp_path, "typescript_sdk")
    shutil.copy(CONFIG, tmp_path)
    project.use("openapi-ts", "--file", CONFIG.name, "--silent", "--no-log-file")
    project.write(
        "functions.ts", ['import * as sdk from "./stance/index.js";', "for (const name in sdk) console.log(name);"]
    )
    project.use("tsc")
    assert sorted(project.tell("functions.js")) == sorted(name for _, _, name in operations())
    assert project.tell("story.js", environment) == [*BEGINNING, "autosaves it", *MIDDLE, *LIVE_UPDATES, *END]
