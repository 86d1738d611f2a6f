from typing import Any

import pytest

from benchmarks.publish import BEGIN, END, README, NotPublished, published
from benchmarks.report import ENGINES, NAMES
from benchmarks.workload import COMMON


def a_run(cost_of_ours: float) -> dict[str, Any]:
    """Return the report of a run in which everyone else spends 100 microseconds on everything."""
    return {
        "about": {
            "notes": 14_000,
            "connections": 16,
            "rounds": 1,
            "seconds_a_turn": 2,
            "processor": "A processor",
            "cores": 2,
            "load_before": 0.1,
            "python": "3.11.7",
            "began": "2026-11-22T10:00:00+00:00",
            "versions": {"commit": "abc1234"},
        },
        "wrong": [],
        "resident_mb": {engine: dict.fromkeys(NAMES, 100.0) for engine in ENGINES},
        "windows": [
            {
                "engine": engine,
                "server": server,
                "endpoint": endpoint,
                "round": 1,
                "requests": 1_000,
                "errors": 0,
                "seconds": 2.0,
                "cpu_seconds": (cost_of_ours if server == "ours" else 100) / 1_000,
                "database_seconds": 0.0,
                "p50_ms": 1.0,
                "p99_ms": 2.0,
                "cpu_us": "worked out anew",
            }
            for engine in ENGINES
            for server in NAMES
            for endpoint in COMMON
        ],
    }


def test_the_figures_of_a_run_take_the_place_of_those_before() -> None:
    once = published(README.read_text(), a_run(1_000))
    assert published(once, a_run(1_000)) == once
    shown = once.split(BEGIN)[1].split(END)[0]
    assert "| Stance, everything on | 1,000 | 1,000 | 1,000 | 1,000 | 100 MB |" in shown
    assert "| *share of the limit (goal)* | *0.10 (0.30)* |" in shown
    assert "8 of 8 goals beside the hand-written limit are missed: GET a note with its failures (SQLite), " in shown
    assert once.split(BEGIN)[0] == README.read_text().split(BEGIN)[0]
    assert once.split(END)[1] == README.read_text().split(END)[1]


def test_who_reaches_the_goals_says_so() -> None:
    assert "All goals beside the hand-written limit are reached." in published(README.read_text(), a_run(100))


def test_a_run_that_failed_or_left_someone_out_is_not_shown() -> None:
    failed, partial = a_run(1_000) | {"wrong": ["sqlite, ours, note: 3 requests failed"]}, a_run(1_000)
    partial["windows"].pop()
    for figures in (failed, partial):
        with pytest.raises(NotPublished):
            published(README.read_text(), figures)
