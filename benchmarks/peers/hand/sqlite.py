"""The raw `sqlite3` module, called inline: a query is far shorter than a hop to a thread."""

import sqlite3
from collections import defaultdict
from typing import Any
from uuid import UUID, uuid4

import orjson

NOTE = "id, client_id, treatment_id, occurred_at, body, felt_understood, bond"
FAILURE = (
    "id, pattern, signs, place, trigger, affect, arousal, mode, observed_in, intervention, response, "
    "minutes_to_recovery, excerpt"
)
NAMES = FAILURE.split(", ")
ONE = f"SELECT {NOTE} FROM note WHERE id = ?"
OF_NOTE = f"SELECT {FAILURE} FROM mentalizing_failure WHERE note_id = ? ORDER BY position"
PAGE = f"SELECT {NOTE} FROM note WHERE client_id = ? ORDER BY occurred_at DESC, id DESC LIMIT ?"
OF_PAGE = (
    f"SELECT note_id, {FAILURE} FROM mentalizing_failure WHERE note_id IN "
    "(SELECT id FROM note WHERE client_id = ? ORDER BY occurred_at DESC, id DESC LIMIT ?) ORDER BY note_id, position"
)
MONTHS = (
    "SELECT substr(occurred_at, 1, 7), pattern, count(*) FROM mentalizing_failure WHERE treatment_id = ? "
    "GROUP BY 1, 2 ORDER BY 1, 2"
)
ADD_NOTE = f"INSERT INTO note ({NOTE}) VALUES (?, ?, ?, ?, ?, ?, ?)"
ADD_FAILURE = (
    "INSERT INTO mentalizing_failure (note_id, treatment_id, occurred_at, position, "
    f"{FAILURE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


class SqliteStore:
    """One connection, one statement at a time; a commit is flushed before the answer leaves."""

    def __init__(self, address: str) -> None:
        """Remember the file."""
        self._path = address.removeprefix("sqlite:///")

    async def open(self) -> None:
        """Connect."""
        self._connection = sqlite3.connect(self._path, isolation_level=None)
        self._connection.execute("PRAGMA synchronous=FULL")

    async def close(self) -> None:
        """Let go."""
        self._connection.close()

    async def note(self, note_id: str) -> bytes | None:
        """Return a note with its failures, in two statements."""
        key = UUID(note_id).hex
        row = self._connection.execute(ONE, (key,)).fetchone()
        if row is None:
            return None
        return orjson.dumps(_note(row, self._connection.execute(OF_NOTE, (key,)).fetchall()))

    async def page(self, client_id: str, limit: int) -> bytes:
        """Return the latest notes of a client, in two statements."""
        wanted = (UUID(client_id).hex, limit)
        failures = defaultdict(list)
        for row in self._connection.execute(OF_PAGE, wanted):
            failures[row[0]].append(row[1:])
        return orjson.dumps([_note(row, failures[row[0]]) for row in self._connection.execute(PAGE, wanted)])

    async def add(self, wanted: dict[str, Any]) -> bytes:
        """Store a note with its failures in one transaction."""
        note_id, failures = uuid4(), wanted.pop("failures")
        client_id, treatment_id = UUID(wanted["client_id"]).hex, UUID(wanted["treatment_id"]).hex
        occurred_at = wanted["occurred_at"].replace("T", " ")[:19] + ".000000"
        for failure in failures:
            failure["id"] = str(uuid4())
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            facts = (wanted["body"], wanted["felt_understood"], wanted["bond"])
            self._connection.execute(ADD_NOTE, (note_id.hex, client_id, treatment_id, occurred_at, *facts))
            self._connection.executemany(
                ADD_FAILURE,
                [
                    (note_id.hex, treatment_id, occurred_at, place, *_as_kept(failure))
                    for place, failure in enumerate(failures)
                ],
            )
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        return orjson.dumps({"id": note_id, **wanted, "failures": failures})

    async def months(self, treatment_id: str) -> bytes:
        """Count the failures of a treatment by month and pattern."""
        rows = self._connection.execute(MONTHS, (UUID(treatment_id).hex,)).fetchall()
        return orjson.dumps([{"month": month, "pattern": pattern, "count": count} for month, pattern, count in rows])


def _note(row: tuple[Any, ...], failures: list[tuple[Any, ...]]) -> dict[str, Any]:
    note_id, client_id, treatment_id, occurred_at, body, felt_understood, bond = row
    return {
        "id": _dashed(note_id),
        "client_id": _dashed(client_id),
        "treatment_id": _dashed(treatment_id),
        "occurred_at": f"{occurred_at[:10]}T{occurred_at[11:19]}Z",
        "body": body,
        "felt_understood": felt_understood,
        "bond": bond,
        "failures": [_failure(failure) for failure in failures],
    }


def _failure(row: tuple[Any, ...]) -> dict[str, Any]:
    facts = dict(zip(NAMES, row, strict=True))
    facts["id"], facts["signs"] = _dashed(facts["id"]), orjson.Fragment(facts["signs"])
    return facts


def _as_kept(failure: dict[str, Any]) -> list[Any]:
    kept = failure | {"id": failure["id"].replace("-", ""), "signs": orjson.dumps(failure["signs"]).decode()}
    return [kept[name] for name in NAMES]


def _dashed(key: str) -> str:
    return f"{key[:8]}-{key[8:12]}-{key[12:16]}-{key[16:20]}-{key[20:]}"
