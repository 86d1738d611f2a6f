"""The headers the document may name: those of answers, by name and by status, and the one of conditional reads."""

from typing import Any

Json = dict[str, Any]


def _text_header(description: str, **schema: object) -> Json:
    return {"description": description, "schema": {"type": "string", **schema}}


HEADERS: dict[str, Json] = {
    "X-Request-Id": _text_header("The id of this request; name it when you ask for help.", maxLength=200),
    "ETag": _text_header(
        "The version of the resource in quotes; send it back in `If-Match` to change it.",
        maxLength=50,
        examples=['"7"'],
    ),
    "Location": _text_header("Where the new resource is.", format="uri-reference", maxLength=500),
    "Link": _text_header(
        'The address of the next page (RFC 8288, `rel="next"`); absent on the last one.', maxLength=4_000
    ),
    "WWW-Authenticate": _text_header("How to sign in (RFC 9110).", maxLength=200),
    "Retry-After": {
        "description": "How many seconds to wait before trying again.",
        "schema": {"type": "integer", "format": "int32", "minimum": 0, "maximum": 86_400},
    },
    "RateLimit": _text_header(
        "What is left of each quota this request was counted against, and the seconds until it is whole again "
        "(draft-ietf-httpapi-ratelimit-headers). Absent from what was refused before it was counted.",
        maxLength=500,
        examples=['"caller";r=599;t=42'],
    ),
    "RateLimit-Policy": _text_header(
        "The quotas: so many requests (`q`) in so many seconds (`w`).",
        maxLength=500,
        examples=['"caller";q=600;w=60'],
    ),
    "Emergency-Access": _text_header(
        "On every answer, refusals too, to a token of emergency access, and on no other: which one it is and when it "
        "ends (RFC 9651). Show it all the time.",
        maxLength=200,
        examples=['id="01a20166-d373-7a9e-ad42-33639ac2e1fa", expires="2026-03-02T10:00:00Z"'],
    ),
    "Idempotency-Replayed": _text_header(
        "`true` when this is the stored answer to an earlier request with the same `Idempotency-Key`.",
        enum=["true"],
    ),
}
"""Every response header the document may name."""


HEADERS_BY_STATUS = {
    "201": ["Location"],
    "401": ["WWW-Authenticate"],
    "429": ["Retry-After"],
    "503": ["Retry-After"],
    "507": ["Retry-After"],
}
"""What an answer with this status always carries, besides the id of the request."""
QUOTAS = ("RateLimit", "RateLimit-Policy")
"""How many requests are left. What is refused before it is counted goes without."""
IF_NONE_MATCH: Json = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": 'The `ETag` you hold, for example `"7"`. If it is still the present one, the answer is 304.',
    "schema": {"type": "string"},
}
