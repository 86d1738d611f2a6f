"""What is asked of the database: few statements, as many for a long list as for a short one, each by an index."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from app.access.identity.matrix import NEEDS
from app.core.engines import SqliteEngines
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
