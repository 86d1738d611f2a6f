"""The one middleware: a request id for every request, the headers of every answer, one log line. Pure ASGI, no I/O."""

import re
import time
from collections.abc import MutableMapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.handlers import failed
from app.core.ids import new_id
from app.core.logs import log

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class RequestFrame:
    """Frames each request: id in, headers out, one line in the log that holds no clinical text."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the app."""
        self._app = app

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
            await self._app(scope, receive, finish)
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


def _request_id(scope: Scope) -> str:
    offered = Headers(scope=scope).get("x-request-id", "")
    return offered if _REQUEST_ID.fullmatch(offered) else str(new_id())


def _dress(message: MutableMapping[str, Any], request_id: str) -> None:
    headers = MutableHeaders(scope=message)
    headers["X-Request-Id"] = request_id
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)


def _route_of(scope: Scope) -> str:
    """Return the path's template, since a path itself may hold an identifier."""
    route = scope.get("route")
    return getattr(route, "path", "unmatched")
