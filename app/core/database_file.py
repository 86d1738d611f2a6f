"""The embedded database as a file: copied while others write to it, checked page by page, put in another's place.

Nothing here is ever seen half done. A new file is written under another name, only its owner can read it, and it takes
its own name when all of it is on the disk; nothing is overwritten.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2
from sqlalchemy import Connection, StaticPool, create_engine

from app.core.files import sync_folder
from app.core.page_key import connected

SUFFIXES = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database in use."""
_SHARED_FIRST, _SHARED_SIZE = 0x4000_0002, 510
"""The bytes SQLite locks while a database is open (its file format's "shared" range)."""


class FileDamaged(RuntimeError):
    """The file is not the database it should be."""


class FileRefused(RuntimeError):
    """What was asked for cannot be done with these files now; nothing was changed."""


@contextmanager
def opened(path: Path, page_key: bytes) -> Iterator[Connection]:
    """Open an existing file only to look into it; neither a database nor another journal mode comes of it."""
    engine = create_engine(
        "sqlite://",
        module=sqlcipher3.dbapi2,
        creator=lambda: _opened(path, page_key),
        poolclass=StaticPool,
        hide_parameters=True,
    )
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def fresh(path: Path) -> Iterator[Path]:
    """Make an empty file for its owner alone; unless it was given another name by then, it goes away again."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise FileRefused(
            f"{path} is there already: another run is writing it, or one was interrupted. Remove it if none is running."
        ) from None
    try:
        yield path
    finally:
        for leftover in (path, *beside(path)):
            leftover.unlink(missing_ok=True)


def copy(source: Path, page_key: bytes, target: Path) -> None:
    """Copy a database, all pages in one step, into a new file under the same key, while others go on writing.

    In one step, because SQLite begins a copy again when somebody writes between two: it might never end.
    """
    with closing(_opened(source, page_key)) as old, closing(_opened(target, page_key, is_new=True)) as new:
        try:
            # Pages are copied as they are, so both files must say alike how theirs are authenticated.
            for (setting,) in old.execute("PRAGMA cipher_settings").fetchall():
                new.execute(setting)
            old.backup(new)
            # One file, which needs no other beside it to be whole.
            new.execute("PRAGMA journal_mode=DELETE")
        except sqlcipher3.dbapi2.OperationalError:
            raise FileRefused(f"{target} could not be written. Is the disk full?") from None
        except sqlcipher3.dbapi2.DatabaseError:
            raise FileDamaged(f"{source} is damaged: it cannot be read to its end.") from None


def check(path: Path, page_key: bytes) -> None:
    """Refuse a file that was not written under this key, or in which a page, an index or a reference is not right."""
    with closing(_opened(path, page_key)) as connection:
        try:
            pages = connection.execute("PRAGMA cipher_integrity_check").fetchall()
            structure = [] if pages else connection.execute("PRAGMA integrity_check").fetchall()
            orphans = [] if pages else connection.execute("PRAGMA foreign_key_check").fetchall()
        except sqlcipher3.dbapi2.DatabaseError:
            raise FileDamaged(f"{path} is damaged: it cannot be read to its end.") from None
    if pages:
        raise FileDamaged(f"{path} is damaged: {len(pages)} of its pages are not as they were written.")
    if structure != [("ok",)]:
        raise FileDamaged(f"{path} is damaged: its structure is not whole.")
    if orphans:
        raise FileDamaged(f"{path} is damaged: {len(orphans)} references lead nowhere.")


def size_of(path: Path, page_key: bytes) -> int:
    """Return how many bytes a copy takes; what is still in the write-ahead log counts, too."""
    with closing(_opened(path, page_key)) as connection:
        (pages,), (size,) = (connection.execute(f"PRAGMA {of}").fetchone() for of in ("page_count", "page_size"))
        return int(pages) * int(size)


def refuse_without_room(folder: Path, wanted: int) -> None:
    """Refuse what does not fit."""
    free = shutil.disk_usage(folder).free
    if free < wanted:
        raise FileRefused(f"There is not enough room in {folder}: {wanted:,} bytes are needed, {free:,} are free.")


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Keep everyone else out of a database, and refuse while a service or another program has it open.

    SQLite's own locks tell, so this works without the key and for a damaged file. The caller must not open the file
    meanwhile: closing it would drop the lock.
    """
    if sys.platform == "win32":  # where an open file cannot be moved anyway
        yield
        return
    import fcntl  # noqa: PLC0415 - there is none on Windows

    with path.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, _SHARED_SIZE, _SHARED_FIRST)
        except OSError:
            raise FileRefused(f"{path} is in use. Stop the service first, and whatever else has it open.") from None
        yield


@contextmanager
def set_aside(path: Path, old: Path) -> Iterator[None]:
    """Give a database and its write-ahead log another name: whole there before it is gone here, back if it fails."""
    parts = [suffix for suffix in ("", "-wal") if path.with_name(path.name + suffix).exists()]
    try:
        for suffix in parts:
            os.link(path.with_name(path.name + suffix), old.with_name(old.name + suffix))
    except OSError:
        raise FileRefused(
            f"{path} cannot be kept as {old}. Name a file that does not exist, on the same file system."
        ) from None
    with suppress(OSError):  # where folders can be flushed
        sync_folder(old.parent)
    for leftover in (path, *beside(path)):
        leftover.unlink(missing_ok=True)
    try:
        yield
    except BaseException:
        for suffix in reversed(parts):
            old.with_name(old.name + suffix).rename(path.with_name(path.name + suffix))
        raise


def settle(path: Path, final: Path) -> None:
    """Write a file down to the disk, then give it its name, which nothing else may have."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
    try:
        os.link(path, final)
    except FileExistsError:
        raise FileRefused(f"{final} exists. Nothing is ever overwritten.") from None
    except OSError:  # a file system that knows no second names, such as that of a memory stick
        if final.exists():
            raise FileRefused(f"{final} exists. Nothing is ever overwritten.") from None
        path.rename(final)
    with suppress(OSError):  # where folders can be flushed
        sync_folder(final.parent)


def beside(path: Path) -> list[Path]:
    """Return where SQLite keeps what belongs to a database in use."""
    return [path.with_name(path.name + suffix) for suffix in SUFFIXES]


def _opened(path: Path, page_key: bytes, *, is_new: bool = False) -> Any:
    connection = connected(path, page_key)
    try:
        connection.execute("PRAGMA trusted_schema=OFF")
        if is_new:  # it is thrown away if anything fails, and flushed once at the end
            connection.execute("PRAGMA journal_mode=OFF")
            connection.execute("PRAGMA synchronous=OFF")
        else:
            connection.execute("PRAGMA query_only=ON")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlcipher3.dbapi2.OperationalError:
        connection.close()
        raise FileRefused(f"{path} cannot be opened: it is locked by another program, or not for this user.") from None
    except sqlcipher3.dbapi2.DatabaseError:
        connection.close()
        raise FileDamaged(
            f"{path} does not open with this master key: it was written under another one, or it is damaged."
        ) from None
    return connection
