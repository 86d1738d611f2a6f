"""How every refusal is answered: one shape, RFC 9457, without a word of what the caller sent."""

import traceback
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from app.core import problems
from app.core.logs import log
from app.core.problems import FieldError, Problem, ValidationFailed
from app.core.responses import NotModified

_LONGEST_NAME = 64
_OWN_WORDS = {
    "extra_forbidden": "This name is not known here. Remove it, or check its spelling.",
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
    frames = traceback.extract_tb(failure.__traceback__)
    ours = [frame for frame in frames if "/app/" in frame.filename.replace("\\", "/")] or frames
    place = f"{ours[-1].filename.rsplit('/app/', 1)[-1]}:{ours[-1].lineno}" if ours else "unknown"
    request_id = request.scope.get("state", {}).get("request_id")
    log.error("failure", request_id=request_id, error_type=type(failure).__name__, place=place)
    return render(Problem("Nothing was saved. Quote the request id if you write to us."), request)


def _of_validation(errors: Sequence[Any]) -> Problem:
    if any(error["type"] == "json_invalid" for error in errors):
        return problems.BadRequest("The body is not valid JSON in UTF-8.")
    shown = tuple(_field_error(error) for error in errors[:50])
    return ValidationFailed(errors=shown)


def _field_error(error: dict[str, Any]) -> FieldError:
    source, *rest = error["loc"]
    kind = error["type"]
    detail = _OWN_WORDS.get(kind) or f"{error['msg'].rstrip('.')}."
    if source == "body":
        steps = [str(step).replace("~", "~0").replace("/", "~1") for step in rest]
        return FieldError("".join(f"/{_without_input(step)}" for step in steps), detail, kind)
    name = _without_input(str(rest[0])) if rest else ""
    return FieldError(f"{'?' if source == 'query' else ''}{name}", detail, kind)


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
    kind = known.get(refused.status_code, problems.BadRequest)
    return kind()


def _allowed_methods(app: FastAPI, path: str) -> str:
    """Collect the methods of every route with this path; the router itself names only the first."""
    methods = {
        method.upper()
        for template, operations in app.openapi()["paths"].items()
        if compile_path(template)[0].match(path)
        for method in operations
    }
    return ", ".join(sorted(methods))
