"""The first wall of tenancy: a session works for one scope, filters every statement by it and stamps every row.

A scope is a clinic and, inside it, the clients whose records the caller may see, and the person whose private notes
these are. A session without a scope refuses to work. The second wall are composite foreign keys, the third PostgreSQL's
row-level security, which this module tells the clinic and the person at the start of each transaction.
"""

import functools
import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Insert, Table, event, false, inspect, or_
from sqlalchemy.orm import (
    FromStatement,
    ORMExecuteState,
    Session,
    SessionTransaction,
    UOWTransaction,
    with_loader_criteria,
)

from app.core.database import AnySelect, Base
from app.core.driver import insert_into
from app.core.entity import Audited, ClientScoped, ClinicScoped, Entity, Private
from app.core.erased import erased_in


@dataclass(frozen=True)
class Circle:
    """The clients a caller sees, as a selection of ids.

    `written` has parameters and is the same object for all callers of a kind; `values` are this caller's. `selected` is
    the same selection with the values in it.
    """

    written: AnySelect
    values: tuple[tuple[str, Any], ...]
    selected: AnySelect


@dataclass(frozen=True)
class Scope:
    """One clinic; `circle` are the clients to be seen, None means every client not erased.

    `person_id` is who may see private notes, her own and those shown to her; None sees none at all.
    """

    clinic_id: UUID | None
    circle: Circle | None = None
    person_id: UUID | None = None

    def values(self) -> dict[str, Any]:
        """Return the parameters of statements that were written for every scope of this kind."""
        own = {} if self.circle is None else dict(self.circle.values)
        return {**own, "clinic_id": self.clinic_id, "person_id": self.person_id}


class ScopeViolation(RuntimeError):
    """Code tried to reach past its scope. Always a bug of ours, never a caller's mistake."""


class ScopedSession(Session):
    """The only session class of the app."""

    def __init__(self, bind: Any, scope: Scope, **options: Any) -> None:
        """Bind the session to one scope for its whole life."""
        super().__init__(bind, expire_on_commit=False, **options)
        self.scope = scope
        self.audited_change = False

    @functools.cached_property
    def criteria(self) -> tuple[Any, ...]:
        """What keeps every statement inside the scope; prepared reads have their own."""
        return _criteria_of(self.scope)

    def store(self, rows: Sequence[Base]) -> None:
        """Insert new rows that nothing in this transaction changes again: at once, and without keeping them.

        One statement for each table, in the order given, after what the session holds. Its own way is for what changes:
        keeping track of that costs several times as much as the rows.
        """
        self.flush()
        for model, alike in itertools.groupby(rows, type):
            table, attributes = _table_of(model)
            insert_into(table, self.connection(), [_stamped(self, row, attributes) for row in alike])

    @contextmanager
    def seen_by(self, person_id: UUID) -> Iterator[None]:
        """See one person's private rows for a while: to seal them anew under another key, and for nothing else."""
        own = self.scope
        self._see(replace(own, person_id=person_id))
        try:
            yield
        finally:
            self._see(own)

    def _see(self, scope: Scope) -> None:
        self.scope = scope
        vars(self).pop("criteria", None)
        connection = self.connection()
        if connection.dialect.name == "postgresql":
            _tell(connection, scope)


@functools.lru_cache(maxsize=4096)
def _criteria_of(scope: Scope) -> tuple[Any, ...]:
    if scope.clinic_id is None:
        return ()
    visible = None if scope.circle is None else scope.circle.selected
    clinic_id, person_id = scope.clinic_id, scope.person_id
    clinic = with_loader_criteria(ClinicScoped, lambda cls: cls.clinic_id == clinic_id, include_aliases=True)
    if person_id is None:
        own = with_loader_criteria(Private, lambda _: false(), include_aliases=True)
    else:
        own = with_loader_criteria(
            Private, lambda cls: or_(cls.author_id == person_id, cls.shown_to_id == person_id), include_aliases=True
        )
    if visible is None:
        # Who sees every client does not see an erased one; no circle holds her, since it is emptied with her erasure.
        erased = erased_in(clinic_id)
        there = with_loader_criteria(ClientScoped, lambda cls: cls.client_id.not_in(erased), include_aliases=True)
        return (clinic, own, there)
    circle = with_loader_criteria(ClientScoped, lambda cls: cls.client_id.in_(visible), include_aliases=True)
    return (clinic, own, circle)


@event.listens_for(ScopedSession, "do_orm_execute")
def _stay_inside(state: ORMExecuteState) -> None:
    session = state.session
    assert isinstance(session, ScopedSession)  # noqa: S101 - the event is registered on this class
    if session.scope.clinic_id is None:
        return
    if not state.is_orm_statement or isinstance(state.statement, Insert | FromStatement):
        raise ScopeViolation("only ORM statements are filtered; text, tables and bulk inserts are refused")
    if not state.is_column_load and not state.is_relationship_load:
        state.statement = state.statement.options(*session.criteria)


@event.listens_for(ScopedSession, "before_flush")
def _stamp(session: ScopedSession, _context: UOWTransaction, _instances: object) -> None:
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, Audited) and (row not in session.dirty or session.is_modified(row)):
            session.audited_change = True
        _stamp_row(session, row)


def _stamp_row(session: ScopedSession, row: object) -> None:
    clinic_id = session.scope.clinic_id
    if isinstance(row, Private) and row.author_id != session.scope.person_id:
        raise ScopeViolation("a private row is written by its author alone")
    if not isinstance(row, ClinicScoped):
        return
    stamped = getattr(row, "clinic_id", None)
    if stamped is None and clinic_id is not None:
        row.clinic_id = clinic_id
    elif stamped is None or stamped != clinic_id:
        raise ScopeViolation("a row of another clinic, or of none, was about to be written")


def _stamped(session: ScopedSession, row: Base, attributes: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return what a new row stores, by column; it is the first version of itself."""
    _stamp_row(session, row)
    session.audited_change = session.audited_change or isinstance(row, Audited)
    if isinstance(row, Entity):
        row.version = 1
    return {column: getattr(row, name) for column, name in attributes}


@functools.cache
def _table_of(model: type[Base]) -> tuple[Table, tuple[tuple[str, str], ...]]:
    """Return the table of a model, and its columns with the attributes they are kept in."""
    columns = inspect(model).columns.items()
    return Base.metadata.tables[model.__tablename__], tuple((str(column.name), name) for name, column in columns)


@event.listens_for(ScopedSession, "after_begin")
def _tell_the_database(session: ScopedSession, _transaction: SessionTransaction, connection: Connection) -> None:
    tell_with_begin(connection, session.scope)


def tell_with_begin(connection: Connection, scope: Scope) -> None:
    """Tell row-level security whose transaction this is; PostgreSQL hears it with the BEGIN, which is still to come."""
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        # Also when there is nothing to tell: who had the connection before may have begun nothing after all.
        driver.told = "; ".join(_told(scope.clinic_id, scope.person_id)) if scope.clinic_id is not None else ""


def _tell(connection: Connection, scope: Scope) -> None:
    """Tell it in the middle of a transaction."""
    for statement in _told(scope.clinic_id, scope.person_id):
        connection.exec_driver_sql(statement)


@functools.lru_cache(maxsize=4096)
def _told(clinic_id: UUID | None, person_id: UUID | None) -> tuple[str, str]:
    """Return statements that say clinic and person: values cannot go beside a BEGIN, but a UUID is only digits."""
    clinic, person = (UUID(int=one.int) if one else "" for one in (clinic_id, person_id))
    return f"SET LOCAL app.clinic_id = '{clinic}'", f"SET LOCAL app.person_id = '{person}'"
