"""How a router answers: the headers that go with a resource, a new resource and a page."""

from typing import Any, TypeVar

from fastapi import Request, Response

from app.core.schemas import Page, Resource

R = TypeVar("R", bound=Resource)
P = TypeVar("P", bound=Page[Any])


class NotModified(Exception):
    """The caller already holds this version; rendered as 304."""

    def __init__(self, etag: str) -> None:
        """Repeat the ETag, as RFC 9110 asks."""
        super().__init__(etag)
        self.etag = etag


def etag_of(resource: Resource) -> str:
    """Return the strong ETag of a resource."""
    return f'"{resource.version}"'


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


def shown(request: Request, response: Response, resource: R) -> R:
    """Answer a read with its ETag, or 304 when the caller holds this version."""
    etag = etag_of(resource)
    if holds(request, etag):
        raise NotModified(etag)
    response.headers["ETag"] = etag
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
