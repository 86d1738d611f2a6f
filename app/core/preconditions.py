"""Conditional requests (RFC 9110): the ETag of a resource is its version, and a change must name the one it changes."""

import re
from typing import Annotated

from fastapi import Depends, Header

from app.core.openapi_shape import ALWAYS_NEEDED
from app.core.problems import PreconditionFailed, PreconditionRequired, ValidationFailed

_ETAG = re.compile(r'(?:W/)?"(\d{1,9})"', re.ASCII)
_ANY_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_IF_MATCH = (
    'The `ETag` of the version you are changing, for example `"3"`. Without it the answer is 428; if someone else '
    "changed the resource since, it is 412 and nothing is saved."
)
_IF_ANY = (
    'The `ETag` of the version you are replacing, for example `"3"`; leave it out to create. Without it the answer is '
    "428 where there is something already; if someone else changed it since, it is 412 and nothing is saved."
)


async def expected_version(
    if_match: Annotated[
        str | None,
        Header(alias="If-Match", description=_IF_MATCH, max_length=40, json_schema_extra={ALWAYS_NEEDED: True}),
    ] = None,
) -> int:
    """Read the version a change is based on."""
    if if_match is None:
        raise PreconditionRequired('Send `If-Match` with the ETag you last read, for example If-Match: "3".')
    return _version_in(if_match)


async def expected_version_if_any(
    if_match: Annotated[str | None, Header(alias="If-Match", description=_IF_ANY, max_length=40)] = None,
) -> int | None:
    """Read the version a PUT is based on; without one it is meant to create."""
    return None if if_match is None else _version_in(if_match)


def _version_in(if_match: str) -> int:
    tag = if_match.strip()
    if match := _ETAG.fullmatch(tag):
        return int(match.group(1))
    if _ANY_ETAG.fullmatch(tag):
        raise PreconditionFailed
    raise ValidationFailed.at("If-Match", 'Send one ETag as you read it, for example If-Match: "3".', "invalid_etag")


IfMatch = Annotated[int, Depends(expected_version)]
IfMatchIfAny = Annotated[int | None, Depends(expected_version_if_any)]
