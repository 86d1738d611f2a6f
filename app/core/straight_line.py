"""The straight line through FastAPI: what an operation needs is worked out when the app is made, not for each request.

FastAPI gets ready, each time, for dependencies that clean up after themselves, for files, background tasks and
telemetry, and looks for parameters in every part of the request. An operation that has nothing of that, as nearly all
here, is answered with FastAPI's own validation and serialization, and without the rest.
"""

import functools
import inspect
from collections.abc import Iterator
from typing import Any

from fastapi import Request, Response
from fastapi.datastructures import DefaultPlaceholder
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_body_to_args, request_params_to_args
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute, serialize_response
from pydantic_core import PydanticUndefined
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from app.core.problems import BadRequest

_SOURCES = (
    ("path_params", "path_params"),
    ("query_params", "query_params"),
    ("header_params", "headers"),
    ("cookie_params", "cookies"),
)
"""Where FastAPI keeps an operation's parameters, and what of a request has their values."""
_AS_USUAL = {
    "response_model_include": None,
    "response_model_exclude": None,
    "response_model_by_alias": True,
    "response_model_exclude_unset": False,
    "response_model_exclude_defaults": False,
    "response_model_exclude_none": False,
    "stream_item_field": None,
}


class StraightLine:
    """Answers the requests of one route."""

    def __init__(self, route: APIRoute) -> None:
        """Take a route that `has_straight_line`."""
        self._operation = _Function(route.dependant, embeds_body=route._embed_body_fields)  # noqa: SLF001 - not ours
        self._has_body, self._answer_field = route.body_field is not None, route.response_field
        self._status = route.status_code or 200

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; what is refused goes up as an exception, for the app's handlers."""
        request = Request(scope, receive, send)
        response = await self._answer(request)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        call = _Call(request, await _body_of(request) if self._has_body else PydanticUndefined)
        arguments = await self._operation.arguments(call)
        if arguments is None:
            raise RequestValidationError(call.errors)
        result = await self._operation.run(**arguments)
        if isinstance(result, Response):
            return result
        content = await serialize_response(field=self._answer_field, response_content=result, dump_json=True)
        response = Response(content, call.response.status_code or self._status, media_type="application/json")
        response.raw_headers += call.response.raw_headers
        return response


def has_straight_line(route: APIRoute) -> bool:
    """Tell whether a route answers with JSON, and all its functions are coroutines that only take and return values."""
    answers_json = route.response_field is not None and isinstance(route.response_class, DefaultPlaceholder)
    is_usual = all(getattr(route, name) == usual for name, usual in _AS_USUAL.items())
    return answers_json and is_usual and all(map(_is_plain, _functions_of(route.dependant)))


def _functions_of(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for one in dependant.dependencies:
        yield from _functions_of(one)


def _is_plain(function: Dependant) -> bool:
    special = (
        function.concurrency,
        function.own_oauth_scopes,
        function.security_scopes_param_name,
        function.background_tasks_param_name,
        function.http_connection_param_name,
        function.websocket_param_name,
    )
    return function.use_cache and not any(special) and inspect.iscoroutinefunction(function.call)


class _Call:
    """One request on its way: what is known already, and what is wrong with it."""

    def __init__(self, request: Request, body: Any) -> None:
        self.request, self.body = request, body
        self.results: dict[Any, Any] = {}
        self.errors: list[Any] = []

    @functools.cached_property
    def response(self) -> Response:
        """What the functions add headers and a status to, if any does."""
        response = Response()
        response.status_code = 0  # none yet
        del response.headers["content-length"]
        return response


class _Function:
    """A dependency or the operation itself, and where its arguments come from."""

    def __init__(self, dependant: Dependant, *, embeds_body: bool) -> None:
        self.run: Any = dependant.call
        self._dependencies = [(one.name, _Function(one, embeds_body=embeds_body)) for one in dependant.dependencies]
        named = ((getattr(dependant, fields), part) for fields, part in _SOURCES)
        self._parameters = [(fields, part) for fields, part in named if fields]
        self._body_fields, self._embeds_body = dependant.body_params, embeds_body
        self._request, self._response = dependant.request_param_name, dependant.response_param_name

    async def arguments(self, call: _Call) -> dict[str, Any] | None:
        """Return what to call it with, None when something is wrong with that; the errors are kept."""
        wrong_before, values = len(call.errors), dict[str, Any]()
        for name, dependency in self._dependencies:
            result = await dependency.result(call)
            if name is not None:
                values[name] = result
        for fields, part in self._parameters:
            found, errors = request_params_to_args(fields, getattr(call.request, part))
            values |= found
            call.errors += errors
        if self._body_fields:
            found, errors = await request_body_to_args(self._body_fields, call.body, self._embeds_body)
            values |= found
            call.errors += errors
        if self._request is not None:
            values[self._request] = call.request
        if self._response is not None:
            values[self._response] = call.response
        return values if len(call.errors) == wrong_before else None

    async def result(self, call: _Call) -> Any:
        """Run it once for all who need it; when something is wrong with its arguments, each of them hears of that."""
        if self.run not in call.results:
            arguments = await self.arguments(call)
            if arguments is None:
                return None
            call.results[self.run] = await self.run(**arguments)
        return call.results[self.run]


async def _body_of(request: Request) -> Any:
    """Return the JSON of the body; `core.bodies` has refused what is none, and what does not say that it is."""
    try:
        return await request.json() if await request.body() else PydanticUndefined
    except ClientDisconnect:
        raise BadRequest from None
