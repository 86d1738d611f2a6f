"""Reads that are written once: what differs from request to request are parameters, so that nothing is built for one.

Building a statement takes SQLAlchemy as long as ten runs of it. A `Prepared` is made when its module is loaded, or once
for each set of filters; the first caller of a kind puts it inside her scope, and everyone after her only runs it.
"""

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Date, Dialect, Integer, Uuid, bindparam, false, or_, tuple_
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import with_loader_criteria
from sqlalchemy.sql.compiler import SQLCompiler

from app.core.database import AnySelect
from app.core.entity import ClientScoped, ClinicScoped, Private
from app.core.erased import erased_in
from app.core.scope import ScopedSession

CLINIC_ID: Any = bindparam("clinic_id", type_=Uuid())
PERSON_ID: Any = bindparam("person_id", type_=Uuid())
CALLER_ID: Any = bindparam("caller_id", type_=Uuid())
TODAY: Any = bindparam("today", type_=Date())
_LIMIT: Any = bindparam("page_limit", type_=Integer())
_KEPT = 1024
"""How many statements of each make are kept: one for each prepared read, kind of caller and shape of page."""


def parameter(name: str, like: Any) -> Any:
    """Return a parameter of the type of a column."""
    return bindparam(name, type_=like.type)


def ordered(
    statement: AnySelect, columns: Sequence[Any], after: Sequence[Any] | None, *, descending: bool
) -> AnySelect:
    """Order a read by columns; it starts after a position, a value for each of them, if there is one."""
    if after is not None:
        here, there = tuple_(*columns), tuple_(*after)
        statement = statement.where(here < there if descending else here > there)
    return statement.order_by(*(column.desc() if descending else column.asc() for column in columns))


class Prepared:
    """A SELECT with parameters."""

    def __init__(self, statement: AnySelect) -> None:
        """Take the statement; its scope comes with each run."""
        self._statement = statement

    def rows(self, session: ScopedSession, values: dict[str, Any]) -> Sequence[Any]:
        """Run it inside the session's scope; what the session has not written yet is written first.

        The rows have their columns by name. The driver is asked directly: SQLAlchemy's own way to it takes longer
        than the query.
        """
        if session.autoflush:
            session.flush()
        scope = session.scope
        inside = self._statement
        if scope.clinic_id is not None:
            circle = None if scope.circle is None else scope.circle.written
            inside = self._inside(circle, has_person=scope.person_id is not None)
        bind = session.bind
        # A session on a connection of its own has no transaction to begin first; SQLite's reads have all begun.
        connection = bind if isinstance(bind, Connection) and bind.dialect.name == "sqlite" else session.connection()
        return _direct(inside, connection.dialect).rows(connection, {**values, **scope.values()})

    @functools.lru_cache(maxsize=_KEPT)  # noqa: B019 - prepared reads live as long as the process
    def page(self, columns: tuple[Any, ...], *, is_first: bool, descending: bool) -> "Prepared":
        """Return the same read in pages, ordered by `columns`; all but the first start after `position_0`, ..."""
        there = None
        if not is_first:
            there = [parameter(f"position_{place}", column) for place, column in enumerate(columns)]
        return Prepared(ordered(self._statement, columns, there, descending=descending).limit(_LIMIT))

    @functools.lru_cache(maxsize=_KEPT)  # noqa: B019 - as above
    def _inside(self, circle: AnySelect | None, *, has_person: bool) -> AnySelect:
        return self._statement.options(*_criteria(circle, has_person=has_person))


class _Direct:
    """A statement as a driver takes it, with what turns values into its and its rows into ours."""

    def __init__(self, statement: AnySelect, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        if not isinstance(compiled, SQLCompiler) or compiled.positiontup is None or compiled.post_compile_params:
            raise TypeError("a prepared read has parameters that do not change its text")
        self._compiled, self._text = compiled, str(compiled)
        types = {name: bind.type.dialect_impl(dialect) for name, bind in compiled.binds.items()}
        self._binds = [(name, types[name].bind_processor(dialect)) for name in compiled.positiontup]
        columns = statement.selected_columns
        readers = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        self._readers = [(place, reader) for place, reader in enumerate(readers) if reader is not None]
        self._row: Any = NamedTuple("Row", [(str(column.key), Any) for column in columns])  # type: ignore[misc]

    def rows(self, connection: Connection, parameters: dict[str, Any]) -> list[Any]:
        """Run it on the connection, in whatever transaction that is."""
        all_values = self._compiled.construct_params(parameters)
        values = [all_values[name] if write is None else write(all_values[name]) for name, write in self._binds]
        driver: Any = connection.connection.dbapi_connection
        errors: Any = connection.dialect.dbapi
        try:
            found = driver.execute(self._text, values).fetchall()
        except errors.Error as refused:
            # PostgreSQL's driver does not support running a statement whose tables were changed under it.
            is_changed = isinstance(refused, errors.NotSupportedError)
            is_stale = is_changed or connection.dialect.is_disconnect(refused, driver, None)
            if is_stale:
                # As SQLAlchemy does itself: what became of this connection became of all that are as old.
                connection.engine.pool._invalidate(connection.connection, refused)  # noqa: SLF001 - no other way
                connection.invalidate(refused)
            raise DBAPIError.instance(
                self._text,
                None,
                refused,
                errors.Error,
                hide_parameters=True,
                connection_invalidated=is_stale,
                dialect=connection.dialect,
            ) from refused
        return [self._read(row) for row in found]

    def _read(self, row: tuple[Any, ...]) -> Any:
        columns = list(row)
        for place, reader in self._readers:
            columns[place] = reader(columns[place])
        return self._row._make(columns)


@functools.lru_cache(maxsize=_KEPT)
def _direct(statement: AnySelect, dialect: Dialect) -> _Direct:
    return _Direct(statement, dialect)


@functools.cache
def _criteria(circle: AnySelect | None, *, has_person: bool) -> tuple[Any, ...]:
    """Return what `core.scope` keeps every entity of a statement inside with, written with parameters.

    It cannot be shared: SQLAlchemy looks into these functions once, and remembers which of their names are values.
    """
    clinic = with_loader_criteria(ClinicScoped, lambda cls: cls.clinic_id == CLINIC_ID, include_aliases=True)
    own = with_loader_criteria(Private, lambda _: false(), include_aliases=True)
    if has_person:
        own = with_loader_criteria(
            Private, lambda cls: or_(cls.author_id == PERSON_ID, cls.shown_to_id == PERSON_ID), include_aliases=True
        )
    if circle is None:
        there = with_loader_criteria(ClientScoped, lambda cls: cls.client_id.not_in(_ERASED), include_aliases=True)
    else:
        there = with_loader_criteria(ClientScoped, lambda cls: cls.client_id.in_(circle), include_aliases=True)
    return (clinic, own, there)


_ERASED = erased_in(CLINIC_ID)
