"""Whoever changes the log behind the service's back is found out, and what she did is named."""

import json
from typing import Any
from uuid import UUID

import pytest

from app.access.audit import queries, sealing, verification
from app.core.ids import new_id
from app.core.scope import Scope
from tests.access.audit.conftest import Seal, Verify
from tests.support.house import Clinic
from tests.support.owner import ask, tamper

ROBIN = {"given_name": "Robin", "family_name": "Example"}


class Log:
    """A sealed log, and the hands of someone who owns the database."""

    def __init__(self, clinic: Clinic, seal: Seal, verify: Verify, client_id: str) -> None:
        self.clinic, self.seal, self.verify, self.client_id = clinic, seal, verify, client_id
        self.mine = f"clinic_id = '{UUID(clinic.id).hex}'"

    async def tamper(self, *statements: str) -> None:
        await tamper(self.clinic.house.settings, *(one.replace("MINE", self.mine) for one in statements))

    async def ask(self, statement: str) -> Any:
        return await ask(self.clinic.house.settings, statement.replace("MINE", self.mine))

    async def found(self) -> list[tuple[str, UUID | None, int | None]]:
        return [(str(one.harm), one.event_id, one.seal) for one in (await self.verify()).findings]

    async def entry(self, kind: str = "client.created") -> UUID:
        rows = await self.ask(f"SELECT id FROM audit_events WHERE MINE AND type = '{kind}' ORDER BY id")
        return UUID(str(rows[0][0]))

    async def seal_of(self, entry: UUID) -> int:
        rows = await self.ask(f"SELECT seal_number FROM audit_sealed_events WHERE MINE AND event_id = '{entry.hex}'")
        return int(rows[0][0])

    async def newest(self) -> Any:
        engines = self.clinic.house.door.transactions.engines
        scope = Scope(self.clinic.operator.clinic_id)
        return await engines.read(scope, lambda session: session.execute(queries.newest_seal()).first())


@pytest.fixture
async def log(quiet: Clinic, seal: Seal, verify: Verify) -> Log:
    client = await quiet["therapist"].made("/clients", ROBIN)
    await seal()
    await quiet["therapist"].read(f"/clients/{client['id']}")
    await seal()
    made = Log(quiet, seal, verify, client["id"])
    assert await made.found() == []
    return made


def literal(log: Log, value: bytes) -> str:
    return f"X'{value.hex()}'" if log.clinic.house.settings.is_sqlite else f"'\\x{value.hex()}'"


async def test_an_altered_text_is_named(log: Log):
    entry = await log.entry()
    await log.tamper(
        "UPDATE audit_events SET document = replace(document, 'client.created', 'client.viewed') "
        f"WHERE MINE AND id = '{entry.hex}'"
    )
    assert await log.found() == [("ALTERED", entry, await log.seal_of(entry))]


async def test_an_altered_text_with_its_hash_made_to_fit_is_named(log: Log):
    entry = await log.entry()
    rows = await log.ask(f"SELECT document FROM audit_events WHERE MINE AND id = '{entry.hex}'")
    other = rows[0][0].replace("client.created", "client.viewed")
    await log.tamper(
        f"UPDATE audit_events SET document = '{other}', type = 'client.viewed', "
        f"leaf = {literal(log, sealing.leaf_of(other))} WHERE MINE AND id = '{entry.hex}'"
    )
    assert await log.found() == [("ALTERED", entry, await log.seal_of(entry))]


@pytest.mark.parametrize(
    "change",
    [
        "type = 'client.viewed'",
        "action = 'delete'",
        "entity = 'note'",
        "entity_id = NULL",
        "actor_kind = 'operator'",
        "actor_id = entity_id",
        "request_id = 'another-request'",
        "recorded_at = '2026-03-01 09:00:00+00:00'",
        "document = '{}'",
        "document = '[]'",
        "document = 'not json'",
        "mac = NULL",
    ],
)
async def test_an_altered_column_is_named(log: Log, change: str):
    entry = await log.entry()
    await log.tamper(f"UPDATE audit_events SET {change} WHERE MINE AND id = '{entry.hex}'")
    assert await log.found() == [("ALTERED", entry, await log.seal_of(entry))]


async def test_a_removed_entry_is_named(log: Log):
    entry = await log.entry()
    number = await log.seal_of(entry)
    await log.tamper(f"DELETE FROM audit_events WHERE MINE AND id = '{entry.hex}'")
    assert await log.found() == [("REMOVED", entry, number)]


async def test_an_entry_removed_with_every_trace_leaves_a_hole_in_its_seal(log: Log):
    entry = await log.entry()
    number = await log.seal_of(entry)
    await log.tamper(
        f"DELETE FROM audit_events WHERE MINE AND id = '{entry.hex}'",
        f"DELETE FROM audit_subjects WHERE MINE AND event_id = '{entry.hex}'",
        f"DELETE FROM audit_sealed_events WHERE MINE AND event_id = '{entry.hex}'",
    )
    assert await log.found() == [("REMOVED", None, number)]


async def test_an_entry_hidden_from_a_client_s_access_log_is_named(log: Log):
    entry = await log.entry("client.viewed")
    await log.tamper(f"DELETE FROM audit_subjects WHERE MINE AND event_id = '{entry.hex}'")
    assert await log.found() == [("ALTERED", entry, await log.seal_of(entry))]


async def test_an_entry_listed_for_a_client_it_does_not_name_is_named(log: Log):
    entry = await log.entry("client.viewed")
    await log.tamper(
        "INSERT INTO audit_subjects (clinic_id, client_id, event_id) "
        f"VALUES ('{UUID(log.clinic.id).hex}', '{new_id().hex}', '{entry.hex}')"
    )
    assert await log.found() == [("INSERTED", entry, await log.seal_of(entry))]


async def test_an_entry_written_by_hand_is_never_sealed_and_named(log: Log):
    entry, forged = await log.entry(), new_id()
    columns = "recorded_at, type, action, entity, entity_id, actor_kind, actor_id, request_id, document, leaf, mac"
    await log.tamper(
        f"INSERT INTO audit_events (clinic_id, id, {columns}) SELECT clinic_id, '{forged.hex}', "
        f"{columns.replace('document', 'replace(document, id_text, forged_text)')} FROM audit_events, "
        f"(SELECT '{entry}' AS id_text, '{forged}' AS forged_text) AS names WHERE MINE AND id = '{entry.hex}'"
    )
    assert await log.found() == [("INSERTED", forged, None)]
    assert await log.seal() == 0
    assert ("INSERTED", forged, None) in await log.found()


async def test_a_forged_entry_squeezed_into_a_seal_is_named(log: Log):
    entry, forged = await log.entry(), new_id()
    number = await log.seal_of(entry)
    await log.tamper(
        "INSERT INTO audit_sealed_events (clinic_id, event_id, seal_number, position) "
        f"VALUES ('{UUID(log.clinic.id).hex}', '{forged.hex}', {number}, 1000)"
    )
    assert await log.found() == [("INSERTED", forged, number)]


async def test_a_removed_last_seal_is_named(log: Log):
    number = (await log.newest()).number
    await log.tamper(f"DELETE FROM audit_seals WHERE MINE AND number = {number}")
    assert await log.found() == [("REMOVED", None, number)]


async def test_a_seal_missing_in_the_middle_is_named(log: Log):
    await log.tamper("DELETE FROM audit_seals WHERE MINE AND number = 2")
    assert await log.found() == [("REMOVED", None, 2)]


@pytest.mark.parametrize("column", ["root", "previous_hash", "hash", "signature", "public_key"])
async def test_an_altered_seal_is_named(log: Log, column: str):
    value = literal(log, bytes(64 if column == "signature" else 32))
    await log.tamper(f"UPDATE audit_seals SET {column} = {value} WHERE MINE AND number = 2")
    assert ("ALTERED", None, 2) in await log.found()


async def test_a_chain_signed_anew_with_another_key_is_named(log: Log):
    """Everything fits together, only the key is not the clinic's."""
    seal = await log.newest()
    forged_key = bytes(range(32))
    signature = sealing.signing_key(forged_key).sign(seal.hash)
    await log.tamper(
        f"UPDATE audit_seals SET signature = {literal(log, signature)}, "
        f"public_key = {literal(log, sealing.public_key_of(forged_key))} WHERE MINE AND number = {seal.number}"
    )
    assert await log.found() == [("ALTERED", None, seal.number)]


async def test_a_log_cut_short_is_found_out_by_a_checkpoint(log: Log):
    seal = await log.newest()
    checkpoint = sealing.checkpoint_of(seal)
    await log.tamper(
        "DELETE FROM audit_events WHERE MINE AND id IN "
        f"(SELECT event_id FROM audit_sealed_events WHERE MINE AND seal_number = {seal.number})",
        "DELETE FROM audit_subjects WHERE MINE AND event_id IN "
        f"(SELECT event_id FROM audit_sealed_events WHERE MINE AND seal_number = {seal.number})",
        f"DELETE FROM audit_sealed_events WHERE MINE AND seal_number = {seal.number}",
        f"DELETE FROM audit_seals WHERE MINE AND number = {seal.number}",
    )
    assert await log.found() == [], "without a checkpoint there is nothing to see"
    transactions, clinic_id = log.clinic.house.door.transactions, log.clinic.operator.clinic_id
    report = await verification.verify(transactions, clinic_id, [checkpoint])
    assert [(str(one.harm), one.seal) for one in report.findings] == [("REMOVED", seal.number)]
    await log.clinic["therapist"].read("/clients")
    await log.seal()
    report = await verification.verify(transactions, clinic_id, [checkpoint])
    assert [(str(one.harm), one.seal) for one in report.findings] == [("ALTERED", seal.number)]


async def test_a_checkpoint_of_a_whole_log_is_found_in_it(log: Log):
    checkpoint = json.loads(json.dumps(sealing.checkpoint_of(await log.newest())))
    await log.clinic["therapist"].read("/clients")
    await log.seal()
    transactions, clinic_id = log.clinic.house.door.transactions, log.clinic.operator.clinic_id
    assert (await verification.verify(transactions, clinic_id, [checkpoint])).findings == []


async def test_entries_that_wait_for_their_seal_are_checked_too(log: Log):
    await log.clinic["therapist"].made("/clients", ROBIN)
    report = await log.verify()
    assert (report.findings, report.unsealed) == ([], 2)
    rows = await log.ask("SELECT id FROM audit_events WHERE MINE AND type = 'client.created' ORDER BY id DESC LIMIT 1")
    entry = UUID(str(rows[0][0]))
    await log.tamper(f"UPDATE audit_events SET actor_id = id WHERE MINE AND id = '{entry.hex}'")
    assert await log.found() == [("ALTERED", entry, None)]


async def test_a_long_log_is_walked_a_stretch_at_a_time(log: Log, monkeypatch: pytest.MonkeyPatch):
    for name, value in (("_STEP", 3), ("_SEALS_AT_ONCE", 1), ("_CLIENTS_AT_ONCE", 1), ("ENTRIES_AT_ONCE", 1)):
        monkeypatch.setattr(verification, name, value)
    for _ in range(4):
        await log.clinic["therapist"].made("/clients", ROBIN)
        await log.seal()
    await log.clinic["therapist"].read("/clients")
    report = await log.verify()
    assert (report.findings, report.unsealed) == ([], 1)
    stranger = new_id()
    entry = await log.entry("client.viewed")
    await log.tamper(
        "INSERT INTO audit_subjects (clinic_id, client_id, event_id) "
        f"VALUES ('{UUID(log.clinic.id).hex}', '{stranger.hex}', '{entry.hex}')"
    )
    assert await log.found() == [("INSERTED", entry, await log.seal_of(entry))]


async def test_a_clinic_without_a_log_cannot_be_verified(log: Log):
    with pytest.raises(verification.NothingToVerify):
        await verification.verify(log.clinic.house.door.transactions, new_id())
