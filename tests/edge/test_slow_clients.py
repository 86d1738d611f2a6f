"""Who sends slowly, or nothing, is shown the door; who is only waiting, or waited for, is not."""

import asyncio
import socket
import time
from contextlib import suppress

from tests.edge.wire import REQUEST_SECONDS, Wire, dripped

SOON = REQUEST_SECONDS + 1.5
BODY = b'{"given_name": "Robin", "family_name": "Example"}'
ANSWERS = 40
JSON = "Content-Type: application/json"


async def test_a_connection_that_never_sends_is_closed(wire: Wire):
    line = await wire.line()
    assert REQUEST_SECONDS * 0.8 < await line.seconds_until_closed() < SOON


async def test_headers_that_drip_are_cut_off_with_a_408(wire: Wire):
    line = await wire.line()
    began = time.monotonic()
    dripping = asyncio.create_task(line.send(*dripped(wire.head("GET /v1/clients")), every=0.1))
    answer = await line.answer()
    assert answer is not None
    assert (answer.status, answer.problem["code"]) == (408, "request_timeout")
    await line.seconds_until_closed()
    assert time.monotonic() - began < SOON
    dripping.cancel()


async def test_bodies_that_drip_are_cut_off_sized_and_chunked(wire: Wire):
    for length, piece in ((f"Content-Length: {len(BODY)}", b" "), ("Transfer-Encoding: chunked", b"1\r\n \r\n")):
        line = await wire.line()
        began = time.monotonic()
        await line.send(wire.head("POST /v1/clients", JSON, length))
        dripping = asyncio.create_task(line.send(*[piece] * 40, every=0.1))
        answer = await line.answer()
        assert answer is not None
        assert (answer.status, answer.problem["code"]) == (408, "request_timeout"), length
        await line.seconds_until_closed()
        assert time.monotonic() - began < SOON
        dripping.cancel()


async def test_a_refused_body_that_goes_on_dripping_is_cut_off(wire: Wire):
    line = await wire.line()
    await line.send(wire.head("POST /v1/clients", "Content-Type: text/plain", "Content-Length: 1000"))
    answer = await line.answer()
    assert answer is not None
    assert answer.status == 415
    dripping = asyncio.create_task(line.send(*[b" "] * 40, every=0.1))
    assert await line.seconds_until_closed() < SOON
    dripping.cancel()


async def test_empty_lines_do_not_keep_a_connection_open(wire: Wire):
    line = await wire.line()
    await line.send(wire.head())
    answer = await line.answer()
    assert answer is not None
    assert answer.status == 200
    dripping = asyncio.create_task(line.send(*[b"\r\n"] * 40, every=0.1))
    assert await line.seconds_until_closed() < SOON
    dripping.cancel()


async def test_a_connection_may_idle_between_requests(wire: Wire):
    line = await wire.line()
    for _ in range(2):
        await line.send(wire.head())
        answer = await line.answer()
        assert answer is not None
        assert answer.status == 200
        await asyncio.sleep(REQUEST_SECONDS * 1.5)


async def test_a_request_in_slow_but_timely_pieces_is_served(wire: Wire):
    line = await wire.line()
    await line.send(wire.head("POST /v1/clients", JSON, f"Content-Length: {len(BODY)}"))
    await line.send(BODY[:20], BODY[20:], every=REQUEST_SECONDS * 0.3)
    answer = await line.answer()
    assert answer is not None
    assert answer.status == 201


async def test_five_hundred_idle_connections_do_not_stop_service(wire: Wire):
    lines = await asyncio.gather(*[wire.line() for _ in range(500)])
    assert await wire.is_alive()
    await asyncio.gather(*[line.send(b"GET /v1/me HTT") for line in lines[:250]])
    assert await wire.is_alive()
    assert max(await asyncio.gather(*[line.seconds_until_closed() for line in lines])) < SOON * 2
    assert await wire.is_alive()


async def test_an_answer_nobody_reads_does_not_hold_the_connection(wire: Wire):
    document = await wire.sent(wire.head("GET /openapi.json"))
    assert document is not None
    loop = asyncio.get_running_loop()
    with socket.socket() as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 131_072)
        peer.setblocking(False)
        await loop.sock_connect(peer, ("127.0.0.1", wire.port))
        await loop.sock_sendall(peer, wire.head("GET /openapi.json") * ANSWERS)
        await asyncio.sleep(REQUEST_SECONDS + 2)
        received = 0
        with suppress(ConnectionError):
            while piece := await asyncio.wait_for(loop.sock_recv(peer, 1_048_576), 5):
                received += len(piece)
    assert received < len(document.body) * ANSWERS
