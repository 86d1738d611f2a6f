"""Every refusal the service can give, explained: what happened, and what to do."""

import inspect
from collections.abc import Iterator
from functools import cache

from app.core.problems import Problem

ADVICE = {
    400: "Correct the request; trying again unchanged will not help.",
    401: "Sign in, or use another API key.",
    403: "Someone with another role has to do this.",
    404: "Check the address and the id. It is not there, or it is not yours to see; the two look the same.",
    405: "Use one of the methods that the `Allow` header names.",
    406: "Ask for a media type that this operation can give, or leave `Accept` out.",
    408: "Send the whole request without long pauses.",
    409: "Read the present state and decide again.",
    412: "Read the resource, merge your change, and send it with the new ETag in `If-Match`. Nothing is lost.",
    413: "Send less.",
    414: "Shorten the address.",
    415: "Send JSON in UTF-8 with `Content-Type: application/json`.",
    422: "Correct what `errors` names; trying again unchanged will not help.",
    428: "Read the resource, and send the change with its ETag in `If-Match`.",
    429: "Wait as many seconds as `Retry-After` says, then go on more slowly.",
    431: "Send fewer or shorter headers.",
    500: "Our mistake. Tell us the request id; it says nothing about the client.",
    503: "Try again after `Retry-After` seconds. Only with `outcome_unknown` may something have been saved.",
    507: "Keep the text. Whoever runs the service has to make room; reading goes on.",
}
"""What to do about a refusal, by its status."""


@cache
def every_refusal() -> dict[str, type[Problem]]:
    """Return every kind of refusal by its code, in the order of status and code."""
    kinds = (kind for kind in _kinds(Problem) if kind.__module__.startswith("app."))
    return {kind.code: kind for kind in sorted(kinds, key=lambda kind: (kind.status, kind.code))}


def what_happened(kind: type[Problem]) -> str:
    """Return the first sentence of its docstring, which is written for API users."""
    if kind is Problem:
        return "Something happened that nobody expected. The details are in the service's log, under the request id."
    return " ".join((inspect.getdoc(kind) or kind.title).split("\n\n")[0].split())


def _kinds(of: type[Problem]) -> Iterator[type[Problem]]:
    yield of
    for kind in of.__subclasses__():
        yield from _kinds(kind)
