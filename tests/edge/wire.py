"""Requests written byte by byte, as no HTTP library would write them."""

import asyncio
import json
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tests.core.test_handlers import SECURITY_HEADERS

REQUEST_SECONDS = 1.0
"""What the tested process allows a request to take."""


@dataclass
class Answer:
    """One raw answer, or none when the peer closed without a word."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def problem(self) -> Any:
        """Return the problem, after checking that it is one like every other."""
        assert self.headers["content-type"] == "application/problem+json", self
        for name, value in SECURITY_HEADERS.items():
            assert self.headers[name.lower()] == value, name
        assert "server" not in self.headers
        problem = json.loads(self.body)
        assert problem["status"] == self.status
        assert problem["instance"] == f"urn:stance:request:{self.headers['x-request-id']}"
        return problem


class Line:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, *pieces: bytes, every: float = 0) -> None:
        """Send the pieces, one each so many seconds; a peer that has closed is no error here."""
        try:
            for piece in pieces:
                self.writer.write(piece)
                await self.writer.drain()
                await asyncio.sleep(every)
        except ConnectionError:
            pass

    async def answer(self) -> Answer | None:
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        status_line, *lines = head.decode("latin-1").strip().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return Answer(int(status_line.split()[1]), headers, body)

    async def seconds_until_closed(self) -> float:
        began = time.monotonic()
        try:
            while await asyncio.wait_for(self.reader.read(65_536), 20):
                pass
        except ConnectionError:
            pass
        return time.monotonic() - began

    async def close(self) -> None:
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()


class Wire:
    """The way to one served process."""

    def __init__(self, port: int, token: str) -> None:
        self.port, self.token = port, token
        self._lines: list[Line] = []

    async def line(self) -> Line:
        self._lines.append(Line(*await asyncio.open_connection("127.0.0.1", self.port)))
        return self._lines[-1]

    async def close(self) -> None:
        for line in self._lines:
            await line.close()

    def head(self, request: str = "GET /v1/me", *more: str) -> bytes:
        lines = [f"{request} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {self.token}", *more]
        return "\r\n".join(lines).encode() + b"\r\n\r\n"

    async def sent(self, *pieces: bytes) -> Answer | None:
        """Send it all over a new connection and return the first answer."""
        line = await self.line()
        await line.send(*pieces)
        return await asyncio.wait_for(line.answer(), 20)

    async def is_alive(self) -> bool:
        answer = await self.sent(self.head())
        return answer is not None and answer.status == 200


def dripped(text: bytes) -> Iterable[bytes]:
    return (text[position : position + 1] for position in range(len(text)))
