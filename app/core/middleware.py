"""The one middleware: a request id for every request, the headers of every answer, one log line. Pure ASGI, no I/O.

It is also the gate: what is meant for another host, comes too often or carries an unfit body gets no further.
"""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.bodies import FORM, JSON, refuse_unfit, strict_json
from app.core.caller import EMERGENCY_PREFIX
from app.core.cors import Cors
from app.core.handlers import failed, render
from app.core.hosts import Hosts
from app.core.ids import new_id
from app.core.logs import METHODS, REQUEST_ID, log, within_request
from app.core.problems import BadRequest, Busy, Problem
from app.core.rate_limits import RateLimits, rate_limit_headers

HEALTH_PATHS = frozenset({"/healthz", "/readyz"})
"""Load balancers ask here by address, not by name, and often."""
SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Browsers heed it over HTTPS alone, so it can stand on every answer.
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
}
_SECURITY_HEADERS = [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]
"""As they are sent: every answer takes them as they stand."""


class RequestFrame:
    """Frames each request: id in, headers out, one line in the log that holds no clinical text."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_body_bytes: int,
        form_paths: Collection[str],
        allowed_hosts: Collection[str],
        cors_origins: Collection[str],
        rate_limits: RateLimits,
        draining: threading.Event,
        banner_of: Callable[[Scope], Awaitable[str | None]],
    ) -> None:
        """Wrap the app.

        `form_paths` take forms where all others take JSON; `banner_of` says what to announce on every answer to a
        token of emergency access.
        """
        self._app, self._max_body_bytes, self._form_paths = app, max_body_bytes, frozenset(form_paths)
        self._hosts, self._rate_limits, self._draining = Hosts(allowed_hosts), rate_limits, draining
        self._banner_of = banner_of
        self._inner: ASGIApp = Cors(self._gate, cors_origins) if cors_origins else self._gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and finish its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["request_id"] = request_id = _request_id(scope)
        began = time.perf_counter()

        async def finish(message: Message) -> None:
            if message["type"] == "http.response.start":
                state["status"] = message["status"]
                self._dress(message, state)
            await send(message)

        with within_request(request_id):
            try:
                if scope["path"] in HEALTH_PATHS or self._hosts.expect(scope):
                    await self._inner(scope, receive, finish)
                else:
                    wrong_host = BadRequest("The Host header must name this service, once.")
                    await render(wrong_host, Request(scope))(scope, receive, finish)
            finally:
                log.info(
                    "request",
                    method=scope["method"] if scope["method"] in METHODS else "other",
                    route=_route_of(scope),
                    status=state.get("status", 500),
                    milliseconds=round((time.perf_counter() - began) * 1000, 1),
                )

    async def _gate(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in, or refuse it; whatever goes wrong inside is answered here."""
        try:
            headers = Headers(scope=scope)
            if "authorization" not in headers and scope["path"] not in HEALTH_PATHS:
                await self._rate_limits.count_address(scope)
            if EMERGENCY_PREFIX in headers.get("authorization", ""):
                scope["state"]["emergency_access"] = await self._banner_of(scope)
            is_form = scope["path"] in self._form_paths
            refuse_unfit(headers, self._max_body_bytes, FORM if is_form else JSON)
            await self._app(scope, receive if is_form else strict_json(receive), send)
        except Problem as refused:
            await render(refused, Request(scope))(scope, receive, send)
        except asyncio.CancelledError:  # the server stops, and has waited for this request as long as it may
            if "status" not in scope["state"]:
                await render(Busy(), Request(scope))(scope, receive, send)
            raise
        except Exception as failure:  # noqa: BLE001 - whatever it was, the caller gets a problem and no details
            answer = failed(Request(scope), failure)
            if "status" not in scope["state"]:
                await answer(scope, receive, send)

    def _dress(self, message: MutableMapping[str, Any], state: MutableMapping[str, Any]) -> None:
        headers = list(message["headers"])
        present = {name for name, _ in headers}
        headers += [header for header in _SECURITY_HEADERS if header[0] not in present]
        headers.append((b"x-request-id", state["request_id"].encode()))
        headers += [(name.encode(), value.encode()) for name, value in rate_limit_headers(state)]
        if banner := state.get("emergency_access"):
            headers.append((b"emergency-access", banner.encode()))
        if self._draining.is_set():
            headers.append((b"connection", b"close"))
        message["headers"] = headers


def _request_id(scope: Scope) -> str:
    offered = Headers(scope=scope).get("x-request-id", "")
    return offered if REQUEST_ID.fullmatch(offered) else str(new_id())


def _route_of(scope: Scope) -> str:
    """Return the path's template, since a path itself may hold an identifier."""
    route = scope.get("route")
    return getattr(route, "path", "unmatched")
