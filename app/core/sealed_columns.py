"""Every column that holds ciphertext, found in the mapped tables themselves, and whose key each field is under.

A table need not say anything. A field is its client's if its row names a `client_id`, otherwise the clinic's, and it is
bound to the row's `id`. A table without an `id` says what its fields are bound to, from the columns of its primary key:
`mapped_column(Sealed, info={BOUND_TO: ...})`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Update, Uuid, func, inspect, null, select, update
from sqlalchemy.orm import Mapper

from app.core.crypto import SealedColumn, number_bytes
from app.core.database import AnySelect, Base, Sealed
from app.core.entity import Private
from app.core.vault import Vault

BOUND_TO = "bound to"
BoundTo = Callable[[Vault, Any], UUID]
"""From the vault and a row's primary key to the id that its fields are bound to."""


@dataclass(frozen=True)
class SealedFields:
    """All fields of one sealed column."""

    model: type[Any]
    place: SealedColumn
    bound_to: BoundTo

    @property
    def field(self) -> Any:
        """The mapped column."""
        return getattr(self.model, self.place.column)

    @property
    def client(self) -> Any | None:
        """The column that names whom a row is about, if there is one."""
        column = getattr(self.model, "client_id", None)
        return column if column is not None and isinstance(column.type, Uuid) else None

    def behind(self, owner_id: UUID, clinic_id: UUID, newest: int) -> AnySelect | None:
        """Select an owner's fields under older keys than this, with their primary keys; None if none can be hers."""
        statement = select(*self.primary_key, self.field.label("sealed"))
        is_clinic = owner_id == clinic_id
        if not is_clinic if self.client is None else is_clinic and not self.client.nullable:
            return None
        if self.client is not None:
            statement = statement.where(self.client.is_(null()) if is_clinic else self.client == owner_id)
        is_behind = self.field.is_not(None) & (func.substr(self.field, 2, 4) < number_bytes(newest))
        return statement.where(is_behind).order_by(*self.primary_key)

    def replaced(self, row: Any, anew: bytes) -> Update:
        """Put a field's new ciphertext in the place of the old one, unless somebody has just written it."""
        here = (column == getattr(row, column.key) for column in self.primary_key)
        statement = update(self.model).where(*here, self.field == row.sealed).values({self.place.column: anew})
        return statement.execution_options(synchronize_session=False)

    @property
    def primary_key(self) -> tuple[Any, ...]:
        """The mapped columns of the table's primary key."""
        mapper: Mapper[Any] = inspect(self.model)
        keys = [mapper.get_property_by_column(column).key for column in mapper.primary_key]
        return tuple(getattr(self.model, key) for key in keys)


def all_sealed_fields() -> Iterator[SealedFields]:
    """Walk every mapped table, in the order of their names."""
    for mapper in sorted(Base.registry.mappers, key=lambda mapper: str(mapper.local_table)):
        for attribute in mapper.column_attrs:
            (column, *_) = attribute.columns
            if isinstance(column.type, Sealed):
                place = SealedColumn(str(mapper.local_table), attribute.key, issubclass(mapper.class_, Private))
                yield SealedFields(mapper.class_, place, column.info.get(BOUND_TO, _to_its_id))


def _to_its_id(_vault: Vault, row: Any) -> UUID:
    row_id: UUID = row.id
    return row_id
