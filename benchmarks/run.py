"""Runs the benchmark: fill the databases, start everyone, compare the answers, measure in turns, report.

make bench                      # every server on both engines, under ten minutes on two cores
make bench ARGS=--quick         # a minute: is everything in order, and is the service near the limit?
python -m benchmarks.run --help
"""

import argparse
import json
import os
import platform
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from benchmarks import facts, report
from benchmarks.databases import ENGINES, Databases, Needs, databases, interpreter_of
from benchmarks.figures import BUSY, Hold, Window, below_gates, holds_in
from benchmarks.generators import Generator
from benchmarks.replay import ask
from benchmarks.servers import PEERS, ROOT, Server, start_ours, start_peer
from benchmarks.workload import COMMON, CROWD, DRAFTS_AT_ONCE, MIXED, TITLES, Ours, Workload

SERVERS = ("ours", *PEERS)
WRITES_PER_SECOND = 1_500
"""More than the service can write: so many sessions without a note are loaded for each second of writing."""
WRITES_AMONG_MIXED = 8
"""One of so many mixed requests is a write."""
WARMING, QUICK_WARMING = 60, 10
"""Requests before the first turn; few with `--quick` where only the service answers, whose figures are rough then."""
QUICK_SECONDS, USUAL_SECONDS = 55, 570
"""How long a run may take before it begins no further round; who says how much to measure gets all of it."""
LONGEST_SETTLING = 5.0
INTERRUPTED = 130


@dataclass
class Plan:
    """What is to be measured."""

    engines: list[str]
    servers: list[str]
    endpoints: list[str]
    notes: int
    rounds: int
    seconds: int
    connections: int
    few: int
    """How many requests a turn has when it has a fixed number of them."""
    background: float
    """How long after its load a server's processor time still counts: the service seals its log a second later."""
    is_quick: bool
    product: Path
    with_wrk: bool
    is_watched: bool
    budget: float = 0.0

    def needs(self) -> Needs:
        """Say what must be loaded so that the writes never run out."""
        share = WRITES_AMONG_MIXED if self.endpoints == [MIXED] else 1
        spare = WRITES_PER_SECOND * self.seconds * self.rounds // share + 2 * WARMING
        rounds = 1 if self.is_quick else self.rounds
        return Needs(self.notes, spare, 2 * WARMING + rounds * (DRAFTS_AT_ONCE + self.few))


@dataclass
class Outcome:
    """What was found."""

    windows: list[Window] = field(default_factory=list)
    resident_mb: dict[str, dict[str, float]] = field(default_factory=dict)
    holds: dict[str, list[Hold]] = field(default_factory=dict)
    """What held the service's event loop, by engine, if that was watched."""
    wrong: list[str] = field(default_factory=list)


def run(plan: Plan, folder: Path) -> Outcome:
    """Measure everything, one engine after the other."""
    outcome, began = Outcome(), time.monotonic()
    with databases(plan.engines, folder) as made:
        _fill(plan, made, folder)
        for place, one in enumerate(made):
            share = (plan.budget - (time.monotonic() - began)) / (len(made) - place)
            _measure_engine(plan, one, folder, outcome, until=time.monotonic() + share if plan.budget else None)
    return outcome


def _fill(plan: Plan, made: list[Databases], folder: Path) -> None:
    """Load the service's records of all engines at once, and the peers' tables meanwhile."""
    began = time.monotonic()
    for one in made:
        if "ours" in plan.servers:
            one.start_loading(plan.product, plan.needs(), folder / "loading.log")
    for one in made:
        if set(plan.servers) - {"ours"}:
            one.fill_peers(plan.notes)
    for one in made:
        one.finish_loading()
    _say(f"loaded {plan.notes:,} notes everywhere in {time.monotonic() - began:.0f} s")


def _measure_engine(plan: Plan, one: Databases, folder: Path, outcome: Outcome, until: float | None) -> None:
    with ExitStack() as stack:
        servers: dict[str, Server] = {}
        for name in plan.servers:
            servers[name] = _started(plan, name, one, folder)
            stack.callback(servers[name].stop)
        for server in servers.values():
            server.wait()
        workloads = {name: _workload(name, plan, one, server) for name, server in servers.items()}
        wrong = [f"{one.engine}, {name}: {line}" for name, work in workloads.items() for line in _wrong_answers(work)]
        outcome.wrong += wrong
        if wrong:
            return
        generator = Generator(folder, plan.connections, with_wrk=plan.with_wrk)
        for name, endpoint in _turns(plan, workloads, 0):
            count = QUICK_WARMING if plan.is_quick and endpoint not in COMMON else WARMING
            generator.warm(servers[name].port, workloads[name].requests(endpoint, count), count)
        for server in servers.values():
            server.tree.settle(at_least=plan.background, at_most=3 if plan.is_quick else 30)
        _watched(one, folder).unlink(missing_ok=True)  # a start holds the loop as long as it likes
        for number in range(1, plan.rounds + 1):
            took = _round(plan, generator, servers, workloads, one, outcome, number)
            if until is not None and time.monotonic() + took > until:
                break
        if plan.is_watched:
            outcome.holds[one.engine] = holds_in(_watched(one, folder))
        outcome.resident_mb[one.engine] = {name: server.tree.resident_mb() for name, server in servers.items()}


def _round(
    plan: Plan,
    generator: Generator,
    servers: Mapping[str, Server],
    workloads: Mapping[str, Workload],
    one: Databases,
    outcome: Outcome,
    number: int,
) -> float:
    """Let everyone have a turn at everything; return how many seconds that took."""
    began = time.monotonic()
    for name, endpoint in _turns(plan, workloads, number):
        window = _measure(plan, generator, servers[name], workloads[name], endpoint, one, number)
        outcome.windows.append(window)
        if window.errors:
            outcome.wrong.append(f"{one.engine}, {name}, {endpoint}: {window.errors} requests failed")
    took = time.monotonic() - began
    _say(f"{one.engine}: round {number} of {plan.rounds} in {took:.0f} s")
    return took


def _started(plan: Plan, name: str, one: Databases, folder: Path) -> Server:
    if name == "ours":
        return start_ours(plan.product, one.ours, folder, watched=_watched(one, folder) if plan.is_watched else None)
    return start_peer(name, one.peers, folder)


def _watched(one: Databases, folder: Path) -> Path:
    return folder / f"holds-{one.engine}.jsonl"


def _workload(name: str, plan: Plan, one: Databases, server: Server) -> Workload:
    if name != "ours":
        return Workload(plan.notes, server.port)
    return Ours(plan.notes, server.port, **json.loads(one.keys.read_text()))


def _wrong_answers(work: Workload) -> Iterator[str]:
    """Compare answers with what the data set says; only who says the same is measured."""
    for endpoint, check in work.checks():
        status, answer = _ask(work.port, check.request)
        if status not in (200, 201):
            yield f"{endpoint}: status {status}: {str(answer)[:300]}"
            continue
        yield from (f"{endpoint}: {line}" for line in facts.differences(check.expected, check.read(answer))[:3])


def _turns(plan: Plan, workloads: Mapping[str, Workload], number: int) -> Iterator[tuple[str, str]]:
    """Yield who is asked what, in turns: everyone the same, one after the other, another first each round."""
    names = list(workloads)
    first = number % len(names)
    for endpoint in plan.endpoints:
        if plan.is_quick and number > 1 and endpoint not in COMMON:
            continue
        yield from ((name, endpoint) for name in names[first:] + names[:first] if endpoint in workloads[name].endpoints)


def _measure(
    plan: Plan, generator: Generator, server: Server, work: Workload, endpoint: str, one: Databases, number: int
) -> Window:
    """Load one server with one kind of request, and read the clocks of its processes before and after."""
    has_few = endpoint == "sign" or (plan.is_quick and endpoint not in COMMON)
    count = plan.few if has_few else None
    requests = work.requests(endpoint, count or WRITES_PER_SECOND * plan.seconds)
    before, database_before = server.tree.cpu_seconds(), one.tree.cpu_seconds() if one.tree else 0.0
    resident = server.tree.resident_mb()
    is_crowd = plan.connections >= CROWD
    found = generator.send(server.port, requests, seconds=plan.seconds, count=count, with_statuses=is_crowd)
    # Among many who do everything at once, being told when to come again is an answer.
    told_when = sum(n for status, n in found["statuses"].items() if status == BUSY) if endpoint == MIXED else 0
    server.tree.settle(at_least=plan.background if server.name == "ours" else 0.0, at_most=LONGEST_SETTLING)
    return Window(
        engine=one.engine,
        server=server.name,
        endpoint=endpoint,
        round=number,
        requests=found["requests"],
        errors=found["errors"] - told_when,
        seconds=found["seconds"],
        cpu_seconds=server.tree.cpu_seconds() - before,
        database_seconds=one.tree.cpu_seconds() - database_before if one.tree else 0.0,
        p50_ms=found["p50_ms"],
        p99_ms=found["p99_ms"],
        unanswered=found["unanswered"],
        statuses=found["statuses"],
        resident_mb=(resident, server.tree.resident_mb()),
    )


def _ask(port: int, request: bytes) -> tuple[int, Any]:
    import asyncio  # noqa: PLC0415 - nothing else here is asynchronous

    return asyncio.run(ask(port, request))


def _plan() -> tuple[Plan, argparse.Namespace]:
    parser = argparse.ArgumentParser(description="Measure the service beside others that give the same answers.")
    parser.add_argument("--quick", action="store_true", help="a minute: fewer notes and servers, short rounds")
    parser.add_argument("--notes", type=int, help="how many notes to load everywhere (14000)")
    parser.add_argument("--engine", choices=[*ENGINES, "both"], default="both")
    parser.add_argument("--only", help=f"servers, separated by commas: {', '.join(SERVERS)}")
    parser.add_argument("--endpoints", help=f"endpoints, separated by commas: {', '.join(TITLES)}")
    parser.add_argument("--rounds", type=int, help="how often everyone has a turn (3)")
    parser.add_argument("--seconds", type=int, help="how long a turn lasts (2)")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--no-wrk", action="store_true", help="send with benchmarks/replay.py even if wrk is there")
    parser.add_argument("--watch", action="store_true", help="report what holds the service's event loop")
    parser.add_argument("--gate", action="store_true", help="fail when a share of the limit is lost by more than 30 %%")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "benchmarks", help="where the report goes")
    parser.add_argument("--product", type=Path, help="the Python of the service's environment (.venv/bin/python)")
    wanted = parser.parse_args()
    is_quick, is_as_told = wanted.quick, any((wanted.notes, wanted.rounds, wanted.seconds))
    names = wanted.only.split(",") if wanted.only else ["ours", "hand", "drf"] if is_quick else list(SERVERS)
    endpoints = wanted.endpoints.split(",") if wanted.endpoints else [name for name in TITLES if name != MIXED]
    for unknown in (set(names) - set(SERVERS)) | (set(endpoints) - set(TITLES)):
        parser.error(f"{unknown} is none of the choices")
    return (
        Plan(
            engines=list(ENGINES) if wanted.engine == "both" else [wanted.engine],
            servers=names,
            endpoints=endpoints,
            notes=wanted.notes or (1_400 if is_quick else 14_000),
            rounds=wanted.rounds or (2 if is_quick else 3),
            seconds=wanted.seconds or (1 if is_quick else 2),
            connections=wanted.connections,
            few=30 if is_quick else 250,
            background=0.0 if is_quick else 1.2,
            is_quick=is_quick,
            product=interpreter_of(wanted.product),
            with_wrk=not wanted.no_wrk,
            is_watched=wanted.watch,
            budget=QUICK_SECONDS if is_quick else 0.0 if is_as_told else USUAL_SECONDS,
        ),
        wanted,
    )


def main() -> int:
    """Run, report, and say by the exit code whether all answers were right (and the gates were met, if asked)."""
    plan, wanted = _plan()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    began, load = datetime.now(UTC), os.getloadavg()[0]
    wanted.out.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=wanted.out))
    try:
        outcome = run(plan, folder)
        about = {
            "began": began.isoformat(timespec="seconds"),
            "took_seconds": round((datetime.now(UTC) - began).total_seconds()),
            "processor": report.processor(),
            "cores": os.cpu_count(),
            "load_before": round(load, 2),
            "python": platform.python_version(),
            "versions": report.versions(),
            "generator": Generator(folder, plan.connections, with_wrk=plan.with_wrk).name,
            "notes": plan.notes,
            "rounds": max((one.round for one in outcome.windows), default=0),
            "seconds_a_turn": plan.seconds,
            "connections": plan.connections,
        }
        report.write(wanted.out, about, outcome.windows, outcome.resident_mb, outcome.wrong, outcome.holds)
    except KeyboardInterrupt:
        shutil.rmtree(folder, ignore_errors=True)
        _say("stopped; everything that was started has ended")
        return INTERRUPTED
    except BaseException:
        _say(f"what the servers said is in {folder}")
        raise
    if outcome.wrong:
        _say(f"what the servers said is in {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    missed = below_gates(outcome.windows) if wanted.gate else []
    for line in (*outcome.wrong, *missed):
        _say(f"WRONG {line}")
    _say(f"{wanted.out / report.TABLE}, {wanted.out / report.PICTURE} and {wanted.out / report.FIGURES} are written")
    return 1 if outcome.wrong or missed else 0


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):  # nothing may interrupt the ending of what was started
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
