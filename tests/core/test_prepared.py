"""Prepared reads: each answers as the same statement built anew would, for whoever runs it."""

from typing import Any

import pytest
from sqlalchemy import inspect, select
from sqlalchemy.exc import DBAPIError

from app import tables
from app.access.identity.models import BearerToken
from app.core.caller import Caller
from app.core.database import Base
from app.core.entity import ClinicScoped
from app.core.ids import new_id
from app.core.prepared import Prepared, parameter
from app.core.scope import Scope, ScopedSession
from app.core.work import UnitOfWork
from app.record.clients.domain import ClientStatus
from app.record.clients.models import Client
from tests.support.house import Clinic
from tests.support.world import one_of_everything

ALL = Prepared(select(Client.id))
ONE = Prepared(select(Client.id, Client.status).where(Client.id == parameter("wanted", Client.id)))
MODELS = sorted(
    (mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, ClinicScoped)),
    key=lambda model: model.__name__,
)


class Undone(Exception):
    """Carries what was seen out of a transaction that is undone."""


async def callers(clinic: Clinic) -> dict[str, Caller]:
    door = clinic.house.door
    people = {name: await door.caller_of(api.token) for name, api in clinic.people.items() if api.token}
    return {**people, "operator": clinic.operator}


def keys_of(model: Any) -> list[Any]:
    mapper = inspect(model)
    return [getattr(model, mapper.get_property_by_column(column).key) for column in mapper.primary_key]


async def test_a_prepared_read_of_any_table_finds_what_a_built_one_finds(clinic: Clinic):
    assert tables.MODULES
    await one_of_everything(clinic)
    await one_of_everything(await clinic.house.clinic())
    transactions = clinic.house.door.transactions
    found = 0
    for name, caller in (await callers(clinic)).items():
        for model in MODELS:
            columns = keys_of(model)

            def both(work: UnitOfWork, columns: list[Any] = columns) -> tuple[set[Any], set[Any]]:
                built = {tuple(row) for row in work.rows(select(*columns))}
                return built, {tuple(row) for row in work.rows(Prepared(select(*columns)))}

            built, prepared = await transactions.read(caller, both)
            assert prepared == built, (name, model.__name__)
            found += len(prepared)
    assert found > len(MODELS)


async def test_one_prepared_read_serves_callers_with_different_circles(clinic: Clinic):
    mine = (await clinic["therapist"].made("/clients", {"given_name": "A", "family_name": "B"}))["id"]
    hers = (await clinic["stranger"].made("/clients", {"given_name": "A", "family_name": "B"}))["id"]
    transactions = clinic.house.door.transactions

    def seen(work: UnitOfWork) -> list[str]:
        return [str(row.id) for row in work.rows(ALL)]

    by_name = await callers(clinic)
    for _ in range(2):
        assert await transactions.read(by_name["therapist"], seen) == [mine]
        assert await transactions.read(by_name["stranger"], seen) == [hers]
        assert sorted(await transactions.read(clinic.operator, seen)) == sorted([mine, hers])


async def test_a_prepared_read_sees_what_its_transaction_has_not_written_yet(clinic: Clinic):
    def made(work: UnitOfWork) -> None:
        row = Client(
            created_at=work.now, status=ClientStatus.ACTIVE, delivery_preference=None, details=b"", identifiers=[]
        )
        work.add(row)
        status: ClientStatus = work.one(ONE, wanted=row.id).status
        raise Undone(status)

    with pytest.raises(Undone) as undone:
        await clinic.house.door.transactions.write(clinic.operator, made)
    assert undone.value.args == (ClientStatus.ACTIVE,)


async def test_without_a_clinic_a_prepared_read_finds_what_a_built_one_finds(clinic: Clinic):
    def both(session: ScopedSession) -> tuple[set[Any], set[Any]]:
        tokens = select(BearerToken.id)
        return {row.id for row in Prepared(tokens).rows(session, {})}, set(session.scalars(tokens))

    await clinic.house.clinic()
    prepared, built = await clinic.house.door.transactions.look(Scope(None), both)
    assert prepared == built
    assert len(built) > len(clinic.people)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
async def test_a_read_whose_text_would_change_with_its_values_is_refused(clinic: Clinic):
    some = Prepared(select(Client.id).where(Client.id.in_([new_id(), new_id()])))
    with pytest.raises(TypeError, match="do not change its text"):
        await clinic.house.door.transactions.read(clinic.operator, lambda work: work.rows(some))


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
async def test_what_sqlite_refuses_is_refused_in_sqlalchemys_words(clinic: Clinic):
    def without_its_table(work: UnitOfWork) -> None:
        driver: Any = work.session.connection().connection.dbapi_connection
        driver.execute("PRAGMA query_only = OFF")
        driver.execute("ALTER TABLE clients RENAME TO elsewhere")
        try:
            work.rows(ALL)
        finally:
            driver.execute("PRAGMA query_only = ON")

    with pytest.raises(DBAPIError):
        await clinic.house.door.transactions.read(clinic.operator, without_its_table)
    assert await clinic.house.door.transactions.read(clinic.operator, lambda work: work.rows(ALL)) == []
