"""The guides in `openapi/arazzo`, run step by step by Redocly Respect as any reader could run them."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.live import LiveClinic

pytestmark = pytest.mark.needs_node
ROOT = Path(__file__).parents[2]
ARAZZO = ROOT / "openapi" / "arazzo"
GUIDES = sorted(ARAZZO.glob("*.arazzo.yaml"))
REDOCLY = ROOT / "openapi" / "tools" / "node_modules" / ".bin" / "redocly"
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}
Json = dict[str, Any]

STORIES = ["addendum", "ehr-upsert-and-read", "first-client-to-signed-note", "supervisor-cosign"]
CHANGES = {
    "another status": (
        "first-client-to-signed-note",
        ("condition: $statusCode == 412", "condition: $statusCode == 200"),
        "save-from-a-stale-tab",
    ),
    "another figure": ("first-client-to-signed-note", ("@.signed_notes == 1", "@.signed_notes == 2"), "read-timeline"),
    "another problem code": (
        "supervisor-cosign",
        ("== 'permission_missing'", "== 'forbidden'"),
        "trainee-cannot-cosign",
    ),
    "another member of a list": ("ehr-upsert-and-read", ("'clients:write'", "'notes:sign'"), "check-the-key"),
}
"""An expectation of a guide that is made wrong, and the step that has to fail for it."""


def inputs(clinic: LiveClinic, mrn: str) -> Json:
    now = datetime.now(UTC)
    return {
        "login": "therapist",
        "password": clinic.password,
        "trainee_login": "trainee",
        "trainee_password": clinic.password,
        "supervisor_login": "supervisor",
        "supervisor_password": clinic.password,
        "api_key": clinic.ehr_key,
        "mrn": mrn,
        "treatment_starts_on": str((now - timedelta(days=7)).date()),
        "session_starts_at": f"{now - timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}",
    }


def redocly(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [str(REDOCLY), *map(str, arguments)]
    surroundings = {**os.environ, **QUIET, **environment}
    return subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True, check=False)


def respect(guides: Iterable[Path], clinic: LiveClinic, mrn: str, tmp_path: Path) -> tuple[int, Json]:
    """Run guides in one go; say the exit code and what happened in each file."""
    log = tmp_path / "respect.json"
    wanted = json.dumps(inputs(clinic, mrn))
    done = redocly(
        "respect", *guides, "--server", f"stance={clinic.url}", "--json-output", log, REDOCLY_CLI_RESPECT_INPUT=wanted
    )
    assert log.exists(), done.stdout + done.stderr
    report: Json = json.loads(log.read_text())
    return done.returncode, report["files"]


def steps(happened: Any) -> Iterator[tuple[str, bool]]:
    """Yield each step that ran, also in a workflow called by another, and whether all it expects was true."""
    if isinstance(happened, list):
        for one in happened:
            yield from steps(one)
    elif isinstance(happened, dict):
        if "stepId" in happened:
            yield happened["stepId"], all(check["passed"] for check in happened.get("checks", ()))
        for inner in happened.values():
            yield from steps(inner)


def steps_of(guide: Path) -> list[str]:
    workflows = yaml.safe_load(guide.read_text())["workflows"]
    return [step["stepId"] for workflow in workflows for step in workflow["steps"]]


def test_every_guide_does_what_it_says(clinic_on_a_server: LiveClinic, tmp_path: Path):
    code, files = respect(GUIDES, clinic_on_a_server, "MRN-2001", tmp_path)
    for guide in GUIDES:
        ran = list(steps(files[str(guide)]))
        assert [step for step, passed in ran if not passed] == [], guide.name
        assert set(steps_of(guide)) <= {step for step, _ in ran}, guide.name
    assert code == 0


def test_a_guide_that_expects_something_else_fails(clinic_on_a_server: LiveClinic, tmp_path: Path):
    folder = tmp_path / "openapi" / "arazzo"
    shutil.copytree(ARAZZO, folder)
    shutil.copy(ROOT / "openapi" / "openapi.json", tmp_path / "openapi")
    expected_to_fail = {}
    for name, (guide, (old, new), step) in CHANGES.items():
        text = (folder / f"{guide}.arazzo.yaml").read_text()
        assert old in text, name
        changed = folder / f"{name.replace(' ', '-')}.arazzo.yaml"
        changed.write_text(text.replace(old, new))
        expected_to_fail[str(changed)] = [step]
    code, files = respect(map(Path, expected_to_fail), clinic_on_a_server, "MRN-2002", tmp_path)
    assert {
        file: [step for step, passed in steps(ran) if not passed] for file, ran in files.items()
    } == expected_to_fail
    assert code != 0


def test_every_guide_is_a_good_arazzo_document_and_says_what_each_step_is_for():
    done = redocly("lint", "--config", ROOT / "openapi" / "redocly.yaml", *GUIDES)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [guide.name for guide in GUIDES] == [f"{name}.arazzo.yaml" for name in STORIES]
    for guide in GUIDES:
        document = yaml.safe_load(guide.read_text())
        assert [workflow["workflowId"] for workflow in document["workflows"]] == [guide.name.split(".")[0]]
        for workflow in document["workflows"]:
            assert workflow["summary"]
            assert all(step.get("description") for step in workflow["steps"]), guide.name
            assert all(step.get("successCriteria") for step in workflow["steps"] if "operationId" in step), guide.name
            assert all(one.get("description") for one in workflow["inputs"]["properties"].values()), guide.name
