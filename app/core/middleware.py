"""The one middleware: a request id for every request, the headers of every answer, one log line. Pure ASGI, no I/O.

It also keeps out every body that is not JSON in UTF-8: parsers guess other encodings, and guesses let text slip by.
"""

import codecs
import re
import time
from collections.abc import MutableMapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.handlers import failed, render
from app.core.ids import new_id
from app.core.logs import log
from app.core.problems import BadRequest, ContentTooLarge, Problem, UnsupportedMediaType

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)
_JSON = re.compile(r'application/json\s*(;\s*charset\s*=\s*("utf-8"|utf-8)\s*)?', re.ASCII | re.IGNORECASE)
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class RequestFrame:
    """Frames each request: id in, headers out, one line in the log that holds no clinical text."""

    def __init__(self, app: ASGIApp, max_body_bytes: int) -> None:
        """Wrap the app."""
        self._app, self._max_body_bytes = app, max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and finish its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        began = time.perf_counter()
        status = 500
        began_to_answer = False

        async def finish(message: Message) -> None:
            nonlocal status, began_to_answer
            if message["type"] == "http.response.start":
                began_to_answer = True
                status = message["status"]
                _dress(message, request_id)
            await send(message)

        try:
            if unfit := self._unfit_body(scope):
                await render(unfit, Request(scope))(scope, receive, finish)
            else:
                await self._app(scope, _utf8_of(receive), finish)
        except Exception as failure:  # noqa: BLE001 - whatever it was, the caller gets a problem and no details
            answer = failed(Request(scope), failure)
            if not began_to_answer:
                await answer(scope, receive, finish)
        finally:
            log.info(
                "request",
                request_id=request_id,
                method=scope["method"],
                route=_route_of(scope),
                status=status,
                milliseconds=round((time.perf_counter() - began) * 1000, 1),
            )

    def _unfit_body(self, scope: Scope) -> Problem | None:
        """Refuse a body by its headers; one that states no size is counted by Starlette while it comes in."""
        headers = Headers(scope=scope)
        size = headers.get("content-length", "0")
        if size.isdecimal() and int(size[:19]) > self._max_body_bytes:
            return ContentTooLarge()
        has_body = size != "0" or "transfer-encoding" in headers
        if has_body and not _JSON.fullmatch(headers.get("content-type", "").strip()):
            return UnsupportedMediaType()
        return None


def _request_id(scope: Scope) -> str:
    offered = Headers(scope=scope).get("x-request-id", "")
    return offered if _REQUEST_ID.fullmatch(offered) else str(new_id())


def _utf8_of(receive: Receive) -> Receive:
    """Pass a body on while it is UTF-8 as RFC 8259 wants it: no byte order mark, and no NUL, the mark of UTF-16."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_start = True

    async def receive_utf8() -> Message:
        nonlocal is_start
        message = await receive()
        if message["type"] != "http.request":
            return message
        try:
            text = decoder.decode(message.get("body", b""), final=not message.get("more_body", False))
        except UnicodeDecodeError:
            raise BadRequest("The body is not valid JSON in UTF-8.") from None
        if "\x00" in text or (is_start and text.startswith("\ufeff")):
            raise BadRequest("The body is not valid JSON in UTF-8.")
        is_start = is_start and not text
        return message

    return receive_utf8


def _dress(message: MutableMapping[str, Any], request_id: str) -> None:
    headers = MutableHeaders(scope=message)
    headers["X-Request-Id"] = request_id
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)


def _route_of(scope: Scope) -> str:
    """Return the path's template, since a path itself may hold an identifier."""
    route = scope.get("route")
    return getattr(route, "path", "unmatched")
