"""`stance backup` and `stance restore` of the embedded database: what they write, and all they refuse."""

import asyncio
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from typer.testing import CliRunner, Result

from app import migrating
from app.cli.commands import app as stance
from app.core import database_file
from app.core.crypto import MasterKey
from app.settings import Settings
from tests.support.databases import MASTER_KEY, PostgresqlDatabases, SqliteDatabases, alembic_config
from tests.support.house import open_house
from tests.support.owner import ask, tamper
from tests.support.server import ROOT, environment_of, serving

ROBIN = {"given_name": "Robin", "family_name": "Example"}
PAGE_KEY = MasterKey.from_base64(MASTER_KEY).derive("database file")
OTHER_KEY = "".join(chr(65 + number) for number in range(26)) + "abcdefghijklmnopq="
CLIENTS = "SELECT count(*) FROM clients"
Invoke = Callable[..., Result]


@pytest.fixture
def live(sqlite_databases: SqliteDatabases, tmp_path: Path) -> Settings:
    """Return a database in a folder of its own in which something happened, and was sealed."""
    folder = tmp_path / "live"
    folder.mkdir()
    settings = sqlite_databases.settings_of(folder / "stance.db")
    migrating.migrate(settings)
    asyncio.run(made_a_client(settings))
    return settings


@pytest.fixture
def invoke(live: Settings, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    for name, value in environment_of(live).items():
        monkeypatch.setenv(name, value)
    return lambda *arguments: CliRunner().invoke(stance, [str(argument) for argument in arguments])


@pytest.fixture
def kept(invoke: Invoke, tmp_path: Path) -> Path:
    """Return a good backup, its checkpoints beside it."""
    file = tmp_path / "kept" / "night.db"
    file.parent.mkdir()
    result = invoke("backup", file)
    assert result.exit_code == 0, result.output
    file.with_suffix(".txt").write_text(result.stdout)
    return file


@pytest.fixture
def elsewhere(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let STANCE_DATABASE_URL name a new place."""
    place = tmp_path / "new" / "stance.db"
    monkeypatch.setenv("STANCE_DATABASE_URL", f"sqlite:///{place}")
    return place


async def made_a_client(settings: Settings) -> None:
    async with open_house(settings) as house:
        await (await house.clinic())["therapist"].made("/clients", ROBIN)


def count(path: Path, question: str = CLIENTS) -> int:
    settings = SqliteDatabases.settings_of(path)
    return int(asyncio.run(ask(settings, question))[0][0])


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_backup_is_one_encrypted_file_for_its_owner_alone(kept: Path) -> None:
    assert files_in(kept.parent) == ["night.db", "night.txt"]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    raw = kept.read_bytes()
    assert not any(word in raw for word in (b"SQLite format", b"clients", b"Robin", b"therapist"))
    database_file.check(kept, PAGE_KEY)


def test_it_says_what_the_copy_holds_without_names(kept: Path) -> None:
    said = kept.with_suffix(".txt").read_text()
    assert f"Schema {migrating.HEAD}, {kept.stat().st_size:,} bytes, clinics: 1" in said
    assert "Robin" not in said
    clinics = [line.split()[1].rstrip(":") for line in said.splitlines() if line.startswith("clinic ")]
    seals = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert [seal["clinic_id"] for seal in seals] == clinics
    assert all(seal["event"] == "audit_checkpoint" and seal["number"] >= 1 for seal in seals)


def test_the_log_says_that_a_copy_was_taken_and_that_it_was_put_back(
    kept: Path, live: Settings, elsewhere: Path, invoke: Invoke
) -> None:
    backed_up = "SELECT count(*) FROM audit_events WHERE type = 'record.backed_up'"
    restored = "SELECT count(*) FROM audit_events WHERE type = 'record.restored'"
    assert (count(live.database_file, backed_up), count(live.database_file, restored)) == (1, 0)
    assert invoke("restore", kept).exit_code == 0
    assert (count(elsewhere, backed_up), count(elsewhere, restored)) == (0, 1)


def test_a_backup_comes_back_in_a_new_place(kept: Path, elsewhere: Path, invoke: Invoke) -> None:
    before = kept.read_bytes()
    result = invoke("restore", kept, "--checkpoint", kept.with_suffix(".txt"))
    assert result.exit_code == 0, result.output
    assert "Its audit log is as written." in result.stdout
    assert files_in(elsewhere.parent) == ["stance.db"]
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o600
    assert count(elsewhere) == 1
    assert kept.read_bytes() == before
    assert invoke("audit", "verify").exit_code == 0


def test_the_old_database_is_kept_whole_with_what_its_log_still_held(
    kept: Path, live: Settings, invoke: Invoke, tmp_path: Path
) -> None:
    """As after `kill -9`: the newest rows are in the write-ahead log only."""
    leave_in_the_log(live)
    place, old = live.database_file, live.database_file.with_name("old.db")
    assert place.with_name("stance.db-wal").stat().st_size > 0
    result = invoke("restore", kept, "--keep-old-as", old)
    assert result.exit_code == 0, result.output
    assert files_in(place.parent) == ["old.db", "old.db-wal", "stance.db"]
    assert (count(place), count(old)) == (1, 2)


def leave_in_the_log(settings: Settings) -> None:
    program = f"""
import asyncio, os
from app.settings import Settings
from tests.cli.test_backup import made_a_client
from tests.support.house import open_house, PASSWORD
from tests.support.owner import ask
async def die():
    async with open_house(Settings()) as house:
        await (await house.clinic())["therapist"].made("/clients", {ROBIN!r})
        os._exit(9)
asyncio.run(die())
"""
    environment = {**os.environ, **environment_of(settings), "PYTHONPATH": str(ROOT)}
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, check=False)
    assert run.returncode == 9, run.stderr.decode()


def test_nothing_is_overwritten(kept: Path, live: Settings, invoke: Invoke) -> None:
    before = kept.read_bytes(), live.database_file.read_bytes()
    for arguments, said in (
        (("backup", kept), "exists. Nothing is ever overwritten."),
        (("restore", kept), "Say where it is to be kept: --keep-old-as"),
        (("restore", kept, "--keep-old-as", kept), "exists. Nothing is ever overwritten."),
        (("restore", live.database_file), "is the database itself"),
    ):
        result = invoke(*arguments)
        assert (result.exit_code, said in result.stderr) == (2, True), result.output
    assert (kept.read_bytes(), live.database_file.read_bytes()) == before


def test_what_another_run_is_writing_is_left_alone(kept: Path, elsewhere: Path, invoke: Invoke) -> None:
    elsewhere.parent.mkdir()
    other = elsewhere.with_name("stance.db.restoring")
    other.write_text("half")
    result = invoke("restore", kept)
    assert (result.exit_code, "Remove it if none is running" in result.stderr) == (2, True)
    assert other.read_text() == "half"


def test_a_database_in_use_is_not_replaced(kept: Path, live: Settings, invoke: Invoke, tmp_path: Path) -> None:
    with serving(live, tmp_path, STANCE_DRAIN_SECONDS="0"):
        result = invoke("restore", kept, "--keep-old-as", live.database_file.with_name("old.db"))
        assert (result.exit_code, "is in use. Stop the service first" in result.stderr) == (2, True), result.output
    assert "old.db" not in files_in(live.database_file.parent)
    assert count(live.database_file) == 1


def test_a_database_without_room_for_its_copy_is_not_copied(
    live: Settings, invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = shutil.disk_usage(tmp_path).free // 2**20
    monkeypatch.setenv("STANCE_MIN_FREE_MB", str(free + 1024))
    result = invoke("backup", tmp_path / "copy.db")
    assert (result.exit_code, "There is not enough room" in result.stderr) == (2, True), result.output
    assert files_in(tmp_path) == ["live"]


def test_a_copy_that_cannot_be_written_to_its_end_leaves_nothing(live: Settings, tmp_path: Path) -> None:
    """As on a full disk: here the operating system refuses files beyond a size the copy does not fit in."""
    limited = f'ulimit -f 200 && exec "{sys.executable}" -m app.cli backup "{tmp_path}/copy.db"'
    environment = {**os.environ, **environment_of(live), "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        ["bash", "-c", limited], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (run.returncode, "could not be written. Is the disk full?" in run.stderr) == (2, True), run.stderr
    assert files_in(tmp_path) == ["live"]


def test_what_cannot_be_backed_up_is_said(invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unreachable = invoke("backup", tmp_path / "nowhere" / "copy.db")
    assert (unreachable.exit_code, "No such file or directory" in unreachable.stderr) == (2, True)
    monkeypatch.setenv("STANCE_DATABASE_URL", f"sqlite:///{tmp_path}/none.db")
    missing = invoke("backup", tmp_path / "copy.db")
    assert (missing.exit_code, "There is no database at" in missing.stderr) == (2, True)
    assert files_in(tmp_path) == ["live"], "looking made no database"


def test_a_database_of_another_version_is_backed_up_by_that(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = SqliteDatabases.settings_of(tmp_path / "older.db")
    command.upgrade(alembic_config(older), "head-1")
    monkeypatch.setenv("STANCE_DATABASE_URL", older.database_url)
    result = invoke("backup", tmp_path / "copy.db")
    assert (result.exit_code, "with the version of Stance that serves it" in result.stderr) == (2, True)


def test_a_damaged_database_is_found_out_by_its_backup(live: Settings, invoke: Invoke, tmp_path: Path) -> None:
    damage(live.database_file)
    result = invoke("backup", tmp_path / "copy.db")
    assert (result.exit_code, "damaged" in result.stderr) == (1, True), result.output
    assert files_in(tmp_path) == ["live"]


def damage(path: Path) -> None:
    """Change one byte near the end, where no page is that every look at the file needs."""
    raw = bytearray(path.read_bytes())
    raw[-2000] ^= 1
    path.write_bytes(raw)


def test_a_damaged_backup_is_not_restored(kept: Path, elsewhere: Path, invoke: Invoke) -> None:
    damage(kept)
    result = invoke("restore", kept)
    assert (result.exit_code, f"{kept} is damaged" in result.stderr) == (1, True), result.output
    assert files_in(elsewhere.parent) == []


def test_half_a_backup_is_not_restored(kept: Path, elsewhere: Path, invoke: Invoke) -> None:
    kept.write_bytes(kept.read_bytes()[: kept.stat().st_size // 2 // 4096 * 4096])
    result = invoke("restore", kept)
    assert (result.exit_code, "damaged" in result.stderr) == (1, True), result.output
    assert files_in(elsewhere.parent) == []


def test_a_backup_of_another_master_key_does_not_open(
    kept: Path, elsewhere: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STANCE_MASTER_KEY", OTHER_KEY)
    result = invoke("restore", kept)
    assert (result.exit_code, "does not open with this master key" in result.stderr) == (1, True), result.output
    assert files_in(elsewhere.parent) == []


def test_a_backup_whose_audit_log_was_altered_is_not_restored(kept: Path, elsewhere: Path, invoke: Invoke) -> None:
    asyncio.run(
        tamper(
            SqliteDatabases.settings_of(kept),
            "UPDATE audit_events SET actor_id = id WHERE type = 'client.created'",
        )
    )
    result = invoke("restore", kept)
    assert (result.exit_code, "its column actor_id is not what its text says" in result.stderr) == (1, True)
    assert files_in(elsewhere.parent) == []


def test_a_backup_whose_log_was_cut_is_found_out_by_the_checkpoint_it_printed(
    kept: Path, elsewhere: Path, invoke: Invoke
) -> None:
    asyncio.run(tamper(SqliteDatabases.settings_of(kept), "DELETE FROM audit_seals", "DELETE FROM audit_sealed_events"))
    result = invoke("restore", kept, "--checkpoint", kept.with_suffix(".txt"))
    assert (result.exit_code, "REMOVED seal" in result.stderr) == (1, True), result.output
    assert files_in(elsewhere.parent) == []


def test_an_older_backup_is_brought_up_to_date_and_a_newer_one_refused(
    invoke: Invoke, elsewhere: Path, tmp_path: Path
) -> None:
    older = tmp_path / "older.db"
    command.upgrade(alembic_config(SqliteDatabases.settings_of(older)), "head-1")
    result = invoke("restore", older)
    assert (result.exit_code, "it was brought up to date" in result.stdout) == (0, True), result.output
    assert count(elsewhere, f"SELECT count(*) FROM alembic_version WHERE version_num = '{migrating.HEAD}'") == 1
    elsewhere.unlink()
    asyncio.run(ask(SqliteDatabases.settings_of(older), "UPDATE alembic_version SET version_num = 'of_tomorrow'"))
    result = invoke("restore", older)
    assert (result.exit_code, "does not know. Use a newer one." in result.stderr) == (2, True), result.output
    assert files_in(elsewhere.parent) == []


def test_what_is_no_backup_is_refused(invoke: Invoke, live: Settings, elsewhere: Path, tmp_path: Path) -> None:
    missing = invoke("restore", tmp_path / "none.db")
    assert (missing.exit_code, "There is no file" in missing.stderr) == (2, True)
    text = tmp_path / "notes.txt"
    text.write_text("not a database\n" * 1000)
    other = invoke("restore", text)
    assert (other.exit_code, "does not open with this master key" in other.stderr) == (1, True), other.output
    empty = tmp_path / "empty.db"
    empty.touch()
    nothing = invoke("restore", empty)
    assert (nothing.exit_code, "no database of Stance" in nothing.stderr) == (2, True), nothing.output
    leave_in_the_log(live)
    by_hand = invoke("restore", live.database_file)
    assert (by_hand.exit_code, "copied by hand" in by_hand.stderr) == (2, True), by_hand.output
    assert files_in(elsewhere.parent) == []


def test_a_log_without_its_database_is_not_taken_for_the_new_ones(kept: Path, elsewhere: Path, invoke: Invoke) -> None:
    elsewhere.parent.mkdir()
    elsewhere.with_name("stance.db-wal").write_text("of another database")
    result = invoke("restore", kept)
    assert (result.exit_code, "Move it elsewhere first" in result.stderr) == (2, True)


def test_on_postgresql_the_operator_is_told_what_to_do_instead(
    postgresql_databases: PostgresqlDatabases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for settings in postgresql_databases.fresh():
        for name, value in environment_of(settings).items():
            monkeypatch.setenv(name, value)
        for act in ("backup", "restore"):
            result = CliRunner().invoke(stance, [act, str(tmp_path / "copy.db")])
            assert (result.exit_code, "docs/operations/backup.md" in result.stderr) == (2, True), result.output
