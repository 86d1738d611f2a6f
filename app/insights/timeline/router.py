"""Paths of timelines: the figures, and the picture drawn of them."""

from typing import Annotated, Any
from uuid import UUID

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Query, Response

from app.access.identity.access import transact_as
from app.core.caller import Permission
from app.core.openapi import problems
from app.core.routing import slice_router
from app.core.transactions import Transact
from app.insights.timeline import drawing, schemas, service

SVG = "image/svg+xml"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
"""An SVG styles its own marks, and may do nothing else."""
PICTURE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The picture, 900 pixels wide: a complete SVG document with a title and a description.",
        "content": {SVG: {"schema": {"type": "string", "maxLength": 5_000_000}, "example": "<svg>…</svg>"}},
    }
}
_ONE_PICTURE_AT_A_TIME = CapacityLimiter(1)

router = slice_router("/treatments/{treatment_id}", tag="timeline")

ReadTimeline = Annotated[Transact, Depends(transact_as(Permission.TIMELINE_READ, read_only=True, aside=True))]
Wanted = Annotated[schemas.TimelineQuery, Query()]


@router.get("/timeline", summary="Read the timeline of a treatment", responses=problems(404))
async def get_timeline(treatment_id: UUID, wanted: Wanted, transact: ReadTimeline) -> schemas.Timeline:
    """Everything a chart needs, in one answer: phases, reviews, and the figures of each week, month or phase.

    Every figure names the ids it was made of. What nobody recorded is null and never 0. Failures come from signed
    notes alone; a draft or a note that waits for its co-signature is only counted. `mixed` is never added to the
    other patterns. A timeline of more than 200 buckets is refused (422): ask for longer ones.
    """
    return await transact(service.get_timeline, treatment_id, wanted)


@router.get(
    "/timeline.svg",
    summary="Draw the timeline of a treatment",
    response_class=Response,
    responses=problems(404) | PICTURE,
)
async def draw_timeline(treatment_id: UUID, wanted: Wanted, transact: ReadTimeline) -> Response:
    """The same timeline as a picture, without anybody's name. Gaps are left blank and marked "no data".

    Patterns and goals differ in shape, hatch or line as well as in colour. Weeks show a row for each pattern; phases
    show failures per attended session, since they differ in length.
    """
    timeline = await transact(service.get_timeline, treatment_id, wanted)
    picture = await to_thread.run_sync(drawing.draw, timeline, limiter=_ONE_PICTURE_AT_A_TIME)
    return Response(picture, media_type=SVG, headers={"Content-Security-Policy": POLICY})
