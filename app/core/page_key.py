"""The key of the embedded file's pages: which one opens it, and giving it another. PostgreSQL has none."""

from contextlib import closing
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher

from app.core.crypto import MasterKey

_NOT_A_DATABASE, _LOCKED = 26, (5, 6)
"""SQLite's result codes: SQLITE_NOTADB is also how a wrong key looks; SQLITE_BUSY and SQLITE_LOCKED."""
_HASHING, _FORMER_HASHING = "HMAC_SHA256", "HMAC_SHA512"
"""What tells that a page was changed. Processors compute the first three times as fast, and hashing is most of the work
of reading a page. Files from before it was chosen keep the second.
"""
_UNCHANGED = "The file could not be encrypted anew and is as it was. Is there as much free disk as the file is large?"


class FileInUse(RuntimeError):
    """Another process has the file open."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__("The file is in use. Stop the service and every other command first, then try again.")


def of(master: MasterKey) -> bytes:
    """Return the page key a master key stands for."""
    return master.derive("database file")


def opens(path: Path, page_key: bytes) -> bool:
    """Whether the file opens with this key; one that is not there yet does, and one that cannot be read now may."""
    if not path.exists():
        return True
    with closing(connected(path, page_key)) as connection:
        return not _is_foreign(connection)


def change(path: Path, old: bytes, new: bytes) -> None:
    """Encrypt every page anew, with nobody else in the file: all of them or, when it is interrupted, none.

    The rollback journal keeps the old pages under the old key until the last new one is on the disk; whoever opens
    the file next puts them back. In WAL mode there is none, so the file leaves it, which needs it alone.
    """
    connection = connected(path, old)
    try:
        (mode,) = connection.execute("PRAGMA journal_mode=DELETE").fetchone()
        if mode != "delete":
            raise FileInUse
        if connection.execute("PRAGMA cipher_integrity_check").fetchone() is not None:
            raise RuntimeError("The file is damaged: a page of it does not open. Restore it from a backup.")
        connection.execute("PRAGMA synchronous=EXTRA")
        connection.execute(f"PRAGMA rekey = \"x'{new.hex()}'\"")
    except sqlcipher.DatabaseError as refused:
        if _code_of(refused) in _LOCKED:
            raise FileInUse from None
        raise RuntimeError(_UNCHANGED) from None
    finally:
        connection.close()
    if not opens(path, new):
        raise RuntimeError(_UNCHANGED)


def connected(path: Path, page_key: bytes, *, mode: str = "rw", seconds: float = 5) -> Any:
    """Open a file; `mode` "rwc" makes it if it is not there, `seconds` is how long to wait for locks.

    Whether the key fits shows at the first look into it.
    """
    place = f"{path.absolute().as_uri()}?mode={mode}"
    connection = _connected(place, page_key, _HASHING, seconds)
    if _is_foreign(connection):
        connection.close()
        connection = _connected(place, page_key, _FORMER_HASHING, seconds)
    return connection


def _connected(place: str, page_key: bytes, hashing: str, seconds: float) -> Any:
    connection = sqlcipher.connect(place, uri=True, isolation_level=None, timeout=seconds, check_same_thread=False)
    # SQLCipher writes a wrong key down in plain lines on standard error, where every line of ours is JSON.
    connection.execute("PRAGMA cipher_log_level = NONE")
    connection.execute(f"PRAGMA key = \"x'{page_key.hex()}'\"")
    connection.execute(f"PRAGMA cipher_hmac_algorithm = {hashing}")
    return connection


def _is_foreign(connection: Any) -> bool:
    """Whether the file is no database to this connection; what else may be wrong with it shows at the next look."""
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlcipher.DatabaseError as refused:
        return _code_of(refused) == _NOT_A_DATABASE
    return False


def _code_of(refused: Exception) -> int:
    return getattr(refused, "sqlite_errorcode", 0)
