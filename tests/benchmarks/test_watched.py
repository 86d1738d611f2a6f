import asyncio
import threading
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.figures import Hold, holds_in
from benchmarks.ours.watched import LIMIT, Watchdog


def test_what_holds_the_event_loop_is_written_down_with_its_place(tmp_path: Path) -> None:
    def sleepy() -> None:
        time.sleep(LIMIT * 6)

    async def sleep_soon() -> None:
        asyncio.get_running_loop().call_soon(sleepy)

    path, threads = tmp_path / "holds", set(threading.enumerate())
    run = asyncio.Handle._run
    with Watchdog(path).watching():
        asyncio.run(sleep_soon())
    (hold,) = (one for one in holds_in(path) if "sleepy" in one.where)
    assert hold.where.startswith("benchmarks/test_watched.py:")
    assert hold.took_ms >= LIMIT * 6_000
    assert hold.is_ours
    assert asyncio.Handle._run is run
    for thread in set(threading.enumerate()) - threads:
        thread.join()


def test_what_only_the_machine_held_up_is_not_held_against_the_service() -> None:
    busy = Hold(took_ms=90, computed_ms=20, unscheduled_ms=60, collected_ms=0, where="somewhere")
    assert not busy.is_ours
    assert replace(busy, unscheduled_ms=10).is_ours


def test_nothing_written_is_nothing_held(tmp_path: Path) -> None:
    assert holds_in(tmp_path / "holds") == []
