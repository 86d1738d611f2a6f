"""Paths of notes as they are written and read, of mentalizing failures across notes, and of the register."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Query, Request, Response, status

from app.access.identity.access import transact_as, transact_once_as
from app.core.caller import Permission
from app.core.openapi import CHANGING, WITH_BODY, problems
from app.core.preconditions import IfMatch
from app.core.responses import created, linked, tagged, written, written_page
from app.core.routing import slice_router
from app.core.schemas import PageQuery
from app.core.transactions import Transact
from app.record.notes import failure_schemas, schemas, service, versions

router = slice_router(tag="notes")

ReadNotes = Annotated[Transact, Depends(transact_as(Permission.NOTES_READ, read_only=True))]
WriteNotes = Annotated[Transact, Depends(transact_as(Permission.NOTES_WRITE))]
CreateNotes = Annotated[Transact, Depends(transact_once_as(Permission.NOTES_WRITE))]
ReadRegister = Annotated[Transact, Depends(transact_as(Permission.NOTES_READ_FACTS, read_only=True))]
VersionNumber = Annotated[int, Path(ge=1, le=1_000_000, description="The number of the version, from 1.")]


@router.post(
    "/sessions/{session_id}/notes",
    summary="Create a note",
    status_code=status.HTTP_201_CREATED,
    responses=problems(*WITH_BODY, 404, 409),
)
async def create_note(
    session_id: UUID, body: schemas.NoteCreate, transact: CreateNotes, response: Response
) -> schemas.Note:
    """Begin the note of one participant. It stays the author's private draft until it is signed."""
    return created(response, await transact(service.create_note, session_id, body), "/v1/notes")


@router.get(
    "/sessions/{session_id}/notes",
    summary="List the notes of a session",
    response_model=schemas.NotePage,
    responses=problems(404),
)
async def list_session_notes(
    session_id: UUID, wanted: Annotated[PageQuery, Query()], transact: ReadNotes, request: Request
) -> Response:
    """The notes of one session the caller may read."""
    return written_page(request, await transact(service.list_notes_of_session, session_id, wanted))


@router.get("/notes", summary="List notes", response_model=schemas.NotePage, responses=problems())
async def list_notes(wanted: Annotated[schemas.NoteFilter, Query()], transact: ReadNotes, request: Request) -> Response:
    """Whole notes, of the latest sessions first. Other people's drafts are not among them."""
    return written_page(request, await transact(service.list_notes, wanted))


@router.get("/notes/{note_id}", summary="Read a note", response_model=schemas.Note, responses=problems(404))
async def get_note(note_id: UUID, transact: ReadNotes, request: Request) -> Response:
    """One note with its text, its failures and its signatures."""
    return written(request, await transact(service.get_note, note_id))


@router.patch("/notes/{note_id}", summary="Save a draft", responses=problems(*CHANGING, 409))
async def update_note(
    note_id: UUID, body: schemas.NoteUpdate, transact: WriteNotes, expected: IfMatch, response: Response
) -> schemas.Note:
    """For autosave: absent fields stay as they are, lists replace the present ones.

    When someone (another tab, say) saved since, the answer is 412 with `current_version` and the stored text stays:
    read the note again, merge, and save with the new ETag.
    """
    return tagged(response, await transact(service.update_note, note_id, body, expected))


@router.get("/notes/{note_id}/versions", summary="List the versions of a note", responses=problems(404))
async def list_note_versions(
    note_id: UUID,
    wanted: Annotated[PageQuery, Query()],
    transact: ReadNotes,
    request: Request,
    response: Response,
) -> schemas.NoteVersionPage:
    """What was kept, when, by whom and why, newest first. Versions from its draft times are the author's alone.

    Every step keeps a version; an autosave keeps the text it replaces when the last version is ten minutes old.
    """
    return linked(request, response, await transact(versions.list_versions, note_id, wanted))


@router.get("/notes/{note_id}/versions/{number}", summary="Read a version of a note", responses=problems(404))
async def get_note_version(note_id: UUID, number: VersionNumber, transact: ReadNotes) -> schemas.NoteVersionContent:
    """Everything the note said then."""
    return await transact(versions.get_version, note_id, number)


@router.get("/note-register", summary="List the facts of notes", responses=problems())
async def list_note_register(
    wanted: Annotated[schemas.NoteRegisterFilter, Query()],
    transact: ReadRegister,
    request: Request,
    response: Response,
) -> schemas.NoteRegisterPage:
    """Who wrote which note when and where it stands, drafts included, without anything it says.

    For clinic admins, who see to it that notes get signed and may not read them.
    """
    return linked(request, response, await transact(service.list_register, wanted))


@router.get("/mentalizing-failures", summary="List mentalizing failures", responses=problems())
async def list_mentalizing_failures(
    wanted: Annotated[failure_schemas.MentalizingFailureFilter, Query()],
    transact: ReadNotes,
    request: Request,
    response: Response,
) -> failure_schemas.MentalizingFailurePage:
    """Mentalizing failures across the notes the caller may read, of the latest sessions first."""
    return linked(request, response, await transact(service.list_failures, wanted))
