"""How rows are kept: the declarative base, the column types both engines share, and the engine of the embedded file."""

import functools
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import sqlcipher3.dbapi2
from sqlalchemy import (
    JSON,
    URL,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Enum,
    LargeBinary,
    MetaData,
    Select,
    String,
    TypeDecorator,
    Uuid,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from app.core.page_key import connected

OLDEST_SAFE_SQLITE = (3, 51, 3)
"""Older ones can corrupt a WAL file after a reset."""


class Base(MappedAsDataclass, DeclarativeBase, kw_only=True, repr=False, eq=False):
    """Every mapped class. No `repr`, so that no clinical row can end up in a traceback or a log."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, always aware and in UTC: a naive one is refused, SQLite's answer gets its zone back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive moments; keep UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """Read SQLite's text, which has no zone; PostgreSQL's driver gives moments as they are meant."""
        return _moment_of if dialect.name == "sqlite" else None


@functools.lru_cache(maxsize=16_384)
def _moment_of(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


class CodeSet(TypeDecorator[tuple[str, ...]]):
    """A short ordered set of codes, kept as ` a b c ` so that both engines can ask whether one is in it."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:
        """Join with spaces, one at each end."""
        return None if value is None else f" {' '.join(value)} "

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...] | None:
        """Split into codes again."""
        return None if value is None else tuple(value.split())


def includes_code(column: Any, code: str) -> Any:
    """Return the condition that a `CodeSet` column holds this code."""
    return column.cast(String).contains(f" {code} ", autoescape=True)


def str_enum(enum: type[StrEnum]) -> Enum:
    """Return the column type of a closed code list: text with a named check, never a native enum."""
    return Enum(
        enum,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


AnySelect = Select[*tuple[Any, ...]]
"""A SELECT of any columns; the service that runs it knows their names."""
Json = JSON().with_variant(JSONB(), "postgresql")
"""A JSON value whose shape the app owns and no query looks into."""


@functools.lru_cache(maxsize=16_384)
def _uuid_of(digits: str | None) -> UUID | None:
    return None if digits is None else UUID(int=int(digits, 16))  # three times as fast as from its digits


class HexUuid(Uuid[UUID]):
    """A UUID as SQLite keeps it, 32 hexadecimal digits. A page has hundreds, most of them the same few."""

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[str | None], UUID | None]:
        """Read it, or remember having read it."""
        return _uuid_of


class Sealed(TypeDecorator[bytes]):
    """Ciphertext of `core.crypto`; nothing else is ever stored in such a column.

    Replacing a key walks all columns of this type (`core.sealed_columns`), so that none can be forgotten.
    """

    impl = LargeBinary
    cache_ok = True


class json_rows(GenericFunction[Any]):  # noqa: N801 - SQL function names are lower case
    """Aggregate the rows of a correlated subquery into one JSON array: `json_rows('key', column, ...)`.

    Children arrive in the same statement as their parent. Order them inside the subquery. Ciphertext columns
    must pass through `json_bytes`.
    """

    type = JSON()
    inherit_cache = True


@compiles(json_rows, "sqlite")
def _json_rows_sqlite(element: json_rows, compiler: SQLCompiler, **options: Any) -> str:
    return f"coalesce(json_group_array(json_object({compiler.process(element.clauses, **options)})), '[]')"


@compiles(json_rows, "postgresql")
def _json_rows_postgresql(element: json_rows, compiler: SQLCompiler, **options: Any) -> str:
    return f"coalesce(json_agg(json_build_object({compiler.process(element.clauses, **options)})), '[]'::json)"


class json_bytes(GenericFunction[Any]):  # noqa: N801 - SQL function names are lower case
    """Write a ciphertext column as hexadecimal text, for use inside `json_rows`."""

    type = String()
    inherit_cache = True


@compiles(json_bytes, "sqlite")
def _json_bytes_sqlite(element: json_bytes, compiler: SQLCompiler, **options: Any) -> str:
    return f"hex({compiler.process(element.clauses, **options)})"


@compiles(json_bytes, "postgresql")
def _json_bytes_postgresql(element: json_bytes, compiler: SQLCompiler, **options: Any) -> str:
    return f"encode({compiler.process(element.clauses, **options)}, 'hex')"


_SAVEPOINTS = {
    "do_savepoint": "SAVEPOINT",
    "do_release_savepoint": "RELEASE",
    "do_rollback_to_savepoint": "ROLLBACK TO",
}


def _on_savepoint(command: str, connection: Connection, name: str) -> None:
    """Send it as it stands: SQLAlchemy compiles a statement for each savepoint, since each has a name of its own."""
    connection.exec_driver_sql(f"{command} {name}")


def sqlite_engine(
    url: str | URL, page_key: bytes, *, pool_size: int, read_only: bool = False, begin: str = "BEGIN"
) -> Engine:
    """Return an engine on an encrypted SQLite file (SQLCipher), durable to the last acknowledged commit.

    `synchronous=FULL` because a clinical record must survive power loss; `foreign_keys=ON` because SQLite
    forgets references without it. `page_key` is the 32-byte key of the file.
    """
    if sqlcipher3.dbapi2.sqlite_version_info < OLDEST_SAFE_SQLITE:
        raise RuntimeError("this SQLite can corrupt its write-ahead log; install sqlcipher3 0.6.4 or newer")
    place = make_url(url).set(drivername="sqlite")

    def opened() -> Any:
        # Readers of a WAL file wait for nobody, except while another process recovers or locks all of it; they run on
        # the event loop and must not hold it up.
        seconds = 0.25 if read_only else 5
        connection = connected(Path(str(place.database)), page_key, mode="rwc", seconds=seconds)
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "trusted_schema=OFF",
            "secure_delete=ON",
            "cell_size_check=ON",
            "temp_store=MEMORY",
            "cache_size=-32768",
            # Pages that every commit changes go into the file a quarter as often; the log beside it grows to 16 MB.
            *(("query_only=ON",) if read_only else ("wal_autocheckpoint=4000",)),
        ):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    engine = create_engine(
        place,
        module=sqlcipher3.dbapi2,
        creator=opened,
        pool_size=pool_size,
        max_overflow=0,
        hide_parameters=True,  # an error must not carry names or hashes
        json_deserializer=orjson.loads,
    )
    engine.dialect.colspecs = {**engine.dialect.colspecs, Uuid: HexUuid}
    for method, command in _SAVEPOINTS.items():
        setattr(engine.dialect, method, functools.partial(_on_savepoint, command))

    @event.listens_for(engine, "begin")
    def start(connection: Any) -> None:
        if not connection.connection.dbapi_connection.in_transaction:  # a read has begun on the driver
            connection.exec_driver_sql(begin)

    return engine
