"""The unit of work: what a service function is given. It exists only inside one `transact` call."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlalchemy.orm.interfaces import ORMOption

from app.core.caller import Caller
from app.core.crypto import KeyRing
from app.core.database import AnySelect, Base
from app.core.entity import ClientScoped, Entity
from app.core.events import DomainEvent, Recorded
from app.core.prepared import Prepared
from app.core.problems import NotFound, PreconditionFailed
from app.core.scope import Circle, ScopedSession
from app.core.vault import Vault

M = TypeVar("M", bound=Entity)


class Recorder(Protocol):
    """Turns recorded events into rows of the same transaction (the audit log)."""

    def __call__(self, session: ScopedSession, recorded: Sequence[Recorded], vault: Vault, /) -> None:
        """Add the rows; the vault holds the keys of the recorded events' clinic."""


@dataclass(frozen=True)
class Wiring:
    """The two calls that go up the house, handed down by `main`: who records, and whose records a caller may see."""

    recorders: tuple[Recorder, ...]
    circle_of: Callable[[Caller, datetime], Circle]


class UnrecordedChange(RuntimeError):
    """An audited row changed and no event says so. Always a bug of ours."""


class LostRace(Exception):
    """Another transaction has just won; the function must run again, and will see it."""


class UnitOfWork:
    """One transaction on behalf of one caller at one moment."""

    def __init__(self, session: ScopedSession, caller: Caller, now: datetime, ring: KeyRing) -> None:
        """Bind session, caller and clock for the length of one call."""
        self.session = session
        self.caller = caller
        self.now = now
        self.vault = Vault(session, caller.clinic_id, ring)
        self.cursor_keys = ring.cursor_keys
        self.events: list[DomainEvent] = []

    @functools.cached_property
    def today(self) -> date:
        """The calendar day in the clinic's time zone."""
        return self.now.astimezone(ZoneInfo(self.caller.time_zone)).date()

    def get(
        self,
        model: type[M],
        row_id: UUID,
        expected: int | None = None,
        *,
        options: Sequence[ORMOption] = (),
        **parents: UUID,
    ) -> M:
        """Load one row to change it.

        `NotFound` when it is unseen or belongs to other `parents` (`client_id=...`) than the path says,
        `PreconditionFailed` when `expected` is stale.
        """
        row = self.session.get(model, {"clinic_id": self.caller.clinic_id, "id": row_id}, options=options)
        if row is None or any(getattr(row, name) != parent for name, parent in parents.items()):
            raise NotFound
        if expected is not None and row.version != expected:
            raise PreconditionFailed(row.version)
        return row

    def one(self, statement: AnySelect | Prepared, **values: Any) -> Row[Any]:
        """Return the only row of a read, or `NotFound`."""
        rows = self.rows(statement, **values)
        if not rows:
            raise NotFound
        (row,) = rows
        return row

    def rows(self, statement: AnySelect | Prepared, **values: Any) -> Sequence[Row[Any]]:
        """Return the rows of a read; a prepared one takes values for its parameters, and knows caller and day."""
        if isinstance(statement, Prepared):
            who = {"caller_id": self.caller.id, "today": self.today}
            return statement.rows(self.session, {**who, **values})
        return self.session.execute(statement).all()

    def add(self, row: Any) -> None:
        """Store a new row, which may still change in this transaction."""
        self.session.add(row)

    def store(self, *rows: Base) -> None:
        """Store new rows that nothing in this transaction changes again, those of one kind side by side: now."""
        self.session.store(rows)

    def record(self, event: DomainEvent, row: Entity | None = None) -> None:
        """State what happened, and to which row; flushes first, so that the event carries the new version."""
        self.session.flush()
        if row is not None:
            client_id = row.client_id if isinstance(row, ClientScoped) and not event.is_private else event.client_id
            event = replace(event, entity_id=row.id, client_id=client_id, version=row.version)
        self.events.append(event)

    def finish(self) -> list[Recorded]:
        """Flush, refuse a silent change, and return what happened for the recorders."""
        self.session.flush()
        if self.session.audited_change and not self.events:
            raise UnrecordedChange("an audited row changed, but no event was recorded")
        return [Recorded(event, self.caller, self.now) for event in self.events]
