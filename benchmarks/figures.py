"""The arithmetic: cost per request, and ratios of rounds that ran next to each other."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Share:
    """How near to the hand-written limit the service is to come, and has come: 1 is as fast, 0.1 ten times the cost."""

    goal: float | None
    """What issue 6 asks for, with the usual 14,000 notes; None where it asks for nothing."""
    held: float
    """What `make bench-ci` found last. Raise it with every step: `--gate` fails when it is lost again."""


SHARES: Mapping[tuple[str, str], Share] = {
    ("sqlite", "note"): Share(goal=0.18, held=0.08),
    ("sqlite", "page"): Share(goal=0.45, held=0.17),
    ("sqlite", "write"): Share(goal=0.40, held=0.06),
    ("sqlite", "months"): Share(goal=0.60, held=0.17),
    ("postgresql", "note"): Share(goal=0.20, held=0.08),
    ("postgresql", "page"): Share(goal=0.40, held=0.07),
    ("postgresql", "write"): Share(goal=0.17, held=0.06),
    ("postgresql", "months"): Share(goal=None, held=0.11),
}
"""One row for each answer that everybody gives. `held` is of `--quick`, which differs from a whole run: it has a tenth
of the notes, turns of one second, and does not wait for what the service does a second later."""
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
