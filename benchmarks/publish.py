"""Puts the figures of a run where README shows them: the table between two marks, the picture into `docs/images`.

python -m benchmarks.publish [--report build/benchmarks]
"""

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.figures import SHARES, Spread, Window, ratio
from benchmarks.report import ENGINES, FIGURES, NAMES, PICTURE, table
from benchmarks.servers import ROOT
from benchmarks.workload import COMMON, TITLES

README = ROOT / "README.md"
SHOWN = ROOT / "docs" / "images" / "performance.png"
BEGIN, END = "<!-- figures: `make bench-publish` writes what stands here -->", "<!-- end of figures -->"


class NotPublished(ValueError):
    """The run is not one to show."""


def published(readme: str, figures: Any) -> str:
    """Return README with the figures of this run."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise NotPublished("README has lost the marks between which the figures stand")
    return f"{before}{BEGIN}\n{_shown(figures)}{END}{after}"


def _shown(figures: Any) -> str:
    """Say the figures of a whole run, and which goals are missed."""
    about, windows = figures["about"], [Window.of(one) for one in figures["windows"]]
    measured = {(one.engine, one.server, one.endpoint) for one in windows}
    missing = [(e, s, a) for e in ENGINES for s in NAMES for a in COMMON if (e, s, a) not in measured]
    if figures["wrong"] or missing:
        raise NotPublished(
            "something failed in this run, or it was not a whole one: only `make bench` as it is will do"
        )
    load = f"{about['notes']:,} notes, {about['connections']} connections, {about['rounds']} rounds of "
    load += f"{about['seconds_a_turn']} s; commit {about['versions']['commit']}, {about['began'][:10]}"
    machine = (
        f"{about['processor']}, {about['cores']} cores, load {about['load_before']} before, Python {about['python']}"
    )
    lines = [f"{load}; {machine}.", ""]
    for engine, title in ENGINES.items():
        lines += table(
            [title, *(TITLES[name] for name in COMMON), "memory"],
            [
                *(
                    [NAMES[server], *_costs(windows, engine, server), _size(figures, engine, server)]
                    for server in NAMES
                ),
                ["*share of the limit (goal)*", *(_share(windows, engine, name) for name in COMMON), ""],
            ],
        )
    return "\n".join([*lines, _verdict(windows), ""])


def _costs(windows: Sequence[Window], engine: str, server: str) -> list[str]:
    costs = []
    for endpoint in COMMON:
        mine = [one for one in windows if (one.engine, one.server, one.endpoint) == (engine, server, endpoint)]
        cost, database = (Spread.of(getattr(w, name) for w in mine).middle for name in ("cpu_us", "database_us"))
        costs.append(f"{cost:,.0f} + {database:,.0f}" if engine == "postgresql" else f"{cost:,.0f}")
    return costs


def _size(figures: Any, engine: str, server: str) -> str:
    return f"{figures['resident_mb'][engine][server]:.0f} MB"


def _share(windows: Sequence[Window], engine: str, endpoint: str) -> str:
    found, goal = ratio(windows, engine, endpoint, "ours", "hand"), SHARES[engine, endpoint].goal
    reached = "-" if found is None else f"{found.middle:.2f}"
    return f"*{reached} ({goal:.2f})*"


def _verdict(windows: Sequence[Window]) -> str:
    """Say whether the service is as near to the limit as it is to be."""
    missed = [
        f"{TITLES[endpoint]} ({ENGINES[engine]})"
        for (engine, endpoint), share in SHARES.items()
        if (found := ratio(windows, engine, endpoint, "ours", "hand")) is None or found.middle < share.goal
    ]
    if not missed:
        return "All goals beside the hand-written limit are reached."
    return f"{len(missed)} of {len(SHARES)} goals beside the hand-written limit are missed: {', '.join(missed)}."


def main() -> int:
    """Publish the last run."""
    parser = argparse.ArgumentParser(description="Put the figures of a whole run into README.")
    parser.add_argument("--report", type=Path, default=ROOT / "build" / "benchmarks")
    wanted = parser.parse_args()
    try:
        text = published(README.read_text(), json.loads((wanted.report / FIGURES).read_text()))
    except NotPublished as reason:
        sys.stderr.write(f"{reason}\n")
        return 1
    README.write_text(text)
    SHOWN.parent.mkdir(exist_ok=True)
    shutil.copy(wanted.report / PICTURE, SHOWN)
    return 0


if __name__ == "__main__":
    sys.exit(main())
