"""Statements on the driver itself: SQLAlchemy compiles each once, and is not asked again on its way.

That way takes longer than most of these statements do. Connections, transactions and errors stay SQLAlchemy's.
"""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, Dialect, Select, Table
from sqlalchemy.engine.interfaces import Compiled
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

_KEPT = 1024
"""How many statements of each kind are kept: one for each prepared read, kind of caller and shape of page."""


def rows_of(statement: Select[Any], connection: Connection, parameters: Mapping[str, Any]) -> list[Any]:
    """Run a SELECT in whatever transaction the connection is in; its rows have their columns by name."""
    return _select(statement, connection.dialect).run(connection, parameters)


def insert_into(table: Table, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that have a value for every column."""
    statement = _insert(table, connection.dialect)
    driver: Any = connection.connection.dbapi_connection
    values = [statement.values(row) for row in rows]
    with _refusals_of(statement.text, connection):
        cursor = driver.cursor()
        try:
            cursor.executemany(statement.text, values)
        finally:
            cursor.close()


class _Statement:
    """A statement as a driver takes it.

    Most of a SELECT's values are its own and stand ready; one that is given may stand in several places.
    """

    def __init__(self, compiled: Compiled, dialect: Dialect) -> None:
        if not isinstance(compiled, SQLCompiler) or compiled.positiontup is None or compiled.post_compile_params:
            raise TypeError("a statement on the driver has parameters that do not change its text")
        self.text = str(compiled)
        writers = {name: _writer_of(bind, dialect) for name, bind in compiled.binds.items()}
        places: dict[str, list[int]] = {}
        for place, name in enumerate(compiled.positiontup):
            places.setdefault(name, []).append(place)
        given = {name for name in places if compiled.binds[name].required}
        self._given = [(name, writers[name], places[name]) for name in given]
        self._own = [
            None if name in given else writers[name](compiled.binds[name].effective_value)
            for name in compiled.positiontup
        ]

    def values(self, parameters: Mapping[str, Any]) -> list[Any]:
        """Return the values of one run, as the driver takes them."""
        values = self._own.copy()
        for name, write, places in self._given:
            value = write(parameters[name])
            for place in places:
                values[place] = value
        return values


class _Select(_Statement):
    """A SELECT, and what turns the driver's rows into ours."""

    def __init__(self, statement: Select[Any], dialect: Dialect) -> None:
        super().__init__(statement.compile(dialect=dialect), dialect)
        columns = statement.selected_columns
        readers = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        self._readers = [(place, reader) for place, reader in enumerate(readers) if reader is not None]
        self._row: Any = NamedTuple("Row", [(str(column.key), Any) for column in columns])  # type: ignore[misc]

    def run(self, connection: Connection, parameters: Mapping[str, Any]) -> list[Any]:
        driver: Any = connection.connection.dbapi_connection
        values = self.values(parameters)
        with _refusals_of(self.text, connection):
            found = driver.execute(self.text, values).fetchall()
        return [self._read(row) for row in found]

    def _read(self, row: tuple[Any, ...]) -> Any:
        columns = list(row)
        for place, reader in self._readers:
            if columns[place] is not None:
                columns[place] = reader(columns[place])
        return self._row._make(columns)


@contextmanager
def _refusals_of(text: str, connection: Connection) -> Iterator[None]:
    """Raise what the driver refuses as SQLAlchemy does, which gives up the connection when that is why."""
    errors: Any = connection.dialect.dbapi
    try:
        yield
    except errors.Error as refused:
        # PostgreSQL's driver does not support running a statement whose tables were changed under it.
        is_changed = isinstance(refused, errors.NotSupportedError)
        driver: Any = connection.connection.dbapi_connection
        is_stale = is_changed or connection.dialect.is_disconnect(refused, driver, None)
        if is_stale:
            # As SQLAlchemy does itself: what became of this connection became of all that are as old.
            connection.engine.pool._invalidate(connection.connection, refused)  # noqa: SLF001 - no other way
            connection.invalidate(refused)
        raise DBAPIError.instance(
            text,
            None,
            refused,
            errors.Error,
            hide_parameters=True,
            connection_invalidated=is_stale,
            dialect=connection.dialect,
        ) from refused


def _writer_of(bind: BindParameter[Any], dialect: Dialect) -> Callable[[Any], Any]:
    return bind.type.dialect_impl(dialect).bind_processor(dialect) or _as_it_is


def _as_it_is(value: Any) -> Any:
    return value


@functools.lru_cache(maxsize=_KEPT)
def _select(statement: Select[Any], dialect: Dialect) -> _Select:
    return _Select(statement, dialect)


@functools.lru_cache(maxsize=_KEPT)
def _insert(table: Table, dialect: Dialect) -> _Statement:
    every_column = [column.name for column in table.columns]
    return _Statement(table.insert().compile(dialect=dialect, column_keys=every_column), dialect)
