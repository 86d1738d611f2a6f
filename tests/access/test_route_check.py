"""The service does not start with a route that the matrix does not know, or that asks for something else."""

from typing import Annotated

import pytest
from fastapi import APIRouter, Depends
from starlette.routing import Mount

from app import main
from app.access.identity import matrix
from app.access.identity.access import CurrentCaller, transact_as
from app.access.identity.relations import Open, Row, Whose
from app.access.identity.route_check import RouteNotInMatrix, check_routes
from app.core.caller import Permission
from app.core.routing import slice_router
from app.core.transactions import Transact


def test_a_route_without_a_row_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    rogue = slice_router(tag="clients")

    @rogue.get("/everything")
    async def list_everything() -> None:
        """Give everything to everyone."""

    monkeypatch.setattr(main, "ROUTERS", (*main.ROUTERS, rogue))
    with pytest.raises(RouteNotInMatrix, match="listEverything has no row"):
        main.create_app()


def test_a_route_that_asks_for_another_permission_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {**matrix.MATRIX, "getNote": Row(Permission.CLIENTS_READ, Whose.READERS)}
    monkeypatch.setattr(matrix, "MATRIX", rows)
    with pytest.raises(RouteNotInMatrix, match="getNote asks for notes:read, but its row says clients:read"):
        main.create_app()


def test_a_row_without_a_route_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix, "MATRIX", {**matrix.MATRIX, "dropNote": matrix.MATRIX["getNote"]})
    with pytest.raises(RouteNotInMatrix, match="rows without a route: dropNote"):
        main.create_app()


def test_public_is_only_what_says_so() -> None:
    router = APIRouter()

    @router.get("/hers", operation_id="getHers")
    async def get_hers(caller: CurrentCaller) -> None:
        """Ask for a token."""

    @router.get("/open", operation_id="getOpen")
    async def get_open() -> None:
        """Ask for nothing."""

    rows = {"getHers": Row(Open.ANY_CALLER, Whose.NOBODY), "getOpen": Row(Open.PUBLIC, Whose.NOBODY)}
    check_routes(router.routes, rows)
    for name, wrong in (("getHers", Open.PUBLIC), ("getOpen", Open.ANY_CALLER)):
        with pytest.raises(RouteNotInMatrix, match=f"{name} is {wrong} by its row"):
            check_routes(router.routes, rows | {name: Row(wrong, Whose.NOBODY)})


def test_a_permission_beside_another_is_seen() -> None:
    router = APIRouter()
    both = [Depends(transact_as(Permission.NOTES_READ))]

    @router.get("/both", operation_id="getBoth", dependencies=both)
    async def get_both(transact: Annotated[Transact, Depends(transact_as(Permission.CLIENTS_READ))]) -> None:
        """Ask for two things."""

    with pytest.raises(RouteNotInMatrix, match="getBoth asks for clients:read, notes:read"):
        check_routes(router.routes, {"getBoth": Row(Permission.CLIENTS_READ, Whose.CIRCLE)})


def test_what_is_mounted_beside_the_operations_stops_the_start() -> None:
    with pytest.raises(RouteNotInMatrix, match="is no operation"):
        check_routes([Mount("/files", routes=[])], {})
