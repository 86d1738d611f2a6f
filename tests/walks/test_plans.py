"""How PostgreSQL finds what it is asked for: by an index, with the clinic's policies, and lists already in order."""

import asyncio
import math
from collections.abc import Iterator

import pytest

from app.settings import Settings
from tests.support.house import Clinic
from tests.support.questions import Questions, nodes, questions_to, reads_too_much
from tests.support.world import World, one_of_everything
from tests.walks.test_every_operation import performer
from tests.walks.test_statements import LISTS, READS

pytestmark = pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
HERS = {"listShownReflections": "supervisor"}
"""Lists that are empty for everyone else, so that PostgreSQL would not look."""
READ_AND_LEFT_OUT = {
    ("listLegalHolds", "legal_holds"): "in the order of the list; only those of clients who were erased are left out",
    ("listRetentionDue", "note_addenda"): "asked by an admin now and then; a clinic has few addenda beside its notes",
}
"""Where what a clinic has in a table is read and not all of it wanted, and why that is right."""


@pytest.fixture
def questions(settings: Settings) -> Iterator[Questions]:
    with questions_to(settings) as questions:
        yield questions


@pytest.fixture
async def world(questions: Questions, clinic: Clinic) -> World:
    """One of everything, and nobody who asks in the background."""
    world = await one_of_everything(clinic)
    await clinic.house.app.state.sealer.stop()
    return world


async def test_every_read_finds_its_rows_by_an_index(world: World, questions: Questions) -> None:
    found, selections = set(), 0
    for name, path in READS:
        await ask(world, questions, name, path)
        for plan in await questions.plans("seqscan"):
            selections += 1
            much = filter(reads_too_much, nodes(plan))
            found |= {(name, node.get("Relation Name", node.get("Index Name"))) for node in much}
    assert found == READ_AND_LEFT_OUT.keys()
    assert selections > len(READS)


async def test_lists_can_be_read_in_their_order(world: World, questions: Questions) -> None:
    found = set()
    for name, path in LISTS:
        await ask(world, questions, name, path)
        plans = await questions.plans("seqscan", "sort")
        steps = [node for plan in plans for node in nodes(plan)]
        found |= {(name, str(node["Sort Key"])) for node in steps if "Sort" in node["Node Type"]}
        assert "Limit" in {node["Node Type"] for node in steps}, name
    assert found == set()


async def test_a_long_list_takes_as_many_statements_as_a_short_one(world: World, questions: Questions) -> None:
    short = await counts(world, questions)
    for _ in range(3):
        await one_of_everything(world.clinic)
    assert await counts(world, questions) == short
    assert {name: count for name, count in short.items() if count > 2} == {}


async def counts(world: World, questions: Questions) -> dict[str, int]:
    found = {}
    for name, path in LISTS:
        await ask(world, questions, name, path)
        await ask(world, questions, name, path)  # the second time every key is known
        found[name] = len(questions.selections)
    return found


async def ask(world: World, questions: Questions, name: str, path: str) -> None:
    """Ask for one thing; who asks is known by now."""
    door = world.clinic.house.door
    door._callers = {token: (math.inf, caller) for token, (_, caller) in door._callers.items()}
    person = world.clinic[HERS[name]] if name in HERS else performer(world, name)
    questions.heard.clear()
    await person.get(world.path(path))
    await asyncio.sleep(0)  # what the server told is heard when the loop comes round
