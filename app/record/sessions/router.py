"""Paths of sessions."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response, status

from app.access.identity.access import transact_as, transact_once_as
from app.core.caller import Permission
from app.core.openapi import CHANGING, WITH_BODY, problems
from app.core.preconditions import IfMatch
from app.core.responses import created, linked, shown, tagged
from app.core.routing import slice_router
from app.core.transactions import Transact
from app.record.sessions import schemas, service

router = slice_router("/sessions", tag="sessions")

ReadSessions = Annotated[Transact, Depends(transact_as(Permission.SESSIONS_READ, read_only=True))]
WriteSessions = Annotated[Transact, Depends(transact_as(Permission.SESSIONS_WRITE))]
CreateSessions = Annotated[Transact, Depends(transact_once_as(Permission.SESSIONS_WRITE))]


@router.get("", summary="List sessions", responses=problems())
async def list_sessions(
    wanted: Annotated[schemas.SessionFilter, Query()], transact: ReadSessions, request: Request, response: Response
) -> schemas.SessionPage:
    """The sessions with a participant the caller may see, the latest first."""
    return linked(request, response, await transact(service.list_sessions, wanted))


@router.post(
    "", summary="Create a session", status_code=status.HTTP_201_CREATED, responses=problems(*WITH_BODY, 404, 409)
)
async def create_session(body: schemas.SessionCreate, transact: CreateSessions, response: Response) -> schemas.Session:
    """Plan a session, or write one down that took place."""
    return created(response, await transact(service.create_session, body), "/v1/sessions")


@router.get("/{session_id}", summary="Read a session", responses=problems(404))
async def get_session(
    session_id: UUID, transact: ReadSessions, request: Request, response: Response
) -> schemas.Session:
    """One session with the participants the caller may see."""
    return shown(request, response, await transact(service.get_session, session_id))


@router.patch("/{session_id}", summary="Change a session", responses=problems(*CHANGING, 409))
async def update_session(
    session_id: UUID, body: schemas.SessionUpdate, transact: WriteSessions, expected: IfMatch, response: Response
) -> schemas.Session:
    """Change some facts; absent fields stay as they are.

    Once a note of the session is signed, its format, times and participants stay as they are; attendance may still
    be corrected.
    """
    return tagged(response, await transact(service.update_session, session_id, body, expected))


@router.post("/{session_id}/hold", summary="State that a session took place", responses=problems(*CHANGING, 409))
async def hold_session(
    session_id: UUID, body: schemas.SessionHold, transact: WriteSessions, expected: IfMatch, response: Response
) -> schemas.Session:
    """State that the session took place, and who came."""
    return tagged(response, await transact(service.hold_session, session_id, body, expected))


@router.post("/{session_id}/cancel", summary="Cancel a session", responses=problems(*CHANGING, 409))
async def cancel_session(
    session_id: UUID, body: schemas.SessionCancel, transact: WriteSessions, expected: IfMatch, response: Response
) -> schemas.Session:
    """State that the session will not take place. Plan it again by changing its `status` to `scheduled`."""
    return tagged(response, await transact(service.cancel_session, session_id, body, expected))
