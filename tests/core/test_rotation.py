"""Keys of clinics and clients are replaced: everything reads as before, and the old keys are unused and gone."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import Date, Uuid

from app.cli.key_replacement import practitioners, replace_key
from app.core.crypto import KeyRing, SealBroken, SealedColumn, key_number
from app.core.database import Base, UtcDateTime
from app.core.problems import Busy, NotFound
from app.core.rotation import KeyReplacement
from app.core.sealed_columns import all_sealed_fields
from app.core.transactions import Transactions
from app.core.vault import KeyKind
from app.core.work import UnitOfWork
from tests.record.notes.raw import literal, refusal
from tests.support.house import Clinic
from tests.support.owner import ask, at_once
from tests.support.sealed import fill_every_column, key_numbers_of, texts_of
from tests.support.world import one_of_everything

ONCE = {"Idempotency-Key": "the-first-of-these"}
ACCOUNT = {"name": "EHR", "scopes": ["clients:read"]}
PERSON = {"given_name": "Sam", "family_name": "Example"}


class Record:
    """Everything a clinic has on one client, and an answer it keeps about none."""

    def __init__(self, clinic: Clinic, ids: dict[str, str]) -> None:
        self.clinic, self.ids = clinic, ids
        self.client_id, self.clinic_id = UUID(ids["client_id"]), clinic.operator.clinic_id

    async def replace(self, owner_id: UUID) -> list[str]:
        """Replace as the command line does, in another process than the one that serves."""
        told: list[str] = []
        await replace_key(elsewhere(self.clinic), self.clinic_id, owner_id, told.append)
        return told

    async def keys(self) -> dict[str, list[int]]:
        """Return the numbers of the keys of the clinic and of this client, by their kinds."""

        def numbers(work: UnitOfWork) -> dict[str, list[int]]:
            of_clinic = {kind.value: work.vault.numbers(self.clinic_id, kind) for kind in list(KeyKind)[:3]}
            return of_clinic | {kind.value: work.vault.numbers(self.client_id, kind) for kind in list(KeyKind)[3:]}

        return await self.clinic.house.door.transactions.read(self.clinic.operator, numbers)

    async def read(self) -> list[Any]:
        therapist, ids = self.clinic["therapist"], self.ids
        return [
            await therapist.read(f"/clients/{ids['client_id']}"),
            await therapist.read(f"/notes/{ids['note_id']}"),
            await therapist.read(f"/notes/{ids['note_id']}/versions/1"),
            await therapist.read(f"/private-notes/{ids['private_note_id']}"),
            (await self.clinic["admin"].post("/service-accounts", ACCOUNT, headers=ONCE)).json(),
        ]


def elsewhere(clinic: Clinic) -> Transactions:
    """Share the database with the running app, but none of the keys it holds in memory."""
    running = clinic.house.door.transactions
    return Transactions(running.engines, KeyRing(running.ring.master), running.clock, running.wiring)


@pytest.fixture
async def record(clinic: Clinic) -> Record:
    """A record in which every sealed column holds something."""
    world = await one_of_everything(clinic)
    therapist, ids = clinic["therapist"], world.ids
    client = await therapist.read(f"/clients/{ids['client_id']}")
    number = {"identifiers": [{"system": "urn:clinic:mrn", "value": "4711"}]}
    await therapist.changed(f"/clients/{ids['client_id']}", number, version=client["version"])
    await therapist.changed(
        f"/goal-ratings/{ids['rating_id']}/entered-in-error", {"reason": "Mistyped."}, version=1, method="POST"
    )
    rating = {"value": 5, "rated_on": "2026-02-27", "rated_by": "client"}
    await therapist.made(f"/goals/{ids['goal_id']}/ratings", rating, headers=ONCE)
    await clinic["admin"].made("/service-accounts", ACCOUNT, headers=ONCE)
    await clinic["admin"].made("/legal-holds", {"reason": "The regulator asks for everything."})
    await clinic["admin"].made("/legal-holds", {"reason": "A court asked."})
    await clinic["stranger"].made("/auth/second-factor")
    record = Record(clinic, ids)
    for owner_id in (record.client_id, record.clinic_id):
        await fill_every_column(clinic, owner_id)
    return record


async def test_a_client_key_is_replaced_in_every_column_there_is(record: Record):
    texts, seen = await texts_of(record.clinic, record.client_id), await record.read()
    assert await key_numbers_of(record.clinic, record.client_id) == {1}
    told = await record.replace(record.client_id)
    assert (told[0].split()[-1], told[-1].split(":")[0]) == ("key", "done")
    assert await key_numbers_of(record.clinic, record.client_id) == {2}
    assert (await record.keys())["client"] == (await record.keys())["private"] == [2]
    assert await texts_of(record.clinic, record.client_id) == texts
    assert await record.read() == seen


async def test_a_clinic_key_is_replaced_with_everything_under_it(record: Record):
    clinic, seen = record.clinic, await record.read()
    texts = [await texts_of(clinic, owner) for owner in (record.clinic_id, record.client_id)]
    assert {"second_factors", "legal_holds", "erasures", "idempotency_records"} <= {table for table, *_ in texts[0]}
    assert await key_numbers_of(clinic, record.clinic_id) == {1}
    await record.replace(record.clinic_id)
    assert await key_numbers_of(clinic, record.clinic_id) == {2}
    assert await record.keys() == {"clinic": [2], "index": [1], "audit": [1], "client": [1], "private": [1]}
    assert [await texts_of(clinic, owner) for owner in (record.clinic_id, record.client_id)] == texts
    assert await record.read() == seen

    def opened(work: UnitOfWork) -> None:
        work.vault.preload([record.client_id], KeyKind.CLIENT)
        work.vault.preload([record.client_id], KeyKind.PRIVATE)

    await elsewhere(clinic).read(clinic.operator, opened)


async def test_keys_are_replaced_again_and_again(record: Record):
    seen = await record.read()
    for _ in range(2):
        await record.replace(record.client_id)
        await record.replace(record.clinic_id)
    assert await record.keys() == {"clinic": [3], "index": [1], "audit": [1], "client": [3], "private": [3]}
    assert await record.read() == seen


async def test_who_still_has_the_old_key_in_memory_seals_under_the_new_one(record: Record):
    therapist, running = record.clinic["therapist"], record.clinic.house.door.transactions
    assert running.ring.get(record.clinic_id, record.client_id, "client")
    for owner_id in (record.client_id, record.clinic_id):
        await record.replace(owner_id)
    assert set(running.ring.get(record.clinic_id, record.client_id, "client") or ()) == {1}
    client = await therapist.read(f"/clients/{record.client_id}")
    await therapist.changed(f"/clients/{record.client_id}", {"given_name": "Kim"}, version=client["version"])
    new = await therapist.made("/clients", PERSON)
    assert await key_numbers_of(record.clinic, record.client_id) == {2}
    record.clinic.house.door.transactions.ring._kept.clear()
    assert (await therapist.read(f"/clients/{record.client_id}"))["given_name"] == "Kim"
    assert (await therapist.read(f"/clients/{new['id']}"))["given_name"] == "Sam"


async def test_an_interrupted_replacement_goes_on_where_it_was(record: Record):
    seen, transactions = await record.read(), elsewhere(record.clinic)
    for owner_id in (record.client_id, record.clinic_id):
        replacement = KeyReplacement(owner_id, practitioners)
        assert await transactions.write(record.clinic.operator, replacement.start)
        if owner_id == record.client_id:
            await transactions.write(record.clinic.operator, replacement.reseal_some)
        assert await record.read() == seen, "both keys open"
        told = await record.replace(owner_id)
        assert told[0] == "an earlier replacement goes on"
    assert await record.keys() == {"clinic": [2], "index": [1], "audit": [1], "client": [2], "private": [2]}
    assert await record.read() == seen


async def test_what_was_written_until_the_last_step_is_not_lost(record: Record):
    """The last step looks again: a process may have sealed under the old key after the others had looked."""
    clinic, transactions = record.clinic, elsewhere(record.clinic)
    replacement = KeyReplacement(record.client_id, practitioners)
    await transactions.write(clinic.operator, replacement.start)
    texts = await texts_of(clinic, record.client_id)
    assert await transactions.write(clinic.operator, replacement.finish) == 2, "one of the record, one of private notes"
    assert await key_numbers_of(clinic, record.client_id) == {2}
    assert await texts_of(clinic, record.client_id) == texts
    assert await transactions.write(clinic.operator, replacement.finish) == 0, "and nothing is left to do"


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)  # one transaction writes at a time on SQLite
async def test_the_last_step_waits_for_whoever_seals_under_the_old_key(record: Record):
    clinic, transactions = record.clinic, elsewhere(record.clinic)
    replacement = KeyReplacement(record.client_id, practitioners)

    def sealed(work: UnitOfWork) -> bytes:
        return work.vault.seal(SealedColumn("clients", "details"), record.client_id, record.client_id, "words")

    url = str(clinic.house.settings.migration_database_url)
    holder = await asyncpg.connect(url)
    held = holder.transaction()
    await held.start()
    await holder.fetch("SELECT FROM data_keys WHERE owner_id = $1 FOR KEY SHARE", record.client_id)
    await transactions.write(clinic.operator, replacement.start)
    assert key_number(await transactions.write(clinic.operator, sealed)) == 2, "others need not wait"
    with pytest.raises(Busy):
        await transactions.write(clinic.operator, replacement.finish)
    await held.rollback()
    await holder.close()
    assert await transactions.write(clinic.operator, replacement.finish) == 2


async def test_replacing_is_audited_once_and_names_the_client(record: Record):
    for owner_id in (record.client_id, record.clinic_id):
        await record.replace(owner_id)
    admin = record.clinic["admin"]
    for kind, clients in (("client_key.replaced", [str(record.client_id)]), ("clinic_key.replaced", [])):
        page = await admin.read("/audit-events", params={"type": kind})
        assert [(one["client_ids"], one["actor_kind"]) for one in page["data"]] == [(clients, "operator")]


async def test_only_what_is_there_has_keys_to_replace(record: Record):
    other = await record.clinic.house.clinic()
    for owner_id in (other.operator.clinic_id, UUID(record.ids["note_id"])):
        with pytest.raises(NotFound):
            await record.replace(owner_id)
    with pytest.raises(NotFound):
        await replace_key(elsewhere(other), other.operator.clinic_id, record.client_id, lambda _: None)


async def test_a_field_that_does_not_open_stops_it_and_nothing_is_lost(record: Record):
    clinic = record.clinic
    sam = (await clinic["therapist"].made("/clients", PERSON))["id"]
    rows = f"SELECT details FROM clients WHERE id = {literal(sam)}"
    await ask(
        clinic.house.settings, f"UPDATE clients SET details = ({rows}) WHERE id = {literal(str(record.client_id))}"
    )
    with pytest.raises(SealBroken):
        await record.replace(record.client_id)
    assert (await record.keys())["client"] == [1, 2]
    assert (await clinic["therapist"].read(f"/notes/{record.ids['note_id']}"))["sections"]


def columns_of(table: str) -> list[str]:
    return [column.name for column in Base.metadata.tables[table].columns]


FROZEN = {
    "notes": ("content", "late_entry_reason"),
    "mentalizing_failures": ("excerpt",),
    "note_versions": ("content",),
    "note_addenda": ("text",),
    "goal_ratings": ("comment", "error_reason"),
    "emergency_accesses": ("justification", "review_comment"),
}


@pytest.mark.parametrize("table", FROZEN)
async def test_the_same_words_go_to_a_newer_key_and_nothing_else_of_a_frozen_row_changes(record: Record, table: str):
    settings, client = record.clinic.house.settings, literal(str(record.client_id))
    sealed = {fields.place.column for fields in all_sealed_fields() if fields.place.table == table}
    blob = "X'{}'" if settings.is_sqlite else r"'\x{}'"
    two, three = blob.format("00000002"), blob.format("00000003")
    announced = (
        "INSERT INTO rekeyings (clinic_id, place, follows, client_id, key_number) "
        f"SELECT clinic_id, 1, 0, id, {two} FROM clients WHERE id = {client}"
    )
    over = "DELETE FROM rekeyings"

    def moved(column: str, number: str, *, rest: str = "") -> str:
        """Write the ciphertext as if it were under a key of this number, with other bytes in its place if given."""
        parts = [blob.format("01"), number, *([rest] if rest else []), f"substr({column}, {10 if rest else 6})"]
        return (
            f"CAST({' || '.join(parts)} AS BLOB)" if settings.is_sqlite else " || ".join(f"{p}::bytea" for p in parts)
        )

    async def refused(change: str, *, is_announced: bool = True) -> bool:
        where = "status = 'signed' AND client_id" if table == "notes" else "client_id"
        if table == "mentalizing_failures":
            where = f"note_id = {literal(record.ids['note_id'])} AND client_id"
        statement = f"UPDATE {table} SET {change} WHERE {where} = {client}"
        statements = [announced, statement, over] if is_announced else [statement]
        try:
            await at_once(settings, *statements)
        except Exception as refusal:  # noqa: BLE001 - each driver has its own exceptions
            return any(word in str(refusal) for word in ("frozen", "append-only", "never", "NOT NULL", "null value"))
        return False

    for column in FROZEN[table]:
        assert await refused(f"{column} = {moved(column, two)}", is_announced=False), f"{column} without announcement"
        assert await refused(f"{column} = {moved(column, three)}"), f"{column} under another key than announced"
        assert await refused(f"{column} = {moved(column, two)} || {two}"), f"{column} of another length"
        assert await refused(f"{column} = NULL"), f"{column} taken away"
        for other in set(columns_of(table)) - sealed:
            kept = f"{column} = {moved(column, two)}"
            assert await refused(f"{kept}, {other} = {_another(table, other)}"), f"{other} with {column}"
        assert not await refused(f"{column} = {moved(column, two)}"), f"{column} as a replacement does it"
        assert await refused(f"{column} = {moved(column, two, rest=two)}"), f"{column} is under that key already"


def _another(table: str, column: str) -> str:
    """Return an SQL expression for another value than the column has: none where there is one, or one for none."""
    kind = Base.metadata.tables[table].columns[column].type
    sample = "0" * 32 if isinstance(kind, Uuid) else "2026-01-01" if isinstance(kind, UtcDateTime | Date) else "1"
    return f"nullif(coalesce({column}, '{sample}'), {column})"


async def test_an_announcement_cannot_be_kept(record: Record):
    settings = record.clinic.house.settings
    statement = (
        "INSERT INTO rekeyings (clinic_id, place, follows, client_id, key_number) "
        f"SELECT clinic_id, 1, 0, id, details FROM clients WHERE id = {literal(str(record.client_id))}"
    )
    assert "foreign key" in (await refusal(settings, statement)).lower()
    changed = statement.replace("1, 0", "0, 0")
    assert "never_kept" in await refusal(settings, changed)
    assert await ask(settings, "SELECT place FROM rekeyings") == []


def test_every_sealed_column_says_whose_it_is_and_what_it_is_bound_to():
    for fields in all_sealed_fields():
        keys = {column.key for column in fields.primary_key}
        assert "id" in keys or fields.bound_to.__name__ != "_to_its_id", f"{fields.place} needs BOUND_TO"
