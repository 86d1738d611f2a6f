"""How emergency access is said on the wire."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field
from pydantic_core import PydanticCustomError

from app.core.schemas import ApiModel, Code, Line, Page, PageQuery, Prose, Resource, SafeText
from app.record.emergency_access.domain import ReviewOutcome, ReviewState

_FEWEST_CHARACTERS = 20


def _enough_words(text: str) -> str:
    if len(text.strip()) < _FEWEST_CHARACTERS:
        raise PydanticCustomError("too_short", "Write at least 20 characters, not counting spaces around them.")
    return text.strip()


Justification = Annotated[
    SafeText, AfterValidator(_enough_words), Field(min_length=_FEWEST_CHARACTERS, max_length=2_000)
]
"""Enough words to be weighed by: 20 characters or more, not counting spaces around them."""
_EXAMPLE: dict[str, Any] = {
    "client_id": "019ab1c2-7d3e-7f40-9a51-2b6c8d0e4f17",
    "reason_code": "acute_suicide_risk",
    "justification": "On call tonight: the client phoned and says goodbye; I need the crisis plan.",
}


class EmergencyAccess(Resource):
    """An hour of reading one client's record without being on the care team. `created_at` is when it began."""

    practitioner_id: UUID
    """Who used it."""
    practitioner_name: Line
    """The name colleagues know her by."""
    client_id: UUID
    """Whose record it opened."""
    reason_code: Code
    """A code of the list `emergency_access_reason`."""
    justification: Annotated[str, Field(max_length=2_000)]
    """Why it was needed, in her words."""
    expires_at: AwareDatetime
    """When it ends by itself: 60 minutes after it began."""
    ended_at: AwareDatetime | None
    """When she ended it herself; null when she did not."""
    review_due_at: AwareDatetime
    """Until when it should be reviewed: 72 hours after it began."""
    review_state: ReviewState
    """Whether it waits for its review, has waited too long, or was reviewed."""
    reviewed_at: AwareDatetime | None
    """When it was reviewed."""
    reviewed_by: UUID | None
    """Who reviewed it."""
    review_outcome: ReviewOutcome | None
    """What the reviewer found."""
    review_comment: Prose | None
    """What the reviewer said about it."""


class OpenedEmergencyAccess(EmergencyAccess):
    """A new emergency access with its token."""

    access_token: Annotated[str, Field(max_length=100)]
    """Send it as `Authorization: Bearer …` in place of your own. It is shown once and stored only as a hash."""


class EmergencyAccessCreate(ApiModel):
    """Whose record has to be read now, and why."""

    model_config = {"json_schema_extra": {"examples": [_EXAMPLE]}}

    client_id: UUID
    """A client of the clinic whom the caller does not see."""
    reason_code: Code
    """A code of the list `emergency_access_reason`."""
    justification: Justification
    """Why it is needed, for the reviewer: 20 characters or more. Kept encrypted like a note."""


class EmergencyAccessReview(ApiModel):
    """What a reviewer found."""

    outcome: ReviewOutcome
    """Whether it was right to use it."""
    comment: Prose | None = None
    """What there is to say about it. The practitioner can read it."""


class EmergencyAccessPage(Page[EmergencyAccess]):
    """A page of emergency accesses, newest first."""


class EmergencyAccessFilter(PageQuery):
    """Which emergency accesses to list."""

    review: ReviewState | None = None
    """Only those that wait for a review (`open`, the overdue ones too), are `overdue`, or are `done`."""
    practitioner_id: UUID | None = None
    """Only those this practitioner used."""
