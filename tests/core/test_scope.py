"""The walls of tenancy: each attempt to reach past a scope, on both engines.

One world of two clinics serves the whole file; every attempt is rolled back.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import pytest
from sqlalchemy import delete, exists, func, insert, literal, select, text, union, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased, joinedload, selectinload

from app.core.caller import Caller, CallerKind
from app.core.ids import new_id
from app.core.scope import ScopedSession, ScopeViolation
from app.core.system import SYSTEM
from app.core.transactions import Transactions
from app.core.work import UnitOfWork
from app.record.care_team.models import CareTeamMember
from app.record.clients.domain import ClientStatus
from app.record.clients.models import Client, ClientIdentifier
from app.settings import Settings
from tests.support.house import Clinic, open_house

T = TypeVar("T")
Attempt = Callable[[UnitOfWork], T]


class Undone(Exception):
    """Carries what an attempt returned out of its transaction, which is then rolled back."""


@dataclass
class World:
    """Two clinics; in each the therapist has one client and the stranger another."""

    settings: Settings
    transactions: Transactions
    operator: Caller
    therapist: Caller
    mine: UUID
    strangers: UUID
    elsewhere: UUID
    other_clinic_id: UUID

    @property
    def ours(self) -> set[UUID]:
        return {self.mine, self.strangers}

    async def tried(self, attempt: Attempt[T], caller: Caller | None = None) -> T:
        def run(work: UnitOfWork) -> None:
            raise Undone(attempt(work))

        with pytest.raises(Undone) as undone:
            await self.transactions.write(caller or self.operator, run)
        outcome: T = undone.value.args[0]
        return outcome


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world_settings(request: pytest.FixtureRequest) -> Iterator[Settings]:
    yield from request.getfixturevalue(f"{request.param}_databases").fresh()


@pytest.fixture(scope="module")
async def world(world_settings: Settings) -> AsyncIterator[World]:
    async with open_house(world_settings) as house:
        here, there = await house.clinic(), await house.clinic()
        ours = [await _client(here, name) for name in ("therapist", "stranger")]
        theirs = [await _client(there, name) for name in ("therapist", "stranger")]
        operator, therapist_id = here.operator, UUID(here["therapist"].id)
        therapist = Caller(CallerKind.PRACTITIONER, therapist_id, operator.clinic_id, operator.permissions)
        yield World(
            world_settings,
            house.door.transactions,
            operator,
            therapist,
            ours[0],
            ours[1],
            theirs[0],
            there.operator.clinic_id,
        )


async def _client(clinic: Clinic, name: str) -> UUID:
    identifiers = [{"system": "urn:clinic:mrn", "value": name}]
    client = {"given_name": name, "family_name": "Example", "identifiers": identifiers}
    return UUID((await clinic[name].made("/clients", client))["id"])


def _through_alias(work: UnitOfWork) -> set[UUID]:
    alias = aliased(Client)
    return set(work.session.execute(select(alias.id)).scalars())


def _through_joined_load(work: UnitOfWork) -> set[UUID]:
    found = work.session.execute(select(Client).options(joinedload(Client.identifiers))).unique().scalars()
    return {identifier.client_id for client in found for identifier in client.identifiers}


def _through_selectin_load(work: UnitOfWork) -> set[UUID]:
    found = work.session.execute(select(Client).options(selectinload(Client.identifiers))).scalars()
    return {identifier.client_id for client in found for identifier in client.identifiers}


def _ids(statement: Any) -> Attempt[set[UUID]]:
    return lambda work: set(work.session.execute(statement).scalars())


READS: dict[str, Attempt[set[UUID]]] = {
    "entities": lambda work: {client.id for client in work.session.execute(select(Client)).scalars()},
    "columns": _ids(select(Client.id)),
    "an alias": _through_alias,
    "a subquery": _ids(select(Client.id).where(Client.id.in_(select(ClientIdentifier.client_id)))),
    "a derived table": _ids(select(aliased(Client, select(Client).subquery()).id)),
    "a common table expression": _ids(select(aliased(Client, select(Client).cte()).id)),
    "a join": _ids(select(ClientIdentifier.client_id).join(Client, Client.id == ClientIdentifier.client_id)),
    "a cross join": _ids(select(ClientIdentifier.client_id).where(literal(1) == 1)),
    "a joined load": _through_joined_load,
    "a selectin load": _through_selectin_load,
    "the old query": lambda work: {row.id for row in work.session.query(Client)},
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
async def test_a_clinic_sees_only_its_own_rows_through(world: World, read: Attempt[set[UUID]]):
    assert await world.tried(read) == world.ours


@pytest.mark.parametrize("read", READS.values(), ids=READS)
async def test_a_therapist_sees_only_her_own_clients_through(world: World, read: Attempt[set[UUID]]):
    assert await world.tried(read, world.therapist) == {world.mine}


async def test_a_union_shows_only_own_rows(world: World):
    either = union(select(Client.id), select(ClientIdentifier.client_id))
    assert await world.tried(_ids(either)) == world.ours
    assert await world.tried(_ids(either), world.therapist) == {world.mine}


async def test_counting_and_asking_whether_something_exists_tell_nothing_of_others(world: World):
    count = select(func.count()).select_from(Client)
    is_elsewhere = select(exists(select(Client.id).where(Client.id == world.elsewhere)))
    is_strangers = select(exists(select(Client.id).where(Client.id == world.strangers)))
    assert await world.tried(_ids(count)) == {2}
    assert await world.tried(_ids(count), world.therapist) == {1}
    assert await world.tried(_ids(is_elsewhere)) == {False}
    assert await world.tried(_ids(is_strangers)) == {True}
    assert await world.tried(_ids(is_strangers), world.therapist) == {False}


async def test_getting_by_id_finds_only_what_is_in_sight(world: World):
    def get(client_id: UUID, clinic_id: UUID) -> Attempt[bool]:
        return lambda work: work.session.get(Client, {"clinic_id": clinic_id, "id": client_id}) is not None

    clinic_id = world.operator.clinic_id
    assert await world.tried(get(world.mine, clinic_id))
    assert await world.tried(get(world.mine, clinic_id), world.therapist)
    assert not await world.tried(get(world.strangers, clinic_id), world.therapist)
    assert not await world.tried(get(world.elsewhere, clinic_id))
    assert not await world.tried(get(world.elsewhere, world.other_clinic_id))


@pytest.mark.parametrize(
    "statement", [update(Client).values(status=ClientStatus.ACTIVE), delete(CareTeamMember)], ids=str
)
async def test_bulk_changes_touch_only_what_is_in_sight(world: World, statement: Any):
    def change(work: UnitOfWork) -> int:
        result: Any = work.session.execute(statement)
        return int(result.rowcount)

    assert await world.tried(change) == 2
    assert await world.tried(change, world.therapist) == 1


CLIENTS: Any = Client.__table__
REFUSED: dict[str, Any] = {
    "text": text("SELECT id FROM clients"),
    "text as columns": text("SELECT id FROM clients").columns(Client.id),
    "text as entities": select(Client).from_statement(text("SELECT * FROM clients")),
    "a table": select(CLIENTS),
    "a table's columns": select(CLIENTS.c.id),
    "a table's count": select(func.count()).select_from(CLIENTS),
    "an update of a table": update(CLIENTS).values(status="active"),
    "a delete from a table": delete(CLIENTS),
    "a bulk insert": insert(Client).values(status="active"),
    "an insert into a table": insert(CLIENTS).values(status="active"),
}


@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED)
async def test_what_cannot_be_filtered_is_refused(world: World, statement: Any):
    with pytest.raises(ScopeViolation):
        await world.tried(lambda work: work.session.execute(statement))
    with pytest.raises(ScopeViolation):
        await world.transactions.read(world.therapist, lambda work: work.session.execute(statement))


async def test_a_row_stamped_for_another_clinic_is_refused(world: World):
    def stamp(work: UnitOfWork) -> None:
        client = _new_client(work)
        client.clinic_id = new_id()
        work.add(client)
        work.session.flush()

    def move(work: UnitOfWork) -> None:
        client = work.get(Client, world.mine)
        client.clinic_id = new_id()
        work.session.flush()

    for attempt in (stamp, move):
        with pytest.raises(ScopeViolation):
            await world.tried(attempt)


async def test_a_row_cannot_point_to_another_clinics_client(world: World):
    def point(work: UnitOfWork) -> None:
        member = CareTeamMember(
            created_at=work.now,
            practitioner_id=world.therapist.id,
            client_id=world.elsewhere,
            care_role="therapist",
            starts_on=work.today,
        )
        work.add(member)
        work.session.flush()

    with pytest.raises(IntegrityError):
        await world.tried(point)


async def test_a_session_without_a_clinic_stores_nothing(world: World):
    def store(work: UnitOfWork, clinic_id: UUID | None) -> Callable[[ScopedSession], None]:
        def run(session: ScopedSession) -> None:
            client = _new_client(work)
            if clinic_id is not None:
                client.clinic_id = clinic_id
            session.add(client)
            session.flush()

        return run

    unstamped = await world.tried(lambda work: store(work, None))
    stamped = await world.tried(lambda work: store(work, work.caller.clinic_id))
    for attempt in (unstamped, stamped):
        with pytest.raises(ScopeViolation):
            await world.transactions.engines.write(SYSTEM, attempt)


async def test_what_is_stored_at_once_stands_behind_the_same_walls(world: World):
    def stored(work: UnitOfWork) -> tuple[Any, ...]:
        client = _new_client(work)
        work.store(client)
        kept = work.get(Client, client.id)
        return kept is not client, kept.clinic_id == work.caller.clinic_id, kept.version, kept.status

    def of_another_clinic(work: UnitOfWork) -> None:
        client = _new_client(work)
        client.clinic_id = new_id()
        work.store(client)

    def of_no_clinic(work: UnitOfWork) -> Callable[[ScopedSession], None]:
        return lambda session: session.store([_new_client(work)])

    assert await world.tried(stored) == (True, True, 1, ClientStatus.ACTIVE)
    with pytest.raises(ScopeViolation):
        await world.tried(of_another_clinic)
    with pytest.raises(ScopeViolation):
        await world.transactions.engines.write(SYSTEM, await world.tried(of_no_clinic))


def _new_client(work: UnitOfWork) -> Client:
    return Client(
        created_at=work.now, status=ClientStatus.ACTIVE, delivery_preference=None, details=b"", identifiers=[]
    )
