"""The contract: how the OpenAPI document is assembled, and what routers say to it.

FastAPI writes a first draft from the routes; `core.openapi_shape` makes it publishable. The result is
committed in `openapi/`, so everything here is deterministic.
"""

import functools
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.encoders import jsonable_encoder
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts

from app.core.openapi_examples import show_examples
from app.core.openapi_renditions import RENDITIONS
from app.core.openapi_samples import show_samples
from app.core.openapi_shape import Json, operations, refusal, shape
from app.core.responses import holds

_SERVED = {
    "openapi.json": "application/json",
    "openapi.yaml": "application/yaml",
    "openapi-3.0.json": "application/json",
}
_EVERYWHERE = (400, 401, 403, 406, 422, 429, 500, 503)
"""Every operation can answer with these: 400 also to a wrong `Host`, 429 also to an address."""


WITH_BODY = (400, 413, 415)
"""What an operation that takes a body can add."""
CHANGING = (400, 404, 412, 413, 415, 428)
"""What a conditional change of one resource can add."""
_shared_refusal = functools.cache(refusal)
"""What a route declares of one, the same for all: FastAPI copies it before it writes into it."""


_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "A token from `POST /v1/auth/sign-in` or `POST /v1/emergency-accesses`, the API key of a service "
    "account, or what `POST /oauth/token` gives for a program's assertion.",
}


def operation_id(route: APIRoute) -> str:
    """Return the handler's name in camelCase: it becomes the method name of every generated client."""
    first, *rest = route.name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return `responses=` for a route or router: what any operation may refuse with, and these statuses."""
    return {status: _shared_refusal(status) for status in sorted({*_EVERYWHERE, *statuses})}


def install(app: FastAPI, tags: list[dict[str, Any]], examples: Mapping[str, Json] | None = None) -> None:
    """Make `app.openapi()` return the published document, made once at the first call, and serve it.

    `examples` shows schemas by name. What a schema shows of itself wins; FastAPI drops nulls
    from that, so an example with nulls belongs here.
    """

    def openapi() -> Json:
        if app.openapi_schema is None:
            document = shape(_draft(app, tags, examples or {}))
            show_examples(document)
            show_samples(document)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    for name, media_type in _SERVED.items():
        _serve(app, name, media_type)


def _serve(app: FastAPI, name: str, media_type: str) -> None:
    """Serve one rendition to everyone: the contract is no secret, and generators fetch it without a token."""

    @functools.cache
    def written() -> tuple[bytes, str]:
        content = RENDITIONS[name](app.openapi()).encode()
        return content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'

    async def answer(request: Request) -> Response:
        content, etag = await run_in_threadpool(written)
        headers = {"ETag": etag, "Cache-Control": "no-cache"}
        if holds(request, etag):
            return Response(status_code=304, headers=headers)
        return Response(content, media_type=media_type, headers=headers)

    app.add_route(f"/{name}", answer, include_in_schema=False)


def undescribed(document: Json) -> list[str]:
    """Name all that has no words of its own: operations, parameters, tags, schemas and fields."""
    return sorted({*_silent_operations(document), *_silent_tags(document), *_silent_schemas(document)})


def _draft(app: FastAPI, tags: list[dict[str, Any]], examples: Mapping[str, Json]) -> Json:
    document = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version=app.openapi_version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
        tags=tags,
        servers=app.servers,
        contact=app.contact,
        license_info=app.license_info,
    )
    document.setdefault("components", {}).setdefault("securitySchemes", {})["bearerAuth"] = _BEARER
    document["security"] = [{"bearerAuth": []}]
    _restore_body_examples(app, document)
    for name in examples.keys() & document["components"].get("schemas", {}).keys():
        document["components"]["schemas"][name].setdefault("examples", [jsonable_encoder(examples[name])])
    return document


def _restore_body_examples(app: FastAPI, document: Json) -> None:
    """Put back the nulls of named examples of bodies: `get_openapi` drops them, and a PATCH wants to show them."""
    for route in iter_route_contexts(app.routes):
        body = getattr(route, "body_field", None)
        if body is None or not route.include_in_schema or not body.field_info.openapi_examples:
            continue
        for method in route.methods or ():
            operation = document["paths"][route.path_format][method.lower()]
            media = operation["requestBody"]["content"][body.field_info.media_type]
            media["examples"] = jsonable_encoder(body.field_info.openapi_examples)


def _silent_operations(document: Json) -> Iterator[str]:
    for operation in operations(document):
        name = operation["operationId"]
        yield from (f"{name}: {word}" for word in ("summary", "description") if not operation.get(word))
        for parameter in operation.get("parameters", []):
            if not parameter.get("description"):
                yield f"{name}: parameter {parameter['name']}"


def _silent_tags(document: Json) -> Iterator[str]:
    described = {tag["name"] for tag in document.get("tags", []) if tag.get("description")}
    for operation in operations(document):
        yield from (f"tag {tag}" for tag in operation.get("tags", []) if tag not in described)
        if not operation.get("tags"):
            yield f"{operation['operationId']}: tag"


def _silent_schemas(document: Json) -> Iterator[str]:
    for name, schema in document["components"]["schemas"].items():
        if not schema.get("description"):
            yield name
        for field, field_schema in schema.get("properties", {}).items():
            if not field_schema.get("description"):
                yield f"{name}.{field}"
