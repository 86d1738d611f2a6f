"""Four answers without a framework. It checks nothing: what it is sent is what it stores."""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol
from urllib.parse import parse_qs

import orjson

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Store(Protocol):
    """One database."""

    async def note(self, note_id: str) -> bytes | None:
        """Return a note with its failures."""

    async def page(self, client_id: str, limit: int) -> bytes:
        """Return the latest notes of a client."""

    async def add(self, wanted: dict[str, Any]) -> bytes:
        """Store a note with its failures and return it."""

    async def months(self, treatment_id: str) -> bytes:
        """Count the failures of a treatment by month and pattern."""

    async def open(self) -> None:
        """Connect."""

    async def close(self) -> None:
        """Let go."""


def _store() -> Store:
    address = os.environ["BENCH_DATABASE"]
    if address.startswith("postgresql"):
        from benchmarks.peers.hand.postgresql import PostgresqlStore  # noqa: PLC0415 - only the driver in use is loaded

        return PostgresqlStore(address)
    from benchmarks.peers.hand.sqlite import SqliteStore  # noqa: PLC0415

    return SqliteStore(address)


STORE = _store()
JSON = [(b"content-type", b"application/json")]


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """Answer one request."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    status, body = 200, b""
    parts = scope["path"].split("/")
    if scope["method"] == "POST":
        status, body = 201, await STORE.add(orjson.loads(await _read(receive)))
    elif parts[1] == "treatments":
        body = await STORE.months(parts[2])
    elif len(parts) == 3:  # noqa: PLR2004 - /notes/{id}
        found = await STORE.note(parts[2])
        status, body = (200, found) if found is not None else (404, b"{}")
    else:
        query = parse_qs(scope["query_string"].decode())
        body = await STORE.page(query["client_id"][0], int(query["limit"][0]))
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": status, "headers": [*JSON, length]})
    await send({"type": "http.response.body", "body": body})


async def _read(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


async def _live(receive: Receive, send: Send) -> None:
    await receive()
    await STORE.open()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await STORE.close()
    await send({"type": "lifespan.shutdown.complete"})
