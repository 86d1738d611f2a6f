"""Reads that are written once: what differs from request to request are parameters, so that nothing is built for one.

Building a statement takes SQLAlchemy as long as ten runs of it. A `Prepared` is made when its module is loaded, or once
for each set of filters; the first caller of a kind puts it inside her scope, and everyone after her only runs it.
"""

import functools
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Date, Integer, Uuid, bindparam, false, or_, tuple_
from sqlalchemy.orm import with_loader_criteria

from app.core.database import AnySelect
from app.core.driver import rows_of
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

        The rows have their columns by name.
        """
        if session.autoflush:
            session.flush()
        scope = session.scope
        inside = self._statement
        if scope.clinic_id is not None:
            circle = None if scope.circle is None else scope.circle.written
            inside = self._inside(circle, has_person=scope.person_id is not None)
        bind = session.bind
        # A session on a connection of its own has no transaction to begin first.
        connection = bind if isinstance(bind, Connection) else session.connection()
        return rows_of(inside, connection, {**values, **scope.values()})

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
