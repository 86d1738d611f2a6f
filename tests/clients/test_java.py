"""The Java client: generated from the contract alone, complete, and able to get a therapist's work done.

Jackson comes from the generator's own archive, and two small libraries that no other registry has than Maven's are
stood in for by tests/clients/java/standins; a program outside this repository takes all of them from Maven.
"""

import re
from pathlib import Path

import pytest

from tests.clients.other_languages import CLIENTS, TOOLS, generated, operations
from tests.clients.story import STEPS, run

pytestmark = pytest.mark.other_languages
STORY = Path(__file__).parent / "java"


@pytest.fixture(scope="module")
def client() -> Path:
    """Generate the client, and return the folder of its sources."""
    return generated("java") / "src" / "main" / "java" / "example" / "stance" / "client"


@pytest.fixture(scope="module")
def classpath(client: Path) -> str:
    """Compile the client with the story, and return where its classes and libraries are."""
    (libraries,) = TOOLS.glob("lib/python*/site-packages/openapi_generator_cli/openapi-generator.jar")
    classes = CLIENTS / "java" / "classes"
    sources = [*client.rglob("*.java"), *STORY.rglob("*.java")]
    run("javac", "-proc:none", "-encoding", "UTF-8", "-d", classes, "-cp", libraries, *sources)
    return f"{classes}:{libraries}"


def test_every_operation_is_a_method_named_by_its_id(client: Path):
    for tag, name in operations():
        api = (client / "api" / f"{tag.title().replace(' ', '')}Api.java").read_text()
        assert re.search(rf"^  public \w+ {name}\(", api, re.MULTILINE), name


def test_no_list_is_sent_that_nobody_set(client: Path):
    sent = [*(client / "model").glob("*Create.java"), *(client / "model").glob("*Update.java")]
    starting_full = re.compile(r"^  private .*List<.* = new", re.MULTILINE)
    assert [model.name for model in sent if starting_full.search(model.read_text())] == []


def test_a_therapist_gets_her_work_done(classpath: str, environment: dict[str, str]):
    # Before Java 18, generated code reads answers in the encoding of the machine unless it is told.
    story = run("java", "-Dfile.encoding=UTF-8", "-cp", classpath, "Story", environment=environment)
    assert story.splitlines() == STEPS
