"""Paths of the audit log."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from app.access.audit import schemas, service
from app.access.identity.access import transact_as
from app.core.caller import Permission
from app.core.openapi import problems
from app.core.responses import linked
from app.core.transactions import Transact

router = APIRouter(prefix="/audit-events", tags=["audit"])

ReadAudit = Annotated[Transact, Depends(transact_as(Permission.AUDIT_READ, read_only=True, aside=True))]


@router.get("", summary="List audit events", responses=problems())
async def list_audit_events(
    wanted: Annotated[schemas.AuditEventFilter, Query()], transact: ReadAudit, request: Request, response: Response
) -> schemas.AuditEventPage:
    """Everything that was read, written, refused or signed in the clinic, newest first.

    For clinic administrators. Reading the log is itself logged.
    """
    return linked(request, response, await transact(service.list_audit_events, wanted))
