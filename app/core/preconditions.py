"""Conditional requests (RFC 9110): the ETag of a resource is its version, and a change must name the one it changes."""

import re
from typing import Annotated

from fastapi import Depends, Header

from app.core.problems import PreconditionFailed, PreconditionRequired

_ETAG = re.compile(r'(?:W/)?"(\d{1,9})"', re.ASCII)
_IF_MATCH = (
    'The `ETag` of the version you are changing, for example `"3"`. Without it the answer is 428; if someone else '
    "changed the resource since, it is 412 and nothing is saved."
)


async def expected_version(
    if_match: Annotated[str | None, Header(alias="If-Match", description=_IF_MATCH, max_length=40)] = None,
) -> int:
    """Read the version a change is based on."""
    if if_match is None:
        raise PreconditionRequired('Send `If-Match` with the ETag you last read, for example If-Match: "3".')
    match = _ETAG.fullmatch(if_match.strip())
    if match is None:
        raise PreconditionFailed
    return int(match.group(1))


IfMatch = Annotated[int, Depends(expected_version)]
