"""The mixins every stored thing is made of: identity and version, the clinic it belongs to, the client it is about."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Integer, Uuid
from sqlalchemy.orm import Mapped, MappedAsDataclass, declared_attr, mapped_column

from app.core.database import UtcDateTime
from app.core.ids import new_id


class ClinicScoped(MappedAsDataclass, kw_only=True, repr=False, eq=False):
    """A row of one clinic. The session stamps `clinic_id`, filters by it and refuses any other (`core.scope`)."""

    clinic_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, init=False, sort_order=-2)


class Entity(MappedAsDataclass, kw_only=True, repr=False, eq=False):
    """A row with an id of its own, a version that is its ETag, and the moment it was stored."""

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default_factory=new_id, sort_order=-1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, sort_order=90)
    version: Mapped[int] = mapped_column(Integer, init=False, sort_order=91)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        """Count versions on every update, so that two writers of one version cannot both win."""
        return {"version_id_col": cls.__table__.c.version}  # type: ignore[attr-defined]


class ClientScoped(MappedAsDataclass, kw_only=True, repr=False, eq=False):
    """A row about one client: outside her care team it is not there."""

    client_id: Mapped[UUID] = mapped_column(Uuid)


class Private(MappedAsDataclass, kw_only=True, repr=False, eq=False):
    """A row for its author's eyes, and for the one person she showed it to: for everyone else it is not there."""

    author_id: Mapped[UUID] = mapped_column(Uuid)
    shown_to_id: Mapped[UUID | None] = mapped_column(Uuid, default=None)


class Audited:
    """A change of such a row without a recorded event fails the request."""


def belongs_to(parent: str, child: str, column: str) -> str:
    """Return the `primaryjoin` of a parent's children: by `column`, in the same clinic.

    Every index begins with the clinic, so a join by `column` alone would read the children of the whole clinic. Only
    `column` follows the parent; the clinic is what the session stamps.
    """
    return f"and_(remote(foreign({child}.{column})) == {parent}.id, remote({child}.clinic_id) == {parent}.clinic_id)"


def refers_to(table: str, column: str, *, on_delete: str | None = None) -> ForeignKeyConstraint:
    """Return the composite key `(clinic_id, column)` to another table: no row can point into another clinic."""
    return ForeignKeyConstraint(["clinic_id", column], [f"{table}.clinic_id", f"{table}.id"], ondelete=on_delete)
