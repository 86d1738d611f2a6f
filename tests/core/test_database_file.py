"""Files that take each other's place: never half there, never over another, never gone."""

import errno
import os
from pathlib import Path

import pytest

from app.core import database_file


def contents_of(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_a_file_takes_its_name_when_it_is_whole(tmp_path: Path) -> None:
    with database_file.fresh(tmp_path / "unfinished") as unfinished:
        unfinished.write_text("whole")
        database_file.settle(unfinished, tmp_path / "final")
    assert contents_of(tmp_path) == {"final": "whole"}


def test_a_file_that_appears_meanwhile_keeps_its_name(tmp_path: Path) -> None:
    final = tmp_path / "final"
    with database_file.fresh(tmp_path / "unfinished") as unfinished:
        final.write_text("somebody else's")
        with pytest.raises(database_file.FileRefused, match="Nothing is ever overwritten"):
            database_file.settle(unfinished, final)
    assert contents_of(tmp_path) == {"final": "somebody else's"}


def test_a_file_system_without_second_names_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "no second names here")

    monkeypatch.setattr(os, "link", refuse)
    with database_file.fresh(tmp_path / "unfinished") as unfinished:
        unfinished.write_text("whole")
        database_file.settle(unfinished, tmp_path / "final")
    with (
        database_file.fresh(tmp_path / "unfinished") as unfinished,
        pytest.raises(database_file.FileRefused, match="Nothing is ever overwritten"),
    ):
        database_file.settle(unfinished, tmp_path / "final")
    assert contents_of(tmp_path) == {"final": "whole"}


def test_what_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="lost"):
        fail_while_writing(tmp_path / "unfinished")
    assert contents_of(tmp_path) == {}


def fail_while_writing(path: Path) -> None:
    with database_file.fresh(path):
        path.write_text("half")
        path.with_name("unfinished-journal").write_text("half")
        raise OSError("lost")


def test_a_database_goes_aside_with_its_log_and_comes_back_when_what_follows_fails(tmp_path: Path) -> None:
    place, old = tmp_path / "stance.db", tmp_path / "old.db"
    place.write_text("pages")
    place.with_name("stance.db-wal").write_text("newest pages")
    place.with_name("stance.db-shm").write_text("only an index")
    with pytest.raises(OSError, match="lost"):
        fail_at_the_last_step(place, old)
    assert contents_of(tmp_path) == {"stance.db": "pages", "stance.db-wal": "newest pages"}
    with database_file.set_aside(place, old):
        assert contents_of(tmp_path) == {"old.db": "pages", "old.db-wal": "newest pages"}


def fail_at_the_last_step(place: Path, old: Path) -> None:
    with database_file.set_aside(place, old):
        assert not place.exists()
        raise OSError("lost")


def test_a_place_that_cannot_be_linked_to_is_refused_before_anything_moves(tmp_path: Path) -> None:
    place, old = tmp_path / "stance.db", tmp_path / "nowhere" / "old.db"
    place.write_text("pages")
    with pytest.raises(database_file.FileRefused, match="cannot be kept"):
        fail_at_the_last_step(place, old)
    assert contents_of(tmp_path) == {"stance.db": "pages"}
