"""A server of somebody else's, on this machine and with real TLS: it says what a test lets it say, true or not."""

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme

AUTHORITY = trustme.CA()
"""Signs the certificates of servers here; nobody trusts it who was not told to."""


def authority_file(folder: Path) -> Path:
    """Write down whom to trust, as STANCE_OUTBOUND_CA_FILE wants it."""
    path = folder / "authority.pem"
    AUTHORITY.cert_pem.write_to_path(str(path))
    return path


@dataclass
class Answer:
    """What is answered at one path, word for word."""

    body: bytes = b""
    status: str = "200 OK"
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    never_comes: bool = False

    @classmethod
    def of(cls, value: Any, **others: Any) -> "Answer":
        return cls(json.dumps(value).encode(), **others)

    def as_bytes(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status}", *(f"{name}: {value}" for name, value in self.headers.items())]
        return "\r\n".join([*lines, f"Content-Length: {len(self.body)}", "Connection: close", "", ""]).encode() + (
            self.body
        )


class Elsewhere:
    """A server at a port of its own; `asked` is every request it got, as path and headers."""

    def __init__(self, port: int) -> None:
        self.host = f"localhost:{port}"
        self.url = f"https://{self.host}"
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, str]] = []
        self.is_asked = asyncio.Event()
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def asked_paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    def answer(self, path: str) -> Answer:
        """Return what this server says at a path."""
        return self.answers.get(path, Answer(status="404 Not Found"))

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            path = head.split(" ", 2)[1]
            self.asked.append((path, head))
            self.is_asked.set()
            answer = self.answer(path)
            if answer.never_comes:
                await asyncio.Event().wait()
            writer.write(answer.as_bytes())
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._connections.discard(task)
            writer.transport.abort()

    async def stop(self) -> None:
        connections = list(self._connections)
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


def tls_for(*names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert(*names).configure_cert(context)
    return context


@asynccontextmanager
async def somewhere_else(
    kind: type[Elsewhere] = Elsewhere, *, certificate_of: str = "localhost"
) -> AsyncIterator[Elsewhere]:
    """Run a server of somebody else's."""
    listening = socket.create_server(("127.0.0.1", 0))
    place = kind(listening.getsockname()[1])
    server = await asyncio.start_server(place.connected, sock=listening, ssl=tls_for(certificate_of))
    try:
        yield place
    finally:
        server.close()
        await place.stop()
        await server.wait_closed()
