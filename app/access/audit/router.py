"""Paths of the audit log, its seals and its export."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.access.audit import schemas, service
from app.access.identity.access import transact_as
from app.core.caller import Permission
from app.core.openapi import problems
from app.core.responses import linked
from app.core.routing import slice_router
from app.core.transactions import Transact

NDJSON = "application/fhir+ndjson"
EXPORT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "One FHIR R4 AuditEvent a line, newest first. An answer that breaks off was not finished.",
        "content": {
            NDJSON: {
                "schema": {
                    "type": "object",
                    "description": "A line: an AuditEvent resource of FHIR R4.",
                    "properties": {"resourceType": {"type": "string", "enum": ["AuditEvent"]}},
                    "required": ["resourceType"],
                }
            }
        },
    }
}

router = slice_router("/audit-events", tag="audit")
seals = slice_router("/audit-seals", tag="audit")

ReadAudit = Annotated[Transact, Depends(transact_as(Permission.AUDIT_READ, read_only=True, aside=True))]


@router.get("", summary="List audit events", responses=problems())
async def list_audit_events(
    wanted: Annotated[schemas.AuditEventFilter, Query()], transact: ReadAudit, request: Request, response: Response
) -> schemas.AuditEventPage:
    """Everything that was read, written, refused or signed in the clinic, newest first.

    For clinic administrators and privacy officers. Reading the log is itself logged.
    """
    return linked(request, response, await transact(service.list_audit_events, wanted))


@router.get(
    "/fhir", summary="Export audit events as FHIR", response_class=StreamingResponse, responses=problems() | EXPORT
)
async def list_audit_events_as_fhir(
    wanted: Annotated[schemas.AuditEventCriteria, Query()], transact: ReadAudit
) -> StreamingResponse:
    """The same entries as FHIR R4 AuditEvents, one a line (NDJSON), for another system to keep.

    The answer is streamed. The export is logged, with the names of its filters, before the first line leaves.
    """
    await transact(service.start_export, wanted)

    async def lines() -> AsyncIterator[str]:
        before: UUID | None = None
        while True:
            page, before = await transact(service.exported_page, wanted, before)
            yield page
            if before is None:
                return

    return StreamingResponse(lines(), media_type=NDJSON)


@router.get("/{event_id}/proof", summary="Prove that an entry is in the sealed log", responses=problems(404))
async def get_audit_event_proof(event_id: UUID, transact: ReadAudit) -> schemas.AuditProof:
    """The entry's text, its seal, and the hashes that lead from one to the other.

    An entry is sealed about a second after it was written; until then `seal` is null and there is nothing to prove.
    """
    return await transact(service.get_proof, event_id)


@seals.get("", summary="List the seals of the audit log", responses=problems())
async def list_audit_seals(
    wanted: Annotated[schemas.AuditSealFilter, Query()], transact: ReadAudit, request: Request, response: Response
) -> schemas.AuditSealPage:
    """Every seal, newest first. Keep the newest apart from the database: it proves all that came before it."""
    return linked(request, response, await transact(service.list_seals, wanted))
