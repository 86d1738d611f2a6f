"""Every operation, as everyone, in every state: what is answered is what the matrix says.

The cells come from the OpenAPI document and the matrix. Whatever a request writes is rolled back once its answer is
known, so that every cell meets the same world.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest

from app.access.identity import matrix
from app.access.identity.relations import Outcome, Relation, Row, State
from app.core.crypto import KeyRing
from app.core.engines import Engines
from app.core.scope import Scope, ScopedSession
from tests.support.house import House
from tests.support.programs import content_of
from tests.walks.standing import Standing, Thing
from tests.walks.test_every_operation import OPERATIONS

T = TypeVar("T")
PLACES = {name: (method, path) for name, method, path in OPERATIONS}
_TABLES = [table for table, _ in matrix.TABLES]
HALVES = (_TABLES[:5], _TABLES[5:])
"""Two, so that two processes can share the work."""


class _Undone(Exception):
    def __init__(self, outcome: Any) -> None:
        self.outcome = outcome


class _Undoing:
    """Engines that do all a write does up to its commit, and then roll it back."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engines, name)

    async def write(self, scope: Scope, fn: Callable[[ScopedSession], T]) -> T:
        def run(session: ScopedSession) -> T:
            outcome = fn(session)
            session.flush()
            raise _Undone(outcome)

        try:
            return await self._engines.write(scope, run)
        except _Undone as undone:
            outcome: T = undone.outcome
            return outcome


@contextmanager
def nothing_kept(house: House) -> Iterator[None]:
    """Roll every write back, and remember no key: those of a write count as stored once it returns."""
    transactions = house.door.transactions
    engines, ring = transactions.engines, transactions.ring
    transactions.engines, transactions.ring = _Undoing(engines), KeyRing(ring.master, seconds=-1)
    yield
    transactions.engines, transactions.ring = engines, ring


@pytest.mark.parametrize("tables", HALVES, ids=["first half", "second half"])
async def test_everyone_gets_what_the_matrix_says(house: House, tables: Sequence[Mapping[str, Row]]) -> None:
    standing = Standing(house)
    await standing.hire()
    wrong = {}
    for table in tables:
        await standing.make(table)
        with nothing_kept(house):
            for name, state, relation in cells_of(table):
                thing = standing.things[state]
                expected = matrix.outcome_of(name, relation, state)
                found = await _outcome(standing, name, relation, thing, expected)
                if found != expected:
                    wrong[f"{name} as {relation}, {state}"] = f"expected {expected}, found {found}"
    assert not wrong, "\n".join(f"{cell}: {what}" for cell, what in wrong.items())


def test_every_operation_of_the_document_is_tried_in_every_relation_and_state() -> None:
    tried = {cell for half in HALVES for table in half for cell in cells_of(table)}
    everything = {
        (name, state, relation) for name in PLACES for state in matrix.states_of(name) for relation in Relation
    }
    assert tried == everything


def cells_of(table: Mapping[str, Row]) -> list[tuple[str, State | None, Relation]]:
    """List everything a table says something about."""
    return [(name, state, relation) for name in table for state in matrix.states_of(name) for relation in Relation]


async def _outcome(standing: Standing, name: str, relation: Relation, thing: Thing, expected: Outcome) -> Outcome:
    method, template = PLACES[name]
    path = template.format(**thing.ids)
    last = template.rsplit("{", 1)[-1].partition("}")[0] if "{" in template else "clinic"
    headers = {} if name == "saveReflection" else {"If-Match": f'"{thing.versions.get(last, 1)}"'}
    if name == "streamEvents":
        headers = {"Last-Event-ID": standing.began}
    if path.endswith("/by-identifier"):
        path += "?system=urn:clinic:mrn&value=1"
    if expected.is_listed is not None and method == "get":
        path += "?limit=100"
    person = standing.person(relation, thing)
    url = f"http://stance.test{path}"
    content = content_of(thing.bodies.get(name))
    answer = await person.request(method.upper(), url, headers=headers, **content)
    if answer.status_code >= 400:
        return Outcome(answer.status_code, answer.json()["code"])
    shown = thing.shows_notice if name == "listNotices" else thing.shows
    return Outcome(200, is_listed=None if expected.is_listed is None else shown in answer.text)
