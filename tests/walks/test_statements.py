"""Lists cost the same number of statements however long they are: no list asks the database once per row."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from app.access.identity.matrix import NEEDS
from app.core.engines import SqliteEngines
from tests.support.house import Clinic
from tests.support.world import World, one_of_everything
from tests.walks.test_every_operation import DOCUMENT, OPERATIONS, performer

LISTS = [
    (name, path)
    for name, method, path in OPERATIONS
    if method == "get"
    and name in NEEDS
    and "after" in {p.get("name") for p in DOCUMENT["paths"][path]["get"].get("parameters", [])}
]


@contextmanager
def statements(world: World) -> Iterator[list[str]]:
    """Collect what is asked of the reading connection."""
    engines = world.clinic.house.door.transactions.engines
    assert isinstance(engines, SqliteEngines)
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("SELECT"):
            seen.append(statement)

    event.listen(engines._reading, "before_cursor_execute", note)
    yield seen
    event.remove(engines._reading, "before_cursor_execute", note)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
async def test_a_long_list_takes_as_many_statements_as_a_short_one(clinic: Clinic) -> None:
    world = await one_of_everything(clinic)
    short = await _counts(world)
    for _ in range(3):
        await one_of_everything(clinic)
    long = await _counts(world)
    assert short == long
    assert {name: count for name, count in short.items() if count > 2} == {}


async def _counts(world: World) -> dict[str, int]:
    counts = {}
    for name, path in LISTS:
        person = performer(world, name)
        await person.read(world.path(path))  # the second time every key is known
        with statements(world) as seen:
            await person.read(world.path(path))
        counts[name] = len(seen)
    return counts
