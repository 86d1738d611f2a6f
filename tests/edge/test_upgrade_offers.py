"""Who offers another protocol is served in HTTP/1.1, body and all (RFC 9110, 7.8), as Java's own client does."""

import json

import pytest

from tests.edge.wire import Line, Wire, dripped

OFFERS = {
    "h2c": ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA"),
    "websocket": ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"),
}
WRONG = b'{"given_name": "", "family_name": "Example"}'
"""A body whose refusal shows that it was read."""
SMUGGLED = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


def post(wire: Wire, offer: str, *more: str) -> bytes:
    return wire.head("POST /v1/clients", "Content-Type: application/json", *OFFERS[offer], *more)


async def pointers_of(line: Line) -> list[str]:
    answer = await line.answer()
    assert answer is not None
    assert answer.status == 422
    return [error["pointer"] for error in answer.problem["errors"]]


@pytest.mark.parametrize("offer", OFFERS)
@pytest.mark.parametrize("pieces", [1, 2, 0], ids=["whole", "head first", "byte by byte"])
async def test_the_body_is_read(wire: Wire, offer: str, pieces: int):
    head = post(wire, offer, f"Content-Length: {len(WRONG)}")
    line = await wire.line()
    sent = {1: [head + WRONG], 2: [head, WRONG], 0: dripped(head + WRONG)}[pieces]
    await line.send(*sent)
    assert await pointers_of(line) == ["/given_name"]
    await line.send(wire.head())
    answer = await line.answer()
    assert answer is not None
    assert answer.status == 200


@pytest.mark.parametrize("offer", OFFERS)
async def test_a_chunked_body_is_read(wire: Wire, offer: str):
    line = await wire.line()
    chunks = f"{len(WRONG):x}\r\n".encode() + WRONG + b"\r\n0\r\n\r\n"
    await line.send(post(wire, offer, "Transfer-Encoding: chunked") + chunks)
    assert await pointers_of(line) == ["/given_name"]


@pytest.mark.parametrize("offer", OFFERS)
async def test_a_body_that_looks_like_a_request_is_not_answered_as_one(wire: Wire, offer: str):
    line = await wire.line()
    head = post(wire, offer, f"Content-Length: {len(SMUGGLED)}")
    await line.send(head, SMUGGLED, every=0.05)
    refusal = await line.answer()
    assert refusal is not None
    assert refusal.status == 400  # no JSON, and no answer to the request inside it
    await line.send(wire.head())
    answer = await line.answer()
    assert answer is not None
    assert json.loads(answer.body)["kind"] == "practitioner"


async def test_requests_in_the_same_bytes_are_answered_one_by_one(wire: Wire):
    line = await wire.line()
    first = post(wire, "h2c", f"Content-Length: {len(WRONG)}") + WRONG
    await line.send(first + wire.head("GET /v1/me", *OFFERS["h2c"]) + wire.head())
    assert await pointers_of(line) == ["/given_name"]
    for _ in range(2):
        answer = await line.answer()
        assert answer is not None
        assert answer.status == 200


@pytest.mark.parametrize("offer", [(), OFFERS["h2c"]], ids=["plain", "h2c"])
async def test_what_follows_a_last_request_does_not_cost_it_its_answer(wire: Wire, offer: tuple[str, ...]):
    line = await wire.line()
    await line.send(wire.head("GET /v1/me", *offer[1:], "Connection: close, Upgrade") + wire.head())
    answer = await line.answer()
    assert answer is not None
    assert answer.status == 200
    assert await line.answer() is None
