"""What a database's refusal means: a lost race, a busy moment, a full disk, or a rule a person broke.

Rules are constraints with names; a model puts the problem a broken one stands for into the constraint's `info`
(`Index(..., info={"problem": ActiveTreatmentExists})`). A constraint without one is a bug of ours and stays a 500,
and so does a damaged file: trying again would not mend it.
"""

import functools
import re

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.core.database import Base
from app.core.problems import Problem

_SERIALIZATION = {"40001", "40P01"}
_UNIQUE = "23505"
_DISK_FULL = "53100"
_READ_ONLY = "25006"
_BUSY_CLASSES = {"08", "53", "57"}
"""Connection trouble, resources used up, and what an operator ended: a shutdown, a timeout."""
_BUSY = {"55P03", "25P03", "25P04", "58030"}
"""A lock not got in time, two timeouts of idle transactions, and an I/O error of the server."""
_SQLITE_UNIQUE = re.compile(r"UNIQUE constraint failed: (.+)", re.ASCII)
_SQLITE_BUSY = {5, 6, 7, 10, 14, 15}
"""BUSY, LOCKED, NOMEM, IOERR, CANTOPEN and PROTOCOL (https://sqlite.org/rescode.html)."""
_SQLITE_READ_ONLY = 8
_SQLITE_FULL = 13


def is_lost_race(refused: DBAPIError) -> bool:
    """Whether running the function again may succeed, because the second run sees who won."""
    return _sqlstate(refused) in _SERIALIZATION or _broken_unique(refused) is not None


def is_cut_off(refused: DBAPIError) -> bool:
    """Whether the connection is dead: a new one may live, as after a restart of the database."""
    state = _sqlstate(refused) or ""
    return refused.connection_invalidated or state.startswith(("08", "57P"))


def is_busy(refused: DBAPIError) -> bool:
    """Whether the database could not take the work now, through no fault of the request."""
    state = _sqlstate(refused) or ""
    if refused.connection_invalidated or state in _BUSY or state[:2] in _BUSY_CLASSES:
        return True
    return _sqlite_code(refused) in _SQLITE_BUSY


def is_full(refused: DBAPIError) -> bool:
    """Whether there was no room left to write."""
    return _sqlstate(refused) == _DISK_FULL or _sqlite_code(refused) == _SQLITE_FULL


def is_read_only(refused: DBAPIError) -> bool:
    """Whether the database takes no writes: a file that became read-only, a server that is a standby now."""
    return _sqlstate(refused) == _READ_ONLY or _sqlite_code(refused) == _SQLITE_READ_ONLY


def problem_of(refused: IntegrityError) -> BaseException:
    """Return the problem a broken constraint stands for, or the refusal itself when it stands for none."""
    problem = _problems().get(_broken_unique(refused) or "")
    return problem() if problem else refused


def _sqlstate(refused: DBAPIError) -> str | None:
    return getattr(refused.orig, "sqlstate", None)


def _sqlite_code(refused: DBAPIError) -> int:
    """Return SQLite's result code, 0 for another engine."""
    return getattr(refused.orig, "sqlite_errorcode", 0)


def _broken_unique(refused: DBAPIError) -> str | None:
    """Return the name of the unique constraint or index that refused; SQLite names only its columns."""
    if _sqlstate(refused) == _UNIQUE:
        cause = getattr(refused.orig, "__cause__", None)
        name = getattr(refused.orig, "constraint_name", None) or getattr(cause, "constraint_name", None)
        return str(name)
    match = _SQLITE_UNIQUE.search(str(refused.orig))
    return _unique_by_columns().get(match.group(1), match.group(1)) if match else None


def _uniques() -> list[UniqueConstraint | Index]:
    return [
        rule
        for table in Base.metadata.tables.values()
        for rule in (*table.constraints, *table.indexes)
        if isinstance(rule, UniqueConstraint) or (isinstance(rule, Index) and rule.unique)
    ]


@functools.cache
def _unique_by_columns() -> dict[str, str]:
    return {", ".join(f"{c.table.name}.{c.name}" for c in rule.columns): str(rule.name) for rule in _uniques()}


@functools.cache
def _problems() -> dict[str, type[Problem]]:
    return {str(rule.name): rule.info["problem"] for rule in _uniques() if "problem" in rule.info}
