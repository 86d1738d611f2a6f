"""The drill of `docs/operations/retention.md`: back up, erase, restore, and nobody comes back; on both engines.

The commands are those of the page, so the page is tested with them.
"""

import asyncio
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from app import migrating
from app.access.practitioners.domain import Role
from app.settings import Settings
from tests.record.erasures.conftest import TwoPeople
from tests.reliability.runbook import command_line
from tests.support.databases import PostgresqlDatabases, SqliteDatabases
from tests.support.house import Api, Clock, open_house
from tests.support.server import ROOT, environment_of
from tests.support.world import discharged

PAGE = (ROOT / "docs" / "operations" / "retention.md").read_text()
REPLAY, BEGIN_ANEW = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)


@dataclass
class Clinic:
    """What is left of a clinic when its service has stopped."""

    two: TwoPeople
    robin: str
    kim: str


async def founded(settings: Settings, clock: Clock) -> Clinic:
    async with open_house(settings, clock) as house:
        clinic = await house.clinic()
        officer = await clinic.join("officer", Role.PRIVACY_OFFICER)
        two = TwoPeople(clinic, clinic["admin"], officer)
        robin, kim = [await discharged(clinic["therapist"], given_name=name) for name in ("Robin", "Kim")]
        return Clinic(two, robin, kim)


async def erased(settings: Settings, clock: Clock, clinic: Clinic) -> str:
    async with open_house(settings, clock) as house:
        people = (Api(house.client, one.token, one.id) for one in (clinic.two.admin, clinic.two.officer))
        return await TwoPeople(clinic.two.clinic, *people).erase(clinic.robin)


async def is_gone(settings: Settings, clock: Clock, clinic: Clinic, erasure_id: str) -> bool:
    """Serve a database, and look for who was erased and for who was not."""
    async with open_house(settings, clock) as house:
        admin = Api(house.client, clinic.two.admin.token)
        assert (await admin.read(f"/clients/{clinic.kim}"))["given_name"] == "Kim"
        if (await admin.get(f"/clients/{clinic.robin}")).status_code == 200:
            return False
        certificate = await admin.read(f"/erasures/{erasure_id}/certificate")
        assert certificate["approved_by"] == clinic.two.officer.id
        entries = (await admin.read(f"/audit-events?entity_id={erasure_id}"))["data"]
        completed = next(one for one in entries if one["type"] == "erasure.completed")
        return bool(completed["details"]["after_restore"])


def followed(block: str, environment: dict[str, str], *, code: int = 0) -> str:
    told = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == code, told.stdout + told.stderr
    return told.stdout + told.stderr


@pytest.fixture
def programs(tmp_path: Path) -> str:
    folder = tmp_path / "programs"
    folder.mkdir()
    return f"{command_line(folder)}:{os.environ['PATH']}"


async def test_stance_restore_brings_nobody_back(tmp_path: Path, programs: str) -> None:
    live, clock = tmp_path / "live", Clock()
    live.mkdir()
    settings = SqliteDatabases.settings_of(live / "stance.db")
    await asyncio.to_thread(migrating.migrate, settings)
    clinic = await founded(settings, clock)
    environment = environment_of(settings) | {"PATH": programs}
    kept = tmp_path / "night.db"
    await asyncio.to_thread(followed, f"stance backup {kept}", environment)
    erasure_id = await erased(settings, clock, clinic)
    restore = f"stance restore {kept} --keep-old-as {live}/old.db"
    said = await asyncio.to_thread(followed, restore, environment)
    assert f"clinic {clinic.two.clinic.id}: 0 erased before, 1 erased again" in said
    # Without its ledger the service could do nothing at its start: what is gone went with the restore.
    without = settings.model_copy(update={"erasure_ledger_file": tmp_path / "none.ledger"})
    assert await is_gone(without, clock, clinic, erasure_id)


async def test_an_altered_ledger_stops_a_restore(tmp_path: Path, programs: str) -> None:
    live, clock = tmp_path / "live", Clock()
    live.mkdir()
    settings = SqliteDatabases.settings_of(live / "stance.db")
    await asyncio.to_thread(migrating.migrate, settings)
    clinic = await founded(settings, clock)
    environment = environment_of(settings) | {"PATH": programs}
    kept = tmp_path / "night.db"
    await asyncio.to_thread(followed, f"stance backup {kept}", environment)
    await erased(settings, clock, clinic)
    assert settings.erasure_ledger_file is not None
    settings.erasure_ledger_file.write_text("something else\n")
    restore = f"stance restore {kept} --keep-old-as {live}/old.db"
    said = await asyncio.to_thread(followed, restore, environment, code=2)
    assert "Line 1 of the erasure ledger cannot be read." in said
    assert not (live / "old.db").exists()


async def test_postgresql_brings_nobody_back_after_the_replay(
    postgresql_databases: PostgresqlDatabases, tmp_path: Path, programs: str
) -> None:
    """What a base backup brings back is what stood in the files then; a copy of the database from then is the same."""
    clock = Clock()
    name = await asyncio.to_thread(postgresql_databases._made, "TEMPLATE template_stance")
    settings = postgresql_databases.settings_of(name)
    clinic = await founded(settings, clock)
    copy = await asyncio.to_thread(postgresql_databases._made, f"TEMPLATE {name}")
    erasure_id = await erased(settings, clock, clinic)
    ledger = {"erasure_ledger_file": settings.erasure_ledger_file}
    restored = postgresql_databases.settings_of(copy).model_copy(update=ledger)
    nothing = restored.model_copy(update={"erasure_ledger_file": tmp_path / "none.ledger"})
    assert not await is_gone(nothing, clock, clinic, erasure_id), "this is what the ledger is for"
    said = await asyncio.to_thread(followed, REPLAY, environment_of(restored) | {"PATH": programs})
    assert f"clinic {clinic.two.clinic.id}: 0 erased before, 1 erased again" in said
    assert await is_gone(nothing, clock, clinic, erasure_id)
    for one in (name, copy):
        await asyncio.to_thread(postgresql_databases._drop, one)


async def test_a_ledger_begun_anew_holds_what_the_database_knows(
    settings: Settings, tmp_path: Path, programs: str
) -> None:
    clock = Clock()
    clinic = await founded(settings, clock)
    await erased(settings, clock, clinic)
    ledger = settings.erasure_ledger_file
    assert ledger is not None
    ledger.write_text(ledger.read_text().replace("client_request", "court_order"))
    environment = environment_of(settings) | {"PATH": programs}
    said = await asyncio.to_thread(followed, REPLAY, environment, code=1)
    assert "Line 1 of the erasure ledger is not as it was written" in said
    said = await asyncio.to_thread(followed, BEGIN_ANEW, environment)
    assert "1 written down again" in said
    said = await asyncio.to_thread(followed, REPLAY, environment)
    assert "1 erased before, 0 erased again" in said


def test_without_a_place_for_the_ledger_there_is_nothing_to_replay(
    postgresql_databases: PostgresqlDatabases, programs: str
) -> None:
    environment = environment_of(postgresql_databases.settings_of("template_stance")) | {"PATH": programs}
    del environment["STANCE_ERASURE_LEDGER_FILE"]
    assert "Set STANCE_ERASURE_LEDGER_FILE" in followed(REPLAY, environment, code=2)
