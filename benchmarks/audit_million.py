"""The sealed log at size: how fast a million entries are sealed and verified, and who saw a client is answered.

    PYTHONPATH=. .venv/bin/python benchmarks/audit_million.py sqlite 1000000
    PYTHONPATH=. .venv/bin/python benchmarks/audit_million.py postgresql 1000000

It also prints what the mark on each entry costs a request: the same reads with and without it, taking turns. The
service's own log lines go to standard error.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Self
from uuid import UUID

from app.access.audit import schemas, sealing, service, verification
from app.access.audit.sealer import Sealer, Wakefulness
from app.core.events import AuditAction, DomainEvent, Recorded
from app.core.ids import new_id
from app.settings import Settings
from tests.support.databases import PostgresqlDatabases, SqliteDatabases
from tests.support.house import Clinic, open_house
from tests.support.owner import ask

CLIENTS = [new_id() for _ in range(200)]
BEGAN = datetime(2025, 11, 1, tzinfo=UTC)
AT_ONCE = 2_000
SEALED = 20_000


@dataclass(frozen=True, kw_only=True)
class Viewed(DomainEvent):
    """A stand-in for what people do all day."""

    type: ClassVar[str] = "client.viewed"
    action: ClassVar[AuditAction] = AuditAction.READ
    entity: ClassVar[str] = "client"


def event_number(number: int) -> DomainEvent:
    """Return one entry in twenty as a list of ten clients, the others about one."""
    client = CLIENTS[number % len(CLIENTS)]
    if number % 20:
        return Viewed(entity_id=client, client_id=client)
    return Viewed(client_ids=tuple(CLIENTS[(number + other) % len(CLIENTS)] for other in range(10)))


COLUMNS = "clinic_id, id, recorded_at, type, action, entity, entity_id, actor_kind, actor_id, document, leaf"
MANY = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {count}), "
    "e AS (SELECT printf('%012x7000800000000000%04x', {began} + i * 20000, 0) AS id, "
    "strftime('%Y-%m-%d %H:%M:%S.000000', {began} / 1000 + i * 20, 'unixepoch') AS at, "
    "printf('{client}%04x', i % 200) AS client FROM n) ",
    "postgresql": "WITH e AS (SELECT "
    "(lpad(to_hex({began} + i * 20000), 12, '0') || '70008000000000000000')::uuid AS id, "
    "to_timestamp({began} / 1000 + i * 20) AS at, "
    "('{client}' || lpad(to_hex(i % 200), 4, '0'))::uuid AS client FROM generate_series(0, {count}::bigint - 1) AS i) ",
}
CLIENT = new_id().hex[:28]


async def fill(clinic: Clinic, settings: Settings, count: int) -> None:
    """Put a year of reads into the tables, with the hands of their owner: enough for asking, not for verifying."""
    mine, dialect = clinic.operator.clinic_id.hex, "sqlite" if settings.is_sqlite else "postgresql"
    rows = MANY[dialect].format(count=count, began=int(BEGAN.timestamp() * 1000), client=CLIENT)
    empty = "X'00'" if settings.is_sqlite else "'\\x00'"
    cast = "" if settings.is_sqlite else "::uuid"
    clinic_id, document = f"'{mine}'{cast}", '{"clients":[],"details":{}}'
    entries = f"SELECT {clinic_id}, id, at, 'client.viewed', 'read', 'client', client, 'practitioner', {clinic_id}, "
    await ask(
        settings,
        f"{rows}INSERT INTO audit_events ({COLUMNS}) {entries} '{document}', {empty} FROM e",
        f"{rows}INSERT INTO audit_subjects (clinic_id, client_id, event_id) SELECT {clinic_id}, client, id FROM e",
        "ANALYZE",
    )


async def write(clinic: Clinic, count: int) -> None:
    """Write entries as the service does."""
    transactions = clinic.house.door.transactions
    for start in range(0, count, AT_ONCE):
        wanted = range(start, min(count, start + AT_ONCE))
        recorded = [Recorded(event_number(number), clinic.operator, transactions.clock()) for number in wanted]
        await transactions.append(clinic.operator.clinic_id, recorded)


async def who_saw(clinic: Clinic, **wanted: Any) -> float:
    """Return how many milliseconds a page of a client's entries takes, the best of three."""
    transactions, took = clinic.house.door.transactions, []
    query = schemas.AuditEventFilter(limit=100, **wanted)
    for _ in range(3):
        began = time.perf_counter()
        page = await transactions.read_aside(clinic.operator, service.list_audit_events, query)
        took.append(time.perf_counter() - began)
    print(f"    {len(page.data)} entries of this page")
    return min(took) * 1000


async def cost_of_mark(clinic: Clinic) -> None:
    """Time the same read with and without the mark, taking turns."""
    client = await clinic["therapist"].made("/clients", {"given_name": "Robin", "family_name": "Example"})
    mark, took = sealing.mac_of, {"with": [], "without": []}
    for turn in range(300):
        kind = "with" if turn % 2 else "without"
        sealing.mac_of = mark if kind == "with" else lambda _key, _document: b""
        began = time.perf_counter()
        await clinic["therapist"].read(f"/clients/{client['id']}")
        took[kind].append(time.perf_counter() - began)
    sealing.mac_of = mark
    for kind, times in took.items():
        print(f"  a read {kind} the mark: median {statistics.median(times) * 1e6:.0f} microseconds")
    key, document = bytes(32), "x" * 500
    began = time.perf_counter()
    for _ in range(100_000):
        sealing.mac_of(sealing.entry_key(key), document)
    print(f"  deriving the key and marking one entry: {(time.perf_counter() - began) * 10:.1f} microseconds")


class Timed:
    """Says how many entries a second passed, by the clock and by this process's own time on the processor."""

    def __init__(self, what: str) -> None:
        self.what, self.entries = what, 0

    def __enter__(self) -> Self:
        self.wall, self.own = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        wall, own = time.perf_counter() - self.wall, time.process_time() - self.own
        print(f"  {self.what}: {self.entries / wall:,.0f} entries/s ({self.entries / own:,.0f} by processor time)")


async def measure(settings: Settings, count: int) -> None:
    """Fill, ask, write, seal, verify."""
    async with open_house(settings) as house:
        await house.app.state.sealer.stop()
        clinic = await house.clinic()
        began = time.perf_counter()
        await fill(clinic, settings, count)
        print(f"  {count:,} entries put there in {time.perf_counter() - began:.0f} s")
        middle, client = BEGAN + timedelta(seconds=20 * count / 2), UUID(f"{CLIENT}0007")
        for days in (1, 30, 365):
            stretch = {"recorded_from": middle, "recorded_to": middle + timedelta(days=days)}
            took = await who_saw(clinic, client_id=client, **stretch)
            print(f"  who saw a client within {days} days of {count:,} entries: {took:.1f} ms")
        took = await who_saw(clinic, client_id=client, recorded_to=BEGAN + timedelta(days=1))
        print(f"  the same on the first day: {took:.1f} ms")
        clinic = await house.clinic()
        sealer, clinic_id = Sealer(house.door.transactions, Wakefulness()), clinic.operator.clinic_id
        house.clock.now = datetime.now(UTC)
        with Timed("written") as timed:
            await write(clinic, SEALED)
            timed.entries = SEALED
        with Timed("sealed") as timed:
            timed.entries = await sealer.seal(clinic_id)
        began = time.perf_counter()
        await sealer.seal(clinic_id, timedelta(minutes=2))
        print(f"  a look with nothing to seal: {(time.perf_counter() - began) * 1000:.1f} ms")
        with Timed("verified") as timed:
            report = await verification.verify(house.door.transactions, clinic_id)
            timed.entries = report.entries
        print(f"  {len(report.findings)} findings")
        await cost_of_mark(await house.clinic())


def main() -> None:
    """Measure one engine."""
    engine, count = sys.argv[1], int(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        databases = SqliteDatabases(Path(folder)) if engine == "sqlite" else PostgresqlDatabases()
        for settings in databases.fresh():
            print(f"{engine}, {count:,} entries", flush=True)
            asyncio.run(measure(settings, count))


if __name__ == "__main__":
    main()
