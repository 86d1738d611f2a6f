"""The real thing: the service in a process of its own, on a real port, that can really be killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
from pydantic import SecretStr

from app.settings import Settings

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _shown(value: SecretStr | Path) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the environment in which the service finds this database."""
    keys = {
        "STANCE_MASTER_KEY": settings.master_key,
        "STANCE_MASTER_KEY_FILE": None if settings.master_key else settings.master_key_file,
        "STANCE_PREVIOUS_MASTER_KEY": settings.previous_master_key,
        "STANCE_KEY_PROVIDER_FILE": settings.key_provider_file,
        "STANCE_ERASURE_LEDGER_FILE": settings.ledger_file,
    }
    return {
        **{name: _shown(value) for name, value in keys.items() if value is not None},
        "STANCE_DATABASE_URL": settings.database_url,
        "STANCE_POOL_SIZE": str(settings.pool_size),
        # Limits no test meets by accident; a test about limits passes its own settings.
        "STANCE_RATE_LIMIT_CALLER": "1000000",
        "STANCE_RATE_LIMIT_ADDRESS": "1000000",
        "STANCE_RATE_LIMIT_SIGN_IN": "1000000",
        # Streams that tell what there is and end; a test about streams passes its own.
        "STANCE_EVENT_STREAM_SECONDS": "0",
    }


class Server:
    """One server process."""

    def __init__(self, command: list[str], environment: Mapping[str, str], folder: Path, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / f"server-{port}.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.cli", *command],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": str(ROOT), "STANCE_PORT": str(port), **environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_until_ready(self, seconds: float = 90) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()[-2000:]
            try:
                if httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError("the server did not become ready")

    def kill(self) -> None:
        """Kill as `kill -9` does: no handler runs, nothing is flushed."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Stop as an operator does, and return the exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(timeout=30)


@contextmanager
def serving(settings: Settings, folder: Path, *options: str, **environment: str) -> Iterator[Server]:
    """Serve one migrated database until the block ends, with more of the command line and of the environment."""
    server = Server(["serve", *options], environment_of(settings) | environment, folder, free_port())
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.stop()
