"""What a goal rating is: how near a goal seems on one day, from 0 to 10, to the therapist or to the client."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from app.core.events import AuditAction, DomainEvent
from app.core.problems import Conflict, ValidationFailed

SERIES_RULE = (
    "Each rating is one point, on the day it was given and under who gave it. Ratings entered in error are left out, "
    "days without a rating have no point, and nothing is averaged or filled in."
)
"""What a plotted series is made of, said with every one of them."""
MOST_POINTS = 10_000
"""Two ratings a day for more than ten years; a series shows the newest."""


class RatedBy(StrEnum):
    """Whose view a rating is. The two are never mixed: where they differ is worth talking about."""

    THERAPIST = "therapist"
    CLIENT = "client"


class AlreadyEnteredInError(Conflict):
    """The rating was marked before."""

    title = "This rating is already marked as entered in error"


@dataclass(frozen=True, kw_only=True)
class GoalRated(DomainEvent):
    """Someone rated a goal."""

    type: ClassVar[str] = "goal_rating.created"
    action: ClassVar[AuditAction] = AuditAction.CREATE
    entity: ClassVar[str] = "goal_rating"
    goal_id: UUID


@dataclass(frozen=True, kw_only=True)
class GoalRatingEnteredInError(DomainEvent):
    """A rating was marked as wrong; it is kept and counts no more."""

    type: ClassVar[str] = "goal_rating.entered_in_error"
    action: ClassVar[AuditAction] = AuditAction.UPDATE
    entity: ClassVar[str] = "goal_rating"
    goal_id: UUID


@dataclass(frozen=True, kw_only=True)
class GoalRatingViewed(DomainEvent):
    """Someone read one rating."""

    type: ClassVar[str] = "goal_rating.viewed"
    action: ClassVar[AuditAction] = AuditAction.READ
    entity: ClassVar[str] = "goal_rating"


@dataclass(frozen=True, kw_only=True)
class GoalRatingsListed(DomainEvent):
    """Someone read ratings of a goal, as a list or as a series."""

    type: ClassVar[str] = "goal_rating.listed"
    action: ClassVar[AuditAction] = AuditAction.READ
    entity: ClassVar[str] = "goal_rating"
    goal_id: UUID


def check_day(rated_on: date, earliest: date, today: date) -> None:
    """Refuse a day in the future, and one so long before the treatment that its year must be mistyped."""
    if rated_on > today:
        raise ValidationFailed.at("/rated_on", "Use today or a day before.", "in_future")
    if rated_on < earliest:
        detail = "Use a day at most one year before the start of the treatment."
        raise ValidationFailed.at("/rated_on", detail, "before_start")
