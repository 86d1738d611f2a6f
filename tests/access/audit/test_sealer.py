"""The sealer: everything logged is sealed once, whoever commits late, races or dies."""

import asyncio
import json
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.access.audit import models, queries, sealer, sealing, service, verification
from app.access.audit.sealer import Sealer, Wakefulness
from app.core.events import AuditAction, DomainEvent, Recorded
from app.core.scope import Scope, ScopedSession
from app.core.vault import Vault
from app.core.work import UnitOfWork
from tests.access.audit.conftest import Seal, Verify
from tests.support.house import Clinic, open_house
from tests.support.owner import ask, tamper

ROBIN = {"given_name": "Robin", "family_name": "Example"}


@dataclass(frozen=True, kw_only=True)
class Happened(DomainEvent):
    type: ClassVar[str] = "test.happened"
    action: ClassVar[AuditAction] = AuditAction.EXECUTE
    entity: ClassVar[str] = "test"


async def stored(clinic: Clinic, *columns: Any) -> list[Any]:
    def look(work: UnitOfWork) -> list[Any]:
        return list(work.session.execute(select(*columns)))

    return await clinic.house.door.transactions.read(clinic.operator, look)


async def seals_of(clinic: Clinic) -> list[Any]:
    return await stored(clinic, models.AuditSeal.number, models.AuditSeal.count, models.AuditSeal.hash)


async def log_many(clinic: Clinic, count: int) -> None:
    transactions = clinic.house.door.transactions
    recorded = [Recorded(Happened(), clinic.operator, transactions.clock()) for _ in range(count)]
    await transactions.append(clinic.operator.clinic_id, recorded)


async def test_every_entry_is_sealed_once_and_the_chain_grows(quiet: Clinic, seal: Seal, verify: Verify):
    await seal()
    assert await seal() == 0
    await quiet["therapist"].made("/clients", ROBIN)
    assert await seal() == 2
    numbers = [number for number, _, _ in await seals_of(quiet)]
    assert numbers == list(range(1, len(numbers) + 1))
    events = {row.id for row in await stored(quiet, models.AuditEvent.id)}
    sealed = [row.event_id for row in await stored(quiet, models.AuditSealedEvent.event_id)]
    assert sorted(sealed) == sorted(events)
    report = await verify()
    assert (report.findings, report.unsealed, report.entries) == ([], 0, len(events))


async def test_a_long_log_is_sealed_in_batches(
    quiet: Clinic, seal: Seal, verify: Verify, monkeypatch: pytest.MonkeyPatch
):
    await seal()
    monkeypatch.setattr(sealing, "BATCH", 50)
    await log_many(quiet, 120)
    assert await seal() == 120
    assert [count for _, count, _ in await seals_of(quiet)][-3:] == [50, 50, 20]
    report = await verify()
    assert (report.findings, report.unsealed) == ([], 0)


async def test_an_entry_that_commits_late_joins_the_next_seal(
    quiet: Clinic, seal: Seal, verify: Verify, monkeypatch: pytest.MonkeyPatch
):
    """Its id is older than ids already sealed."""
    await seal()
    transactions, clinic_id = quiet.house.door.transactions, quiet.operator.clinic_id
    await log_many(quiet, 3)
    late = sorted(row.id for row in await stored(quiet, models.AuditEvent.id))[-3]
    held = queries.event_ids

    def without_late(*arguments: Any) -> Any:
        return held(*arguments).where(models.AuditEvent.id != late)

    with monkeypatch.context() as still_open:
        still_open.setattr(queries, "event_ids", without_late)
        assert await seal() == 2
    assert await Sealer(transactions, Wakefulness()).seal(clinic_id, sealer._NEAR) == 1
    assert (await verify()).findings == []


async def test_many_sealers_at_once_seal_everything_once(quiet: Clinic, verify: Verify):
    transactions, clinic_id = quiet.house.door.transactions, quiet.operator.clinic_id
    sealers = [Sealer(transactions, Wakefulness()) for _ in range(4)]
    for _ in range(5):
        await log_many(quiet, 20)
        await asyncio.gather(*(one.seal(clinic_id) for one in sealers), log_many(quiet, 20))
    await sealers[0].seal(clinic_id)
    report = await verify()
    assert (report.findings, report.unsealed) == ([], 0)
    sealed = [row.event_id for row in await stored(quiet, models.AuditSealedEvent.event_id)]
    assert len(sealed) == len(set(sealed)) == report.entries


async def test_a_sealer_that_lost_the_race_keeps_nothing(quiet: Clinic, seal: Seal, verify: Verify):
    await seal()
    await log_many(quiet, 2)
    transactions, clinic_id = quiet.house.door.transactions, quiet.operator.clinic_id
    scope = Scope(clinic_id)

    def look(session: ScopedSession) -> Any:
        return sealer._look(session, clinic_id, transactions.ring, sealer._FAR)

    secret, batch = await transactions.engines.read_aside(scope, look)
    assert await seal() == 2
    made = sealing.seal_leaves(secret, clinic_id, batch.number, batch.previous_hash, batch.leaves, transactions.clock())
    with pytest.raises(IntegrityError):
        await transactions.engines.write(scope, lambda session: service.add_seal(session, made, batch.event_ids))
    assert (await verify()).findings == []


async def test_dying_between_two_steps_leaves_no_half_seal(
    quiet: Clinic, seal: Seal, verify: Verify, monkeypatch: pytest.MonkeyPatch
):
    await seal()
    await log_many(quiet, 2)
    before = await seals_of(quiet)

    def die(session: ScopedSession, made: sealing.NewSeal, event_ids: list[UUID]) -> None:
        add_seal(session, made, event_ids)
        raise KeyError("the end")

    add_seal = service.add_seal
    monkeypatch.setattr(service, "add_seal", die)
    with pytest.raises(KeyError):
        await seal()
    monkeypatch.undo()
    assert await seals_of(quiet) == before
    assert await seal() == 2
    assert (await verify()).findings == []


async def test_what_was_not_sealed_before_the_end_is_sealed_after_the_next_start(quiet: Clinic):
    await log_many(quiet, 2)
    async with open_house(quiet.house.settings, quiet.house.clock) as later:
        own: Sealer = later.app.state.sealer
        await own.stop()
        assert await own.seal(quiet.operator.clinic_id) > 0


async def test_the_app_seals_by_itself_and_once_more_when_it_stops(clinic: Clinic):
    for _ in range(100):
        if await seals_of(clinic):
            break
        await asyncio.sleep(0.1)
    before = len(await seals_of(clinic))
    assert before
    await clinic["therapist"].made("/clients", ROBIN)
    await clinic.house.app.state.sealer.stop()
    assert len(await stored(clinic, models.AuditEvent.id)) == len(
        await stored(clinic, models.AuditSealedEvent.event_id)
    )


async def test_a_failing_sealer_is_logged_by_type_and_goes_on(
    quiet: Clinic, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    fresh = await quiet.house.clinic()
    one = Sealer(quiet.house.door.transactions, Wakefulness(), every=0.01)

    async def fail(_transactions: object) -> list[UUID]:
        raise KeyError("a client's name")

    with monkeypatch.context() as broken:
        broken.setattr(sealer, "clinics_with_credentials", fail)
        one.start()
        await asyncio.sleep(0.1)
        assert not await seals_of(fresh)
    for _ in range(100):
        if await seals_of(fresh):
            break
        await asyncio.sleep(0.1)
    await one.stop()
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    failures = [line for line in lines if line["event"] == "audit_sealing_failed"]
    assert failures[0].keys() == {"timestamp", "level", "event", "error_type"}
    assert failures[0]["error_type"] == "KeyError"
    checkpoints = [line for line in lines if line["event"] == "audit_checkpoint"]
    assert {digest.hex() for _, _, digest in await seals_of(fresh)} <= {one["hash"] for one in checkpoints}
    assert not any("dropped" in checkpoint for checkpoint in checkpoints), "the log lets it out"


async def test_the_trouble_of_one_clinic_keeps_no_other_from_its_seals(quiet: Clinic, monkeypatch: pytest.MonkeyPatch):
    other = await quiet.house.clinic()
    one = Sealer(quiet.house.door.transactions, Wakefulness())
    real = one.seal

    async def one_fails(clinic_id: UUID, reach: timedelta) -> int:
        if clinic_id == quiet.operator.clinic_id:
            raise KeyError("no key")
        return await real(clinic_id, reach)

    monkeypatch.setattr(one, "seal", one_fails)
    with pytest.raises(KeyError):
        await one._seal_all([quiet.operator.clinic_id, other.operator.clinic_id], sealer._FAR)
    assert await seals_of(other)


async def test_an_old_log_without_marks_is_sealed_and_one_written_by_hand_is_not(
    quiet: Clinic,
):
    """Entries from before there were marks are older than the first marked one and than the first seal."""
    house, quiet = quiet.house, await quiet.house.clinic()
    transactions, clinic_id = house.door.transactions, quiet.operator.clinic_id
    sealer_now = Sealer(transactions, Wakefulness())
    (row,) = (await ask(quiet.house.settings, _columns(quiet)))[:1]
    old_id = "0195" + "0" * 8 + "7" + "0" * 3 + "8" + "0" * 15
    document = row[0].replace(_dashed(row[1]), _dashed(old_id))
    leaf = sealing.leaf_of(document).hex()
    literal = f"X'{leaf}'" if quiet.house.settings.is_sqlite else f"'\\x{leaf}'"
    await tamper(
        quiet.house.settings,
        "INSERT INTO audit_events (clinic_id, id, recorded_at, type, action, entity, entity_id, actor_kind, actor_id, "
        f"request_id, document, leaf) SELECT clinic_id, '{old_id}', recorded_at, type, action, entity, entity_id, "
        f"actor_kind, actor_id, request_id, '{document}', {literal} FROM audit_events "
        f"WHERE clinic_id = '{UUID(quiet.id).hex}' AND id = '{_hex(row[1])}'",
    )
    count = len(await stored(quiet, models.AuditEvent.id))
    assert await sealer_now.seal(clinic_id) == count
    assert (await verification.verify(transactions, clinic_id)).findings == []
    by_hand = "0196" + old_id[4:]
    await tamper(
        quiet.house.settings,
        "INSERT INTO audit_events (clinic_id, id, recorded_at, type, action, entity, entity_id, actor_kind, actor_id, "
        f"request_id, document, leaf) SELECT clinic_id, '{by_hand}', recorded_at, type, action, entity, entity_id, "
        f"actor_kind, actor_id, request_id, document, leaf FROM audit_events WHERE id = '{_hex(row[1])}'",
    )
    assert await sealer_now.seal(clinic_id) == 0
    found = (await verification.verify(transactions, clinic_id)).findings
    assert [(str(one.harm), one.event_id) for one in found] == [("INSERTED", UUID(by_hand))]


async def test_a_clinic_older_than_audit_secrets_gets_one(quiet: Clinic):
    quiet = await quiet.house.clinic()
    settings, transactions = quiet.house.settings, quiet.house.door.transactions
    mine = f"clinic_id = '{UUID(quiet.id).hex}'"
    await tamper(
        settings,
        f"DELETE FROM data_keys WHERE {mine} AND kind = 'audit'",
        f"UPDATE audit_events SET mac = NULL WHERE {mine}",
    )
    transactions.ring._kept.clear()
    assert await Sealer(transactions, Wakefulness()).seal(quiet.operator.clinic_id) > 0

    def secret(session: ScopedSession) -> bytes:
        return Vault(session, quiet.operator.clinic_id, transactions.ring).audit_secret()

    assert await transactions.look(Scope(quiet.operator.clinic_id), secret)


def test_a_quiet_clinic_is_looked_at_once_more_and_then_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    wakefulness = Wakefulness()
    clinic_id = UUID(int=1)
    wakefulness.keep(clinic_id)
    looks = []
    for _ in range(60):
        now += 1
        looks.append(len(wakefulness.due()))
    assert looks[:3] == [1, 1, 1]
    assert sum(looks) == 4
    assert wakefulness.everyone() == []


def test_a_sealer_that_was_held_up_misses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    wakefulness = Wakefulness()
    now += 1
    wakefulness.keep(UUID(int=1))
    now += 20
    assert wakefulness.due() == [UUID(int=1)]


def _columns(clinic: Clinic) -> str:
    return f"SELECT document, id FROM audit_events WHERE clinic_id = '{UUID(clinic.id).hex}' ORDER BY id LIMIT 1"


def _hex(value: Any) -> str:
    return UUID(str(value)).hex


def _dashed(value: Any) -> str:
    return str(UUID(str(value)))
