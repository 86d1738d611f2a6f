"""Paths of notices."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from app.access.identity.access import transact_as
from app.access.notices import schemas, service
from app.core.caller import Permission
from app.core.openapi import problems
from app.core.responses import linked, tagged
from app.core.routing import slice_router
from app.core.transactions import Transact

router = slice_router("/notices", tag="notices")

ReadNotices = Annotated[Transact, Depends(transact_as(Permission.NOTICES_READ, read_only=True))]
MarkNotices = Annotated[Transact, Depends(transact_as(Permission.NOTICES_READ))]


@router.get("", summary="List notices", responses=problems())
async def list_notices(
    wanted: Annotated[schemas.NoticeFilter, Query()], transact: ReadNotices, request: Request, response: Response
) -> schemas.NoticePage:
    """The caller's own notices, newest first; `?seen=false` lists what she has not looked at."""
    return linked(request, response, await transact(service.list_notices, wanted))


@router.post("/{notice_id}/seen", summary="Mark a notice as seen", responses=problems(404))
async def mark_notice_seen(notice_id: UUID, transact: MarkNotices, response: Response) -> schemas.Notice:
    """Say that the caller has seen a notice of her own. A second time changes nothing."""
    return tagged(response, await transact(service.mark_seen, notice_id))
