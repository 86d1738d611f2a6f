"""Keys per client, as the vault of a transaction makes, loads and forgets them."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, event

from app.core.crypto import KeyRing, SealBroken, SealedColumn
from app.core.engines import SqliteEngines
from app.core.scope import Scope, ScopedSession
from app.core.transactions import Transactions
from app.core.vault import KeyKind, Vault
from app.core.work import UnitOfWork
from tests.support.house import Clinic

PLACE = SealedColumn("notes", "body")
ROW = uuid4()


class Stopped(Exception):
    """Ends a transaction so that nothing of it stays."""


def make_keys(work: UnitOfWork, count: int) -> dict[UUID, bytes]:
    owners = [uuid4() for _ in range(count)]
    for owner in owners:
        work.vault.create_client_key(owner)
    return {owner: work.vault.seal(PLACE, owner, ROW, f"text of {owner}") for owner in owners}


def opened(work: UnitOfWork, sealed: dict[UUID, bytes]) -> dict[UUID, str]:
    work.vault.preload(sealed)
    return {owner: work.vault.open(PLACE, owner, ROW, field) for owner, field in sealed.items()}


def in_another_process(clinic: Clinic) -> Transactions:
    """Share the database with the running app, but none of the keys it holds in memory."""
    running = clinic.house.door.transactions
    return Transactions(running.engines, KeyRing(running.ring.master), running.clock, running.wiring)


async def test_another_process_opens_what_this_one_sealed(clinic: Clinic):
    sealed = await clinic.house.door.transactions.write(clinic.operator, make_keys, 3)
    texts = await in_another_process(clinic).read(clinic.operator, opened, sealed)
    assert texts == {owner: f"text of {owner}" for owner in sealed}


async def test_every_client_has_a_key_of_her_own(clinic: Clinic):
    sealed = await clinic.house.door.transactions.write(clinic.operator, make_keys, 2)
    (one, _), (_, others_field) = sealed.items()

    def open_with_the_wrong_key(work: UnitOfWork) -> None:
        work.vault.open(PLACE, one, ROW, others_field)

    with pytest.raises(SealBroken):
        await clinic.house.door.transactions.read(clinic.operator, open_with_the_wrong_key)


async def test_keys_of_a_whole_list_come_in_one_statement(clinic: Clinic):
    sealed = await clinic.house.door.transactions.write(clinic.operator, make_keys, 30)
    statements: list[str] = []

    def counted(work: UnitOfWork) -> None:
        work.vault.preload([clinic.operator.clinic_id], KeyKind.CLINIC)
        event.listen(work.session.connection(), "before_cursor_execute", lambda *call: statements.append(call[2]))
        opened(work, sealed)
        opened(work, sealed)

    await in_another_process(clinic).read(clinic.operator, counted)
    assert len(statements) == 1


@pytest.mark.parametrize("is_preloaded", [False, True])
async def test_keys_of_a_rolled_back_transaction_do_not_stay(clinic: Clinic, is_preloaded: bool):
    transactions = clinic.house.door.transactions
    made: dict[UUID, bytes] = {}

    def stop_halfway(work: UnitOfWork) -> None:
        made.update(make_keys(work, 1))
        if is_preloaded:
            work.session.flush()
            assert opened(work, made)
        raise Stopped

    with pytest.raises(Stopped):
        await transactions.write(clinic.operator, stop_halfway)
    with pytest.raises(SealBroken):
        await transactions.read(clinic.operator, opened, made)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # PostgreSQL shows nobody what is not stored
async def test_a_key_another_write_of_the_batch_made_is_not_shared_before_it_is_stored(clinic: Clinic):
    transactions, client_id = clinic.house.door.transactions, uuid4()
    engines = transactions.engines
    assert isinstance(engines, SqliteEngines)

    def vault_on(connection: Connection) -> Vault:
        session = ScopedSession(connection, Scope(clinic.operator.clinic_id), join_transaction_mode="create_savepoint")
        return Vault(session, clinic.operator.clinic_id, transactions.ring)

    with engines._writer._engine.connect() as connection, connection.begin() as batch:
        first = vault_on(connection)
        first.create_client_key(client_id)
        first._session.commit()
        assert vault_on(connection).seal(PLACE, client_id, ROW, "sealed by the second write")
        batch.rollback()
    with pytest.raises(SealBroken):
        await transactions.write(clinic.operator, lambda work: work.vault.seal(PLACE, client_id, ROW, "too late"))


async def test_a_field_of_an_unknown_owner_does_not_open(clinic: Clinic):
    def open_unknown(work: UnitOfWork) -> str:
        return work.vault.open(PLACE, uuid4(), ROW, b"\x01" + bytes(120))

    with pytest.raises(SealBroken):
        await clinic.house.door.transactions.read(clinic.operator, open_unknown)


async def test_a_field_of_another_clinic_does_not_open(clinic: Clinic):
    transactions = clinic.house.door.transactions
    sealed = await transactions.write(clinic.operator, make_keys, 1)
    other = await clinic.house.clinic()
    with pytest.raises(SealBroken):
        await transactions.read(other.operator, opened, sealed)


async def test_json_and_hexadecimal_text_open_too(clinic: Clinic):
    def round_trip(work: UnitOfWork) -> object:
        owner = clinic.operator.clinic_id
        sealed = work.vault.seal_json(PLACE, owner, ROW, {"a": ["ä", 1, None]})
        return work.vault.open_json(PLACE, owner, ROW, sealed.hex().upper())

    assert await clinic.house.door.transactions.write(clinic.operator, round_trip) == {"a": ["ä", 1, None]}


async def test_a_blind_index_is_the_same_in_every_process_and_another_in_every_clinic(clinic: Clinic):
    def index(work: UnitOfWork) -> bytes:
        return work.vault.blind_index("client identifier", "urn:clinic:mrn", "42")

    running, other = clinic.house.door.transactions, await clinic.house.clinic()
    here = await running.read(clinic.operator, index)
    assert await in_another_process(clinic).read(clinic.operator, index) == here
    assert await running.read(other.operator, index) != here
