"""Which web pages of other origins may call the API: none, or exactly those the operator lists.

Bearer tokens are sent by scripts, so no credentials are allowed: a page an attacker controls has nothing to ride on.
"""

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.handlers import render
from app.core.problems import BadRequest

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
REQUEST_HEADERS = (
    "Authorization", "Content-Type", "If-Match", "If-None-Match", "Idempotency-Key", "Last-Event-ID", "X-Request-Id",
)  # fmt: skip
EXPOSED_HEADERS = (
    "ETag", "Location", "Link", "X-Request-Id", "RateLimit", "RateLimit-Policy", "Retry-After",
    "Idempotency-Replayed", "Emergency-Access",
)  # fmt: skip


class Cors(CORSMiddleware):
    """Starlette's CORS, refusing a preflight with a problem like every other refusal.

    `Cross-Origin-Resource-Policy: same-origin` stays on the answers: browsers apply it to `no-cors` requests alone.
    """

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        """Wrap the app for these origins."""
        super().__init__(
            app,
            allow_origins=frozenset(origins),
            allow_methods=METHODS,
            allow_headers=REQUEST_HEADERS,
            expose_headers=EXPOSED_HEADERS,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a preflight, or pass the request on."""
        headers = Headers(scope=scope)
        if scope["method"] == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers:
            await self._preflight(scope, headers)(scope, receive, send)
        else:
            await self.simple_response(scope, receive, send, request_headers=headers)

    def _preflight(self, scope: Scope, headers: Headers) -> Response:
        answer = self.preflight_response(headers)
        if answer.status_code == 200:  # noqa: PLR2004 - OK
            return answer
        refusal = render(BadRequest("This origin, method or header is not allowed across origins."), Request(scope))
        refusal.headers["Vary"] = answer.headers["Vary"]
        return refusal
