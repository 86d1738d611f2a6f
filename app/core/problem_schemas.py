"""How a refusal looks on the wire: the RFC 9457 body and one documented response for each status.

`core.problems` holds the exceptions, which know nothing of documents; this file holds what the document says
of them.
"""

from typing import Annotated, NamedTuple

from pydantic import MISSING, ConfigDict, Field

from app.core.schemas import Out

PROBLEM_JSON = "application/problem+json"
"""The media type of every refusal (RFC 9457)."""


class FieldError(Out):
    """One wrong place in a request."""

    pointer: Annotated[str, Field(max_length=500)]
    """Where: a JSON pointer into the body (`/sections/0/text`), or `?name` for a query parameter."""
    detail: Annotated[str, Field(max_length=1_000)]
    """What would be right, in one sentence. It never repeats what was sent."""
    code: Annotated[str, Field(max_length=100)]
    """A stable code for programs, for example `missing`."""


class Problem(Out):
    """Why a request was refused (RFC 9457). More members may come; leave alone those you do not know."""

    model_config = ConfigDict(
        json_schema_serialization_defaults_required=False,
        json_schema_extra={
            "examples": [
                {
                    "type": "/problems/precondition-failed",
                    "code": "precondition_failed",
                    "title": "The resource has changed since you read it",
                    "status": 412,
                    "detail": "Nothing was saved. Read the resource again, then send your changes.",
                    "instance": "urn:stance:request:019ab1c2-7d3e-7f40-9a51-2b6c8d0e4f17",
                    "errors": [],
                    "current_version": 8,
                }
            ]
        },
    )

    type: Annotated[str, Field(max_length=200, json_schema_extra={"format": "uri-reference"})]
    """The stable address of this kind of problem; it is a page to read."""
    code: Annotated[str, Field(max_length=100)]
    """The same kind as a short word for programs. New codes may come; treat an unknown one by its status."""
    title: Annotated[str, Field(max_length=200)]
    """The kind of problem in a few words, the same every time."""
    status: Annotated[int, Field(ge=400, le=599)]
    """The HTTP status, repeated here."""
    detail: Annotated[str | None, Field(max_length=2_000)]
    """What happened this time and what to do, or null when the title says it all."""
    instance: Annotated[str, Field(max_length=200)]
    """Ends with the id of this request, the one in `X-Request-Id`; name it when you ask for help."""
    errors: Annotated[list[FieldError], Field(max_length=100)]
    """The places to correct; empty when the problem is not about one place."""
    current_version: Annotated[int, Field(ge=1)] | MISSING = MISSING
    """With 412: the version that is stored now. Absent otherwise."""
    current_status: Annotated[str, Field(max_length=50)] | MISSING = MISSING
    """With `treatment_status_fixed`: where the treatment stands now. Absent otherwise."""


class Refusal(NamedTuple):
    """How the document names and describes one status."""

    name: str
    description: str


REFUSALS: dict[int, Refusal] = {
    400: Refusal("BadRequest", "The request cannot be read."),
    401: Refusal("Unauthorized", "No credential was sent, or the one sent is unknown, expired or revoked."),
    403: Refusal("Forbidden", "The caller is known, yet may not do this."),
    404: Refusal("NotFound", "Nothing is there, or nothing this caller may know of; the two look the same."),
    405: Refusal("MethodNotAllowed", "This address does not take that method; `Allow` names those it takes."),
    406: Refusal("NotAcceptable", "The `Accept` header excludes every media type this address answers in."),
    409: Refusal("Conflict", "The request does not fit the present state."),
    412: Refusal("PreconditionFailed", "The resource has changed since it was read. Nothing was saved."),
    413: Refusal("ContentTooLarge", "The request body is larger than the service takes."),
    415: Refusal("UnsupportedMediaType", "The request body is not JSON in UTF-8."),
    422: Refusal("ValidationFailed", "Some of the request is not right; `errors` names each place."),
    428: Refusal("PreconditionRequired", "Send `If-Match` with the ETag of the version you are changing."),
    429: Refusal("TooManyRequests", "Too many requests in this minute; `Retry-After` says when to go on."),
    500: Refusal("InternalServerError", "Something went wrong on our side. `instance` names the request."),
    503: Refusal(
        "ServiceUnavailable",
        "The service is busy. Nothing was saved, unless `code` is `outcome_unknown`; trying again with the same "
        "`Idempotency-Key` or `If-Match` is safe either way.",
    ),
    507: Refusal("InsufficientStorage", "There is no room left to store this. Nothing was saved; reading goes on."),
}
"""One text for each status, so that every operation can share one response."""
