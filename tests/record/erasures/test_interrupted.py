"""An erasure that is interrupted: wherever it stops, nothing is half done for good and nothing is forgotten."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest

from app.core.erasure_ledger import LedgerBroken
from app.core.work import UnitOfWork
from app.opening import operator_of
from app.record.erasures import replaying, service, shredding
from app.settings import Settings
from tests.record.erasures.conftest import TwoPeople
from tests.support.house import Api, House, open_house
from tests.support.owner import ask
from tests.support.server import ROOT, environment_of


@asynccontextmanager
async def started_again(house: House) -> AsyncIterator[House]:
    """The same database and ledger, served by a service that has just started."""
    async with open_house(house.settings, house.clock) as again:
        yield again


def there(house: House, person: Api) -> Api:
    return Api(house.client, person.token, person.id)


async def approve_and_stop(two: TwoPeople, erasure_id: str) -> None:
    """Store the approval, and lose power before anything else."""
    transactions, ledger = two.clinic.house.door.transactions, two.clinic.house.app.state.erasure_ledger
    await transactions.write(two.deciding, service.approve_erasure, ledger, UUID(erasure_id), 1)


async def carry_out_and_stop(two: TwoPeople, erasure_id: str) -> None:
    """Write the ledger's line and shred, and lose power before the commit."""
    ledger = two.clinic.house.app.state.erasure_ledger

    def interrupted(work: UnitOfWork) -> None:
        shredding.carry_out(work, ledger, UUID(erasure_id))
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError, match="the power went"):
        await two.clinic.house.door.transactions.write(two.deciding, interrupted)


async def test_an_approval_that_was_interrupted_is_carried_out_by_approving_again(two: TwoPeople, robin: str) -> None:
    erasure_id = await two.ask(robin)
    await approve_and_stop(two, erasure_id)
    path = f"/erasures/{erasure_id}"
    assert (await two.admin.read(path))["status"] == "approved"
    assert (await two.admin.change(f"{path}/withdraw", version=2, method="POST")).status_code == 409
    assert (await two.admin.change(f"{path}/approve", version=2, method="POST")).status_code == 403
    assert (await two.admin.read(f"/clients/{robin}"))["given_name"] == "Robin"
    done = await two.officer.changed(f"{path}/approve", version=2, method="POST")
    assert done["status"] == "erased"
    assert (await two.admin.get(f"/clients/{robin}")).status_code == 404


async def test_a_hold_placed_after_the_approval_still_stops_what_is_not_in_the_ledger(
    two: TwoPeople, robin: str
) -> None:
    erasure_id = await two.ask(robin)
    await approve_and_stop(two, erasure_id)
    hold = await two.officer.made(f"/clients/{robin}/legal-holds", {"reason": "A case is in court."})
    held = await two.officer.change(f"/erasures/{erasure_id}/approve", version=2, method="POST")
    assert (held.status_code, held.json()["code"]) == (409, "record_on_hold")
    assert two.clinic.house.app.state.erasure_ledger.entries() == []
    await two.admin.changed(f"/legal-holds/{hold['id']}/lift", version=1, method="POST")
    await two.officer.changed(f"/erasures/{erasure_id}/approve", version=2, method="POST")


async def test_what_the_ledger_says_is_finished_at_the_next_start(house: House, two: TwoPeople, robin: str) -> None:
    erasure_id = await two.ask(robin)
    await approve_and_stop(two, erasure_id)
    await carry_out_and_stop(two, erasure_id)
    (line,) = house.app.state.erasure_ledger.entries()
    assert (await two.admin.read(f"/clients/{robin}"))["given_name"] == "Robin", "nothing was committed"
    async with started_again(house) as again:
        admin = there(again, two.admin)
        assert (await admin.get(f"/clients/{robin}")).status_code == 404
        assert (await admin.read(f"/erasures/{erasure_id}"))["status"] == "erased"
        certificate = await admin.read(f"/erasures/{erasure_id}/certificate")
        assert certificate["ledger_hash"] == line.hash
        assert again.app.state.erasure_ledger.entries() == [line]


async def test_a_process_that_dies_in_the_middle_leaves_what_the_next_one_finishes(
    house: House, two: TwoPeople, robin: str
) -> None:
    erasure_id = await two.ask(robin)
    await approve_and_stop(two, erasure_id)
    await asyncio.to_thread(die_carrying_out, house.settings, two, erasure_id)
    assert len(house.app.state.erasure_ledger.entries()) == 1
    async with started_again(house) as again:
        assert (await there(again, two.admin).get(f"/clients/{robin}")).status_code == 404


def die_carrying_out(settings: Settings, two: TwoPeople, erasure_id: str) -> None:
    program = f"""
import asyncio, os
from uuid import UUID
from app.core.work import UnitOfWork
from app.opening import ledger_of, operator_of, transactions_of
from app.record.erasures import shredding
from app.settings import Settings
settings = Settings()
def act(work: UnitOfWork) -> None:
    shredding.carry_out(work, ledger_of(settings), UUID({erasure_id!r}))
    os._exit(9)
asyncio.run(transactions_of(settings).write(operator_of(UUID({two.clinic.id!r})), act))
"""
    environment = {**os.environ, **environment_of(settings), "PYTHONPATH": str(ROOT)}
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, check=False)
    assert run.returncode == 9, run.stderr.decode()


async def test_replaying_twice_is_as_good_as_once(house: House, two: TwoPeople, robin: str) -> None:
    await two.erase(robin)
    transactions, ledger = house.door.transactions, house.app.state.erasure_ledger
    done: Any = None
    for _ in range(2):
        done = (await replaying.replay(transactions, ledger, operator_of))[UUID(two.clinic.id)]
    assert vars(done) == {"known": 1, "erased": 0, "finished": 0, "written": 0, "absent": 0}


async def test_a_ledger_that_was_lost_is_written_again_from_what_the_database_knows(
    house: House, two: TwoPeople, robin: str
) -> None:
    erasure_id = await two.erase(robin)
    ledger = house.app.state.erasure_ledger
    ledger.path.unlink()
    done = (await replaying.replay(house.door.transactions, ledger, operator_of))[UUID(two.clinic.id)]
    assert (done.written, done.known) == (1, 0)
    (line,) = ledger.entries()
    assert line.facts.client_id == UUID(robin)
    assert (await two.admin.read(f"/erasures/{erasure_id}/certificate"))["ledger_hash"] == line.hash


async def test_a_ledger_that_was_altered_stops_the_start(house: House, two: TwoPeople, robin: str) -> None:
    await two.erase(robin)
    ledger = house.app.state.erasure_ledger
    ledger.path.write_text(ledger.path.read_text().replace("client_request", "court_order"))
    with pytest.raises(LedgerBroken):
        async with started_again(house):
            pass


async def test_a_line_this_service_never_wrote_erases_nobody(house: House, two: TwoPeople, robin: str) -> None:
    erasure_id = await two.ask(robin)
    await approve_and_stop(two, erasure_id)
    await carry_out_and_stop(two, erasure_id)
    ledger = house.app.state.erasure_ledger
    raw = ledger.path.read_text()
    mark = raw.rpartition('"mac":"')[2][:64]
    ledger.path.write_text(raw.replace(mark, mark[::-1]))
    with pytest.raises(LedgerBroken):
        async with started_again(house):
            pass
    assert (await two.admin.read(f"/clients/{robin}"))["given_name"] == "Robin"


async def test_nobody_who_was_erased_gets_a_key_or_a_care_team_again(house: House, two: TwoPeople, robin: str) -> None:
    await two.erase(robin)
    clinic_id, client_id = (UUID(one).hex if house.settings.is_sqlite else one for one in (two.clinic.id, robin))
    key = "X'00'" if house.settings.is_sqlite else "'\\x00'"
    with pytest.raises(Exception, match="this client was erased"):
        await asked(
            house.settings,
            "INSERT INTO data_keys (clinic_id, owner_id, kind, number, wrapped) "
            f"VALUES ('{clinic_id}', '{client_id}', 'client', 1, {key})",
            clinic_id,
        )
    with pytest.raises(Exception, match="append-only"):
        await asked(house.settings, "DELETE FROM erased_clients", clinic_id)


async def asked(settings: Settings, statement: str, clinic_id: str) -> None:
    """Ask as the owner of the tables, within the clinic."""
    within = () if settings.is_sqlite else (f"SET app.clinic_id = '{clinic_id}'",)
    await ask(settings, *within, statement)
