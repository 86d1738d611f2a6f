from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from app.access.audit import verification
from app.access.audit.sealer import Wakefulness
from app.opening import transactions_of
from app.settings import Settings
from benchmarks import facts
from benchmarks.dataset import Client, clients, readers
from benchmarks.ours.load import Keys, load
from tests.support.house import Api, Clock, House, open_house

NOTES_EACH = 3
EVERYONE = clients(0)


class Loaded:
    """A house that was loaded as for the benchmark, and the one therapist in it."""

    def __init__(self, house: House, keys: Keys) -> None:
        self.house, self.keys = house, keys
        self.therapist = Api(house.client, keys.tokens[0])


@pytest.fixture
async def loaded(settings: Settings) -> AsyncIterator[Loaded]:
    clock = Clock()
    clock.now = datetime.now(UTC)
    transactions = transactions_of(settings, clock, Wakefulness())
    keys = await load(transactions, EVERYONE, spare=2, drafts=2, notes_each=NOTES_EACH)
    await transactions.close()
    async with open_house(settings, clock) as house:
        yield Loaded(house, keys)


def newest_first(one: Client) -> list[Any]:
    return [facts.expected_note(note) for note in reversed(list(one.notes(NOTES_EACH)))]


async def test_notes_say_what_the_data_set_says(loaded: Loaded) -> None:
    for one in readers(EVERYONE):
        page = await loaded.therapist.read(f"/notes?client_id={one.id}")
        assert facts.differences(newest_first(one), facts.page_facts(page)) == []
        counted = await loaded.therapist.read(f"/treatments/{one.treatment_id}/mentalizing-failures-by-month")
        assert facts.differences(facts.expected_months(one, NOTES_EACH), facts.month_facts(counted)) == []


async def test_a_loaded_note_is_signed_and_has_its_versions(loaded: Loaded) -> None:
    wanted = next(EVERYONE[0].notes(NOTES_EACH))
    note = await loaded.therapist.read(f"/notes/{wanted.id}")
    versions = (await loaded.therapist.read(f"/notes/{wanted.id}/versions"))["data"]
    assert (note["status"], note["version"]) == ("signed", 2)
    assert [one["occasion"] for one in versions] == ["signed", "created"]
    assert versions[0]["content_hash"] == versions[1]["content_hash"] == note["content_hash"]
    first = await loaded.therapist.read(f"/notes/{wanted.id}/versions/1")
    assert first["content"]["sections"][0]["text"] == wanted.body
    session = await loaded.therapist.read(f"/sessions/{wanted.session_id}")
    assert (session["has_signed_note"], session["version"]) == (True, 2)


async def test_what_was_loaded_to_be_used_up_can_be_used(loaded: Loaded) -> None:
    therapist, client_of = loaded.therapist, {one.number: str(one.id) for one in EVERYONE}
    for number, session_id, _ in loaded.keys.spare:
        wanted = {"client_id": client_of[number], "template": "mbt"}
        await therapist.made(f"/sessions/{session_id}/notes", wanted)
    for _, note_id in loaded.keys.drafts:
        text = {"code": "presentation", "text": "Another text."}
        await therapist.changed(f"/notes/{note_id}", {"sections": [text]}, version=1)
        signed = await therapist.changed(
            f"/notes/{note_id}/sign", {"late_entry_reason": "A test."}, version=2, method="POST"
        )
        assert signed["status"] == "signed"


async def test_the_audit_log_of_a_loaded_clinic_verifies(loaded: Loaded) -> None:
    me = await loaded.therapist.read("/me")
    report = await verification.verify(loaded.house.door.transactions, UUID(me["clinic_id"]))
    assert not report.findings
    assert report.entries > len(EVERYONE) * NOTES_EACH * 3
