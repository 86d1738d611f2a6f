"""The report: every window as JSON, the figures as tables in Markdown, and a picture of them."""

import json
import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.figures import LONGEST_HOLD_MS, SHARES, Hold, Spread, Window, ratio
from benchmarks.servers import PEERS, ROOT
from benchmarks.workload import COMMON, CROWD, OURS_ONLY, TITLES

FIGURES, TABLE, PICTURE = "result.json", "result.md", "result.png"
NAMES = {"ours": "Stance, everything on", **PEERS}
ENGINES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
COLOURS = {"ours": "#1f6f8b", "hand": "#9aa5a0"}
PEER_COLOUR = "#d9a441"
INK = "#2b2b2b"
MADE_OF = (
    *("django", "djangorestframework", "django-ninja", "gunicorn", "psycopg", "litestar", "advanced-alchemy"),
    *("aiosqlite", "fastapi", "sqlalchemy", "asyncpg", "orjson", "uvicorn", "uvloop"),
)


def write(
    folder: Path,
    about: Mapping[str, Any],
    windows: Sequence[Window],
    resident_mb: Mapping[str, Mapping[str, float]],
    wrong: Sequence[str],
    holds: Mapping[str, Sequence[Hold]],
) -> None:
    """Write all three."""
    figures = {
        "about": about,
        "wrong": list(wrong),
        "resident_mb": {
            engine: {name: round(size, 1) for name, size in sizes.items()} for engine, sizes in resident_mb.items()
        },
        "holds": {engine: [vars(one) for one in mine] for engine, mine in holds.items()},
        "windows": [
            vars(one) | {"cpu_us": round(one.cpu_us, 1), "database_us": round(one.database_us, 1)} for one in windows
        ],
    }
    (folder / FIGURES).write_text(json.dumps(figures, indent=1) + "\n")
    (folder / TABLE).write_text(markdown(about, windows, resident_mb, wrong, holds))
    if windows:
        draw(windows, folder / PICTURE)


def markdown(
    about: Mapping[str, Any],
    windows: Sequence[Window],
    resident_mb: Mapping[str, Mapping[str, float]],
    wrong: Sequence[str],
    holds: Mapping[str, Sequence[Hold]],
) -> str:
    """Return the figures as text."""
    setting = (
        f"{about['notes']:,} notes, {about['connections']} connections, {about['rounds']} rounds of "
        f"{about['seconds_a_turn']} s in turns, sent by {about['generator']}; {about['processor']}, {about['cores']} "
        f"cores, Python {about['python']}; load before the run {about['load_before']}; {about['began']}."
    )
    lines = [setting, "", *(f"**WRONG** {line}\n" for line in wrong)]
    for engine, title in ENGINES.items():
        mine = [one for one in windows if one.engine == engine]
        if not mine:
            continue
        lines += [f"### {title}", ""]
        if any(one.endpoint in COMMON for one in mine):
            lines += _compared(mine, engine, resident_mb.get(engine, {}))
        alone = [name for name in OURS_ONLY if any(one.endpoint == name for one in mine)]
        if alone:
            lines += ["What only Stance has:", ""]
            lines += table(
                ["", "microseconds per request", "a second; p50, p99"],
                ([TITLES[name], _cost(mine, "ours", name), _pace(mine, "ours", name)] for name in alone),
            )
        lines += _crowd(mine) if about["connections"] >= CROWD else []
        lines += _held(holds[engine]) if engine in holds else []
    return "\n".join(lines).rstrip() + "\n"


def _compared(windows: Sequence[Window], engine: str, resident_mb: Mapping[str, float]) -> list[str]:
    """Set everybody's figures beside each other."""
    servers = [name for name in NAMES if any(one.server == name for one in windows)]
    others = [name for name in servers if name != "ours"]
    common = [name for name in COMMON if any(one.endpoint == name for one in windows)]
    titles = [TITLES[name] for name in common]
    beside = " + that of PostgreSQL" if engine == "postgresql" else ""
    lines = [f"Processor time of the server per request in microseconds, median (min to max){beside}:", ""]
    costs = ([_cost(windows, server, name) for name in common] for server in servers)
    sizes = (f"{resident_mb.get(server, 0):.0f} MB" for server in servers)
    lines += table(
        ["", *titles, "memory"],
        ([NAMES[server], *cost, size] for server, cost, size in zip(servers, costs, sizes, strict=True)),
    )
    if "ours" in servers and others:
        lines += ["How many times faster Stance is, by processor time (median, min to max of paired rounds):", ""]
        rows = [
            [NAMES[other], *(_times(ratio(windows, engine, name, "ours", other)) for name in common)]
            for other in others
        ]
        if "hand" in others:
            rows.append(["*goal beside the limit*", *(_goal(engine, name) for name in common)])
        lines += table(["than", *titles], rows)
    lines += ["Answers a second; milliseconds until half (p50) and 99 % (p99) of them were there:", ""]
    paces = ([NAMES[server], *(_pace(windows, server, name) for name in common)] for server in servers)
    return [*lines, *table(["", *titles], paces)]


def _crowd(windows: Sequence[Window]) -> list[str]:
    """Say how many at once were answered."""
    return [
        "How so many at once were answered:",
        "",
        *table(
            ["", "seconds", "answers", "failed", "by status", "p50, p99 in ms", "memory before and after"],
            (
                [
                    f"{NAMES[one.server]}, {TITLES[one.endpoint]}",
                    f"{one.seconds:.0f}",
                    f"{one.requests:,}",
                    f"{one.errors}",
                    ", ".join(f"{status}: {count:,}" for status, count in sorted(one.statuses.items())),
                    f"{one.p50_ms:,.0f}, {one.p99_ms:,.0f}",
                    " and ".join(f"{size:.0f} MB" for size in one.resident_mb),
                ]
                for one in windows
            ),
        ),
    ]


def _held(holds: Sequence[Hold]) -> list[str]:
    """Say what held the event loop for too long, the longest first; what the machine held up is only counted."""
    ours = [one for one in holds if one.is_ours]
    others = len(holds) - len(ours)
    found = f"The event loop was held for more than {LONGEST_HOLD_MS} ms {len(ours)} times by the service"
    lines = [f"{found}, and {others} times because the machine had other things to do.", ""]
    places = {where: [one for one in ours if one.where == where] for where in {one.where for one in ours}}
    longest = sorted(places.values(), key=lambda mine: -max(one.took_ms for one in mine))
    rows = (
        [
            f"{len(mine)}",
            *(
                f"{max(getattr(one, name) for one in mine):.0f}"
                for name in ("took_ms", "computed_ms", "unscheduled_ms", "collected_ms")
            ),
            mine[0].where.replace(" < ", "<br>"),
            "<br>".join(sorted({line for one in mine for line in one.beside})).replace(" < ", "<br>"),
        ]
        for mine in longest
    )
    head = ["times", "longest, ms", "computed", "not scheduled", "collecting garbage", "seen at", "beside"]
    return [*lines, *table(head, rows)] if ours else lines


def draw(windows: Sequence[Window], path: Path) -> None:
    """Draw a bar for each server, endpoint and engine: the median cost, with its range."""
    engines = [name for name in ENGINES if any(one.engine == name for one in windows)]
    endpoints = [name for name in COMMON if any(one.endpoint == name for one in windows)]
    servers = [name for name in NAMES if any(one.server == name for one in windows)]
    if not endpoints:
        return
    with mpl.rc_context({"font.size": 9, "text.color": INK, "axes.labelcolor": INK, "xtick.color": INK}):
        figure = Figure(figsize=(3.1 * len(endpoints) + 1.6, 0.42 * len(servers) * len(engines) + 1.7), dpi=160)
        axes = figure.subplots(len(engines), len(endpoints), squeeze=False)
        for row, engine in enumerate(engines):
            for column, endpoint in enumerate(endpoints):
                one: Axes = axes[row][column]
                _bars(one, windows, engine, endpoint, servers, is_first=column == 0)
                one.set_title(TITLES[endpoint] if row == 0 else "", fontsize=9.5, pad=8)
                if column == 0:
                    one.set_ylabel(ENGINES[engine], fontsize=10.5, fontweight="bold", labelpad=8)
        figure.suptitle("Processor time per request in microseconds, shorter is better", x=0.01, ha="left", fontsize=12)
        legend = "Bars and figures: the server's median; lines: min to max."
        if "postgresql" in engines:
            legend += " Pale: what PostgreSQL itself used."
        legend += " Stance authenticates, encrypts, keeps clinics apart, logs and audits; nobody else does any of it."
        figure.text(0.01, 0.005, legend, fontsize=8, color="#666666")
        figure.tight_layout(rect=(0, 0.03, 1, 0.98))
        figure.savefig(path, facecolor="white")


def _bars(
    one: Axes, windows: Sequence[Window], engine: str, endpoint: str, servers: Sequence[str], *, is_first: bool
) -> None:
    most = 0.0
    for place, server in enumerate(servers):
        mine = _of(windows, engine, server, endpoint)
        if not mine:
            continue
        cost, database = Spread.of(w.cpu_us for w in mine), Spread.of(w.database_us for w in mine)
        colour = COLOURS.get(server, PEER_COLOUR)
        one.barh(place, cost.middle, height=0.66, color=colour)
        one.barh(place, database.middle, left=cost.middle, height=0.66, color=colour, alpha=0.35)
        one.plot([cost.low, cost.high], [place, place], color=INK, linewidth=1)
        end = max(cost.high, cost.middle + database.middle)
        one.annotate(
            f"{cost.middle:,.0f}", (end, place), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8.5
        )
        most = max(most, end)
    one.set_yticks(range(len(servers)), [NAMES[server] if is_first else "" for server in servers])
    for label, server in zip(one.get_yticklabels(), servers, strict=True):
        label.set_fontweight("bold" if server == "ours" else "normal")
    one.set_ylim(len(servers) - 0.4, -0.6)
    one.set_xlim(0, most * 1.24 or 1)
    one.set_xticks([])
    one.tick_params(length=0)
    for side in ("top", "right", "bottom"):
        one.spines[side].set_visible(False)
    one.spines["left"].set_color("#bbbbbb")


def versions() -> dict[str, str]:
    """Return the versions of what the peers are made of, where they are installed.

    The service's are those of its own lock at the commit.
    """
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    installed = {one.name.lower(): one.version for one in metadata.distributions()}
    return {"commit": commit.stdout.strip()} | {name: installed[name] for name in MADE_OF if name in installed}


def processor() -> str:
    """Return the name of the processor."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table in Markdown, with an empty line after it."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows), ""]


def _of(windows: Sequence[Window], engine: str, server: str, endpoint: str) -> list[Window]:
    wanted = (engine, server, endpoint)
    return [one for one in windows if (one.engine, one.server, one.endpoint) == wanted and one.requests]


def _cost(windows: Sequence[Window], server: str, endpoint: str) -> str:
    mine = _of(windows, windows[0].engine, server, endpoint)
    if not mine:
        return "-"
    cost = Spread.of(one.cpu_us for one in mine)
    database = Spread.of(one.database_us for one in mine).middle
    beside = f" + {database:,.0f}" if windows[0].engine == "postgresql" else ""
    failed = sum(one.errors for one in mine)
    return f"{cost.middle:,.0f} ({cost.low:,.0f} to {cost.high:,.0f}){beside}{f', {failed} failed' if failed else ''}"


def _times(found: Spread | None) -> str:
    return "-" if found is None else f"{found.middle:.2f} ({found.low:.2f} to {found.high:.2f})"


def _goal(engine: str, endpoint: str) -> str:
    return f"*{SHARES[engine, endpoint].goal:.2f}*"


def _pace(windows: Sequence[Window], server: str, endpoint: str) -> str:
    mine = _of(windows, windows[0].engine, server, endpoint)
    if not mine:
        return "-"
    p50, p99 = Spread.of(one.p50_ms for one in mine).middle, Spread.of(one.p99_ms for one in mine).middle
    return f"{Spread.of(one.per_second for one in mine).middle:,.0f}; {p50:.1f}, {p99:.1f}"
