"""What the requests of every day ask of the database: all of it, on both engines."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Pool, event

from app.settings import Settings
from tests.record.notes.writing import ROBIN, draft, meeting, signed, step
from tests.support.house import Clinic
from tests.support.questions import questions_to

CALLER = ["SELECT bearer_tokens", "SELECT practitioners"]
"""Who asks; remembered for some seconds."""
LOGGED = ["INSERT audit_events", "INSERT audit_subjects"]
"""What every request that shows or changes a record writes down; the log's own seals come a second later."""
ASKED = {
    "getMe": ["SELECT practitioners"],
    "getNote": ["SELECT notes", *LOGGED],
    "listNotes": ["SELECT notes", *LOGGED],
    "getFailuresByMonth": ["SELECT failure_counts", *LOGGED],
    "getTimeline": [
        "SELECT treatments",
        "SELECT sessions",
        "SELECT notes",
        "SELECT mentalizing_failures",
        "SELECT goal_ratings",
        *LOGGED,
    ],
    "listClients": ["SELECT clients", *LOGGED],
    "createNote": [
        "SELECT session_participants",
        "SELECT data_keys",
        "INSERT notes",
        "INSERT mentalizing_failures",
        "INSERT note_versions",
        *LOGGED,
    ],
    "updateNote": ["SELECT notes", "SELECT mentalizing_failures", "SELECT data_keys", "UPDATE notes", *LOGGED],
    "signNote": [
        "SELECT notes",
        "SELECT mentalizing_failures",
        "SELECT sessions",
        "SELECT session_practitioners",
        "SELECT session_participants",
        "SELECT practitioners",
        "SELECT clinics",
        "UPDATE notes",
        "UPDATE sessions",
        "SELECT note_versions",
        "SELECT data_keys",
        "INSERT note_versions",
        "INSERT failure_counts",
        *LOGGED,
    ],
}


@pytest.fixture
def taken(settings: Settings) -> Iterator[Callable[[], list[str]]]:
    """Yield what takes the statements heard since it last did, from connections opened from now on."""
    if not settings.is_sqlite:
        with questions_to(settings) as questions:
            yield lambda: [one.text for one in _emptied(questions.heard)]
        return
    heard: list[str] = []

    def listen(connection: Any, _record: object) -> None:
        connection.set_trace_callback(heard.append)

    event.listen(Pool, "connect", listen)
    yield lambda: _emptied(heard)
    event.remove(Pool, "connect", listen)


def _emptied(heard: list[Any]) -> list[Any]:
    taken = heard.copy()
    heard.clear()
    return taken


def in_short(statements: list[str]) -> list[str]:
    """Return verb and first table of each; the many rows of one write count once."""
    found = [re.match(r"(SELECT|INSERT|UPDATE|DELETE) (?:INTO |FROM )?([a-z_]+)", one) for one in statements]
    short = [f"{one[1]} {one[2]}" for one in found if one]
    return [one for one, before in zip(short, [None, *short], strict=False) if one != before or "SELECT" in one]


async def test_hot_requests_ask_exactly_this(taken: Callable[[], list[str]], clinic: Clinic) -> None:
    therapist = clinic["therapist"]
    client = (await therapist.made("/clients", ROBIN))["id"]
    treatment = (await therapist.made(f"/clients/{client}/treatments", {"started_on": "2026-01-12"}))["id"]
    await signed(therapist, client)
    note = await draft(therapist, client)
    session = (await therapist.made("/sessions", meeting(client)))["id"]
    await clinic.house.app.state.sealer.stop()
    requests: dict[str, Callable[[], Awaitable[Any]]] = {
        "getMe": lambda: therapist.read("/me"),
        "getNote": lambda: therapist.read(f"/notes/{note['id']}"),
        "listNotes": lambda: therapist.read(f"/notes?client_id={client}&limit=50"),
        "getFailuresByMonth": lambda: therapist.read(f"/treatments/{treatment}/mentalizing-failures-by-month"),
        "getTimeline": lambda: therapist.read(f"/treatments/{treatment}/timeline"),
        "listClients": lambda: therapist.read("/clients"),
        "createNote": lambda: draft(therapist, client, session),
        "updateNote": lambda: therapist.changed(f"/notes/{note['id']}", {"bond": 5}, version=1),
        "signNote": lambda: step(therapist, {**note, "version": 2}, "sign"),
    }
    asked = {}
    for name, request in requests.items():
        clinic.house.door.forget_everyone()
        taken()
        await request()
        await asyncio.sleep(0)  # what PostgreSQL told is heard when the loop comes round
        asked[name] = sorted(in_short(taken()))  # what an entity consists of is loaded in no order
    assert asked == {name: sorted(CALLER + statements) for name, statements in ASKED.items()}
