"""What is asked of the database: few statements, as many for a long list as for a short one, each by an index."""

import math
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from app.access.identity.matrix import NEEDS
from app.core.engines import SqliteEngines
from tests.record.notes.writing import ROBIN, draft, meeting, signed
from tests.support.house import Clinic
from tests.support.world import World, one_of_everything
from tests.walks.test_every_operation import DOCUMENT, OPERATIONS, performer

READS = [(name, path) for name, method, path in OPERATIONS if method == "get" and name in NEEDS]
LISTS = [
    (name, path)
    for name, path in READS
    if "after" in {p.get("name") for p in DOCUMENT["paths"][path]["get"].get("parameters", [])}
]


@contextmanager
def statements(world: World) -> Iterator[list[str]]:
    """Collect what is asked of the reading connection, as SQLite itself is given it; who calls is known by now."""
    door = world.clinic.house.door
    door._callers = {token: (math.inf, caller) for token, (_, caller) in door._callers.items()}
    driver = driver_of(world)
    seen: list[str] = []
    driver.set_trace_callback(lambda statement: seen.append(statement) if statement.startswith("SELECT") else None)
    yield seen
    driver.set_trace_callback(None)


def plan_of(world: World, statement: str) -> list[str]:
    """Return the steps in which SQLite would find what a statement asks for."""
    return [row[3] for row in driver_of(world).execute(f"EXPLAIN QUERY PLAN {statement}")]


def driver_of(world: World) -> Any:
    """Return SQLite's own connection, on which all short reads run."""
    engines = world.clinic.house.door.transactions.engines
    assert isinstance(engines, SqliteEngines)
    return engines._reading.connection.dbapi_connection


@contextmanager
def all_statements(clinic: Clinic) -> Iterator[list[str]]:
    """Collect what reading and writing connections are asked: the verb and the first table; many rows count once."""
    engines = clinic.house.door.transactions.engines
    assert isinstance(engines, SqliteEngines)
    seen: list[str] = []

    def note(statement: str) -> None:
        asked = re.match(r"(SELECT|INSERT|UPDATE|DELETE) (?:INTO |FROM )?(\w+)", statement)
        if asked and seen[-1:] != [f"{asked[1]} {asked[2]}"]:
            seen.append(f"{asked[1]} {asked[2]}")

    with engines._writer._engine.connect() as writing:
        drivers: list[Any] = [engines._reading.connection.dbapi_connection, writing.connection.dbapi_connection]
    for driver in drivers:
        driver.set_trace_callback(note)
    yield seen
    for driver in drivers:
        driver.set_trace_callback(None)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
async def test_a_long_list_takes_as_many_statements_as_a_short_one(clinic: Clinic) -> None:
    world = await one_of_everything(clinic)
    short = await _counts(world)
    for _ in range(3):
        await one_of_everything(clinic)
    long = await _counts(world)
    assert short == long
    assert {name: count for name, count in short.items() if count > 2} == {}


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
async def test_every_read_finds_its_rows_by_an_index(clinic: Clinic) -> None:
    world = await one_of_everything(clinic)
    scans, steps = set(), 0
    for name, path in READS:
        person = performer(world, name)
        with statements(world) as seen:
            await person.get(world.path(path))
        for statement in seen:
            plan = plan_of(world, statement)
            steps += len(plan)
            scans |= {
                (name, step)
                for step in plan
                if (step.startswith("SCAN") and "CONSTANT ROW" not in step)
                or (name in dict(LISTS) and step == "USE TEMP B-TREE FOR ORDER BY")
            }
    assert scans == set()
    assert steps > len(READS)


async def _counts(world: World) -> dict[str, int]:
    counts = {}
    for name, path in LISTS:
        person = performer(world, name)
        await person.read(world.path(path))  # the second time every key is known
        with statements(world) as seen:
            await person.read(world.path(path))
        counts[name] = len(seen)
    return counts


LOGGED = ["INSERT audit_events", "INSERT audit_subjects"]
EXPECTED = {
    "getNote": ["SELECT notes", *LOGGED],
    "listNotes": ["SELECT notes", *LOGGED],
    "getFailuresByMonth": ["SELECT failure_counts", *LOGGED],
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
}
"""What the hot requests ask of SQLite, all of it; the audit log's own seals come a second later."""


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
async def test_hot_requests_ask_exactly_this(clinic: Clinic) -> None:
    therapist = clinic["therapist"]
    client = (await therapist.made("/clients", ROBIN))["id"]
    treatment = (await therapist.made(f"/clients/{client}/treatments", {"started_on": "2026-01-12"}))["id"]
    await signed(therapist, client)
    note = await draft(therapist, client)
    session = (await therapist.made("/sessions", meeting(client)))["id"]
    asked: dict[str, Callable[[], Awaitable[Any]]] = {
        "getNote": lambda: therapist.read(f"/notes/{note['id']}"),
        "listNotes": lambda: therapist.read(f"/notes?client_id={client}&limit=50"),
        "getFailuresByMonth": lambda: therapist.read(f"/treatments/{treatment}/mentalizing-failures-by-month"),
        "listClients": lambda: therapist.read("/clients"),
        "createNote": lambda: draft(therapist, client, session),
        "updateNote": lambda: therapist.changed(f"/notes/{note['id']}", {"bond": 5}, version=1),
    }
    with all_statements(clinic) as seen:
        for name, ask in asked.items():
            seen.clear()
            await ask()
            assert [one for one in seen if "audit_seal" not in one] == EXPECTED[name], name
