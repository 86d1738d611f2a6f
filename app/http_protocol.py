"""HTTP/1.1 as this service speaks it: uvicorn's httptools protocol, with bounds on what a peer may take.

uvicorn alone waits for ever for headers, bodies and readers, keeps headers of any size, takes trailers for headers,
and answers what is no HTTP in plain text.
"""

from asyncio import BaseTransport, TimerHandle
from typing import Any, NoReturn, cast

import httptools
from starlette.requests import Request
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.core.handlers import render
from app.core.ids import new_id
from app.core.logs import log
from app.core.middleware import SECURITY_HEADERS
from app.core.problems import BadRequest, HeadersTooLarge, Problem, RequestTimeout, UriTooLong

LONGEST_URL = 8_192
LARGEST_HEAD = 32_768
"""Bytes of request line and headers, which are also the most a peer may send without a byte of body in between."""
_LAST_CALL_SECONDS = 1.0


class PunctualHttp(HttpToolsProtocol):
    """Closes a connection whose request does not arrive, or whose answer is not read, within `request_seconds`.

    A connection that idles between requests is left to uvicorn's own timer, and a request that has arrived may be
    worked on for as long as it takes.
    """

    def __init__(self, *args: Any, request_seconds: float, **kwargs: Any) -> None:
        """Bound each request; the rest are uvicorn's own arguments."""
        super().__init__(*args, **kwargs)
        self.parser = cast("Any", _NeverUpgrading(self))
        self._request_seconds = request_seconds
        self._due: TimerHandle | None = None
        self._unread: TimerHandle | None = None
        self._has_begun = False
        self._is_in_head = True
        self._loose_bytes = 0
        self._refusal: Problem | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """Expect the first request at once."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self._expect_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop all clocks."""
        self._stop_expecting()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; even empty lines between two requests begin the next one."""
        if not self.cycle or self.cycle.response_complete:
            self._expect_request()
        self._loose_bytes += len(data)
        super().data_received(data)
        if self._loose_bytes > LARGEST_HEAD and not self.transport.is_closing():
            self._refuse(HeadersTooLarge())

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._has_begun, self._is_in_head, self._loose_bytes = True, True, 0
        self._expect_request()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; trailers come after the body, when nobody checks them any more (RFC 9110, 6.5.1)."""
        if self._is_in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Refuse a head that is too large, and take the host from the request line if it stands there (RFC 9112)."""
        if self.parser.get_method() == b"CONNECT":  # the parser would end the message here, and answer it twice
            self._refuse_in_parser(BadRequest("This service is no proxy."))
        if self._offers_upgrade():
            return  # its head is about to be read again
        if len(self.url) > LONGEST_URL:
            self._refuse_in_parser(UriTooLong())
        if sum(len(name) + len(value) for name, value in self.headers) > LARGEST_HEAD:
            self._refuse_in_parser(HeadersTooLarge())
        if not self.url.startswith((b"/", b"*")):
            self._take_host_of(self.url)
        self._is_in_head, self._loose_bytes = False, 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Pass a piece of the body on."""
        self._loose_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Stop the clock: the request has arrived."""
        if self._offers_upgrade():
            return
        self._is_in_head, self._loose_bytes = True, 0
        self._stop_expecting()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP like every other refusal."""
        self._refuse(self._refusal or BadRequest("This is not a valid HTTP/1.1 request."))

    def pause_writing(self) -> None:
        """Give a peer that does not read its answer the same time as one that does not send its request."""
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(self._request_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Stop that clock."""
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection, also when its peer never read the end of the last answer."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            super().timeout_keep_alive_handler()

    def shutdown(self) -> None:
        """Stop gently: a connection just made gets the moment its first request takes to come."""
        if not self.cycle and not self.transport.is_closing():
            self.loop.call_later(_LAST_CALL_SECONDS, super().shutdown)
        else:
            super().shutdown()

    def head_without_upgrade(self) -> bytes:
        """Write the head that was just read again, as if its sender had not offered another protocol."""
        start = b"%s %s HTTP/%s\r\n" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        kept = (header for header in self.headers if header[0] != b"upgrade")
        return start + b"".join(b"%s: %s\r\n" % header for header in kept) + b"\r\n"

    def _offers_upgrade(self) -> bool:
        return bool(self.parser.should_upgrade()) and any(name == b"upgrade" for name, _ in self.headers)

    def _expect_request(self) -> None:
        if self._due is None:
            self._due = self.loop.call_later(self._request_seconds, self._be_too_late)

    def _stop_expecting(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _be_too_late(self) -> None:
        self._due = None
        if self.transport.is_closing():
            return
        if self.flow.read_paused:  # it is us who have not read on
            self._expect_request()
        elif not self._has_begun:  # nothing was ever sent, so nothing is to be said
            self.transport.close()
        else:
            self._refuse(RequestTimeout())

    def _take_host_of(self, url: bytes) -> None:
        target = httptools.parse_url(url)
        port = b"" if target.port is None else b":%d" % target.port
        self.headers[:] = [header for header in self.headers if header[0] != b"host"]
        self.headers.append((b"host", target.host + port))

    def _refuse_in_parser(self, refusal: Problem) -> NoReturn:
        """Stop the parser; uvicorn then calls `send_400_response`."""
        self._refusal = refusal
        raise refusal

    def _refuse(self, refusal: Problem) -> None:
        """Answer and close. Without a word while an earlier answer is due: this one would be taken for it."""
        self._stop_expecting()
        if self._may_answer():
            request_id = str(new_id())
            self.transport.write(self._answer(refusal, request_id))
            log.info("request", request_id=request_id, method="other", route="unmatched", status=refusal.status)
        if self.cycle and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()

    def _may_answer(self) -> bool:
        if self._is_in_head:
            return not self.cycle or self.cycle.response_complete
        return not self.pipeline and not self.cycle.response_started

    def _answer(self, refusal: Problem, request_id: str) -> bytes:
        response = render(refusal, Request({"type": "http", "state": {"request_id": request_id}}))
        response.headers.update(SECURITY_HEADERS | {"X-Request-Id": request_id, "Connection": "close"})
        headers = [*self.server_state.default_headers, *response.raw_headers]
        lines = b"".join(b"%s: %s\r\n" % header for header in headers)
        return STATUS_LINE[refusal.status] + lines + b"\r\n" + bytes(response.body)


class _NeverUpgrading:
    """A parser for a service that switches to no other protocol: who offers one is served in HTTP/1.1 (RFC 9110, 7.8).

    httptools ends such a request at its head and takes its body for another request. Java's own client offers HTTP/2
    with each request over plain HTTP.
    """

    def __init__(self, protocol: PunctualHttp) -> None:
        self._protocol = protocol
        self._parser = self._fresh()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._parser, name)

    def feed_data(self, received: bytes) -> None:
        """Read on, and read again each head that offers another protocol."""
        rest = memoryview(received)
        while (read := self._read_to_an_offer(rest)) < len(rest):
            rest = rest[read:]

    def _read_to_an_offer(self, received: memoryview) -> int:
        try:
            self._parser.feed_data(received)
        except httptools.HttpParserUpgrade as offer:
            head = self._protocol.head_without_upgrade()
            self._parser = self._fresh()
            self._parser.feed_data(head)
            return int(offer.args[0])
        return len(received)

    def _fresh(self) -> httptools.HttpRequestParser:
        """Return a parser as uvicorn sets it up: what follows a last request does not cost that one its answer."""
        parser = httptools.HttpRequestParser(self._protocol)
        parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return parser
