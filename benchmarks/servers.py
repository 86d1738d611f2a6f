"""Servers as processes: starting them, waiting for them, ending them, and what they use."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
START_SECONDS = 60
STOP_SECONDS = 15
QUIET_SECONDS = 0.15
A_TICK = 0.011
"""What processor time is counted in, and so what an idle process may seem to use now and then."""
PEERS = {
    "hand": "hand-written limit",
    "drf": "Django REST framework",
    "ninja": "django-ninja",
    "litestar": "Litestar + SQLAlchemy",
    "tutorial": "FastAPI, tutorial style",
}
"""Everyone the service is measured beside."""
_UVICORN = ("-m", "uvicorn", "--loop=uvloop", "--http=httptools", "--no-access-log", "--log-level=warning")
_GUNICORN = ("-m", "gunicorn", "--worker-class=gthread", "--threads=8", "--workers=1", "--log-level=warning")
_COMMANDS = {
    "hand": (*_UVICORN, "--port={port}", "benchmarks.peers.hand.app:app"),
    "litestar": (*_UVICORN, "--port={port}", "benchmarks.peers.litestar_orm.app:app"),
    "tutorial": (*_UVICORN, "--port={port}", "benchmarks.peers.fastapi_tutorial.app:app"),
    "drf": (*_GUNICORN, "--bind=127.0.0.1:{port}", "benchmarks.peers.drf.wsgi:application"),
    "ninja": (*_GUNICORN, "--bind=127.0.0.1:{port}", "benchmarks.peers.ninja.wsgi:application"),
}


class DidNotStart(RuntimeError):
    """A server ended or said nothing."""


class Server:
    """One server, with everything it starts."""

    def __init__(self, name: str, command: Sequence[str], port: int, log: Path, environment: Mapping[str, str]) -> None:
        """Start it in a session of its own, so that all of it can be ended."""
        self.name, self.port, self.log = name, port, log
        with log.open("ab") as kept:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
                stdin=subprocess.DEVNULL,
                stdout=kept,
                stderr=kept,
                start_new_session=True,
            )
        self.tree = Tree(self._process.pid)

    def wait(self) -> None:
        """Wait until it takes connections."""
        ends = time.monotonic() + START_SECONDS
        while time.monotonic() < ends:
            if self._process.poll() is not None:
                break
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.05)
        raise DidNotStart(f"{self.name} did not start; its log ends:\n{self.log.read_text()[-2000:]}")

    def stop(self) -> None:
        """End it and everything it started."""
        if self._process.poll() is None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


class Tree:
    """A process with all its descendants."""

    def __init__(self, pid: int) -> None:
        """Begin at this process."""
        self._pid = pid

    def cpu_seconds(self) -> float:
        """Return the processor time used so far, by those that have ended too."""
        return sum(_times_of(one) for one in self._everyone())

    def settle(self, *, at_least: float, at_most: float) -> None:
        """Wait until everything is done that was asked for, and what goes on in the background."""
        began = quiet_since = time.monotonic()
        used = self.cpu_seconds()
        while (now := time.monotonic()) - began < at_most:
            if now - began >= at_least and now - quiet_since >= QUIET_SECONDS:
                return
            time.sleep(0.05)
            used, before = self.cpu_seconds(), used
            if used - before > A_TICK:
                quiet_since = time.monotonic()

    def resident_mb(self) -> float:
        """Return the memory in use, in MiB."""
        total = 0
        for one in self._everyone():
            with contextlib.suppress(psutil.NoSuchProcess):
                total += one.memory_info().rss
        return total / 2**20

    def _everyone(self) -> list[psutil.Process]:
        try:
            root = psutil.Process(self._pid)
            return [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []


def start_peer(name: str, address: str, folder: Path) -> Server:
    """Start a peer on a database."""
    port = free_port()
    command = [sys.executable, *(part.format(port=port) for part in _COMMANDS[name])]
    return Server(name, command, port, folder / f"{name}.log", {"BENCH_DATABASE": address})


def start_ours(product: Path, environment: Mapping[str, str], folder: Path, *, watched: Path | None) -> Server:
    """Start the service with its own command; the limits of requests are set where no load meets them.

    What holds its event loop is written to `watched`, if that is given.
    """
    port = free_port()
    # Every request is still counted against its limit.
    limits = {f"STANCE_RATE_LIMIT_{name}": "100000000" for name in ("CALLER", "ADDRESS", "SIGN_IN")}
    module = ["app.cli"] if watched is None else ["benchmarks.ours.watched", str(watched)]
    command = [str(product), "-m", *module, "serve", "--port", str(port)]
    return Server("ours", command, port, folder / "ours.log", {**environment, **limits, "STANCE_DRAIN_SECONDS": "0"})


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _times_of(process: psutil.Process) -> float:
    try:
        used = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(used.user + used.system + used.children_user + used.children_system)
