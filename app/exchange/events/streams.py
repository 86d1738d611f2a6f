"""The open streams of one process, and the one task that looks for news while there are any.

Nothing is told twice on purpose and nothing is lost: a look goes back far enough to see what committed late, and a
stream that breaks is resumed from its last position. The log is asked, not the writers, so it does not matter which
process wrote.
"""

import asyncio
import random
import threading
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

from fastapi.sse import format_sse_event

from app.access.identity.access import seen_as
from app.core.caller import Caller, Permission
from app.core.ids import moved, new_id
from app.core.logs import log
from app.core.problems import Busy, Problem
from app.core.scope import Scope
from app.core.transactions import Transactions
from app.exchange.events import domain, service
from app.exchange.events.domain import Entry, EventType
from app.exchange.events.schemas import StreamEvent

MOST_OF_ONE_CALLER = 10
MOST_OF_ALL = 1_000
"""Open streams of one process."""
MOST_WAITING = 1_000
"""Changes a stream may have waiting; a reader who is slower is cut off, comes back and resumes."""
RETRY_MILLISECONDS = (1_000, 4_000)
"""Between these each stream waits before it comes back: those that ended together must not all return together."""
LOOK_SECONDS = 1.0
LOOK_AFTER_FAILURE_SECONDS = 5.0
HEARTBEAT_SECONDS = 15.0
ASK_AGAIN_SECONDS = 10.0
"""How often the token of a quiet stream is looked at; of one that tells something, each time."""
MOST_ASKING = 4
"""How many streams may read at one time. One change wakes every stream of a clinic; the other connections of the pool
are for people who wait for an answer."""
_TICK_SECONDS = 0.1
"""How soon a stopping process ends its streams."""

AskAgain = Callable[[], Awaitable[Caller]]


@dataclass
class _Watch:
    """One clinic that somebody listens to."""

    streams: "set[EventStream]" = field(default_factory=set)
    seen: frozenset[UUID] = frozenset()
    looked_at: UUID | None = None
    """An id made when the last look began."""


class EventStream:
    """One open stream of one caller."""

    def __init__(self, streams: "EventStreams", caller: Caller) -> None:
        """Belong to the open streams of the process."""
        self.caller = caller
        self._streams = streams
        self._waiting: list[Entry] = []
        self._looked_at: UUID | None = None
        self._woken = asyncio.Event()
        self._is_cut = False

    def offer(self, entries: Sequence[Entry], looked_at: UUID) -> None:
        """Take what a look found."""
        # Whoever has nothing waiting keeps up, however much one look found.
        if self._waiting and len(self._waiting) + len(entries) > MOST_WAITING:
            self._is_cut = True
        if not self._is_cut:
            self._waiting += entries
            self._looked_at = looked_at
        if entries:
            self.wake()

    def wake(self) -> None:
        """Let the stream look whether it has to tell something or to end."""
        self._woken.set()

    def close(self) -> None:
        """Forget the stream."""
        self._streams.forget(self)

    async def told(self, opening: service.Opening, ask_again: AskAgain) -> AsyncIterator[bytes]:
        """Yield what the reader is told, until her time is over, her access ends, she is too slow or we stop.

        The `id:` of each event is the position to resume from. It never goes back, also when an older event comes late.
        """
        ends_at = time.monotonic() + self._streams.seconds
        beats_at = time.monotonic() + HEARTBEAT_SECONDS
        position, entries = opening.position, opening.entries
        yield self._of_stream(EventType.STREAM_OPENED, position, retry=_retry())
        if opening.is_reset:
            yield self._of_stream(EventType.STREAM_RESET, position)
        while True:
            try:
                caller = await ask_again()
                if not caller.may(Permission.EVENTS_READ):
                    return
                events = await self._streams.events_for(caller, entries)
            except Problem as refused:  # signed out, or the database is away: whoever comes back may resume
                log.info("events_stream_ended", status=refused.status)
                return
            for event in events:
                position = max(position, event.id)
                yield format_sse_event(data_str=event.model_dump_json(), id=str(position))
            is_over = self._is_cut or self._streams.is_stopping or time.monotonic() >= ends_at
            if is_over or time.monotonic() >= beats_at:
                if self._looked_at is not None and not self._waiting:
                    position = max(position, self._looked_at)
                yield format_sse_event(comment="still here", id=str(position))
                beats_at = time.monotonic() + HEARTBEAT_SECONDS
            if is_over:
                return
            entries = await self._next(opening.known, min(ends_at, beats_at, time.monotonic() + ASK_AGAIN_SECONDS))

    async def _next(self, known: frozenset[UUID], until: float) -> list[Entry]:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), max(0, until - time.monotonic()))
        self._woken.clear()
        entries, self._waiting = self._waiting, []
        return [entry for entry in entries if entry.id not in known]

    def _of_stream(self, event_type: EventType, position: UUID, retry: int | None = None) -> bytes:
        event = service.event_of_stream(event_type, position, self._streams.transactions.clock())
        return format_sse_event(data_str=event.model_dump_json(), id=str(position), retry=retry)


class EventStreams:
    """Every open stream of this process."""

    def __init__(self, transactions: Transactions, draining: threading.Event, seconds: float) -> None:
        """Share the app's transactions; a stream lasts so many seconds, and ends at once when the process stops."""
        self.transactions, self.seconds = transactions, seconds
        self._draining = draining
        self._is_closed = False
        self._open: dict[UUID, set[EventStream]] = {}
        self._watches: dict[UUID, _Watch] = {}
        self._watching: asyncio.Task[None] | None = None
        self._asking = asyncio.Semaphore(MOST_ASKING)

    @property
    def is_stopping(self) -> bool:
        """Whether the process stops."""
        return self._is_closed or self._draining.is_set()

    def __len__(self) -> int:
        """Return how many streams are open."""
        return sum(map(len, self._open.values()))

    def open(self, caller: Caller) -> EventStream:
        """Open a stream and listen for it from now on; refused when there are too many."""
        if len(self._open.get(caller.id, ())) >= MOST_OF_ONE_CALLER:
            raise domain.TooManyStreams
        if len(self) >= MOST_OF_ALL:
            raise Busy("Too many event streams are open here. Try again, or ask for changes from time to time.")
        stream = EventStream(self, caller)
        self._open.setdefault(caller.id, set()).add(stream)
        self._watches.setdefault(caller.clinic_id, _Watch()).streams.add(stream)
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._watch())
        return stream

    def forget(self, stream: EventStream) -> None:
        """Listen for a stream no longer; a second time changes nothing."""
        clinic_id, caller_id = stream.caller.clinic_id, stream.caller.id
        if stream not in self._open.get(caller_id, ()):
            return
        self._open[caller_id].remove(stream)
        self._watches[clinic_id].streams.remove(stream)
        if not self._open[caller_id]:
            del self._open[caller_id]
        if not self._watches[clinic_id].streams:
            del self._watches[clinic_id]

    async def close(self) -> None:
        """End every stream and the task."""
        self._is_closed = True
        self._wake_all()
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching

    async def events_for(self, caller: Caller, entries: Sequence[Entry]) -> list[StreamEvent]:
        """Return what of some changes a caller may hear, asking of each thing as its own path would."""
        by_reader: dict[Caller, list[Entry]] = defaultdict(list)
        for entry in entries:
            permission = domain.READ_WITH[entry.entity]
            if caller.may(permission):
                by_reader[seen_as(caller, permission)].append(entry)
        events: list[StreamEvent] = []
        for reader, some in by_reader.items():
            async with self._asking:
                events += await self.transactions.read_aside(reader, service.events_for, some)
        return sorted(events, key=lambda event: event.id)

    def _wake_all(self) -> None:
        for watch in self._watches.values():
            for stream in watch.streams:
                stream.wake()

    async def _watch(self) -> None:
        looks_at = time.monotonic()
        while self._watches:
            if self.is_stopping:
                self._wake_all()
            elif time.monotonic() >= looks_at:
                went_well = await self._look_at_all()
                looks_at = time.monotonic() + (LOOK_SECONDS if went_well else LOOK_AFTER_FAILURE_SECONDS)
            await asyncio.sleep(_TICK_SECONDS)

    async def _look_at_all(self) -> bool:
        """Look at each clinic until one look fails, as the next ones would, or the process stops."""
        for clinic_id, watch in tuple(self._watches.items()):
            if self.is_stopping or not await self._look(clinic_id, watch):
                return False
        return True

    async def _look(self, clinic_id: UUID, watch: _Watch) -> bool:
        """Offer a clinic's news to its streams. After an outage a look goes back to the last one that went well."""
        now = new_id()
        after = moved(watch.looked_at or now, -domain.SLACK)
        try:
            watch.seen, entries = await self.transactions.look(Scope(clinic_id), service.news, after, watch.seen)
        except Exception as failure:  # noqa: BLE001 - whatever it was, the next look may succeed
            log.error("events_look_failed", error_type=type(failure).__name__)
            return False
        watch.looked_at = now
        for stream in watch.streams:
            stream.offer(entries, now)
        return True


def _retry() -> int:
    return random.randint(*RETRY_MILLISECONDS)  # noqa: S311 - jitter, not a secret
