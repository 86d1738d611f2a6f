"""Paths of signatures, addenda and entries in error."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response, status

from app.access.identity.access import transact_as, transact_once_as
from app.core.caller import Permission
from app.core.openapi import CHANGING, WITH_BODY, problems
from app.core.preconditions import IfMatch
from app.core.responses import created, linked, shown, tagged
from app.core.routing import slice_router
from app.core.schemas import PageQuery
from app.core.transactions import Transact
from app.record.notes import schemas, signing

router = slice_router("/notes/{note_id}", tag="notes")

ReadNotes = Annotated[Transact, Depends(transact_as(Permission.NOTES_READ, read_only=True))]
WriteNotes = Annotated[Transact, Depends(transact_as(Permission.NOTES_WRITE))]
SignNotes = Annotated[Transact, Depends(transact_as(Permission.NOTES_SIGN))]
CosignNotes = Annotated[Transact, Depends(transact_as(Permission.NOTES_COSIGN))]
AddAddenda = Annotated[Transact, Depends(transact_once_as(Permission.NOTES_SIGN))]


@router.post("/sign", summary="Sign a note", responses=problems(*CHANGING, 409))
async def sign_note(
    note_id: UUID, body: schemas.NoteSign, transact: SignNotes, expected: IfMatch, response: Response
) -> schemas.Note:
    """Freeze a draft with everything in it. There is no unlock; add an addendum instead.

    The note of an author with a supervisor becomes `pending_cosign` and waits for that supervisor.
    """
    return tagged(response, await transact(signing.sign_note, note_id, body, expected))


@router.post("/cosign", summary="Co-sign a note", responses=problems(*CHANGING, 409))
async def cosign_note(note_id: UUID, transact: CosignNotes, expected: IfMatch, response: Response) -> schemas.Note:
    """Give the second signature; only the named co-signer can."""
    return tagged(response, await transact(signing.cosign_note, note_id, expected))


@router.post("/return", summary="Return a note to its author", responses=problems(*CHANGING, 409))
async def return_note(
    note_id: UUID, body: schemas.NoteReturn, transact: CosignNotes, expected: IfMatch, response: Response
) -> schemas.Note:
    """Make the note a draft again, with a comment for the author; only the named co-signer can."""
    return tagged(response, await transact(signing.return_note, note_id, body, expected))


@router.post("/entered-in-error", summary="Mark a note as entered in error", responses=problems(*CHANGING, 409))
async def mark_note_entered_in_error(
    note_id: UUID, body: schemas.NoteErrorReason, transact: WriteNotes, expected: IfMatch, response: Response
) -> schemas.Note:
    """Take the note out of the lists and free the session for a new one. The note is kept and readable by its id."""
    return tagged(response, await transact(signing.enter_in_error, note_id, body, expected))


@router.get("/addenda", summary="List the addenda of a note", responses=problems(404))
async def list_note_addenda(
    note_id: UUID,
    wanted: Annotated[PageQuery, Query()],
    transact: ReadNotes,
    request: Request,
    response: Response,
) -> schemas.NoteAddendumPage:
    """What was added to the note and corrected in it, oldest first."""
    return linked(request, response, await transact(signing.list_addenda, note_id, wanted))


@router.post(
    "/addenda",
    summary="Add an addendum to a note",
    status_code=status.HTTP_201_CREATED,
    responses=problems(*WITH_BODY, 404, 409),
)
async def add_note_addendum(
    note_id: UUID, body: schemas.NoteAddendumCreate, transact: AddAddenda, response: Response
) -> schemas.NoteAddendum:
    """Add to a signed note, or correct it. Adding it signs it; the note itself stays as it was signed."""
    return created(response, await transact(signing.add_addendum, note_id, body), f"/v1/notes/{note_id}/addenda")


@router.get("/addenda/{addendum_id}", summary="Read an addendum", responses=problems(404))
async def get_note_addendum(
    note_id: UUID, addendum_id: UUID, transact: ReadNotes, request: Request, response: Response
) -> schemas.NoteAddendum:
    """One addition to a note, or one correction in it."""
    return shown(request, response, await transact(signing.get_addendum, note_id, addendum_id))
