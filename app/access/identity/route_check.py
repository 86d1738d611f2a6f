"""Looks at every route when the app is made: no route serves anybody before the matrix says who may use it."""

from collections.abc import Iterator, Mapping, Sequence

from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import BaseRoute

from app.access.identity.access import current_caller
from app.access.identity.relations import Open, Row
from app.core.caller import Permission


class RouteNotInMatrix(RuntimeError):
    """A route and the matrix disagree about who may use it, so the service does not start."""


def check_routes(routes: Sequence[BaseRoute | RouteContext], matrix: Mapping[str, Row]) -> None:
    """Refuse to start with a route that asks for something else than its row says, or that has no row, or no route."""
    known = set()
    for route in iter_route_contexts(routes):
        dependant = getattr(route, "dependant", None)
        if dependant is None:
            raise RouteNotInMatrix(f"{route.original_route!r} is no operation, so nobody could say who may use it")
        _check(route.unique_id, dependant, matrix)
        known.add(route.unique_id)
    if missing := sorted(matrix.keys() - known):
        raise RouteNotInMatrix(f"the matrix has rows without a route: {', '.join(missing)}")


def _check(name: str, dependant: Dependant, matrix: Mapping[str, Row]) -> None:
    row = matrix.get(name)
    if row is None:
        raise RouteNotInMatrix(f"{name} has no row in app/access/identity/matrix.py: say who may use it")
    calls = list(_calls(dependant))
    asked = {call.permission for call in calls if hasattr(call, "permission")}
    wanted = {row.needs} if isinstance(row.needs, Permission) else set()
    if asked != wanted:
        shown = ", ".join(sorted(asked)) or "no permission"
        raise RouteNotInMatrix(f"{name} asks for {shown}, but its row says {row.needs}")
    if (current_caller in calls) is (row.needs is Open.PUBLIC):
        raise RouteNotInMatrix(f"{name} is {row.needs} by its row, but not by its dependencies")


def _calls(dependant: Dependant) -> Iterator[object]:
    for one in dependant.dependencies:
        yield one.call
        yield from _calls(one)
