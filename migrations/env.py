"""How migrations run: one chain for both engines, as the owner of the tables, one at a time."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any, Literal

from alembic import context
from alembic.runtime.migration import MigrationContext, MigrationInfo
from sqlalchemy import Connection, TypeDecorator, make_url, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.core.database import sqlite_engine
from app.core.logs import log
from app.opening import master_key_of, page_key_of
from app.settings import Settings
from app.tables import metadata

_LOCK = 7_382_641


def render_item(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """Write our own column types as what they are in the database, so that a migration never changes with the app."""
    return f"sa.{item.impl!r}" if kind == "type" and isinstance(item, TypeDecorator) else False


def _applied(ctx: MigrationContext, step: MigrationInfo, heads: Collection[Any], run_args: Mapping[str, Any]) -> None:
    log.info("migration.applied", migration=step.up_revision_id)


def run(connection: Connection) -> None:
    is_sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=is_sqlite,
        transaction_per_migration=not is_sqlite,
        compare_type=True,
        render_item=render_item,
        on_version_apply=_applied,
    )
    if not is_sqlite:
        # Two operators may start at once: the second waits. A migration must never queue behind long readers.
        connection.execute(text(f"SELECT pg_advisory_lock({_LOCK})"))
        connection.execute(text("SET lock_timeout = '4s'"))
        connection.commit()
    with context.begin_transaction():
        context.run_migrations()


def migrate_sqlite(settings: Settings) -> None:
    page_key = page_key_of(settings, master_key_of(settings))
    engine = sqlite_engine(settings.database_url, page_key, pool_size=1, begin="BEGIN IMMEDIATE")
    with engine.connect() as connection:
        run(connection)
        connection.commit()
    engine.dispose()


async def migrate_postgresql(settings: Settings) -> None:
    url = make_url(settings.migration_database_url or settings.database_url)
    engine = create_async_engine(url.set(drivername="postgresql+asyncpg"), poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()
    await engine.dispose()


given = context.config.attributes.get("connection")
settings = context.config.attributes.get("settings") or Settings()
if given is not None:
    run(given)
elif settings.is_sqlite:
    migrate_sqlite(settings)
else:
    asyncio.run(migrate_postgresql(settings))
