"""What every route checks before it works: that the caller takes what it gives, and says each thing once."""

import functools
import re

from fastapi.routing import APIRoute
from starlette.datastructures import Headers, QueryParams
from starlette.types import Scope

from app.core.problems import FieldError, Problem, ValidationFailed

_ZERO = re.compile(r"q\s*=\s*0(\.0{0,3})?", re.ASCII)


class NotAcceptable(Problem):
    """The caller's `Accept` header excludes everything this address can answer with."""

    status = 406
    title = "This address does not answer in a media type you accept"


def check_request(scope: Scope, route: APIRoute) -> None:
    """Refuse an `Accept` that excludes the answer (406), and a query that names a parameter twice (422).

    Which of two values counts is a guess, and proxies guess differently. No parameter here takes several.
    """
    accepted = Headers(scope=scope).get("accept", "*/*")
    if accepted != "*/*" and not _takes_any_of(accepted, offered := _media_types_of(route)):
        raise NotAcceptable(f"It answers with {', '.join(offered)}.")
    if b"&" in scope["query_string"]:
        names = [name for name, _ in QueryParams(scope["query_string"]).multi_items()]
        if len(set(names)) < len(names):
            raise ValidationFailed(errors=(FieldError("?", "Send each query parameter once.", "repeated"),))


def _media_types_of(route: APIRoute) -> tuple[str, ...]:
    answers = (answer for status, answer in route.responses.items() if status in (200, 201))
    return tuple(sorted(kind for answer in answers for kind in answer.get("content", ()))) or ("application/json",)


@functools.lru_cache(maxsize=256)
def _takes_any_of(accepted: str, offered: tuple[str, ...]) -> bool:
    taken: set[str] = set()
    excluded: set[str] = set()
    for part in accepted.lower().split(","):
        kind, *parameters = (piece.strip() for piece in part.split(";"))
        is_excluded = any(_ZERO.fullmatch(parameter) for parameter in parameters)
        (excluded if is_excluded else taken).add(kind)
    return any(kind not in excluded and taken & {kind, f"{kind.partition('/')[0]}/*", "*/*"} for kind in offered)
