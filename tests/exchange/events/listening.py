"""People who listen to events: to all that has been told so far, or live, one event after the other."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

from tests.support.house import Api, House

PATIENCE = 15
"""Seconds after which something that should have been told never will be."""


def frames(text: str) -> Iterator[tuple[str, Any]]:
    """Yield what a stream told: each position, with the event if it is one."""
    for frame in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in frame.splitlines() if not line.startswith(":"))
        if fields:
            yield fields["id"], json.loads(fields["data"]) if "data" in fields else None


def events(text: str) -> list[Any]:
    return [event for _, event in frames(text) if event is not None]


async def position(person: Api) -> str:
    """Open a stream, let it end, and return where to go on."""
    answer = await person.get("/events/stream")
    assert answer.status_code == 200, answer.text
    return list(frames(answer.text))[-1][0]


async def text_since(person: Api, last: str) -> str:
    answer = await person.get("/events/stream", headers={"Last-Event-ID": last})
    assert answer.status_code == 200, answer.text
    return answer.text


async def heard_since(person: Api, last: str) -> list[Any]:
    """Return what somebody hears who was away since then."""
    opened, *told = events(await text_since(person, last))
    assert opened["type"] == "stream.opened"
    return told


async def types_since(person: Api, last: str) -> list[str]:
    return [event["type"] for event in await heard_since(person, last)]


class Listener:
    """One open stream: a client of the app without a socket, who may stop reading and may go away."""

    def __init__(self, house: House, person: Api, last: str | None = None) -> None:
        headers = {"host": "stance.test", "authorization": f"Bearer {person.token}"}
        if last is not None:
            headers["last-event-id"] = last
        self._scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": "/v1/events/stream",
            "raw_path": b"/v1/events/stream",
            "query_string": b"",
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("stance.test", 80),
        }
        self._app = house.app
        self._told: asyncio.Queue[Any] = asyncio.Queue()
        self._has_begun, self._gone = asyncio.Event(), asyncio.Event()
        self.reads = asyncio.Event()
        self.reads.set()
        self.status = 0
        self.headers: dict[str, str] = {}
        self.text = ""
        self.task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Wait for the head of the answer, and of a stream also for its first event."""
        self.task = asyncio.create_task(self._app(self._scope, self._receive, self._send))
        await asyncio.wait_for(self._has_begun.wait(), PATIENCE)
        if self.status == 200:
            await self.next("stream.opened")

    async def next(self, event_type: str) -> Any:
        """Return the next event of a type."""
        while True:
            event = await asyncio.wait_for(self._told.get(), PATIENCE)
            assert event is not None, f"the stream ended before {event_type}"
            if event["type"] == event_type:
                return event

    async def rest(self) -> list[Any]:
        """Wait for the end, and return what was told until then."""
        assert self.task is not None
        await asyncio.wait_for(asyncio.shield(self.task), PATIENCE)
        return list(iter(self._told.get_nowait, None))

    @property
    def position(self) -> str:
        return list(frames(self.text))[-1][0]

    async def go_away(self) -> None:
        self._gone.set()
        self.reads.set()
        assert self.task is not None
        await asyncio.wait_for(self.task, PATIENCE)

    async def _receive(self) -> Any:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        await self.reads.wait()
        if message["type"] == "http.response.start":
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            self.status = message["status"]
            self._has_begun.set()
            return
        piece = message["body"].decode()
        self.text += piece
        for event in events(piece) if self.status == 200 else ():
            self._told.put_nowait(event)
        if not message.get("more_body", False):
            self._told.put_nowait(None)


@asynccontextmanager
async def listening(house: House, person: Api, last: str | None = None) -> AsyncIterator[Listener]:
    """Listen until the block ends."""
    listener = Listener(house, person, last)
    try:
        await listener.open()
        yield listener
    finally:
        await listener.go_away()
