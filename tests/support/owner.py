"""Someone with the database's own login, past every guard: who the seals of the audit log are made against."""

from collections.abc import Sequence
from typing import Any

import asyncpg
from sqlalchemy import make_url

from app.core.crypto import MasterKey
from app.core.database import sqlite_engine
from app.settings import Settings
from tests.support.databases import MASTER_KEY

_TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'audit%'"


async def tamper(settings: Settings, *statements: str) -> None:
    """Run statements as the owner of the tables, with the triggers of the audit log out of the way."""
    if settings.is_sqlite:
        triggers = [row[0] for row in await ask(settings, _TRIGGERS)]
        await ask(settings, *(f"DROP TRIGGER {name}" for name in triggers), *statements)
    else:
        await ask(settings, "SET session_replication_role = replica", *statements)


async def ask(settings: Settings, *statements: str) -> Sequence[Any]:
    """Run statements as the owner of the tables and return the rows of the last."""
    rows: Sequence[Any] = ()
    if settings.is_sqlite:
        page_key = MasterKey.from_base64(MASTER_KEY).derive("database file")
        engine = sqlite_engine(settings.database_url, page_key, pool_size=1, begin="BEGIN IMMEDIATE")
        with engine.connect() as connection:
            for statement in statements:
                result = connection.exec_driver_sql(statement)
                rows = result.all() if result.returns_rows else ()
            connection.commit()
        engine.dispose()
        return rows
    url = make_url(str(settings.migration_database_url)).render_as_string(hide_password=False)
    owner = await asyncpg.connect(url)
    try:
        for statement in statements:
            rows = await owner.fetch(statement)
    finally:
        await owner.close()
    return rows


async def at_once(settings: Settings, *statements: str) -> None:
    """Run statements as the owner of the tables, all in one transaction."""
    if settings.is_sqlite:
        await ask(settings, *statements)
        return
    url = make_url(str(settings.migration_database_url)).render_as_string(hide_password=False)
    owner = await asyncpg.connect(url)
    try:
        async with owner.transaction():
            await owner.execute("; ".join(statements))
    finally:
        await owner.close()
