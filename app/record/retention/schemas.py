"""How retention and legal holds are said on the wire."""

from datetime import date
from uuid import UUID

from pydantic import AwareDatetime

from app.core.schemas import ApiModel, Out, Page, PageQuery, Prose, Resource


class LegalHold(Resource):
    """What keeps the record of a client, or of every client of the clinic, from being erased.

    `created_at` is when it was placed.
    """

    client_id: UUID | None
    """Whose record is held; null when it is the whole clinic's."""
    reason: Prose
    """Why, for instance a complaint or a case in court. Kept encrypted like a note."""
    placed_by: UUID
    """Who placed it."""
    lifted_at: AwareDatetime | None
    """When it was lifted; null while it is in force."""
    lifted_by: UUID | None
    """Who lifted it."""


class LegalHoldCreate(ApiModel):
    """Why a record has to be kept."""

    reason: Prose
    """For whoever has to decide one day whether it may be lifted. Kept encrypted like a note."""


class LegalHoldPage(Page[LegalHold]):
    """A page of legal holds, newest first."""


class LegalHoldFilter(PageQuery):
    """Which legal holds to list."""

    in_force: bool | None = None
    """Only those in force, or only those that were lifted."""


class RetentionDue(Out):
    """A discharged client whose record need not be kept any longer."""

    client_id: UUID
    """Whose record it is."""
    discharged_on: date
    """When the clinic's care ended."""
    last_contact_on: date
    """The latest of the discharge, the sessions that were held and the signatures, in the clinic's time zone."""
    due_on: date
    """The first day after the period the clinic's policy names."""
    is_on_hold: bool
    """Whether a legal hold on the client or on the whole clinic keeps it from being erased."""


class RetentionDuePage(Page[RetentionDue]):
    """A page of records past their period, in the order the clients were added."""


class RetentionDueFilter(PageQuery):
    """Which of the records past their period to list."""

    is_on_hold: bool | None = None
    """Only those under a legal hold, or only those under none."""
