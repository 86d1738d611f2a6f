"""Raw asyncpg with its own pool and prepared statements."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson

NOTE = "id, client_id, treatment_id, occurred_at, body, felt_understood, bond"
FAILURE = (
    "id, pattern, signs, place, trigger, affect, arousal, mode, observed_in, intervention, response, "
    "minutes_to_recovery, excerpt"
)
NAMES = FAILURE.split(", ")
PAIRS = ", ".join(f"'{name}', f.{name}" for name in NAMES)
FAILURES = (
    f"(SELECT json_agg(json_build_object({PAIRS}) ORDER BY f.position) FROM mentalizing_failure f "
    "WHERE f.note_id = n.id)::text"
)
ONE = f"SELECT {NOTE}, {FAILURES} FROM note n WHERE id = $1"
PAGE = f"SELECT {NOTE}, {FAILURES} FROM note n WHERE client_id = $1 ORDER BY occurred_at DESC, id DESC LIMIT $2"
MONTHS = (
    "SELECT to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM'), pattern, count(*) FROM mentalizing_failure "
    "WHERE treatment_id = $1 GROUP BY 1, 2 ORDER BY 1, 2"
)
ADD_NOTE = f"INSERT INTO note ({NOTE}) VALUES ($1, $2, $3, $4::text::timestamptz, $5, $6, $7)"
ADD_FAILURES = (
    f"INSERT INTO mentalizing_failure (note_id, treatment_id, occurred_at, position, {FAILURE}) "
    "SELECT $1, $2, $3::text::timestamptz, ordinality - 1, "
    f"{', '.join(f'(f).{name}' for name in NAMES)} "
    "FROM (SELECT jsonb_populate_record(null::mentalizing_failure, one) AS f, ordinality "
    "FROM jsonb_array_elements($4::text::jsonb) WITH ORDINALITY AS each (one, ordinality)) AS wanted"
)


class PostgresqlStore:
    """A pool of eight, no transaction around single statements."""

    def __init__(self, address: str) -> None:
        """Remember the address."""
        self._address = address

    async def open(self) -> None:
        """Connect."""
        self._pool = await asyncpg.create_pool(self._address, min_size=8, max_size=8)

    async def close(self) -> None:
        """Let go."""
        await self._pool.close()

    async def note(self, note_id: str) -> bytes | None:
        """Return a note with its failures, in one statement."""
        row = await self._pool.fetchrow(ONE, UUID(note_id))
        return None if row is None else orjson.dumps(_note(row))

    async def page(self, client_id: str, limit: int) -> bytes:
        """Return the latest notes of a client, in one statement."""
        return orjson.dumps([_note(row) for row in await self._pool.fetch(PAGE, UUID(client_id), limit)])

    async def add(self, wanted: dict[str, Any]) -> bytes:
        """Store a note with its failures in one transaction of two statements."""
        note_id, failures = uuid4(), wanted.pop("failures")
        treatment_id, occurred_at = UUID(wanted["treatment_id"]), wanted["occurred_at"]
        for failure in failures:
            failure["id"] = str(uuid4())
        facts = (wanted["body"], wanted["felt_understood"], wanted["bond"])
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(ADD_NOTE, note_id, UUID(wanted["client_id"]), treatment_id, occurred_at, *facts)
            await connection.execute(ADD_FAILURES, note_id, treatment_id, occurred_at, orjson.dumps(failures).decode())
        return orjson.dumps({"id": note_id, **wanted, "failures": failures})

    async def months(self, treatment_id: str) -> bytes:
        """Count the failures of a treatment by month and pattern."""
        rows = await self._pool.fetch(MONTHS, UUID(treatment_id))
        return orjson.dumps([{"month": month, "pattern": pattern, "count": count} for month, pattern, count in rows])


def _note(row: Any) -> dict[str, Any]:
    note_id, client_id, treatment_id, occurred_at, body, felt_understood, bond, failures = row
    return {
        "id": str(note_id),
        "client_id": str(client_id),
        "treatment_id": str(treatment_id),
        "occurred_at": occurred_at,
        "body": body,
        "felt_understood": felt_understood,
        "bond": bond,
        "failures": orjson.Fragment(failures or "[]"),
    }
