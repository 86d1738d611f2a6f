"""How a router answers: the headers that go with a resource, a new resource and a page."""

from typing import Any, Protocol, TypeVar
from uuid import UUID

import orjson
from fastapi import Request, Response

from app.core.paging import Found
from app.core.schemas import Resource


class _Continued(Protocol):
    @property
    def next_cursor(self) -> str | None: ...


R = TypeVar("R", bound=Resource)
P = TypeVar("P", bound=_Continued)
_JSON = "application/json"


class NotModified(Exception):
    """The caller already holds this version; rendered as 304."""

    def __init__(self, etag: str) -> None:
        """Repeat the ETag, as RFC 9110 asks."""
        super().__init__(etag)
        self.etag = etag


def etag_of(resource: Resource) -> str:
    """Return the strong ETag of a resource."""
    return _etag(resource.version)


def tagged(response: Response, resource: R) -> R:
    """Answer a changed resource with its new ETag."""
    response.headers["ETag"] = etag_of(resource)
    return resource


def holds(request: Request, etag: str) -> bool:
    """Tell whether the caller already holds what this ETag names (RFC 9110, `If-None-Match`)."""
    held = request.headers.get("If-None-Match")
    return held is not None and (
        held.strip() == "*" or etag in {tag.strip().removeprefix("W/") for tag in held.split(",")}
    )


def _etag(version: int) -> str:
    return f'"{version}"'


def _etag_unless_held(request: Request, version: int) -> str:
    """Return the ETag of a version, or end the answer with 304 when the caller holds it."""
    etag = _etag(version)
    if holds(request, etag):
        raise NotModified(etag)
    return etag


def written(request: Request, fields: dict[str, Any]) -> Response:
    """Answer a heavy read as `shown` does, with the fields of a resource written as JSON as they are."""
    etag = _etag_unless_held(request, fields["version"])
    return Response(_json(fields), media_type=_JSON, headers={"ETag": etag})


def written_page(request: Request, page: Found) -> Response:
    """Answer a heavy list as `linked` does, with the fields of its items written as JSON as they are."""
    response = Response(_json(page.as_page()), media_type=_JSON)
    linked(request, response, page)
    return response


def _json(value: Any) -> bytes:
    return orjson.dumps(value, default=_text_of_id, option=orjson.OPT_UTC_Z)


def _text_of_id(value: object) -> str:
    if isinstance(value, UUID):  # PostgreSQL's driver has a class of its own
        return str(value)
    raise TypeError


def shown(request: Request, response: Response, resource: R) -> R:
    """Answer a read with its ETag, or 304 when the caller holds this version."""
    response.headers["ETag"] = _etag_unless_held(request, resource.version)
    return resource


def created(response: Response, resource: R, location: str) -> R:
    """Answer a new resource with its ETag and where it lives from now on."""
    response.headers["Location"] = f"{location}/{resource.id}"
    return tagged(response, resource)


def linked(request: Request, response: Response, page: P) -> P:
    """Add the `Link` header (RFC 8288) that points to the next page."""
    if page.next_cursor is not None:
        url = request.url.include_query_params(after=page.next_cursor)
        response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
    return page
