"""What PostgreSQL is asked, whoever asks it, and how it would find the answer."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from sqlalchemy import Pool, event

from app.settings import Settings
from tests.support.databases import SERVICE_LOGIN

_EXECUTED = re.compile(r"(?:execute [^:]*|statement): (.*)", re.DOTALL)
_TOLD = re.compile(r"SET LOCAL app\.\w+ = '[^']*'")
_COLUMN = re.compile(r"(\w+) (?:=|<|>|IS)")
_VALUE = re.compile(r"\$\d+ = ('(?:[^']|'')*'|NULL)")
_LARGE = """
UPDATE pg_class SET reltuples = 1000000, relpages = 1
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i');
DELETE FROM pg_statistic
"""
"""A million rows on each page: PostgreSQL multiplies by the pages there are. What it found out about the few rows of
the test, whenever it got round to it, must not count.
"""
_BY_INDEX = {"Index Scan", "Index Only Scan", "Bitmap Index Scan"}


@dataclass(frozen=True)
class Question:
    """A statement with its values, as PostgreSQL wrote them down."""

    text: str
    values: tuple[str, ...]

    @property
    def tells(self) -> bool:
        """Say whether it tells row-level security whose transaction this is."""
        return "app.clinic_id" in self.text or "app.person_id" in self.text

    @property
    def selects(self) -> bool:
        """Say whether it looks for rows."""
        return self.text.startswith(("SELECT", "WITH")) and not self.tells


@dataclass
class Questions:
    """What was asked since it was emptied."""

    settings: Settings
    heard: list[Question] = field(default_factory=list)

    def hear(self, _connection: object, message: Any) -> None:
        """Take down what the server says it does."""
        if executed := _EXECUTED.fullmatch(message.message):
            self.heard.append(Question(executed[1], tuple(_VALUE.findall(message.detail or ""))))

    @property
    def selections(self) -> list[Question]:
        """What was looked for."""
        return [one for one in self.heard if one.selects]

    async def plans(self, *dear: str) -> list[Any]:
        """Return how each selection would be answered, in the clinic and as the person it was asked for.

        A small table is read in any way, whatever its indexes; so PostgreSQL is made to believe that all are large.
        `dear` is what it then does only where nothing else leads to the answer: `seqscan`, `sort`.
        """
        connection = await asyncpg.connect(self.settings.migration_database_url)
        believing = connection.transaction()
        await believing.start()
        try:
            await connection.execute(_LARGE)
            await connection.execute(f"SET LOCAL ROLE {SERVICE_LOGIN}")
            for way in dear:
                await connection.execute(f"SET LOCAL enable_{way} = off")
            return [plan for one in self.heard async for plan in _plan_of(connection, one)]
        finally:
            await believing.rollback()
            await connection.close()


@contextmanager
def questions_to(settings: Settings) -> Iterator[Questions]:
    """Take down what the service asks on connections it opens from now on, however it asks."""
    asyncio.run(_have_told(settings, is_on=True))
    questions = Questions(settings)

    def listen(connection: Any, _record: object) -> None:
        connection.driver_connection.add_log_listener(questions.hear)

    event.listen(Pool, "connect", listen)
    yield questions
    event.remove(Pool, "connect", listen)
    asyncio.run(_have_told(settings, is_on=False))


def nodes(plan: Any) -> Iterator[Any]:
    """Yield every step of a plan."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def reads_too_much(node: Any) -> bool:
    """Say whether a step reads a table, or all that a clinic has in it, to throw most of it away."""
    if node["Node Type"] not in _BY_INDEX:
        return bool(node["Node Type"] == "Seq Scan")
    columns = set(_COLUMN.findall(node.get("Index Cond", "")))
    throws_away = "Filter" in node or node["Node Type"] == "Bitmap Index Scan"
    return not columns or (columns == {"clinic_id"} and throws_away)


async def _plan_of(connection: Any, one: Question) -> AsyncIterator[Any]:
    """Yield the plan of a selection; what tells the transaction whose it is, is told again."""
    if told := _TOLD.findall(one.text):
        await connection.execute("; ".join(told))
    elif one.tells:
        await _run(connection, "", one)
    elif one.selects:
        (row,) = await _run(connection, "EXPLAIN (FORMAT JSON)", one)
        yield json.loads(row[0])[0]["Plan"]


async def _run(connection: Any, how: str, one: Question) -> list[Any]:
    await connection.execute(f"PREPARE asked AS {one.text}")
    values = f"({', '.join(one.values)})" if one.values else ""
    rows: list[Any] = await connection.fetch(f"{how} EXECUTE asked{values}")
    await connection.execute("DEALLOCATE asked")
    return rows


async def _have_told(settings: Settings, *, is_on: bool) -> None:
    """Let the server tell the service's role what it executes, or no longer; only who owns the server may."""
    owner = await asyncpg.connect(settings.migration_database_url)
    database = await owner.fetchval("SELECT current_database()")
    role = f"ALTER ROLE {SERVICE_LOGIN} IN DATABASE {database}"
    for name, value in (("log_statement", "'all'"), ("client_min_messages", "log")):
        await owner.execute(f"{role} SET {name} = {value}" if is_on else f"{role} RESET {name}")
    await owner.close()
