"""Routes: how a slice declares its own, and how the one a request means is found.

FastAPI tries routers and routes one after the other, and matches a router's routes twice. With more than a hundred
routes that took longer than to answer, so the routes of all slices stand side by side and are looked up by what their
paths begin with. What is not found so, FastAPI answers itself: 404, 405, and what stands outside the slices.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.negotiation import check_request
from app.core.openapi import operation_id
from app.core.straight_line import StraightLine, has_straight_line


def slice_router(prefix: str = "", *, tag: str, dependencies: Sequence[Any] = (), version: str = "/v1") -> APIRouter:
    """Return the router of a slice's operations; their paths begin with version and prefix."""
    return APIRouter(
        prefix=version + prefix, tags=[tag], dependencies=dependencies, generate_unique_id_function=operation_id
    )


class RouteIndex:
    """Stands before FastAPI's router: checks what every route asks of a request, and takes it straight to its route."""

    def __init__(self, router: ASGIApp, routes: Sequence[BaseRoute]) -> None:
        """Sort the routes by the number of their segments and the first that names something."""
        self._router = router
        self._routes: dict[tuple[int, str], list[tuple[APIRoute, ASGIApp]]] = defaultdict(list)
        for route in routes:
            if isinstance(route, APIRoute):
                answer = StraightLine(route) if has_straight_line(route) else route.handle
                self._routes[_key_of(route.path)].append((route, answer))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the route that fits path and method, or let the router answer."""
        if scope["type"] == "http":
            for route, answer in self._routes.get(_key_of(scope["path"]), ()):
                match, found = route.matches(scope)
                if match is Match.FULL:
                    scope.update(found)
                    check_request(scope, route)
                    if scope.get("fastapi.telemetry") is not None:
                        break  # FastAPI's own router tells it the route
                    await answer(scope, receive, send)
                    return
        await self._router(scope, receive, send)


def _key_of(path: str) -> tuple[int, str]:
    _, _, after_version = path[1:].partition("/")
    return path.count("/"), after_version.partition("/")[0]
