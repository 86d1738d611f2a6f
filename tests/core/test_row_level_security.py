"""The third wall: PostgreSQL itself keeps clinics apart, whatever the app forgets."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import Connection, make_url
from sqlalchemy.exc import DBAPIError

from app.core.ids import new_id
from app.core.scope import Scope, ScopedSession
from app.core.system import SYSTEM
from app.core.work import UnitOfWork
from app.settings import Settings
from tests.support.house import Clinic

pytestmark = pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
INSERT_KEY = "INSERT INTO data_keys (clinic_id, owner_id, kind, number, wrapped) VALUES ('{}', '{}', 'client', 1, '')"


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """A connection as the role the service logs in as, past all of the app's own code."""
    url = make_url(settings.database_url).render_as_string(hide_password=False)
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


def begin_and_do_nothing(session: ScopedSession) -> None:
    session.connection()


def raw_count(connection: Connection, table: str = "clients") -> int:
    return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


async def test_raw_sql_sees_only_the_rows_of_the_clinic_of_the_transaction(clinic: Clinic):
    other, transactions = await clinic.house.clinic(), clinic.house.door.transactions
    for api in (clinic["therapist"], other["therapist"], other["therapist"]):
        await api.made("/clients", {"given_name": "A", "family_name": "B"})

    def count(work: UnitOfWork) -> int:
        return raw_count(work.session.connection())

    def count_without(session: ScopedSession) -> int:
        return raw_count(session.connection())

    assert await transactions.read(clinic.operator, count) == 1
    assert await transactions.read(other.operator, count) == 2
    assert await transactions.look(SYSTEM, count_without) == 0
    assert await transactions.look(Scope(new_id()), count_without) == 0


async def test_raw_sql_cannot_write_for_another_clinic(clinic: Clinic):
    transactions = clinic.house.door.transactions

    def insert_elsewhere(session: ScopedSession) -> None:
        session.connection().exec_driver_sql(INSERT_KEY.format(new_id(), new_id()))

    for scope in (SYSTEM, Scope(clinic.operator.clinic_id)):
        with pytest.raises(DBAPIError, match="row-level security"):
            await transactions.engines.write(scope, insert_elsewhere)


async def test_a_pooled_connection_forgets_the_clinic(clinic: Clinic):
    transactions = clinic.house.door.transactions
    await clinic["therapist"].made("/clients", {"given_name": "A", "family_name": "B"})
    for _ in range(8):
        assert await transactions.look(SYSTEM, lambda session: raw_count(session.connection())) == 0


async def test_what_one_transaction_had_to_tell_is_not_told_by_the_next(clinic: Clinic):
    transactions = clinic.house.door.transactions
    await clinic["therapist"].made("/clients", {"given_name": "A", "family_name": "B"})
    for _ in range(8):
        await transactions.look(Scope(clinic.operator.clinic_id), begin_and_do_nothing)
        assert await transactions.look(SYSTEM, lambda session: raw_count(session.connection())) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE clients DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE clients NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY tenant ON clients",
        "DROP TABLE clients",
        "CREATE TABLE mine (id integer)",
        "ALTER TABLE audit_events DISABLE TRIGGER ALL",
        "UPDATE audit_events SET type = 'nothing.happened'",
        "DELETE FROM audit_events",
        "TRUNCATE audit_events",
        "UPDATE audit_subjects SET client_id = event_id",
        "DELETE FROM audit_subjects",
        "SET ROLE postgres",
        "SET session_replication_role = replica",
        "UPDATE alembic_version SET version_num = 'x'",
    ],
)
async def test_the_service_may_not(service: asyncpg.Connection, statement: str):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await service.execute(statement)


async def test_switching_row_security_off_shows_an_error_and_no_rows(service: asyncpg.Connection):
    await service.execute("SET row_security = off")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await service.fetch("SELECT * FROM clients")


async def test_the_service_owns_nothing_and_has_no_special_rights(service: asyncpg.Connection):
    owned = await service.fetchval(
        "SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) IN (current_user, 'stance_app')"
    )
    special = await service.fetchval(
        "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
    )
    assert (owned, special) == (0, False)


async def test_every_table_with_a_clinic_is_behind_the_wall(service: asyncpg.Connection):
    rows = await service.fetch(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'clinic_id' "
        "WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace "
        "AND NOT (c.relrowsecurity AND c.relforcerowsecurity "
        "AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid))"
    )
    # Credentials are read before a clinic is known; they hold hashes, ids and public keys.
    assert {row["relname"] for row in rows} == {
        *("bearer_tokens", "client_key_sets", "password_credentials", "refresh_tokens", "sign_ins"),
        "registered_issuers",
    }
