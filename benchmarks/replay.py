"""A load generator in Python: for machines without wrk, and for requests of which there is a fixed number.

    python -m benchmarks.replay PORT FILE --connections 16 --seconds 2 [--count 250]

It prints one line of JSON, as `replay.lua` does. It is a process of its own, so that what it costs is nobody's.
"""

import argparse
import asyncio
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any, NamedTuple

BAD = 400
CUT = 599
"""Stands for a connection that ended without an answer."""
LONGEST_WAIT = 30.0


class Tally:
    """What came back."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.milliseconds: list[float] = []
        self.errors = 0
        self.statuses: Counter[str] = Counter()

    def count(self, answer: "Answer", milliseconds: float) -> None:
        """Count one answer."""
        self.milliseconds.append(milliseconds)
        self.errors += answer.status >= BAD
        self.statuses[f"{answer.status}{' with Retry-After' if answer.says_when else ''}"] += 1


class Answer(NamedTuple):
    """One answer, or that there was none."""

    status: int
    body: bytes = b""
    stays_open: bool = False
    says_when: bool = False
    """Whether it says when to try again."""


async def answer_of(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> Answer:
    """Send a request and return its answer."""
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    status = int(head.split(b" ", 2)[1])
    if b"transfer-encoding: chunked" in head:
        body = b""
        while size := int(await reader.readline(), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readline()
    else:
        length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
        body = await reader.readexactly(int(length or 0))
    return Answer(status, body, b"connection: close" not in head, b"\r\nretry-after:" in head)


async def replay(
    port: int, requests: Sequence[bytes], *, connections: int, seconds: float, count: int | None = None
) -> dict[str, Any]:
    """Send the requests in turn over some connections, for a time or until so many were sent."""
    waiting = iter(cycle(requests)) if count is None else islice(cycle(requests), count)
    tally, began = Tally(), time.perf_counter()
    ends = began + seconds
    workers = (_work(port, waiting, tally, ends) for _ in range(connections))
    await asyncio.wait_for(asyncio.gather(*workers), seconds + LONGEST_WAIT)
    took = time.perf_counter() - began
    centiles = statistics.quantiles(tally.milliseconds, n=100) if len(tally.milliseconds) > 1 else [0.0] * 99
    return {
        "requests": len(tally.milliseconds),
        "errors": tally.errors,
        "seconds": took,
        "p50_ms": centiles[49],
        "p99_ms": centiles[98],
        "statuses": tally.statuses,
    }


async def _work(port: int, waiting: Iterator[bytes], tally: Tally, ends: float) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in waiting:
        sent = time.perf_counter()
        try:
            answer = await answer_of(reader, writer, request)
        except (OSError, asyncio.IncompleteReadError):
            answer = Answer(CUT)
        now = time.perf_counter()
        tally.count(answer, (now - sent) * 1000)
        if now >= ends:
            break
        if not answer.stays_open:
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()


async def ask(port: int, request: bytes) -> tuple[int, Any]:
    """Send one request on a connection of its own; return status and JSON."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        answer = await asyncio.wait_for(answer_of(reader, writer, request), LONGEST_WAIT)
    finally:
        writer.close()
    is_json = answer.body.startswith((b"{", b"["))
    return answer.status, json.loads(answer.body) if is_json else answer.body.decode(errors="replace")


def keep(requests: Sequence[bytes], path: Path) -> None:
    """Write requests to a file for a load generator: each after a line with its length."""
    path.write_bytes(b"".join(b"%d\n%b" % (len(request), request) for request in requests))


def kept_in(path: Path) -> list[bytes]:
    """Read what `keep` wrote."""
    content, requests, at = path.read_bytes(), [], 0
    while at < len(content):
        end = content.index(b"\n", at)
        size = int(content[at:end])
        requests.append(content[end + 1 : end + 1 + size])
        at = end + 1 + size
    return requests


def main() -> None:
    """Replay a file."""
    parser = argparse.ArgumentParser(description="Send prepared requests and say how long the answers took.")
    parser.add_argument("port", type=int)
    parser.add_argument("file", type=Path)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--count", type=int)
    wanted = parser.parse_args()
    requests = kept_in(wanted.file)
    found = asyncio.run(
        replay(wanted.port, requests, connections=wanted.connections, seconds=wanted.seconds, count=wanted.count)
    )
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
