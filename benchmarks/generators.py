"""Which load generator sends the requests: wrk where it is installed, else ours; each in a process of its own."""

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.replay import keep, replay

ROOT = Path(__file__).parents[1]
SCRIPT = Path(__file__).with_name("replay.lua")
GRACE = 30
"""Seconds a generator may take beyond its time before it is ended."""


class Generator:
    """Sends load from one process to one server on this machine."""

    def __init__(self, folder: Path, connections: int, *, with_wrk: bool = True) -> None:
        """Prefer wrk."""
        self._file, self._connections = folder / "requests", connections
        self._wrk = shutil.which("wrk") if with_wrk else None

    @property
    def name(self) -> str:
        """What to call it in the report."""
        return "wrk" if self._wrk else "benchmarks/replay.py"

    def send(
        self,
        port: int,
        requests: Sequence[bytes],
        *,
        seconds: int,
        count: int | None = None,
        with_statuses: bool = False,
    ) -> dict[str, Any]:
        """Send the requests in turn for some seconds; a fixed number of them is sent without wrk, which has none.

        Counting statuses slows wrk, though not the server.
        """
        keep(requests, self._file)
        if self._wrk and count is None:
            place = f"http://127.0.0.1:{port}/"
            command = [self._wrk, "-t1", f"-c{self._connections}", f"-d{seconds}s", "-s", str(SCRIPT)]
            # Else what takes longer than two seconds is a failure to wrk, though its answer comes.
            command += [f"--timeout={GRACE}s", place, "--", str(self._file), *(["--statuses"] if with_statuses else [])]
        else:
            command = [sys.executable, "-m", "benchmarks.replay", str(port), str(self._file)]
            command += [f"--connections={self._connections}", f"--seconds={seconds + 5 if count else seconds}"]
            command += [f"--count={count}"] if count else []
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=seconds + GRACE)
        found: dict[str, Any] = json.loads(run.stdout.strip().splitlines()[-1])
        # wrk stops with a request under way on each connection; ours waits for the last answers.
        return found | {"unanswered": self._connections if command[0] == self._wrk else 0}

    def warm(self, port: int, requests: Sequence[bytes], count: int) -> int:
        """Send a few requests from this process, unmeasured; return how many failed."""
        found = asyncio.run(replay(port, requests, connections=4, seconds=3, count=count))
        return int(found["errors"])
