"""Rows on their way into the service's tables, many a statement."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, inspect
from sqlalchemy import insert as insert_into
from sqlalchemy import update as update_of

from app.core.database import Base
from app.core.work import UnitOfWork
from app.record.notes import models
from app.record.sessions import models as sessions


@dataclass
class Rows:
    """What goes into the tables together, in the order of the references between them."""

    sessions: list[Any] = field(default_factory=list)
    participants: list[Any] = field(default_factory=list)
    practitioners: list[Any] = field(default_factory=list)
    notes: list[Any] = field(default_factory=list)
    failures: list[Any] = field(default_factory=list)
    versions: list[Any] = field(default_factory=list)
    signed: list[Any] = field(default_factory=list)
    frozen: list[Any] = field(default_factory=list)

    def store(self, work: UnitOfWork) -> None:
        """Insert everything as drafts, then sign: the database refuses failures and participants of what is signed."""
        connection = work.session.connection()
        for model, rows in (
            (sessions.Session, self.sessions),
            (sessions.SessionParticipant, self.participants),
            (sessions.SessionPractitioner, self.practitioners),
            (models.Note, self.notes),
            (models.MentalizingFailure, self.failures),
            (models.NoteVersion, self.versions),
        ):
            if rows:
                connection.execute(insert_into(_table(model)), rows)
        for model, changes in ((models.Note, self.signed), (sessions.Session, self.frozen)):
            if changes:
                table = _table(model)
                changed: dict[str, Any] = {name: bindparam(name) for name in changes[0] if not name.startswith("the_")}
                the_row = (table.c.clinic_id == bindparam("the_clinic"), table.c.id == bindparam("the_id"))
                connection.execute(update_of(table).where(*the_row).values(changed), changes)


def _table(model: Any) -> Any:
    return Base.metadata.tables[model.__tablename__]


def row_of(entity: Any, **parents: Any) -> dict[str, Any]:
    """Return an entity that is not in a session as a row of its table."""
    columns = inspect(type(entity)).column_attrs
    return {attribute.columns[0].key: getattr(entity, attribute.key) for attribute in columns} | parents
