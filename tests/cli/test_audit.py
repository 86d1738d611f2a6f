"""`stance audit`: the operator verifies, keeps checkpoints and exports, through the service's own login."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from fhir.resources.R4B.auditevent import AuditEvent
from typer.testing import CliRunner, Result

from app.cli.commands import app as stance
from app.settings import Settings
from tests.support.house import open_house
from tests.support.owner import ask, tamper
from tests.support.server import environment_of

ROBIN = {"given_name": "Robin", "family_name": "Example"}
Invoke = Callable[..., Result]


@pytest.fixture
def clinic_id(settings: Settings) -> str:
    """Return a clinic in which something happened and the service was stopped, which seals its log."""

    async def work() -> str:
        async with open_house(settings) as house:
            clinic = await house.clinic()
            await clinic["therapist"].made("/clients", ROBIN)
            return clinic.id

    return asyncio.run(work())


@pytest.fixture
def invoke(settings: Settings, clinic_id: str, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)
    return lambda *arguments: CliRunner().invoke(stance, ["audit", *arguments])


def test_a_log_as_written_is_good_and_the_result_is_logged(invoke: Invoke, clinic_id: str) -> None:
    first = invoke("verify")
    assert first.exit_code == 0, first.output
    assert "0 not sealed yet: all as written" in first.stdout
    second = invoke("verify", "--clinic", clinic_id)
    assert (second.exit_code, "1 not sealed yet: all as written" in second.stdout) == (0, True)
    lines = [json.loads(line) for line in invoke("export", "--clinic", clinic_id).stdout.splitlines()]
    for line in lines:
        AuditEvent.model_validate(line)
    assert [line["subtype"][1]["code"] for line in lines[:3]] == ["audit.exported", "audit.verified", "audit.verified"]
    assert {"type": "outcome", "valueString": "good"} in lines[1]["entity"][0]["detail"]


def test_an_altered_log_is_named_with_exit_code_1(invoke: Invoke, clinic_id: str, settings: Settings) -> None:
    mine = f"clinic_id = '{UUID(clinic_id).hex}' AND type = 'client.created'"
    (row,) = asyncio.run(_ask(settings, f"SELECT id FROM audit_events WHERE {mine}"))
    asyncio.run(tamper(settings, f"UPDATE audit_events SET actor_id = id WHERE {mine}"))
    result = invoke("verify")
    assert result.exit_code == 1
    assert f"ALTERED entry {UUID(str(row[0]))} (seal " in result.stdout
    assert "its column actor_id is not what its text says" in result.stdout
    assert "1 findings" in result.stdout
    lines = invoke("export", "--clinic", clinic_id).stdout.splitlines()
    assert {"type": "outcome", "valueString": "harmed"} in json.loads(lines[1])["entity"][0]["detail"]


def test_a_checkpoint_kept_elsewhere_shows_that_the_log_was_cut(
    invoke: Invoke, clinic_id: str, settings: Settings, tmp_path: Path
) -> None:
    kept = tmp_path / "service.log"
    line = invoke("checkpoint").stdout
    assert json.loads(line)["clinic_id"] == clinic_id
    number = json.loads(line)["number"]
    kept.write_text(f'Serving on http://127.0.0.1:8000\n{{"event": "request"}}\n{line}')
    assert invoke("verify", "--checkpoint", str(kept)).exit_code == 0
    mine = f"clinic_id = '{UUID(clinic_id).hex}'"
    asyncio.run(
        tamper(settings, f"DELETE FROM audit_seals WHERE {mine}", f"DELETE FROM audit_sealed_events WHERE {mine}")
    )
    assert invoke("verify").exit_code == 0, "without the checkpoint it looks like a log that was never sealed"
    result = invoke("verify", "--checkpoint", str(kept))
    assert (result.exit_code, f"REMOVED seal {number}: a checkpoint names it" in result.stdout) == (1, True)


@pytest.mark.parametrize("content", [None, "", "not a checkpoint\n", '{"event": "audit_checkpoint"}\n'])
def test_a_checkpoint_that_cannot_be_read_is_exit_code_2(invoke: Invoke, content: str | None, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    if content is not None:
        kept.write_text(content)
    result = invoke("verify", "--checkpoint", str(kept))
    assert result.exit_code == 2
    assert "Could not check" in result.stderr


def test_what_cannot_be_checked_is_exit_code_2(
    invoke: Invoke, clinic_id: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = invoke("verify", "--clinic", "01a200d2-9f0e-7e32-947d-4302c79b8b7e")
    assert (unknown.exit_code, "There is no audit log" in unknown.stderr) == (2, True)
    asyncio.run(_ask(settings, "ALTER TABLE audit_seals RENAME TO elsewhere"))
    broken = invoke("verify")
    assert (broken.exit_code, "the database refused" in broken.stderr) == (2, True)
    monkeypatch.setenv("STANCE_MASTER_KEY", "")
    assert invoke("verify").exit_code != 0


async def _ask(settings: Settings, statement: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await ask(settings, statement)]
