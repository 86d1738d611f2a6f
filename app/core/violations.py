"""What a database's refusal means: a lost race to run again, a busy moment, or a rule a person broke.

Rules are constraints with names; a model puts the problem a broken one stands for into the constraint's `info`
(`Index(..., info={"problem": ActiveTreatmentExists})`). A constraint without one is a bug of ours and stays a 500.
"""

import functools
import re

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.core.database import Base
from app.core.problems import Problem

_SERIALIZATION = {"40001", "40P01"}
_UNIQUE = "23505"
_BUSY = {"55P03", "57014", "53300", "57P01", "57P02", "57P03", "08000", "08001", "08003", "08004", "08006"}
_SQLITE_BUSY = re.compile(r"database is locked|database table is locked", re.ASCII)
_SQLITE_UNIQUE = re.compile(r"UNIQUE constraint failed: (.+)", re.ASCII)


def is_lost_race(refused: DBAPIError) -> bool:
    """Whether running the function again may succeed, because the second run sees who won."""
    return _sqlstate(refused) in _SERIALIZATION or _broken_unique(refused) is not None


def is_busy(refused: DBAPIError) -> bool:
    """Whether the database could not take the work now, through no fault of the request."""
    return (
        refused.connection_invalidated
        or _sqlstate(refused) in _BUSY
        or _SQLITE_BUSY.search(str(refused.orig)) is not None
    )


def problem_of(refused: IntegrityError) -> BaseException:
    """Return the problem a broken constraint stands for, or the refusal itself when it stands for none."""
    problem = _problems().get(_broken_unique(refused) or "")
    return problem() if problem else refused


def _sqlstate(refused: DBAPIError) -> str | None:
    return getattr(refused.orig, "sqlstate", None)


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
