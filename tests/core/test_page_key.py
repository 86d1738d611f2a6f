"""The key of the embedded file: what opens it, and a change of it that is whole or did not happen."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.core import database_file, page_key
from app.core.database import sqlite_engine
from tests.support.server import ROOT

OLD, NEW = os.urandom(32), os.urandom(32)
CHANGE = """
import sys
from pathlib import Path
from app.core import page_key
print("ready", flush=True)
page_key.change(Path(sys.argv[1]), bytes.fromhex(sys.argv[2]), bytes.fromhex(sys.argv[3]))
"""


def rows_in(path: Path, key: bytes) -> int:
    engine = sqlite_engine(f"sqlite:///{path}", key, pool_size=1)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert connection.exec_driver_sql("PRAGMA cipher_integrity_check").first() is None
        rows: int = connection.exec_driver_sql("SELECT count(*) FROM t").scalar_one()
    engine.dispose()
    return rows


def made(path: Path, rows: int) -> Path:
    engine = sqlite_engine(f"sqlite:///{path}", OLD, pool_size=1)
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE t (x BLOB)")
        numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})"
        connection.exec_driver_sql(f"INSERT INTO t {numbers} SELECT randomblob(1000) FROM n")
        connection.commit()
    engine.dispose()
    return path


def as_before(path: Path) -> Path:
    """Return a copy as the service wrote it when it still left the hash of its pages to SQLCipher."""
    copy = path.with_name(f"before-{path.name}")
    copy.touch()
    connection = page_key.connected(path, OLD)
    connection.execute(f"ATTACH '{copy}' AS copy KEY \"x'{OLD.hex()}'\"")
    connection.execute("PRAGMA copy.cipher_hmac_algorithm = HMAC_SHA512")
    connection.execute("SELECT sqlcipher_export('copy')")
    connection.close()
    return copy


def hash_of(path: Path, key: bytes) -> str:
    connection = page_key.connected(path, key)
    (hashing,) = connection.execute("PRAGMA cipher_hmac_algorithm").fetchone()
    connection.close()
    return str(hashing)


def test_a_new_file_is_authenticated_with_what_processors_compute_fastest(tmp_path: Path) -> None:
    assert hash_of(made(tmp_path / "a.db", 100), OLD) == "HMAC_SHA256"


def test_a_file_from_before_is_read_written_copied_and_given_another_key(tmp_path: Path) -> None:
    path, copy = as_before(made(tmp_path / "a.db", 100)), tmp_path / "copy.db"
    engine = sqlite_engine(f"sqlite:///{path}", OLD, pool_size=1)
    with engine.connect() as connection:
        connection.exec_driver_sql("INSERT INTO t VALUES (randomblob(1000))")
        connection.commit()
    engine.dispose()
    with database_file.fresh(copy):
        database_file.copy(path, OLD, copy)
        database_file.check(copy, OLD)
        assert (rows_in(copy, OLD), hash_of(copy, OLD)) == (101, "HMAC_SHA512")
    page_key.change(path, OLD, NEW)
    assert (page_key.opens(path, OLD), page_key.opens(path, NEW)) == (False, True)
    assert (rows_in(path, NEW), hash_of(path, NEW)) == (101, "HMAC_SHA512")


def test_a_change_leaves_the_rows_and_the_old_key_opens_nothing(tmp_path: Path) -> None:
    path = made(tmp_path / "a.db", 100)
    assert (page_key.opens(path, OLD), page_key.opens(path, NEW)) == (True, False)
    page_key.change(path, OLD, NEW)
    assert (page_key.opens(path, OLD), page_key.opens(path, NEW)) == (False, True)
    assert rows_in(path, NEW) == 100


def test_a_file_somebody_has_open_is_left_alone(tmp_path: Path) -> None:
    path = made(tmp_path / "a.db", 100)
    engine = sqlite_engine(f"sqlite:///{path}", OLD, pool_size=1)
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1 FROM t").all()
        with pytest.raises(page_key.FileInUse):
            page_key.change(path, OLD, NEW)
    engine.dispose()
    assert rows_in(path, OLD) == 100


def test_a_wrong_key_changes_nothing_of_a_file_whose_last_writes_are_in_its_log(tmp_path: Path) -> None:
    path, copy = made(tmp_path / "a.db", 100), tmp_path / "copy.db"
    engine = sqlite_engine(f"sqlite:///{path}", OLD, pool_size=1)
    with engine.connect() as connection:
        connection.exec_driver_sql("INSERT INTO t VALUES (randomblob(1000))")
        connection.commit()
        shutil.copy(path, copy)  # as a killed service leaves it: what was committed last is in the log alone
        shutil.copy(f"{path}-wal", f"{copy}-wal")
    engine.dispose()
    assert not page_key.opens(copy, NEW)
    assert rows_in(copy, OLD) == 101


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_a_change_that_is_killed_has_happened_or_not(share: float, tmp_path: Path) -> None:
    template = made(tmp_path / "template.db", 20_000)
    whole = Path(shutil.copy(template, tmp_path / "whole.db"))
    begun = time.monotonic()
    page_key.change(whole, OLD, NEW)
    took = time.monotonic() - begun
    path = Path(shutil.copy(template, tmp_path / "a.db"))
    with subprocess.Popen(
        [sys.executable, "-c", CHANGE, str(path), OLD.hex(), NEW.hex()], cwd=ROOT, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(took * share)
        process.send_signal(signal.SIGKILL)
    opening = [key for key in (OLD, NEW) if page_key.opens(path, key)]
    assert len(opening) == 1
    assert rows_in(path, opening[0]) == 20_000
    if opening == [OLD]:
        page_key.change(path, OLD, NEW)
    assert rows_in(path, NEW) == 20_000


def test_a_damaged_file_is_not_touched(tmp_path: Path) -> None:
    path = made(tmp_path / "a.db", 100)
    content = bytearray(path.read_bytes())
    content[5 * 4096 + 100] ^= 1
    path.write_bytes(content)
    with pytest.raises(RuntimeError, match="damaged"):
        page_key.change(path, OLD, NEW)
    assert page_key.opens(path, OLD)
