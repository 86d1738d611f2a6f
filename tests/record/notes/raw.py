"""A connection past the app, as someone with the database password has: what stops it is the database alone."""

from uuid import UUID

import asyncpg

from app.core.database import sqlite_engine
from app.opening import master_key_of
from app.settings import Settings


def literal(row_id: str) -> str:
    """Write an id so that both engines find it."""
    return f"'{UUID(row_id).hex}'"


async def run(settings: Settings, statement: str) -> None:
    """Run one statement as the owner of the tables."""
    if settings.is_sqlite:
        engine = sqlite_engine(settings.database_url, master_key_of(settings).derive("database file"), pool_size=1)
        try:
            with engine.begin() as connection:
                connection.exec_driver_sql(statement)
        finally:
            engine.dispose()
        return
    connection = await asyncpg.connect(settings.migration_database_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def refusal(settings: Settings, statement: str) -> str:
    """Return what the database says against a statement, or nothing."""
    try:
        await run(settings, statement)
    except Exception as refused:  # noqa: BLE001 - each driver has its own exceptions
        return str(refused)
    return ""
