"""The master key's copies: in parts for custodians, with the drill that starts from them, and sealed."""

import stat
from asyncio import run
from pathlib import Path

import pytest

from app import migrating
from app.core.crypto import MasterKey
from app.settings import Settings
from tests.support.house import Api, open_house
from tests.support.keys import stance
from tests.support.world import SECTIONS, one_of_everything


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A database and a key of their own, in a folder."""
    (tmp_path / "live").mkdir()
    MasterKey.create_file(tmp_path / "live" / "master.key")
    return Settings(database_url=f"sqlite:///{tmp_path}/live/stance.db", master_key_file=tmp_path / "live/master.key")


def parts_of(settings: Settings, folder: Path) -> list[Path]:
    result = stance(settings, "keys", "export", "--split", "--into", str(folder))
    assert result.returncode == 0, result.stderr
    return sorted(folder.iterdir())


def test_after_the_loss_of_key_and_database_three_custodians_and_a_backup_bring_a_note_back(
    settings: Settings, tmp_path: Path
) -> None:
    migrating.migrate(settings)

    async def worked() -> tuple[str, str]:
        async with open_house(settings) as house:
            world = await one_of_everything(await house.clinic())
            return str(world.clinic["therapist"].token), world.ids["note_id"]

    async def sections(of: Settings) -> object:
        async with open_house(of) as house:
            return (await Api(house.client, token).read(f"/notes/{note_id}"))["sections"]

    token, note_id = run(worked())
    parts = parts_of(settings, tmp_path / "parts")
    backup = tmp_path / "night.db"
    kept = stance(settings, "backup", str(backup))
    assert kept.returncode == 0, kept.stderr
    for lost in (tmp_path / "live").iterdir():
        lost.unlink()
    assert "no master key" in stance(settings, "serve").stderr
    again = tmp_path / "live" / "again.key"
    few = stance(settings, "keys", "restore-from-parts", *map(str, parts[:2]), "--into", str(again))
    assert (few.returncode, "3 different parts are needed" in few.stderr, again.exists()) == (1, True, False)
    done = stance(settings, "keys", "restore-from-parts", *map(str, parts[2:]), "--into", str(again))
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE(again.stat().st_mode) == 0o600
    restored = settings.model_copy(update={"master_key_file": again})
    back = stance(restored, "restore", str(backup))
    assert back.returncode == 0, back.stderr
    assert [one["text"] for one in run(sections(restored))] == [one["text"] for one in SECTIONS]  # type: ignore[attr-defined]


def test_parts_are_files_for_their_owner_alone_and_show_no_key(settings: Settings, tmp_path: Path) -> None:
    parts = parts_of(settings, tmp_path / "parts")
    key = (tmp_path / "live" / "master.key").read_text().strip()
    assert len(parts) == 5
    assert {stat.S_IMODE(part.stat().st_mode) for part in parts} == {0o600}
    assert stat.S_IMODE((tmp_path / "parts").stat().st_mode) == 0o700
    assert not [part for part in parts if key in part.read_text()]
    whole = stance(settings, "keys", "export", "--into", str(tmp_path / "whole"))
    assert (whole.returncode, "add --split" in whole.stderr, (tmp_path / "whole").exists()) == (2, True, False)


def test_mixed_up_and_changed_parts_are_refused_by_name_and_write_nothing(settings: Settings, tmp_path: Path) -> None:
    one, other = (parts_of(settings, tmp_path / name) for name in ("one", "other"))
    target = tmp_path / "new.key"
    mixed = stance(settings, "keys", "restore-from-parts", *map(str, [*one[:2], other[2]]), "--into", str(target))
    assert (mixed.returncode, "not of one set" in mixed.stderr) == (1, True)
    text = one[1].read_text()
    one[1].write_text(text[:-30] + ("AAAA" if text[-30:-26] != "AAAA" else "BBBB") + text[-26:])
    wrong = stance(settings, "keys", "restore-from-parts", *map(str, one[:3]), "--into", str(target))
    assert (wrong.returncode, "has a mistake in it" in " ".join(wrong.stderr.replace("│", " ").split())) == (2, True)
    assert not target.exists()
    there = stance(settings, "keys", "restore-from-parts", *map(str, other), "--into", str(settings.master_key_file))
    assert there.returncode == 2


def test_a_sealed_master_key_serves_with_its_provider_alone(settings: Settings, tmp_path: Path) -> None:
    MasterKey.create_file(tmp_path / "provider.key")
    sealed = tmp_path / "sealed.key"
    assert stance(settings, "keys", "seal-master", "--into", str(sealed)).returncode == 2, "there is no provider"
    provided = settings.model_copy(update={"key_provider_file": tmp_path / "provider.key"})
    assert stance(provided, "keys", "seal-master", "--into", str(sealed)).returncode == 0
    assert stance(settings, "migrate").returncode == 0
    assert stance(provided.model_copy(update={"master_key_file": sealed}), "keys", "check").returncode == 0
    alone = stance(settings.model_copy(update={"master_key_file": sealed}), "keys", "check")
    assert (alone.returncode, "the master key is sealed" in alone.stderr) == (1, True)
