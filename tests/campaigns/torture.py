"""The kill campaign: `kill -9` at random moments of mixed writes, again and again, and nothing acknowledged is lost.

Run it with `make torture`, or `python -m tests.campaigns.torture --engine both --kills 50 --seed 7`.
"""

import argparse
import asyncio
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from app.core.database import sqlite_engine
from app.opening import master_key_of
from app.settings import Settings
from tests.campaigns.torture_writer import Tally, Writer
from tests.support.databases import PostgresqlDatabases, SqliteDatabases
from tests.support.house import open_house
from tests.support.server import ROOT, environment_of, serving

LONGEST_LIFE = 150
"""Writes acknowledged before a kill, at most; counted, so that a busy machine tortures as well as an idle one."""


async def torture(settings: Settings, folder: Path, *, kills: int, seed: int = 1, writers: int = 16) -> Tally:
    """Kill the service `kills` times while everyone writes; after each restart, compare with what was acknowledged."""
    began = time.monotonic()
    tally = Tally("sqlite" if settings.is_sqlite else "postgresql")
    people, admin = await _people(settings, tally, seed, writers)
    moments = random.Random(seed)
    for life in range(kills + 1):
        started = time.monotonic()
        with serving(settings, folder) as server:
            tally.starts.append(time.monotonic() - started)
            # Shorter than the server keeps a connection, or the two may pass each other: it closes, this one sends.
            limits = httpx.Limits(max_connections=writers, keepalive_expiry=2)
            async with httpx.AsyncClient(base_url=server.url, timeout=60, limits=limits) as http:
                await asyncio.gather(*(person.settle(http) for person in people))
                is_last = life == kills
                await asyncio.gather(*(person.check(http, everything=is_last) for person in people))
                if is_last:
                    await _check_audit_entries(http, admin, tally)
                    break
                tally.live_for(moments.randint(1, LONGEST_LIFE))
                swing = [asyncio.create_task(person.work(http)) for person in people]
                await asyncio.wait_for(tally.lived.wait(), timeout=60)
                await asyncio.sleep(moments.uniform(0, 0.03))
                server.kill()
                await asyncio.gather(*swing)
                tally.kills += 1
                sys.stderr.write(f"{tally.engine}: kill {tally.kills} of {kills}, wrong: {tally.wrongs}\n")
        _check_integrity(settings, tally)
    tally.audit = _verify_audit(settings, tally)
    tally.seconds = time.monotonic() - began
    return tally


async def _people(settings: Settings, tally: Tally, seed: int, count: int) -> tuple[list[Writer], str]:
    """Let the writers and a clinic admin join a new clinic."""
    async with open_house(settings) as house:
        clinic = await house.clinic()
        joined = [await clinic.join(f"writer{number}") for number in range(count)]
        people = [Writer(number, person.token or "", seed, tally) for number, person in enumerate(joined)]
        return people, clinic["admin"].token or ""


async def _check_audit_entries(http: httpx.AsyncClient, admin: str, tally: Tally) -> None:
    """Compare the audit log with what was acknowledged: one entry for each act, none more, none twice."""
    types = {
        "client": "client.created",
        "rating": "goal_rating.created",
        "note": "note.created",
        "autosave": "note.autosaved",
        "signature": "note.signed",
        "addendum": "note.addendum_added",
    }
    found: Counter[str] = Counter()
    for kind, type_ in types.items():
        path: str | None = f"/v1/audit-events?type={type_}&limit=100"
        while path:
            page: Any = (await http.get(path, headers={"Authorization": f"Bearer {admin}"})).json()
            found[kind] += len(page["data"])
            after = page["next_cursor"]
            path = after and f"/v1/audit-events?type={type_}&limit=100&after={after}"
    for kind in types:
        tally.expect(f"audit entries of {kind}", found[kind], tally.acknowledged[kind])


def _check_integrity(settings: Settings, tally: Tally) -> None:
    """Let SQLite check the file as the kill left it."""
    if not settings.is_sqlite:
        return
    engine = sqlite_engine(settings.database_url, master_key_of(settings).derive("database file"), pool_size=1)
    with engine.connect() as connection:
        verdict = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
        orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    engine.dispose()
    tally.expect("integrity of the file", (verdict, orphans), (["ok"], []))


def _verify_audit(settings: Settings, tally: Tally) -> str:
    """Run `stance audit verify` as an operator would."""
    run = subprocess.run(
        [sys.executable, "-m", "app.cli", "audit", "verify"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **environment_of(settings)},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    tally.expect("exit code of audit verify", run.returncode, 0)
    return (run.stdout + run.stderr).strip().splitlines()[-1] if run.returncode else "verified"


def report(tally: Tally) -> str:
    """Return the summary of one engine as lines of a table."""
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(tally.acknowledged.items()))
    rows = {
        "kills": tally.kills,
        "acknowledged writes": f"{tally.acknowledged.total()} ({kinds})",
        "on their way at a kill": f"{tally.in_flight}, of which {tally.saved_unheard} were saved unheard",
        "comparisons": tally.checks,
        "wrong (lost, half, twice)": len(tally.wrongs),
        "audit log": tally.audit,
        "slowest restart": f"{max(tally.starts):.1f} s",
        "time": f"{tally.seconds:.0f} s",
    }
    lines = [tally.engine, *(f"  {name:<26} {value}" for name, value in rows.items())]
    return "\n".join([*lines, *(f"  WRONG {what}" for what in tally.wrongs[:20])])


@contextmanager
def _database(engine: str, folder: Path) -> Iterator[Settings]:
    databases = SqliteDatabases(folder) if engine == "sqlite" else PostgresqlDatabases()
    yield from databases.fresh()


def main() -> int:
    """Torture one engine or both; the exit code is 1 when anything was wrong."""
    parser = argparse.ArgumentParser(description="Kill the service at random moments and look for losses.")
    parser.add_argument("--engine", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--writers", type=int, default=16)
    wanted = parser.parse_args()
    is_wrong = False
    for engine in ("sqlite", "postgresql") if wanted.engine == "both" else (wanted.engine,):
        with tempfile.TemporaryDirectory(prefix="stance-torture-") as folder, _database(engine, Path(folder)) as one:
            tally = asyncio.run(
                torture(one, Path(folder), kills=wanted.kills, seed=wanted.seed, writers=wanted.writers)
            )
        sys.stdout.write(report(tally) + "\n")
        sys.stdout.flush()
        is_wrong = is_wrong or bool(tally.wrongs)
    return int(is_wrong)


if __name__ == "__main__":
    sys.exit(main())
