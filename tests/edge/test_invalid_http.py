"""What is no good HTTP is a 4xx problem, and neither the next connection nor the service suffers."""

import pytest

from tests.edge.wire import Wire

JSON = "Content-Type: application/json"
GET = b"GET /v1/me HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /v1/clients HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "request_",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"hello\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /v1/me\r\n\r\n",
        b"GET /v1/me HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"G\x00T /v1/me HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /v1/m\x00e HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /v1/m\xff\xfee HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"CONNECT /v1/me HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"CONNECT http://localhost/v1/me HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET http:// HTTP/1.1\r\nHost: localhost\r\n\r\n",
        GET + b"Bad Name: x\r\n\r\n",
        GET + b"X-A: one\rtwo\r\n\r\n",
        GET + b"X-A: one\x00two\r\n\r\n",
        GET + b" folded: x\r\n\r\n",
        POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}}",
        POST + b"Content-Length: -1\r\n\r\n{}",
        POST + b"Content-Length: 1e3\r\n\r\n{}",
        POST + b"Content-Length: 99999999999999999999999\r\n\r\n{}",
        POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/me HTTP/1.1\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}\r\n",
    ],
    ids=range(29),
)
async def test_what_is_no_http_is_refused_and_the_connection_closed(wire: Wire, request_: bytes):
    line = await wire.line()
    await line.send(request_)
    answer = await line.answer()
    assert answer is not None
    assert 400 <= answer.status < 500
    assert answer.problem["code"] in ("bad_request", "unauthorized")
    await line.seconds_until_closed()
    assert await wire.is_alive()


@pytest.mark.parametrize(
    "hosts",
    [
        b"",
        b"Host: evil.example\r\n",
        b"Host: localhost\r\nHost: evil.example\r\n",
        b"Host: localhost\r\nHost: localhost\r\n",
        b"Host: localhost@evil.example\r\n",
        b"Host: localhost evil.example\r\n",
        b"Host: localhost.evil.example\r\n",
        b"Host: localhost:80:80\r\n",
        b"Host: \r\n",
        b"Host: http://localhost\r\n",
        b"Host: 127.1\r\n",
        b"Host: evil.example\r\nX-Forwarded-Host: localhost\r\n",
    ],
)
async def test_a_request_for_another_host_is_refused(wire: Wire, hosts: bytes):
    answer = await wire.sent(b"GET /v1/me HTTP/1.1\r\n" + hosts + b"\r\n")
    assert answer is not None
    assert (answer.status, answer.problem["code"]) == (400, "bad_request")
    assert "evil" not in answer.body.decode()


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]:8000", "localhost."])
async def test_a_request_for_this_host_is_served(wire: Wire, host: str):
    answer = await wire.sent(wire.head().replace(b"Host: localhost", f"Host: {host}".encode()))
    assert answer is not None
    assert answer.status == 200


async def test_load_balancers_may_ask_for_health_by_any_address(wire: Wire):
    for path in (b"/healthz", b"/readyz"):
        answer = await wire.sent(b"GET " + path + b" HTTP/1.0\r\n\r\n")
        assert answer is not None
        assert answer.status == 200


async def test_an_absolute_address_counts_instead_of_the_host_header(wire: Wire):
    for address, host, status in (
        ("http://localhost/v1/me", "evil.example", 200),
        ("http://localhost:8000/v1/me", "localhost", 200),
        ("http://evil.example/v1/me", "localhost", 400),
        ("http://localhost@evil.example/v1/me", "localhost", 400),
    ):
        head = wire.head(f"GET {address}").replace(b"Host: localhost", f"Host: {host}".encode())
        answer = await wire.sent(head)
        assert answer is not None
        assert answer.status == status, address


async def test_endless_addresses_and_headers_are_refused(wire: Wire):
    for request_, status, code in (
        (wire.head(f"GET /v1/me?x={'x' * 10_000}"), 414, "uri_too_long"),
        (wire.head("GET /v1/me", f"X-Long: {'x' * 40_000}"), 431, "headers_too_large"),
        (wire.head("GET /v1/me", *[f"X-{number}: {'x' * 80}" for number in range(500)]), 431, "headers_too_large"),
        (b"GET /" + b"x" * 1_000_000, 431, "headers_too_large"),
        (GET + b"X-Long: " + b"x" * 1_000_000, 431, "headers_too_large"),
    ):
        answer = await wire.sent(request_)
        if answer is not None:  # the rest of what was sent may reset the connection before the answer is read
            assert (answer.status, answer.problem["code"]) == (status, code)
        assert await wire.is_alive()
    line = await wire.line()
    await line.send(b"\r\n" * 50_000)
    assert await line.seconds_until_closed() < 1


async def test_trailers_are_not_headers(wire: Wire):
    line = await wire.line()
    chunked = b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
    await line.send(POST + chunked + f"Authorization: Bearer {wire.token}\r\n\r\n".encode())
    answer = await line.answer()
    assert answer is not None
    assert answer.status == 401
    await line.send(POST + chunked + b"X-Long: " + b"x" * 1_000_000)
    assert await line.seconds_until_closed() < 5


async def test_a_refused_pipelined_request_does_not_answer_for_the_one_before(wire: Wire):
    line = await wire.line()
    await line.send(wire.head("GET /v1/vocabularies") + b"GET / BROKEN\r\n\r\n")
    answer = await line.answer()
    assert answer is None or answer.status == 200
    assert await wire.is_alive()


async def test_pipelined_requests_are_answered_in_order(wire: Wire):
    line = await wire.line()
    await line.send(wire.head() + wire.head("GET /v1/nothing") + wire.head())
    answers = [await line.answer() for _ in range(3)]
    assert [answer and answer.status for answer in answers] == [200, 404, 200]


async def test_bad_percent_encoding_is_no_server_error(wire: Wire):
    for path in ("/v1/clients/%", "/v1/clients/%zz", "/v1/clients/%00", "/v1/clients/%ff%fe", "/v1/%2e%2e/clients"):
        answer = await wire.sent(wire.head(f"GET {path}"))
        assert answer is not None
        assert answer.status in (404, 422), path
        assert answer.problem
    for query in ("limit=%", "limit=%zz", "limit=%00", "limit=%ff", "%ff=1", "&&&", "=", "limit=1;limit=2"):
        answer = await wire.sent(wire.head(f"GET /v1/clients?{query}"))
        assert answer is not None
        assert answer.status in (200, 422), query


async def test_a_method_is_the_one_of_the_request_line(wire: Wire):
    for name in ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"):
        answer = await wire.sent(wire.head("GET /v1/me", f"{name}: DELETE"))
        assert answer is not None
        assert answer.status == 200


async def test_an_upgrade_nobody_offers_is_no_server_error(wire: Wire):
    for protocol in ("websocket", "h2c"):
        line = await wire.line()
        await line.send(wire.head("GET /v1/me", "Connection: Upgrade", f"Upgrade: {protocol}"))
        answer = await line.answer()
        assert answer is not None
        assert answer.status < 500
        assert await wire.is_alive()


async def test_forwarded_headers_of_strangers_mean_nothing(wire: Wire):
    answer = await wire.sent(wire.head("GET /v1/clients?limit=1", "X-Forwarded-Host: evil", "X-Forwarded-Proto: evil"))
    assert answer is not None
    assert b"evil" not in answer.body
    assert "evil" not in str(answer.headers)
