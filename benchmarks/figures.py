"""The arithmetic: cost per request, and ratios of rounds that ran next to each other."""

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Share:
    """How near to the hand-written limit the service is to come, and has come: 1 is as fast, 0.1 ten times the cost."""

    goal: float
    """What it is to reach with the usual 14,000 notes."""
    held: float
    """What `make bench-ci` found last. Raise it with every step: `--gate` fails when it is lost again."""


SHARES: Mapping[tuple[str, str], Share] = {
    ("sqlite", "note"): Share(goal=0.30, held=0.10),
    ("sqlite", "page"): Share(goal=0.65, held=0.20),
    ("sqlite", "write"): Share(goal=0.60, held=0.09),
    ("sqlite", "months"): Share(goal=1.00, held=0.18),
    ("postgresql", "note"): Share(goal=0.38, held=0.13),
    ("postgresql", "page"): Share(goal=0.60, held=0.10),
    ("postgresql", "write"): Share(goal=0.30, held=0.09),
    ("postgresql", "months"): Share(goal=0.80, held=0.14),
}
"""One row for each answer that everybody gives. `held` is of `--quick`, which differs from a whole run: it has a tenth
of the notes, turns of one second, and does not wait for what the service does a second later."""
BUSY = "503 with Retry-After"
"""A deliberate refusal: the service is busy and says when to come again."""
LONGEST_HOLD_MS = 50
MARGIN = 0.7
"""What noise on shared machines may take from a share that is held."""


@dataclass(frozen=True)
class Window:
    """One stretch of load on one server."""

    engine: str
    server: str
    endpoint: str
    round: int
    requests: int
    errors: int
    seconds: float
    cpu_seconds: float
    """Processor time of the server's processes, what they did in the background right after it included."""
    database_seconds: float
    """Processor time of PostgreSQL's processes; 0 on SQLite, where it is the server's own."""
    p50_ms: float
    p99_ms: float
    unanswered: int = 0
    """Requests under way when the time was up: the server does their work too, though nobody waits for the answer."""
    statuses: Mapping[str, int] = field(default_factory=dict)
    """How often each status was answered, where that was counted."""
    resident_mb: tuple[float, float] = (0.0, 0.0)
    """The server's memory before and after."""

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Window":
        """Take it from a report, which has more members than these."""
        return cls(**{one.name: kept[one.name] for one in fields(cls) if one.name in kept})

    @property
    def cpu_us(self) -> float:
        """Microseconds of processor time of the server for each request."""
        return self._each(self.cpu_seconds)

    @property
    def database_us(self) -> float:
        """Microseconds of processor time of the database for each request."""
        return self._each(self.database_seconds)

    @property
    def per_second(self) -> float:
        """Requests answered in a second."""
        return self.requests / self.seconds if self.seconds else 0.0

    def _each(self, seconds: float) -> float:
        return seconds / (self.requests + self.unanswered) * 1e6 if self.requests else float("nan")


@dataclass(frozen=True)
class Spread:
    """Smallest, middle and greatest of some figures."""

    low: float
    middle: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> "Spread":
        """Take them from at least one value."""
        found = sorted(values)
        return cls(found[0], statistics.median(found), found[-1])


def ratio(windows: Sequence[Window], engine: str, endpoint: str, server: str, base: str) -> Spread | None:
    """Return how many times faster `server` is than `base`: the base's cost divided by the server's, round by round.

    1 is as fast, 2 is half the cost, 0.5 is twice the cost. Only rounds in which both were measured without errors
    count; none, and there is no ratio.
    """
    costs = {
        name: {
            one.round: one.cpu_us
            for one in windows
            if (one.engine, one.endpoint, one.server) == (engine, endpoint, name) and one.requests and not one.errors
        }
        for name in (server, base)
    }
    paired = [costs[base][number] / costs[server][number] for number in costs[server] if number in costs[base]]
    return Spread.of(paired) if paired else None


def below_gates(windows: Sequence[Window], server: str = "ours", base: str = "hand") -> list[str]:
    """Say which measured ratios to the hand-written limit are below what was held by more than the margin."""
    missed = []
    for (engine, endpoint), share in SHARES.items():
        found = ratio(windows, engine, endpoint, server, base)
        if found is not None and found.middle < share.held * MARGIN:
            was = f"it was {share.held}, of which noise may take 30 %"
            missed.append(f"{engine}, {endpoint}: {found.middle:.2f} of the limit; {was}")
    return missed


@dataclass(frozen=True)
class Hold:
    """One time the service's event loop could do nothing else; written by `benchmarks.ours.watched`."""

    took_ms: float
    computed_ms: float
    """Processor time of the loop's thread in it."""
    unscheduled_ms: float
    """How long the machine had other things to do than to run the thread; known on Linux."""
    collected_ms: float
    """How long garbage was collected in it."""
    where: str
    """The lines of the service that were seen most often, the last called first."""
    beside: Sequence[str] = ()
    """Where its other threads were when it ended."""

    @property
    def is_ours(self) -> bool:
        """Say whether it would have been too long on a machine that has nothing else to do."""
        return self.took_ms - self.unscheduled_ms > LONGEST_HOLD_MS


def holds_in(path: Path) -> list[Hold]:
    """Read what the watchdog wrote; no file means that there was nothing to write."""
    return [Hold(**json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []
