"""The tables all peers share, and how they are filled: plain ones, with the indexes their four answers want.

A failure keeps its note's treatment and time, as the service's own table does, so that nobody needs a join to count.
The SQLite forms of ids, times and lists are those that Django and SQLAlchemy both write and read by default.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import asyncpg

from benchmarks.dataset import Client, Note

TABLES = """
CREATE TABLE client (id {uuid} PRIMARY KEY, given_name varchar(200) NOT NULL, family_name varchar(200) NOT NULL);
CREATE TABLE treatment (
    id {uuid} PRIMARY KEY, client_id {uuid} NOT NULL REFERENCES client (id)
);
CREATE TABLE note (
    id {uuid} PRIMARY KEY,
    client_id {uuid} NOT NULL REFERENCES client (id),
    treatment_id {uuid} NOT NULL REFERENCES treatment (id),
    occurred_at {moment} NOT NULL,
    body text NOT NULL,
    felt_understood integer,
    bond integer
);
CREATE TABLE mentalizing_failure (
    id {uuid} PRIMARY KEY,
    note_id {uuid} NOT NULL REFERENCES note (id),
    treatment_id {uuid} NOT NULL REFERENCES treatment (id),
    occurred_at {moment} NOT NULL,
    position integer NOT NULL,
    pattern varchar(32) NOT NULL,
    signs {json} NOT NULL,
    place varchar(64) NOT NULL,
    trigger varchar(64) NOT NULL,
    affect varchar(64) NOT NULL,
    arousal integer NOT NULL,
    mode varchar(32),
    observed_in varchar(32) NOT NULL,
    intervention varchar(64) NOT NULL,
    response varchar(32) NOT NULL,
    minutes_to_recovery integer NOT NULL,
    excerpt text
);
"""
INDEXES = """
CREATE INDEX treatment_client ON treatment (client_id);
CREATE INDEX note_page ON note (client_id, occurred_at DESC, id DESC);
CREATE INDEX note_treatment ON note (treatment_id);
CREATE INDEX failure_note ON mentalizing_failure (note_id);
CREATE INDEX failure_months ON mentalizing_failure (treatment_id, occurred_at, pattern);
"""
CLIENT = ("id", "given_name", "family_name")
TREATMENT = ("id", "client_id")
NOTE = ("id", "client_id", "treatment_id", "occurred_at", "body", "felt_understood", "bond")
FAILURE = (
    *("id", "note_id", "treatment_id", "occurred_at", "position", "pattern", "signs", "place", "trigger", "affect"),
    *("arousal", "mode", "observed_in", "intervention", "response", "minutes_to_recovery", "excerpt"),
)
AT_ONCE = 100
"""Clients whose notes are in memory at a time."""


def fill_sqlite(path: Path, clients: list[Client]) -> None:
    """Make the file, in WAL mode, which stays with it; every commit is flushed (`synchronous=FULL`, the default)."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.executescript(TABLES.format(uuid="char(32)", moment="datetime", json="text"))
    for table, columns, rows in _all_rows(clients):
        marks = ", ".join("?" for _ in columns)
        texts = ([_as_text(value) for value in row] for row in rows)
        connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", texts)
        connection.commit()
    connection.executescript(INDEXES)
    connection.execute("ANALYZE")
    connection.close()


async def fill_postgresql(address: str, clients: list[Client]) -> None:
    """Fill an empty database of PostgreSQL."""
    connection = await asyncpg.connect(address)
    await connection.execute(TABLES.format(uuid="uuid", moment="timestamptz", json="jsonb"))
    for table, columns, rows in _all_rows(clients):
        await connection.copy_records_to_table(table, records=rows, columns=columns)
    await connection.execute(INDEXES)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


def _all_rows(clients: list[Client]) -> Iterator[tuple[str, tuple[str, ...], list[tuple[Any, ...]]]]:
    yield "client", CLIENT, [(one.id, one.given_name, one.family_name) for one in clients]
    yield "treatment", TREATMENT, [(one.treatment_id, one.id) for one in clients]
    remaining = iter(clients)
    while some := list(islice(remaining, AT_ONCE)):
        notes = [note for one in some for note in one.notes()]
        yield "note", NOTE, [tuple(getattr(note, name) for name in NOTE) for note in notes]
        yield "mentalizing_failure", FAILURE, list(_failures(notes))


def _failures(notes: Iterable[Note]) -> Iterator[tuple[Any, ...]]:
    for note in notes:
        for place, failure in enumerate(note.failures):
            of_note = {
                "note_id": note.id,
                "treatment_id": note.treatment_id,
                "occurred_at": note.occurred_at,
                "position": place,
                "signs": json.dumps(failure.signs),
            }
            facts = vars(failure) | of_note
            yield tuple(facts[name] for name in FAILURE)


def _as_text(value: Any) -> Any:
    if hasattr(value, "hex") and not isinstance(value, float):
        return value.hex
    return f"{value:%Y-%m-%d %H:%M:%S.%f}" if hasattr(value, "tzinfo") else value
