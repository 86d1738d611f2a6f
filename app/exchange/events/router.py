"""Paths of events."""

from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header, Request
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.access.identity.access import CurrentCaller, caller_still, transact_as
from app.core.caller import Permission
from app.core.openapi import problems
from app.core.routing import slice_router
from app.core.transactions import Transact
from app.exchange.events import schemas, service
from app.exchange.events.streams import AskAgain, EventStream, EventStreams

EVENT_STREAM = "text/event-stream"
STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Server-sent events, until the stream ends; then come back with `Last-Event-ID`.",
        "model": schemas.StreamEvent,
        "content": {EVENT_STREAM: {}},
    }
}

router = slice_router("/events", tag="events")

ReadEvents = Annotated[Transact, Depends(transact_as(Permission.EVENTS_READ, read_only=True, aside=True))]
LastEventId = Annotated[
    UUID | None,
    Header(
        alias="Last-Event-ID",
        description="The `id:` that came last. The stream goes on from there and may repeat a little; `stream.reset` "
        "comes instead when that was more than 24 hours or 1,000 changes ago.",
    ),
]


class LiveResponse(StreamingResponse):
    """The answer that goes on. Whatever ends it, its stream is forgotten then."""

    media_type = EVENT_STREAM

    def __init__(self, stream: EventStream, opening: service.Opening, ask_again: AskAgain) -> None:
        """Tell a stream to its reader; proxies must pass each event on as it comes."""
        super().__init__(stream.told(opening, ask_again), headers={"X-Accel-Buffering": "no"})
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it all; who goes away ends it too."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._stream.close()


@router.get(
    "/stream",
    summary="Stream events",
    status_code=200,  # FastAPI would look for it in the arguments of the response class
    response_class=LiveResponse,
    responses=problems() | STREAM,
)
async def stream_events(
    request: Request, caller: CurrentCaller, transact: ReadEvents, last_event_id: LastEventId = None
) -> LiveResponse:
    """Word of every change the caller may see, about a second after it: ids and types only, to be fetched again.

    Each event is a line of JSON, a `StreamEvent`, in `data:`. The first is `stream.opened`. Whoever loses sight of a
    client hears no more of her; a draft is told to its author alone. Events come at least once and nearly in order.
    The stream ends after some minutes, with the token, or when the service stops: open it again with the last `id:`
    as `Last-Event-ID`, and nothing is lost. After `stream.reset` too much was missed: read afresh. Opening is logged.
    """
    streams: EventStreams = request.app.state.event_streams
    stream = streams.open(caller)
    try:
        opening = await transact(service.open_stream, last_event_id)
    except BaseException:
        stream.close()
        raise
    return LiveResponse(stream, opening, partial(caller_still, request))
