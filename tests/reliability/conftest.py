"""What goes wrong, for real: a writer that stands still, a line to PostgreSQL that can be cut or fall silent."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from sqlalchemy import make_url

from app.settings import Settings
from tests.support.house import Clinic

ROBIN = {"given_name": "Robin", "family_name": "Example"}


def assert_come_back(answer: httpx.Response, status: int = 503, code: str = "busy") -> None:
    """The answer is a problem that asks the caller to come back."""
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert int(answer.headers["retry-after"]) >= 1


@asynccontextmanager
async def stalled_writer(clinic: Clinic) -> AsyncIterator[None]:
    """Keep SQLite's only writer busy until the block ends."""
    transactions, go_on, has_begun = clinic.house.door.transactions, threading.Event(), threading.Event()

    def wait(_work: object) -> None:
        has_begun.set()
        go_on.wait(20)

    stalled = asyncio.create_task(transactions.write(clinic.operator, wait))
    await asyncio.to_thread(has_begun.wait, 10)
    try:
        yield
    finally:
        go_on.set()
        await stalled


class Line:
    """A TCP line to the PostgreSQL of the tests that can be cut, refuse, and fall silent."""

    def __init__(self, settings: Settings) -> None:
        url = make_url(settings.database_url)
        folder = url.query["host"]
        assert isinstance(folder, str)
        self._socket = f"{folder}/.s.PGSQL.{url.port or 5432}"
        self._url = url
        self._server: asyncio.Server | None = None
        self._port = 0
        self._ends: set[asyncio.StreamWriter] = set()
        self._pumps: set[asyncio.Task[None]] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self.cut_at: bytes | None = None
        """Cut the line right after these bytes of a client went through."""
        self.was_cut = False

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    def settings(self, settings: Settings) -> Settings:
        """Return settings whose connections go over this line."""
        over = self._url.set(host="127.0.0.1", port=self._port, query={})
        return settings.model_copy(update={"database_url": over.render_as_string(hide_password=False)})

    def fall_silent(self) -> None:
        self._flows.clear()

    def speak_again(self) -> None:
        self._flows.set()

    def cut(self) -> None:
        """Break every connection that is open."""
        for end in self._ends:
            end.transport.abort()

    async def close(self) -> None:
        """Cut, and refuse new connections."""
        assert self._server is not None
        self._server.close()
        self.speak_again()
        self.cut()
        while self._pumps:
            await asyncio.gather(*self._pumps, return_exceptions=True)
        await self._server.wait_closed()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there = await asyncio.open_unix_connection(self._socket)
        self._ends |= {writer, there}
        pumps = [
            asyncio.create_task(self._pump(reader, there, is_client=True)),
            asyncio.create_task(self._pump(there_reader, writer, is_client=False)),
        ]
        self._pumps |= set(pumps)
        await asyncio.gather(*pumps, return_exceptions=True)
        self._pumps -= set(pumps)
        self._ends -= {writer, there}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_client: bool) -> None:
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(65_536):
                await self._flows.wait()
                is_last = is_client and self.cut_at is not None and self.cut_at in chunk
                if is_last:
                    self.cut_at, self.was_cut = None, True
                    self.fall_silent()  # PostgreSQL hears this and acts, but its answer never arrives
                writer.write(chunk)
                await writer.drain()
                if is_last:
                    await asyncio.sleep(0.2)
                    self.cut()
                    self.speak_again()
        writer.close()


@asynccontextmanager
async def line_to(settings: Settings) -> AsyncIterator[Line]:
    line = Line(settings)
    await line.open()
    try:
        yield line
    finally:
        await line.close()
