"""Transactions: all or nothing, recorded, and run again after a lost race."""

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.access.audit.models import AuditEvent
from app.access.clinics.models import Clinic as ClinicRow
from app.access.identity.models import ServiceAccount
from app.access.practitioners.domain import Role
from app.access.practitioners.models import Practitioner
from app.core import engines
from app.core.crypto import KeyGone
from app.core.events import AuditAction, DomainEvent, Recorded
from app.core.problems import Busy, PreconditionFailed
from app.core.work import UnitOfWork, UnrecordedChange
from tests.support.house import Clinic


class Stopped(Exception):
    """Ends a transaction so that nothing of it stays."""


@dataclass(frozen=True, kw_only=True)
class ThingDone(DomainEvent):
    type: ClassVar[str] = "thing.done"
    action: ClassVar[AuditAction] = AuditAction.EXECUTE
    entity: ClassVar[str] = "thing"


def add_account(work: UnitOfWork, name: str = "EHR") -> UUID:
    account = ServiceAccount(created_at=work.now, name=name, scopes=("clients:read",))
    work.add(account)
    work.record(ThingDone(), account)
    return account.id


def add_account_and_stop(work: UnitOfWork) -> None:
    add_account(work)
    raise Stopped


def add_account_silently(work: UnitOfWork) -> None:
    work.add(ServiceAccount(created_at=work.now, name="EHR", scopes=()))


def store_account_silently(work: UnitOfWork) -> None:
    work.store(ServiceAccount(created_at=work.now, name="EHR", scopes=()))


def change_clinic_silently(work: UnitOfWork) -> None:
    clinic = work.session.get(ClinicRow, work.caller.clinic_id)
    assert clinic is not None
    clinic.name = "Changed"


def remove_silently(work: UnitOfWork, account_id: UUID) -> None:
    work.session.delete(work.get(ServiceAccount, account_id))


def stored(work: UnitOfWork) -> tuple[int, int]:
    accounts = select(func.count()).select_from(ServiceAccount)
    entries = select(func.count()).select_from(AuditEvent).where(AuditEvent.type == "thing.done")
    return work.session.execute(accounts).scalar_one(), work.session.execute(entries).scalar_one()


async def test_what_was_done_and_that_it_was_done_are_stored_together(clinic: Clinic):
    transactions = clinic.house.door.transactions
    await transactions.write(clinic.operator, add_account)
    assert await transactions.read(clinic.operator, stored) == (1, 1)


async def test_an_exception_leaves_nothing_behind_not_even_an_audit_entry(clinic: Clinic):
    transactions = clinic.house.door.transactions
    with pytest.raises(Stopped):
        await transactions.write(clinic.operator, add_account_and_stop)
    assert await transactions.read(clinic.operator, stored) == (0, 0)


async def test_a_silent_change_of_an_audited_row_is_rolled_back(clinic: Clinic):
    transactions = clinic.house.door.transactions
    for silent in (add_account_silently, store_account_silently, change_clinic_silently):
        with pytest.raises(UnrecordedChange):
            await transactions.write(clinic.operator, silent)
    account_id = await transactions.write(clinic.operator, add_account)
    with pytest.raises(UnrecordedChange):
        await transactions.write(clinic.operator, remove_silently, account_id)
    assert await transactions.read(clinic.operator, stored) == (1, 1)
    assert (await clinic["admin"].read("/clinic"))["name"] == "Clinic"


async def test_a_silent_change_is_a_500_to_the_caller(clinic: Clinic):
    @clinic.house.app.get("/v1/silent")
    async def silent() -> None:
        await clinic.house.door.transactions.write(clinic.operator, add_account_silently)

    response = await clinic.house.anonymous.get("/silent")
    assert (response.status_code, response.json()["code"]) == (500, "internal_error")
    assert "audited" not in response.text


async def test_a_write_that_loses_a_race_runs_again_and_sees_the_winner(clinic: Clinic):
    transactions = clinic.house.door.transactions

    def rename(work: UnitOfWork, name: str) -> str:
        row = work.session.get(ClinicRow, work.caller.clinic_id)
        assert row is not None
        row.name = f"{row.name} {name}"
        work.record(ThingDone())
        return row.name

    names = [str(number) for number in range(8)]
    await asyncio.gather(*(transactions.write(clinic.operator, rename, name) for name in names))
    words = (await clinic["admin"].read("/clinic"))["name"].split()
    assert words[0] == "Clinic"
    assert sorted(words[1:]) == names


async def test_of_two_changes_of_one_version_one_wins(clinic: Clinic):
    version = (await clinic["admin"].read("/clinic"))["version"]
    answers = await asyncio.gather(
        *(clinic["admin"].change("/clinic", {"name": f"Name {i}"}, version=version) for i in range(8))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7


async def test_one_failing_write_among_many_harms_no_other(clinic: Clinic):
    transactions = clinic.house.door.transactions

    def break_a_constraint(work: UnitOfWork) -> None:
        roles, nobody = (Role.THERAPIST,), uuid4()
        work.add(Practitioner(created_at=work.now, display_name="X", roles=roles, supervisor_id=nobody))
        work.record(ThingDone())

    good = [transactions.write(clinic.operator, add_account, f"Account {number}") for number in range(20)]
    bad = [transactions.write(clinic.operator, add_account_and_stop) for _ in range(5)]
    broken = [transactions.write(clinic.operator, break_a_constraint)]
    outcomes = await asyncio.gather(*good[:10], *bad, *broken, *good[10:], return_exceptions=True)
    assert [type(outcome) for outcome in outcomes[:10] + outcomes[16:]] == [UUID] * 20
    assert [type(outcome) for outcome in outcomes[10:15]] == [Stopped] * 5
    assert isinstance(outcomes[15], IntegrityError)
    assert await transactions.read(clinic.operator, stored) == (20, 20)


async def test_a_reading_transaction_cannot_write(clinic: Clinic):
    transactions = clinic.house.door.transactions
    for read in (transactions.read, transactions.read_aside):
        with pytest.raises(DBAPIError):
            await read(clinic.operator, add_account)
    assert await transactions.read(clinic.operator, stored) == (0, 0)


async def test_what_was_seen_is_logged_before_the_answer_leaves(clinic: Clinic):
    transactions = clinic.house.door.transactions

    def look(work: UnitOfWork) -> str:
        work.record(ThingDone())
        return "seen"

    seen = await asyncio.gather(*(transactions.read(clinic.operator, look) for _ in range(20)))
    assert seen == ["seen"] * 20
    assert await transactions.read(clinic.operator, stored) == (0, 20)


async def test_what_requests_see_one_after_another_shares_a_commit(clinic: Clinic, monkeypatch: pytest.MonkeyPatch):
    transactions, commits = clinic.house.door.transactions, []
    append = transactions.append

    async def counted(clinic_id: UUID, recorded: Sequence[Recorded]) -> None:
        commits.append(len(recorded))
        await append(clinic_id, recorded)

    async def see(turn: int) -> None:
        for _ in range(turn):
            await asyncio.sleep(0)
        await transactions.note_down(clinic.operator, ThingDone())

    monkeypatch.setattr(transactions, "append", counted)
    await asyncio.gather(*map(see, range(10)))
    assert commits == [10]
    await see(0)
    assert commits == [10, 1]


async def test_a_problem_is_raised_as_it_is_and_not_tried_again(clinic: Clinic):
    runs: list[int] = []

    def refuse(work: UnitOfWork) -> None:
        runs.append(1)
        raise PreconditionFailed(7)

    with pytest.raises(PreconditionFailed):
        await clinic.house.door.transactions.write(clinic.operator, refuse)
    assert len(runs) == 1


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
async def test_a_full_queue_of_writes_says_busy_at_once(clinic: Clinic):
    transactions, go_on, has_begun = clinic.house.door.transactions, threading.Event(), threading.Event()

    def wait(work: UnitOfWork) -> None:
        has_begun.set()
        go_on.wait(10)

    first = asyncio.create_task(transactions.write(clinic.operator, wait))
    await asyncio.to_thread(has_begun.wait, 10)
    queue = [asyncio.create_task(transactions.write(clinic.operator, stored)) for _ in range(engines._BACKLOG)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await transactions.write(clinic.operator, stored)
    go_on.set()
    await asyncio.gather(first, *queue)
    assert await transactions.write(clinic.operator, stored) == (0, 0)


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
async def test_when_every_connection_is_taken_the_service_says_busy(clinic: Clinic):
    transactions = clinic.house.door.transactions

    def take_long(work: UnitOfWork) -> None:
        work.session.connection().exec_driver_sql("SELECT pg_sleep(2.3)")

    slow = [
        asyncio.create_task(transactions.write(clinic.operator, take_long))
        for _ in range(clinic.house.settings.pool_size)
    ]
    await asyncio.sleep(0.1)
    with pytest.raises(Busy):
        await transactions.read(clinic.operator, stored)
    await asyncio.gather(*slow)
    assert await transactions.read(clinic.operator, stored) == (0, 0)


async def test_who_meets_a_key_that_was_just_replaced_looks_again_and_after_three_times_gives_up(clinic: Clinic):
    transactions, runs = clinic.house.door.transactions, [0]

    def read_before_and_after(work: UnitOfWork, gone: int) -> int:
        runs[0] += 1
        if runs[0] <= gone:
            raise KeyGone("replaced between two statements")
        return runs[0]

    assert await transactions.read(clinic.operator, read_before_and_after, 2) == 3
    runs[0] = 0
    with pytest.raises(KeyGone):
        await transactions.read(clinic.operator, read_before_and_after, 9)
    assert runs[0] == 3
