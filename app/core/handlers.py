"""How every refusal is answered: one shape, RFC 9457, without a word of what the caller sent."""

import difflib
import functools
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from app.core import problems
from app.core.logs import log, traits_of
from app.core.problems import FieldError, Problem, ValidationFailed
from app.core.rate_limits import TooManyRequests
from app.core.responses import NotModified
from app.core.schemas import ApiModel

_LONGEST_NAME = 64
_NEAR = 0.75
_MOST_HINTS = 5
"""With more mistakes than that, nobody misspelt a name, and looking for what was meant takes time."""
_OWN_WORDS = {
    "extra_forbidden": "There is a name that is not known here. Remove it, or check its spelling.",
    "uuid_parsing": "Use a UUID.",
} | dict.fromkeys(("value_error", "assertion_error", "union_tag_invalid", "unknown"), "This value is not right here.")
"""For kinds of errors whose own message would repeat what was sent, or says less."""


class MethodNotAllowed(Problem):
    """The path is there, this method is not."""

    status = 405
    title = "This path does not know that method"


def render(problem: Problem, request: Request) -> Response:
    """Return the problem document of a refusal."""
    body: dict[str, Any] = {
        "type": problem.type,
        "code": problem.code,
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": f"urn:stance:request:{request.scope.get('state', {}).get('request_id', 'unknown')}",
        "errors": [{"pointer": e.pointer, "detail": e.detail, "code": e.code} for e in problem.errors],
    }
    body |= {name: value for name, value in problem.members.items() if value is not None}
    return Response(to_json(body), problem.status, headers=problem.headers, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Answer every kind of exception with a problem."""

    @app.exception_handler(Problem)
    async def refused(request: Request, problem: Problem) -> Response:
        if problem.status == HTTPStatus.UNAUTHORIZED and "authorization" in request.headers:
            # Whoever guesses tokens is counted here; who sent none was counted before the request was let in.
            try:
                await request.app.state.rate_limits.count_address(request.scope)
            except TooManyRequests as too_many:
                return render(too_many, request)
        return render(problem, request)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, invalid: RequestValidationError) -> Response:
        return render(_of_validation(invalid.errors()), request)

    @app.exception_handler(HTTPException)
    async def http(request: Request, refused: HTTPException) -> Response:
        return render(_of_http(app, request, refused), request)

    @app.exception_handler(NotModified)
    async def not_modified(_request: Request, held: NotModified) -> Response:
        return Response(status_code=304, headers={"ETag": held.etag})


def failed(request: Request, failure: BaseException) -> Response:
    """Answer an exception nobody expected; log where and of what type it was, never its message or its values."""
    log.error("failure", **traits_of(failure))
    return render(Problem("Nothing was saved. Quote the request id if you write to us."), request)


def _of_validation(errors: Sequence[Any]) -> Problem:
    if any(error["type"] == "json_invalid" for error in errors):
        return problems.BadRequest("The body is not valid JSON in UTF-8.")
    shown = tuple(_field_error(error, with_hint=len(errors) <= _MOST_HINTS) for error in errors[:50])
    return ValidationFailed(errors=shown)


def _field_error(error: dict[str, Any], *, with_hint: bool) -> FieldError:
    source, *rest = error["loc"]
    kind = error["type"]
    detail = _OWN_WORDS.get(kind) or f"{error['msg'].rstrip('.')}."
    steps = [_without_input(str(step)) for step in rest]
    if kind == "extra_forbidden" and rest[-1] not in _names_of_fields():
        # The name is the caller's own; what she may have meant is ours.
        near = difflib.get_close_matches(steps[-1], _names_of_fields(), 1, _NEAR) if with_hint else ()
        detail += f" Did you mean `{near[0]}`?" if near else ""
        steps[-1] = "…"
    if source == "body":
        return FieldError("".join(f"/{step}" for step in steps), detail, kind)
    return FieldError(f"{'?' if source == 'query' else ''}{steps[0] if steps else ''}", detail, kind)


@functools.cache
def _names_of_fields() -> list[str]:
    """Return every name the contract knows, so that a misspelt one can be put right without repeating it."""
    models, names = [ApiModel], set[str]()
    for model in models:
        models += model.__subclasses__()
        names |= {field.alias or name for name, field in model.model_fields.items()}
    return sorted(names)


def _without_input(step: str) -> str:
    """Keep the names of fields and list positions; a long or odd one is the caller's own text."""
    return step if len(step) <= _LONGEST_NAME and step.replace("_", "").replace("-", "").isalnum() else "…"


def _of_http(app: FastAPI, request: Request, refused: HTTPException) -> Problem:
    if refused.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = _allowed_methods(app, request.url.path) or (refused.headers or {}).get("Allow", "")
        return MethodNotAllowed(f"Allowed: {allowed}.", headers={"Allow": allowed})
    known: dict[int, type[Problem]] = {
        400: problems.BadRequest,
        404: problems.NotFound,
        413: problems.ContentTooLarge,
        415: problems.UnsupportedMediaType,
    }
    if isinstance(refused.__cause__, Problem):  # what reading the body raised, wrapped by FastAPI
        return refused.__cause__
    kind = known.get(refused.status_code, problems.BadRequest)
    return kind()


def _allowed_methods(app: FastAPI, path: str) -> str:
    """Collect the methods of every route with this path; the router itself names only the first."""
    methods = {
        method
        for route in iter_route_contexts(app.routes)
        if route.path and compile_path(route.path)[0].match(path)
        for method in route.methods or ()
    }
    return ", ".join(sorted(methods))
