"""Paths of private notes: the reflection of a session, the author's own notes, and what a supervisor is shown.

A new private note takes no idempotency key: the stored answer would be a copy under another key, and a repetition
meets the rule that there is one of each kind.
"""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response, status

from app.access.identity.access import transact_as
from app.core.caller import Permission
from app.core.openapi import CHANGING, WITH_BODY, problems
from app.core.preconditions import IfMatch, IfMatchIfAny
from app.core.responses import created, linked, shown, tagged
from app.core.routing import slice_router
from app.core.schemas import PageQuery
from app.core.transactions import Transact
from app.record.private_notes import schemas, service

router = slice_router(tag="private notes")

ReadPrivateNotes = Annotated[Transact, Depends(transact_as(Permission.PRIVATE_NOTES_READ, read_only=True))]
WritePrivateNotes = Annotated[Transact, Depends(transact_as(Permission.PRIVATE_NOTES_WRITE))]
About = Annotated[schemas.ReflectionQuery, Query()]


@router.put(
    "/sessions/{session_id}/reflection",
    summary="Save a reflection",
    responses=problems(*CHANGING) | {201: {"model": schemas.PrivateNote, "description": "The reflection was created."}},
)
async def save_reflection(
    session_id: UUID,
    about: About,
    body: schemas.ReflectionWrite,
    transact: WritePrivateNotes,
    expected: IfMatchIfAny,
    response: Response,
) -> schemas.PrivateNote:
    """Write down what you ask yourself after a session, or replace it. Nobody else sees it.

    A reflection shown to your supervisor stays shown, with what you write from now on.
    """
    note, is_new = await transact(service.save_reflection, session_id, about, body, expected)
    if is_new:
        response.status_code = status.HTTP_201_CREATED
        return created(response, note, "/v1/private-notes")
    return tagged(response, note)


@router.get("/sessions/{session_id}/reflection", summary="Read the reflection on a session", responses=problems(404))
async def get_reflection(
    session_id: UUID, about: About, transact: ReadPrivateNotes, request: Request, response: Response
) -> schemas.PrivateNote:
    """Your own reflection on one participant of the session."""
    return shown(request, response, await transact(service.get_reflection, session_id, about))


@router.post(
    "/private-notes",
    summary="Create a process note",
    status_code=status.HTTP_201_CREATED,
    responses=problems(*WITH_BODY, 409),
)
async def create_process_note(
    body: schemas.ProcessNoteCreate, transact: WritePrivateNotes, response: Response
) -> schemas.PrivateNote:
    """Keep your analysis of a session apart from the record. Nobody else sees it, and it can be shown to nobody.

    The progress note of the client for this session comes first. Sent twice, the second request is refused with
    `private_note_exists`; there is no `Idempotency-Key`, since a stored answer would be a copy.
    """
    return created(response, await transact(service.create_process_note, body), "/v1/private-notes")


@router.get("/private-notes", summary="List private notes", responses=problems())
async def list_private_notes(
    wanted: Annotated[schemas.PrivateNoteFilter, Query()],
    transact: ReadPrivateNotes,
    request: Request,
    response: Response,
) -> schemas.PrivateNotePage:
    """Your own process notes and reflections, the latest first."""
    return linked(request, response, await transact(service.list_private_notes, wanted))


@router.get("/private-notes/{private_note_id}", summary="Read a private note", responses=problems(404))
async def get_private_note(
    private_note_id: UUID, transact: ReadPrivateNotes, request: Request, response: Response
) -> schemas.PrivateNote:
    """One private note of your own."""
    return shown(request, response, await transact(service.get_private_note, private_note_id))


@router.patch("/private-notes/{private_note_id}", summary="Change a private note", responses=problems(*CHANGING, 409))
async def update_private_note(
    private_note_id: UUID,
    body: schemas.PrivateNoteUpdate,
    transact: WritePrivateNotes,
    expected: IfMatch,
    response: Response,
) -> schemas.PrivateNote:
    """Replace the text of a process note or the answers of a reflection."""
    return tagged(response, await transact(service.update_private_note, private_note_id, body, expected))


@router.delete(
    "/private-notes/{private_note_id}",
    summary="Delete a private note",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(404, 412, 428),
)
async def delete_private_note(private_note_id: UUID, transact: WritePrivateNotes, expected: IfMatch) -> None:
    """Remove what you wrote for yourself, for good: how long you keep it is your own business."""
    await transact(service.delete_private_note, private_note_id, expected)


@router.post(
    "/private-notes/{private_note_id}/show-to-supervisor",
    summary="Show a reflection to your supervisor",
    responses=problems(404, 409, 412, 428),
)
async def show_reflection(
    private_note_id: UUID, transact: WritePrivateNotes, expected: IfMatch, response: Response
) -> schemas.PrivateNote:
    """Let your present supervisor read it, until you hide it or she is your supervisor no more.

    What you write in it from then on is shown too. Process notes cannot be shown.
    """
    return tagged(response, await transact(service.show_reflection, private_note_id, expected))


@router.post(
    "/private-notes/{private_note_id}/hide-from-supervisor",
    summary="Hide a reflection from your supervisor",
    responses=problems(404, 409, 412, 428),
)
async def hide_reflection(
    private_note_id: UUID, transact: WritePrivateNotes, expected: IfMatch, response: Response
) -> schemas.PrivateNote:
    """Take it back; her next request finds nothing."""
    return tagged(response, await transact(service.hide_reflection, private_note_id, expected))


@router.get("/shown-reflections", summary="List reflections shown to you", responses=problems())
async def list_shown_reflections(
    wanted: Annotated[PageQuery, Query()], transact: ReadPrivateNotes, request: Request, response: Response
) -> schemas.ShownReflectionPage:
    """Reflections that those you supervise show you at present, the latest first."""
    return linked(request, response, await transact(service.list_shown_reflections, wanted))


@router.get("/shown-reflections/{private_note_id}", summary="Read a reflection shown to you", responses=problems(404))
async def get_shown_reflection(
    private_note_id: UUID, transact: ReadPrivateNotes, request: Request, response: Response
) -> schemas.ShownReflection:
    """One reflection, as its author last wrote it."""
    return shown(request, response, await transact(service.get_shown_reflection, private_note_id))
