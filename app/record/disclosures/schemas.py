"""How disclosures are said on the wire."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, Field

from app.core.schemas import ApiModel, Code, Day, Line, Page, PageQuery, Prose, Resource

_EXAMPLE: dict[str, Any] = {
    "disclosed_on": "2026-05-12",
    "purpose": "court_order",
    "recipient": "Northshire County Court",
    "recipient_address": "1 Court Square, Northshire",
    "description": "The dates of all sessions since March; no note.",
    "purpose_details": "Order of 11 May 2026, file 26/114.",
}
NoteIds = Annotated[list[UUID], Field(max_length=100)]


class Disclosure(Resource):
    """That something of a client's record went to somebody outside."""

    client_id: UUID
    """The client."""
    disclosed_on: Day
    """The day it went out."""
    purpose: Code
    """Why: a code of the list `disclosure_purpose`."""
    recipient: Line
    """Who got it."""
    recipient_address: Line | None
    """Where the recipient is, if known."""
    description: Prose
    """What was disclosed, in a few words."""
    purpose_details: Prose | None
    """More about the reason: the law, the order, who asked for it."""
    note_ids: NoteIds
    """The signed notes that were part of it."""
    recorded_by: UUID
    """The practitioner who wrote it down."""
    entered_in_error_at: AwareDatetime | None
    """When it was marked as wrong; null while it counts."""
    error_reason: Prose | None
    """Why it was marked as wrong."""


class DisclosurePage(Page[Disclosure]):
    """A page of disclosures, the latest day first."""


class DisclosureFilter(PageQuery):
    """Which disclosures to list."""

    disclosed_from: Day | None = None
    """The first day; six years before today when absent, as far back as an accounting goes."""
    disclosed_to: Day | None = None
    """The last day; today when absent."""
    include_entered_in_error: bool = False
    """Whether to show disclosures marked as wrong too."""


class DisclosureCreate(ApiModel):
    """What went outside, to whom and why. It is never edited; mark a wrong one and write another."""

    model_config = {"json_schema_extra": {"examples": [_EXAMPLE]}}

    disclosed_on: Day | None = None
    """The day it went out; today when absent, never in the future."""
    purpose: Code
    """Why: a code of the list `disclosure_purpose`."""
    recipient: Line
    """Who got it; stored sealed."""
    recipient_address: Line | None = None
    """Where the recipient is, if known; stored sealed."""
    description: Prose
    """What was disclosed, in a few words; stored sealed."""
    purpose_details: Prose | None = None
    """More about the reason: the law, the order, who asked for it; stored sealed."""
    note_ids: NoteIds = []
    """The signed notes that were part of it. Private notes are never disclosed and cannot be named."""


class DisclosureErrorReason(ApiModel):
    """Why a disclosure is wrong."""

    reason: Prose
    """The reason, in a few words; stored sealed."""
