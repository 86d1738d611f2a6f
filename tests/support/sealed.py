"""For tests of keys: something in every sealed column, put there past the guards, and what all of it says."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.core.crypto import key_number
from app.core.sealed_columns import SealedFields, all_sealed_fields
from app.core.work import UnitOfWork
from app.settings import Settings
from tests.support.house import Clinic
from tests.support.owner import ask

_TOGETHER = {
    ("client_requests", "extension_reason"): ("extended_on = received_on",),
    ("client_requests", "statement"): (
        "kind = 'amendment'",
        "state = 'denied'",
        "denial_reason = 'accurate_and_complete'",
        "closed_on = received_on",
        "closed_by = recorded_by",
        "statement_on = received_on",
    ),
    ("disclosures", "error_reason"): ("entered_in_error_at = created_at",),
}
"""What a table wants to know together with a text."""
_GUARDS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"


async def past_guards(settings: Settings, *statements: str) -> None:
    """Run statements as the owner with every trigger out of the way, and put them back."""
    if not settings.is_sqlite:
        await ask(settings, "SET session_replication_role = replica", *statements)
        return
    guards = await ask(settings, _GUARDS)
    away = (f"DROP TRIGGER {name}" for name, _ in guards)
    await ask(settings, *away, *statements, *(again for _, again in guards))


async def fill_every_column(clinic: Clinic, owner_id: UUID) -> None:
    """Put a text into every sealed column that is empty in all of an owner's rows; a table without any row fails."""
    statements = await clinic.house.door.transactions.write(clinic.operator, _fillings, clinic, owner_id)
    await past_guards(clinic.house.settings, *statements)


def _fillings(work: UnitOfWork, clinic: Clinic, owner_id: UUID) -> list[str]:
    statements = []
    for fields in fields_of(work, owner_id):
        rows = _rows(work, clinic, fields, owner_id)
        assert rows, f"{fields.place.table} has no row of this owner: add one to the record of this test"
        for row in rows if all(row.sealed is None for row in rows) else ():
            place, row_id = fields.place, fields.bound_to(work.vault, row)
            words = work.vault.seal(place, owner_id, row_id, f"{place.column} of {row_id}").hex()
            value = f"X'{words}'" if clinic.house.settings.is_sqlite else rf"'\x{words}'"
            change = ", ".join((f"{place.column} = {value}", *_TOGETHER.get((place.table, place.column), ())))
            statements.append(f"UPDATE {place.table} SET {change} WHERE id = '{row.id.hex}'")
    return statements


def fields_of(work: UnitOfWork, owner_id: UUID) -> list[SealedFields]:
    """Return the columns that may hold text under this owner's keys."""
    return [one for one in all_sealed_fields() if one.behind(owner_id, work.caller.clinic_id, 1) is not None]


def _rows(work: UnitOfWork, clinic: Clinic, fields: SealedFields, owner_id: UUID) -> Sequence[Any]:
    search = select(*fields.primary_key, fields.field.label("sealed"))
    if fields.client is not None:
        is_clinic = owner_id == work.caller.clinic_id
        search = search.where(fields.client.is_(None) if is_clinic else fields.client == owner_id)
    if not fields.place.is_private:
        return work.rows(search)
    rows: list[Any] = []
    for person in clinic.people.values():
        with work.session.seen_by(UUID(person.id)):
            rows += work.rows(search.where(fields.model.author_id == UUID(person.id)))
    return rows


async def texts_of(clinic: Clinic, owner_id: UUID) -> dict[tuple[str, str, UUID], str]:
    """Return everything that is sealed under an owner's keys, opened, by table, column and what it is bound to."""

    def opened(work: UnitOfWork) -> dict[tuple[str, str, UUID], str]:
        found = {}
        for fields in fields_of(work, owner_id):
            for row in _rows(work, clinic, fields, owner_id):
                if row.sealed is not None:
                    row_id = fields.bound_to(work.vault, row)
                    text = work.vault.open(fields.place, owner_id, row_id, row.sealed)
                    found[fields.place.table, fields.place.column, row_id] = text
        return found

    return await clinic.house.door.transactions.read(clinic.operator, opened)


async def key_numbers_of(clinic: Clinic, owner_id: UUID) -> set[int]:
    """Return the numbers of the keys that an owner's fields are under."""

    def numbers(work: UnitOfWork) -> set[int]:
        rows = (row for one in fields_of(work, owner_id) for row in _rows(work, clinic, one, owner_id))
        return {key_number(row.sealed) for row in rows if row.sealed is not None}

    return await clinic.house.door.transactions.read(clinic.operator, numbers)
