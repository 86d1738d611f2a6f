"""Runs the service's own command and watches its event loop: what held it for more than 50 ms, and where.

    python -m benchmarks.ours.watched FILE serve --port 8000

Each such hold becomes a line of JSON in FILE: how long it took, how much of that the loop's thread computed and how
long it waited for a processor, and the lines of code it was seen at. It names code only, never a value. To time every
callback by itself, asyncio's own loop serves instead of uvloop; so do not compare this run's costs with another's.
"""

import asyncio
import gc
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn

LIMIT = 0.05
"""Seconds a callback may hold the event loop."""
LOOK_EVERY = 0.005
NAME = "watchdog"
DEPTH = 5
"""How many lines of code are kept: those of the service that were called last."""
ROOT = Path(__file__).parents[2]


class Watchdog:
    """Times every callback of the loop; a thread of its own looks at what a long one is doing."""

    def __init__(self, path: Path) -> None:
        """Append to a file."""
        self._path = path
        self._main = threading.main_thread()
        self._scheduled = Path(f"/proc/self/task/{self._main.native_id}/schedstat")
        self._is_over = threading.Event()
        self._waited_before = 0.0
        self._began: float | None = None
        self._seen: Counter[str] = Counter()
        self._collecting, self._collected = 0.0, 0.0

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch what the main thread's loop runs; all callbacks pass one method of asyncio."""
        callback: Any = asyncio.Handle
        run = callback._run  # noqa: SLF001 - asyncio itself times callbacks only while it debugs, which slows everything
        callback._run = self._timed(run)  # noqa: SLF001
        gc.callbacks.append(self._on_collection)
        threading.Thread(target=self._look, name=NAME, daemon=True).start()
        yield
        self._is_over.set()
        gc.callbacks.remove(self._on_collection)
        callback._run = run  # noqa: SLF001

    def _timed(self, run: Callable[[asyncio.Handle], Any]) -> Callable[[asyncio.Handle], Any]:
        def timed(handle: asyncio.Handle) -> Any:
            if threading.current_thread() is not self._main:
                return run(handle)
            computed = time.thread_time()
            self._began = began = time.perf_counter()
            try:
                return run(handle)
            finally:
                took = time.perf_counter() - began
                self._began = None
                if took > LIMIT:
                    self._write_down(handle, took, time.thread_time() - computed)
                self._collected = 0.0

        return timed

    def _write_down(self, handle: Any, took: float, computed: float) -> None:
        seen, self._seen = self._seen, Counter()
        hold = {
            "took_ms": took * 1000,
            "computed_ms": computed * 1000,
            # Read every few milliseconds, so that it may hold a little of what was before.
            "unscheduled_ms": max(0.0, min(took - computed, self._waited() - self._waited_before)) * 1000,
            "collected_ms": self._collected * 1000,
            "where": seen.most_common(1)[0][0] if seen else f"not seen, ended at {_place(_frames_of(handle))}",
            "beside": self._beside(),
        }
        with self._path.open("a") as file:
            file.write(json.dumps(hold) + "\n")

    def _beside(self) -> list[str]:
        """Say where the service's other threads are: one of them may have kept the interpreter to itself."""
        frames = sys._current_frames()  # noqa: SLF001 - its documented use is this
        others = (one for one in threading.enumerate() if one is not self._main and one.name != NAME)
        places = ((one.name, _place(_stack_of(frames.get(one.ident or 0)))) for one in others)
        return [f"{name}: {place}" for name, place in places if "app/" in place]

    def _look(self) -> None:
        """Look again and again: what a callback does that goes on, or how long the thread has waited until now."""
        looked_at = None
        while not self._is_over.wait(LOOK_EVERY):
            began = self._began
            if began is None or began != looked_at:
                looked_at, self._seen = began, Counter()
                self._waited_before = self._waited()
            elif time.perf_counter() - began > LIMIT / 2:
                frame = sys._current_frames().get(self._main.ident or 0)  # noqa: SLF001 - its documented use is this
                self._seen[_place(_stack_of(frame))] += 1

    def _waited(self) -> float:
        """Return for how many seconds the main thread has been ready to run and was not run; Linux alone knows."""
        try:
            return int(self._scheduled.read_text().split()[1]) / 1e9
        except OSError:
            return 0.0

    def _on_collection(self, phase: str, _counts: dict[str, int]) -> None:
        """Hear of collections in every thread: none of the others runs meanwhile."""
        if phase == "start":
            self._collecting = time.perf_counter()
        else:
            self._collected += time.perf_counter() - self._collecting


def _stack_of(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _frames_of(handle: Any) -> Iterator[FrameType]:
    """Yield the frames of the task a callback belongs to, the last called first."""
    task = getattr(handle._callback, "__self__", None)  # noqa: SLF001
    coroutine: Any = task.get_coro() if isinstance(task, asyncio.Task) else None
    frames: list[FrameType] = []
    while getattr(coroutine, "cr_frame", None) is not None:
        frames.append(coroutine.cr_frame)
        coroutine = coroutine.cr_await
    return reversed(frames)


def _place(stack: Iterable[FrameType]) -> str:
    """Say which lines of the service were called last, and what they called outside of it."""
    lines: list[str] = []
    for frame in stack:
        if len(lines) == DEPTH:
            break
        path = Path(frame.f_code.co_filename)
        is_ours = path.is_relative_to(ROOT / "app")
        if is_ours or not lines:
            name = path.relative_to(ROOT) if is_ours else Path(*path.parts[-2:])
            lines.append(f"{name}:{frame.f_lineno} {frame.f_code.co_qualname}")
    return " < ".join(lines)


def main() -> None:
    """Watch, and run the service's command."""
    from app.cli.__main__ import main as run  # noqa: PLC0415 - what it imports is the service, watched from the start

    watchdog = Watchdog(Path(sys.argv.pop(1)))
    serve = uvicorn.run

    def serve_watched(*arguments: Any, **options: Any) -> None:
        with watchdog.watching():
            serve(*arguments, **{**options, "loop": "asyncio"})

    uvicorn.run = serve_watched
    run()


if __name__ == "__main__":
    main()
