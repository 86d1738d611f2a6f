"""How notices are said on the wire."""

from uuid import UUID

from pydantic import AwareDatetime

from app.access.notices.domain import NoticeKind
from app.core.schemas import Code, Page, PageQuery, Resource


class Notice(Resource):
    """Word to the caller that something happened which she has to look at. It holds no name and no text."""

    kind: NoticeKind
    """What happened."""
    about: Code
    """The kind of thing it is about, for example `emergency_access`."""
    about_id: UUID
    """Which one; read it at its own path."""
    seen_at: AwareDatetime | None
    """When the caller said she has seen it; null until then."""


class NoticePage(Page[Notice]):
    """A page of notices, newest first."""


class NoticeFilter(PageQuery):
    """Which of the caller's notices to list."""

    seen: bool | None = None
    """Only those she has seen (true) or has not (false)."""
