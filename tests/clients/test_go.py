"""The Go client: generated from the contract alone, complete, and able to get a therapist's work done.

It needs nothing but Go's standard library, so nothing is downloaded.
"""

import shutil
from pathlib import Path

import pytest

from tests.clients.other_languages import CLIENTS, TOOLS, generated, operations
from tests.clients.story import STEPS, run

pytestmark = pytest.mark.other_languages
GO = TOOLS / "bin" / "go"
STORY = Path(__file__).parent / "go" / "story.go"
ALONE = {
    "CGO_ENABLED": "0",
    "GOCACHE": str(CLIENTS / "go-cache"),
    "GOENV": "off",
    "GOFLAGS": "-mod=mod",
    "GOPATH": str(CLIENTS / "go-path"),
    "GOPROXY": "off",
    "GOTELEMETRY": "off",
    "GOTOOLCHAIN": "local",
}
"""Go keeps to itself: no modules and no toolchains from elsewhere, and nothing outside build/."""


@pytest.fixture(scope="module")
def client() -> Path:
    """Generate the client, put the story into it, and return its folder."""
    folder = generated("go")
    (folder / "story").mkdir()
    shutil.copy(STORY, folder / "story")
    return folder


def test_every_operation_is_a_method_named_by_its_id(client: Path):
    for tag, name in operations():
        api = (client / f"api_{tag.replace(' ', '_')}.go").read_text()
        method = name[0].upper() + name[1:]
        assert f"func (a *{tag.title().replace(' ', '')}APIService) {method}(ctx context.Context" in api, name


def test_an_answer_may_have_fields_that_the_client_does_not_know(client: Path):
    for name in ("note", "client_profile", "timeline", "problem", "session_page"):
        assert "DisallowUnknownFields" not in (client / f"model_{name}.go").read_text(), name


def test_client_and_story_pass_go_vet(client: Path):
    run(GO, "vet", "./...", folder=client, environment=ALONE)


def test_a_therapist_gets_her_work_done(client: Path, environment: dict[str, str]):
    story = run(GO, "run", "./story", folder=client, environment={**environment, **ALONE})
    assert story.splitlines() == STEPS
