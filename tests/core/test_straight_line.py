"""The straight line through FastAPI: the same answers as its own way, for nearly every operation."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter, Cookie, Depends, FastAPI, Header, Query, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field

from app.core import handlers
from app.core.problems import NotFound
from app.core.routing import RouteIndex
from app.core.straight_line import has_straight_line
from app.main import ROUTERS

THING = "0198f3a1-0000-7000-8000-000000000001"


class Wanted(BaseModel):
    limit: Annotated[int, Field(ge=1, le=50)] = 20
    word: str | None = None


class Thing(BaseModel):
    name: str
    parts: list[int] = []


class Kept(Thing):
    id: UUID
    counted: int


async def counted(request: Request) -> int:
    """A dependency of two: it runs once for a request."""
    request.state.count = getattr(request.state, "count", 0) + 1
    return int(request.state.count)


async def checked_key(
    count: Annotated[int, Depends(counted)],
    response: Response,
    key: Annotated[str | None, Header(alias="X-Key", pattern="^[a-z]+$")] = None,
) -> str:
    response.headers["X-Seen"] = f"{key} {count}"
    if key == "missing":
        raise NotFound
    return key or "none"


Count = Annotated[int, Depends(counted)]
Key = Annotated[str, Depends(checked_key)]


async def loud(key: Key) -> str:
    """Another that needs the key: what is wrong with that is wrong with both."""
    return key.upper()


router = APIRouter(prefix="/v1")


@router.get("/things/{thing_id}")
async def get_thing(thing_id: UUID, count: Count, key: Key, color: Annotated[str, Cookie()] = "red") -> Kept:
    return Kept(id=thing_id, name=f"{key} {color}", counted=count)


@router.get("/things", response_model=list[Kept])
async def list_things(
    wanted: Annotated[Wanted, Query()], key: Key, cry: Annotated[str, Depends(loud)], count: Count
) -> Response:
    return Response(f"{wanted!r} {key} {cry} {count}", media_type="text/plain", headers={"Link": "<next>"})


@router.post("/things", status_code=201)
async def add_thing(body: Thing, key: Key, count: Count, response: Response) -> Kept:
    if body.name == "there":
        response.status_code = 200
    response.headers["Location"] = "/here"
    return Kept(id=UUID(THING), **body.model_dump(), counted=count)


def _way(*, is_straight: bool) -> httpx.AsyncClient:
    app = FastAPI()
    app.router.routes.extend(router.routes)
    handlers.install(app)
    if is_straight:
        app.router.middleware_stack = RouteIndex(app.router.middleware_stack, app.routes)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://stance.test")


@pytest.fixture
async def ways() -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    async with _way(is_straight=False) as usual, _way(is_straight=True) as straight:
        yield usual, straight


@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        ("GET", f"/v1/things/{THING}", {}),
        ("GET", f"/v1/things/{THING}", {"headers": {"X-Key": "abc", "Cookie": "color=blue"}}),
        ("GET", f"/v1/things/{THING}", {"headers": {"X-Key": "missing"}}),
        ("GET", "/v1/things/not-an-id", {}),
        ("GET", "/v1/things/not-an-id", {"headers": {"X-Key": "7"}}),
        ("GET", "/v1/things?limit=3&word=tea", {}),
        ("GET", "/v1/things?limit=0", {"headers": {"X-Key": "7"}}),
        ("POST", "/v1/things", {"json": {"name": "cup", "parts": [1, 2]}}),
        ("POST", "/v1/things", {"json": {"name": "there"}}),
        ("POST", "/v1/things", {"json": {"name": 7, "parts": ["x"]}, "headers": {"X-Key": "7"}}),
        ("POST", "/v1/things", {"json": ["cup"]}),
        ("POST", "/v1/things", {}),
        ("PUT", "/v1/things", {"json": {}}),
        ("GET", "/v1/nothing", {}),
    ],
)
async def test_an_answer_is_the_one_fastapi_gives(
    ways: tuple[httpx.AsyncClient, httpx.AsyncClient], method: str, path: str, options: dict[str, Any]
):
    usual, straight = [await way.request(method, path, **options) for way in ways]
    assert (straight.status_code, straight.content) == (usual.status_code, usual.content)
    assert sorted(straight.headers.items()) == sorted(usual.headers.items())


async def test_a_caller_who_leaves_while_sending_is_refused_as_fastapi_does(
    ways: tuple[httpx.AsyncClient, httpx.AsyncClient],
):
    scope = {"type": "http", "method": "POST", "path": "/v1/things", "query_string": b"", "headers": [], "state": {}}
    statuses = []

    async def left() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        statuses.extend([message["status"]] if "status" in message else [])

    for way in ways:
        await way._transport.app({**scope}, left, send)  # type: ignore[attr-defined]  # the same app
    assert statuses == [400, 400]


def test_every_operation_of_the_service_that_answers_with_json_takes_it():
    routes = [route for part in ROUTERS for route in part.routes if isinstance(route, APIRoute)]
    assert len(routes) > 140
    others = {
        route.unique_id
        for route in routes
        if route.status_code == 204 or route.responses.get(200, {}).get("content", {}).keys() - {"application/json"}
    }
    assert {route.unique_id for route in routes if not has_straight_line(route)} == others


def test_what_needs_more_of_fastapi_goes_its_way():
    special = APIRouter()

    async def opened() -> AsyncIterator[int]:
        yield 1

    def in_a_thread() -> int:
        return 1

    @special.get("/cleans-up")
    async def cleans_up(one: Annotated[int, Depends(opened)]) -> int:
        return one

    @special.get("/in-a-thread")
    async def blocks(one: Annotated[int, Depends(in_a_thread)]) -> int:
        return one

    @special.get("/leaves-out", response_model_exclude_none=True)
    async def leaves_out() -> Thing:
        return Thing(name="cup")

    @special.get("/plain", response_class=Response)
    async def plain() -> Response:
        return Response()

    assert not any(has_straight_line(route) for route in special.routes if isinstance(route, APIRoute))
