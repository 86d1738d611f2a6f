"""One problem for each status, as the document shows it. A test checks that the service has each of them."""

from typing import Any

_INSTANCE = "urn:stance:request:019ab1c2-7d3e-7f40-9a51-2b6c8d0e4f17"
_MISSING = {"pointer": "/family_name", "detail": "This field is needed.", "code": "missing"}
_AGAIN = "Try again in a moment. A change with its If-Match or Idempotency-Key is never made twice."


def _problem(status: int, code: str, title: str, detail: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "type": f"/problems/{code.replace('_', '-')}",
        "code": code,
        "title": title,
        "status": status,
        "detail": detail,
        "instance": _INSTANCE,
        "errors": [],
        **more,
    }


PROBLEM_EXAMPLES: dict[int, dict[str, Any]] = {
    problem["status"]: problem
    for problem in (
        _problem(400, "bad_request", "The request cannot be read", "The body is not JSON."),
        _problem(401, "unauthorized", "Sign in first"),
        _problem(403, "permission_missing", "Your role does not allow this", "It needs the permission notes:sign."),
        _problem(404, "not_found", "Not found"),
        _problem(405, "method_not_allowed", "This path does not know that method"),
        _problem(406, "not_acceptable", "This address does not answer in a media type you accept"),
        _problem(408, "request_timeout", "The request took too long to arrive"),
        _problem(409, "conflict", "This is not possible in the present state"),
        _problem(
            412,
            "precondition_failed",
            "The resource has changed since you read it",
            "Nothing was saved. Read the resource again, merge your changes, and send them with its new ETag.",
            current_version=8,
        ),
        _problem(413, "content_too_large", "The request body is too large"),
        _problem(414, "uri_too_long", "The address is too long"),
        _problem(415, "unsupported_media_type", "Send the body as application/json"),
        _problem(422, "validation_failed", "Some of the request is not right", errors=[_MISSING]),
        _problem(428, "precondition_required", "Say which version you are changing"),
        _problem(429, "too_many_requests", "Too many requests"),
        _problem(431, "headers_too_large", "The request headers are too large"),
        _problem(500, "internal_error", "Something went wrong on our side"),
        _problem(503, "busy", "The service is busy", _AGAIN),
        _problem(507, "insufficient_storage", "There is no room left to store this"),
    )
}
